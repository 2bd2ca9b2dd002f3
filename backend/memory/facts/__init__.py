"""What is held to be true: who said so, since when, and what became of it."""
