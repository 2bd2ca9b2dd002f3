"""What it does between calls: jobs from the ledger, and the clocks that promise them."""
