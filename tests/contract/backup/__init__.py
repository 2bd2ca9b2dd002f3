"""What a backup and its restore promise, on both databases and between them."""
