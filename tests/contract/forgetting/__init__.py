"""What forgetting promises, on both databases: gone everywhere, and gone after a restore."""
