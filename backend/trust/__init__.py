"""Trust: who somebody is, what they may do, and the record of what was decided.

`identity` knows people and their secrets, `permissions` holds the matrix, `audit` the chain of
decisions; `guard` stands at every door, `Trust` answers everybody inside.
"""

from backend.trust.permissions import Decision, Verdict
from backend.trust.service import Trust

__all__ = ["Decision", "Trust", "Verdict"]
