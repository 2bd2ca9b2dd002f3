"""The one truth: tables, transactions, full text and migrations."""
