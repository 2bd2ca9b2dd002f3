"""Stand-ins for what the house needs from outside, one a port."""
