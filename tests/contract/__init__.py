"""What every engine of a port does, the fake included."""
