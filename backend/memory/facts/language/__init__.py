"""English as facts need it: words and where they stand, numbers, times, relatives, word lists."""
