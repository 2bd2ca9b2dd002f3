"""The cache, over both databases and with other processes beside it."""
