"""How the companion reaches people, and when it may not.

`Delivery` takes wishes: it checks them, has them decided and writes them down with the job that
carries them out. `Sending` is the worker's side: each attempt leaves at most once. `Progress` moves
rows as the carrier reports. Whoever texts STOP gets no text until they text START.
"""

from backend.delivery.consent import Consent
from backend.delivery.limits import DailyCaps, DeliveryLimits, QuietHours
from backend.delivery.numbers import NumberPlan
from backend.delivery.port import Carrier
from backend.delivery.sending import Sending, SendingParts
from backend.delivery.service import Delivery, DeliveryParts
from backend.delivery.store import DeliveryStore
from backend.delivery.types import DeliveryRow, Kind, NewCall, NewTransfer, Report, State, Text
from backend.delivery.watching import Progress, RetryPolicy

__all__ = [
    "Carrier",
    "Consent",
    "DailyCaps",
    "Delivery",
    "DeliveryLimits",
    "DeliveryParts",
    "DeliveryRow",
    "DeliveryStore",
    "Kind",
    "NewCall",
    "NewTransfer",
    "NumberPlan",
    "Progress",
    "QuietHours",
    "Report",
    "RetryPolicy",
    "Sending",
    "SendingParts",
    "State",
    "Text",
]
