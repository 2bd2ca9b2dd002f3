"""Forgetting that holds: what falls with what, gone everywhere, proved, and gone after a restore.

Each room that keeps something of a user has a `Forgettable`; the service asks all of them what
falls with a wish, deletes it in one transaction with its tombstones, and a job does what lies
outside the database and looks whether anything is left.
"""

from backend.platform.forgetting.carrying import Carrying
from backend.platform.forgetting.port import Counts, Example, Forgettable, Whole
from backend.platform.forgetting.receipts import Receipt
from backend.platform.forgetting.retention import Retention, Rule
from backend.platform.forgetting.rooms import Rooms
from backend.platform.forgetting.service import EVICT, Forgetting, Outcome, Preview, evicted
from backend.platform.forgetting.tombstones import SealedTombstones

__all__ = [
    "EVICT",
    "Carrying",
    "Counts",
    "Example",
    "Forgettable",
    "Forgetting",
    "Outcome",
    "Preview",
    "Receipt",
    "Retention",
    "Rooms",
    "Rule",
    "SealedTombstones",
    "Whole",
    "evicted",
]
