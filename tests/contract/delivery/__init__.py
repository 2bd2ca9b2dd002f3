"""What leaves the house: the ledger, its limits, and every carrier behind it."""
