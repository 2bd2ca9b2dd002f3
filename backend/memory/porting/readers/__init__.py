"""Readers of other programs' files: what was said, and the places that can't be read."""
