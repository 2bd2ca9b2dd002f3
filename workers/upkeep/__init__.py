"""Jobs that keep the house in order."""
