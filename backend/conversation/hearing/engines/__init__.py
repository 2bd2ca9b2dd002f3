"""Who judges windows and who writes words."""
