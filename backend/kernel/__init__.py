"""The words of the house: nouns and rules that all rooms share and that can't wait, log or fail."""
