"""Who keeps objects."""
