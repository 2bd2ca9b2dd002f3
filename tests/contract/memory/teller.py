"""Somebody who tells things on days, as a turn or a job would have them believed."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from backend.kernel.clock import DAY, Instant
from backend.kernel.ids import MessageId, OwnerId
from backend.kernel.people import Assurance
from backend.memory.facts import FactChange, Facts, FactSource, FactView, ReadFact, SaidBy
from backend.memory.facts.predicates import predicate, told
from backend.platform.database.engine import Database

SAM, KIM = OwnerId("owner-sam"), OwnerId("owner-kim")


def read(
    predicate_: str,
    value: str,
    subject: str = "",
    *,
    qualifier: str = "",
    is_ended: bool = False,
    until: Instant | None = None,
) -> ReadFact:
    return ReadFact(
        subject=subject,
        predicate=predicate_,
        object=value,
        statement=told(subject, predicate_, value),
        quote=f"words of {value}",
        confidence=0.9,
        is_ended=is_ended,
        valid_to=until,
        is_pinned=predicate(predicate_).is_pinned,
        qualifier=qualifier,
    )


class Told:
    """Believes things that were said on days, as a turn or a job would."""

    def __init__(self, facts: Facts, database: Database, now: Instant) -> None:
        self.facts, self.database, self.now = facts, database, now

    def source(self, day: float = 0.0, **more: object) -> FactSource:
        """Somebody's words, so many days from today; days that lie in the past are negative."""
        said_at = Instant(self.now + int(day * DAY))
        made = FactSource(
            owner_id=SAM,
            message_id=MessageId(f"message-{day}"),
            speaker="Sam",
            said_by=SaidBy.OWNER,
            assurance=Assurance.VERIFIED,
            channel="phone",
            said_at=said_at,
            person_id="person-sam",
        )
        return replace(made, **more)  # type: ignore[arg-type]  # any field, by its name

    async def __call__(
        self, *facts: ReadFact, day: float = -1.0, **more: object
    ) -> list[FactChange]:
        async with self.database.transaction() as tx:
            return await self.facts.believe(tx, facts, self.source(day, **more))

    async def now_of(self, name: str = "", predicates: Sequence[str] = ()) -> list[str]:
        found = await self.facts.about(SAM, names=[name], predicates=predicates)
        return sorted(view.statement for view in found)

    async def only(self, name: str = "", **more: object) -> FactView:
        (view,) = await self.facts.about(SAM, names=[name], **more)  # type: ignore[arg-type]
        return view


def kinds(changes: Sequence[FactChange]) -> list[str]:
    return [change.kind.value for change in changes]


GUEST: dict[str, Any] = {  # Any: fields of a source
    "speaker": "Kim",
    "said_by": SaidBy.GUEST,
    "assurance": Assurance.VERIFIED,
    "person_id": "person-kim",
}
