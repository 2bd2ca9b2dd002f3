"""The one truth: tables, transactions, full text and migrations.

`Database` is opened once; whoever does something opens a `Transaction` of it and hands it down.
`search` is the one thing the two databases keep differently, `migrate` brings the schema up.
"""

from backend.platform.database.engine import Database
from backend.platform.database.transaction import Transaction

__all__ = ["Database", "Transaction"]
