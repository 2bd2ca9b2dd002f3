"""How it forgets: the one table of everything that keeps something of a user, and for how long."""

from collections.abc import Sequence
from functools import cached_property

from sqlalchemy import select

from backend.compose.knowledge import Knowledge
from backend.conversation.forgetting import Answers, Echoes, Expiring, Lines
from backend.delivery.forgetting import Deliveries, is_over
from backend.documents.forgetting import SharedDocuments
from backend.kernel.clock import Instant
from backend.kernel.ids import OwnerId
from backend.llm.forgetting import ModelUsage
from backend.memory.facts.service import Facts
from backend.memory.facts.settling import Settling
from backend.memory.facts.store import FactStore
from backend.memory.forgetting import Arriving, BelievedFacts, Names, Words
from backend.memory.forgetting.telling_apart import speaking
from backend.memory.graph import GraphRows
from backend.memory.porting.spool import Uploads
from backend.memory.short_term.believed import FactsInMind
from backend.platform.database.tables import conversations, deliveries, short_term, webhooks
from backend.platform.forgetting import (
    Carrying,
    Forgettable,
    Forgetting,
    Retention,
    Rooms,
    Rule,
    SealedTombstones,
)
from backend.platform.forgetting.reporting import (
    BY_TIME,
    BY_WISH_AND_TIME,
    Outside,
    Reporting,
)
from backend.platform.forgetting.retention import drop_events, drop_rows
from backend.platform.forgetting.service import Around
from backend.trust.audit import Audit


class Forgetful(Knowledge):
    """Forgetting, by wish and by time."""

    @cached_property
    def forgettables(self) -> Sequence[Forgettable]:
        """Whoever keeps something, in the order in which rows are deleted.

        Answers are found by when turns were, and calls are deleted once no word is left in them.
        """
        return (
            Arriving(Uploads(self.objects)),
            Echoes(),
            Answers(),
            SharedDocuments(documents=self.documents, speaking=speaking),
            BelievedFacts(facts=self.facts),
            Names(rows=GraphRows(self.ids), graph=self.graph),
            Deliveries(speaking),
            ModelUsage(),
            Words(rows=self.vector_rows, index=self.vectors, elsewhere=self.elsewhere),
            self.lines,
        )

    @cached_property
    def lines(self) -> Lines:
        """Turns, calls and their sound."""
        return Lines(database=self.database, objects=self.objects)

    @cached_property
    def forgetting(self) -> Forgetting:
        """The one way to forget."""
        return Forgetting(database=self.database, around=self._around_forgetting, rooms=self._rooms)

    @cached_property
    def carrying(self) -> Carrying:
        """What follows a wish to forget."""
        return Carrying(
            database=self.database,
            around=self._around_forgetting,
            rooms=self._rooms,
            forgetting=self.forgetting,
        )

    @cached_property
    def _rooms(self) -> Rooms:
        return Rooms(self.forgettables)

    @cached_property
    def _around_forgetting(self) -> Around:
        return Around(
            ids=self.ids,
            events=self.events,
            jobs=self.jobs,
            signals=self.signals,
            sealed=SealedTombstones(self.objects, lambda: self.keys),
        )

    @cached_property
    def facts(self) -> Facts:
        """What is held to be true."""
        store = FactStore(self.ids)
        told = FactsInMind(self.short_term).take
        settling = Settling(store, events=self.events, jobs=self.jobs, told=told)
        return Facts(store, settling, database=self.database, clock=self.clock, cache=self.cache)

    @cached_property
    def retention(self) -> Retention:
        """How long each kind is kept."""
        days = self.settings.retention
        old = Expiring(database=self.database, forgetting=self.forgetting)
        return Retention(
            (
                Rule("messages", days.messages_days, old.messages),
                Rule("recordings", days.recordings_days, old.recordings),
                Rule("traces", days.traces_days, old.traces),
                Rule("webhooks", days.webhooks_days, self._old_webhooks),
                Rule("deliveries", days.deliveries_days, self._old_deliveries),
                Rule("events", days.events_days, self._old_events),
                Rule("short term", days.short_term_days, self._old_moments),
                Rule("backups", days.backups_days, self.backups.expire),
                Rule("audit", days.audit_days, self._old_audit),
            ),
            database=self.database,
            clock=self.clock,
        )

    @cached_property
    def reporting(self) -> Reporting:
        """What lies where of whom."""
        return Reporting(
            database=self.database,
            clock=self.clock,
            days={rule.kind: rule.days for rule in self.retention.rules},
            outside=(
                Outside(
                    "recordings",
                    "the sound of calls, sealed, in pieces",
                    "recordings",
                    BY_WISH_AND_TIME,
                    self._count_sound,
                ),
                Outside(
                    "backups",
                    "all of it as it was, sealed; what was forgotten is forgotten again on a"
                    " restore",
                    "backups",
                    BY_TIME,
                    self._count_backups,
                ),
            ),
        )

    async def _count_sound(self, owner_id: OwnerId) -> int:
        query = select(conversations.c.recording).where(
            conversations.c.owner_id == owner_id, conversations.c.recording != ""
        )
        async with self.database.reading() as connection:
            keys = list((await connection.execute(query)).scalars())
        return sum([len(await self.objects.list(f"{key}/")) for key in keys])

    async def _count_backups(self, _: OwnerId) -> int:
        return len(await self.backups.list())

    async def _old_webhooks(self, before: Instant) -> int:
        return await drop_rows(self.database, webhooks.c.sid, webhooks.c.at < before)

    async def _old_deliveries(self, before: Instant) -> int:
        return await drop_rows(self.database, deliveries.c.id, is_over(before))

    async def _old_events(self, before: Instant) -> int:
        return await drop_events(self.database, before)

    async def _old_moments(self, before: Instant) -> int:
        return await drop_rows(self.database, short_term.c.id, short_term.c.at < before)

    async def _old_audit(self, before: Instant) -> int:
        async with self.database.transaction() as tx:
            return await Audit(events=self.events).prune(tx, before)
