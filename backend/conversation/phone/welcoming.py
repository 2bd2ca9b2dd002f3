"""What was decided about a caller when the telephone rang, kept beside the answer they got.

A call that has to begin again asks this, not the carrier's later form: that one says nothing of
whether the number was vouched for, nor how many of the day's minutes were left.
"""

import json
from dataclasses import dataclass, replace
from typing import Any

from backend.kernel.clock import MINUTE, Instant
from backend.kernel.people import Assurance, Person

WELCOMED = "welcomed"  # the event under which it is kept


@dataclass(frozen=True, slots=True)
class Welcome:
    """Who rang, how sure we were of it, and how long they may talk."""

    number: str
    person_id: str  # "": a stranger
    assurance: str
    minutes: float | None  # None: as long as any call

    @classmethod
    def of(
        cls, number: str, person: Person | None, assurance: Assurance, minutes: float | None
    ) -> "Welcome":
        """Return what was just decided."""
        return cls(number, person.id if person else "", assurance.value, minutes)

    @classmethod
    def again(cls, kept: str, *, at: Instant) -> "Welcome":
        """Return what is left of it; the minutes since are used, whatever became of the call."""
        read: dict[str, Any] = json.loads(kept)  # Any: JSON of our own
        since = (at - read["at"]) / MINUTE
        minutes = None if read["minutes"] is None else read["minutes"] - since
        return cls(read["number"], read["person_id"], read["assurance"], minutes)

    def kept(self, at: Instant) -> str:
        """Return it as it is written down."""
        return json.dumps(
            {
                "number": self.number,
                "person_id": self.person_id,
                "assurance": self.assurance,
                "minutes": self.minutes,
                "at": at,
            }
        )

    def unknown(self) -> "Welcome":
        """Return it for somebody who is nobody's caller any more."""
        return replace(self, person_id="", assurance=Assurance.STRANGER.value)

    def context(self) -> dict[str, str]:
        """Return what the call's socket has to know."""
        context = {"assurance": self.assurance, "from": self.number}
        if self.minutes is not None:
            context["minutes"] = f"{self.minutes:.3f}"
        return context
