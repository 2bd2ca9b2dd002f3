"""What the store takes: words kept, a day at hand, a million found again."""
