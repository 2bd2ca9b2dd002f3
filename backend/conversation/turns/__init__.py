"""A turn, on every channel: opened, thought about, committed, and never half of it."""
