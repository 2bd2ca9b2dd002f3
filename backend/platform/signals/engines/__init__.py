"""Who carries signals."""
