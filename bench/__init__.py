"""Figures: each bench prints its bars for people and, as its last line, JSON for machines."""
