"""Finds words in any case, also where a database folds the letters A to Z alone.

SQLite's `lower` knows no "Ö", and neither does PostgreSQL's in a database of locale C. So a query
asks for what every database folds, and whoever asks compares what it finds.
"""

import re

from sqlalchemy import ColumnElement, func, true

# Letters beyond ASCII fold into these too, as "ß" does; and spaces may be several.
_UNSURE = re.compile(r"[^!-~]+|s+t?|f+[il]?")


def may_contain(column: ColumnElement[str], folded: str) -> ColumnElement[bool]:
    """Return what is true of every text that has folded words in it, and of some others."""
    sure = max(_UNSURE.split(folded), key=len, default="")
    return func.lower(column).contains(sure, autoescape=True) if sure else true()
