"""The job ledger: work that was promised together with the truth that needs it."""
