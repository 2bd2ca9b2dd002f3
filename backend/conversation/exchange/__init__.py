"""One line from its greeting to its end: listening, talking and watching over one scene."""
