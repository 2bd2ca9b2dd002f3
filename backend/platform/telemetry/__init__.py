"""What can be seen of the running: logs without anybody's words, and figures."""
