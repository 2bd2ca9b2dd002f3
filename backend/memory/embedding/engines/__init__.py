"""Which model makes vectors."""
