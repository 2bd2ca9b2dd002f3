"""The words of the house: nouns and rules that every room shares and that can't wait, log or fail."""
