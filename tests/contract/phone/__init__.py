"""The conversation over its own doors: turns, exchanges, calls and texts."""
