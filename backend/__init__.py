"""The companion: what it hears, knows, may do and says."""
