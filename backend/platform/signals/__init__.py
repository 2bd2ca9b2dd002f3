"""Wakes those who wait: hints between rooms and processes, never the truth itself."""
