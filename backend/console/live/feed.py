"""Follows the log by cursor. Signals only wake: what they lose is found at the next look."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.exc import DBAPIError

from backend.console.live.told import NOTHING, Told, around, opened, told
from backend.kernel.clock import Clock
from backend.kernel.errors import Busy, Conflict, RingbackError, Unauthorised, Unavailable
from backend.kernel.ids import OwnerId
from backend.kernel.people import Actor
from backend.platform.database.engine import Database
from backend.platform.events import EventLog, topic_of
from backend.platform.signals.port import Signals
from backend.platform.tasks import unbroken
from backend.platform.telemetry.logs import get_logger

PAGE_MAX = 100  # events that one reader holds at a time: all that ever waits for it
WORDS_SCOPE = "memory"

_log = get_logger("live")


class Credentials(Protocol):
    """What is needed of trust's identity."""

    async def revoked(self, credential_ids: Collection[str]) -> frozenset[str]:
        """Return which of these open nothing any more."""
        ...


@dataclass(frozen=True, slots=True)
class LiveLimits:
    """How many may follow, and how long they are waited for."""

    readers: int = 256
    readers_each: int = 32  # of one owner
    poll_s: float = 5.0  # a signal may be lost
    beat_s: float = 15.0  # so often a silent stream says that it is alive
    send_s: float = 20.0  # whoever does not take a message in this time is closed


class LiveFeed:
    """Tells each reader its owner's events, in the order of their commits, without a gap."""

    def __init__(
        self,
        *,
        database: Database,
        events: EventLog,
        signals: Signals,
        credentials: Credentials,
        clock: Clock,
        limits: LiveLimits | None = None,
    ) -> None:
        self.limits = limits or LiveLimits()
        self._database, self._events, self._signals = database, events, signals
        self._credentials, self._clock = credentials, clock
        self._readers: Counter[OwnerId] = Counter()
        self._is_closing = False

    def close(self) -> None:
        """End every reader: each knows its cursor and goes on elsewhere."""
        self._is_closing = True
        for owner_id in self._readers:
            self._signals.publish(topic_of(stream_of(owner_id)))

    @property
    def readers(self) -> int:
        """Return how many follow."""
        return self._readers.total()

    @contextmanager
    def seat(self, actor: Actor) -> Iterator[None]:
        """Count a reader, if there is room for one."""
        owner_id = actor.owner_id
        if self._is_closing:
            raise Unavailable("The instance stops; come again.")
        is_full = self.readers >= self.limits.readers
        if is_full or self._readers[owner_id] >= self.limits.readers_each:
            raise Busy("Too many follow already.", cure="Close another one first.")
        self._readers[owner_id] += 1
        try:
            yield
        finally:
            self._readers[owner_id] -= 1
            self._readers += Counter()  # forgets owners without a reader

    async def begin(self, actor: Actor, after: int | None) -> int:
        """Return the cursor behind which a reader begins: as it wishes, else the newest."""
        async with self._database.reading() as connection:
            head = await self._events.head(connection, stream_of(actor.owner_id))
        if after is None:
            return head
        if after > head:
            # Of another instance, or from before a restore: waiting would hide what comes.
            raise Conflict(f"The log ends at {head}, before {after}.", cure="leave the cursor out")
        return after

    async def follow(self, actor: Actor, cursor: int) -> AsyncGenerator[Told | None, None]:
        """Yield where it begins, then every event; and None every while: a sign of life."""
        yield opened(cursor)
        looked_at = self._clock.monotonic()
        while not self._is_closing:
            for event in await self._page(actor, cursor):
                yield event
                cursor = event.cursor
            if self._clock.monotonic() - looked_at >= self.limits.beat_s:
                await self._check(actor)
                looked_at = self._clock.monotonic()
                yield None

    async def _page(self, actor: Actor, cursor: int) -> list[Told]:
        """Return what follows a cursor; when that is nothing, wait for a signal or a while."""
        stream = stream_of(actor.owner_id)
        try:
            # Looked at once we listen: what is committed from here on will wake us.
            async with self._signals.subscribe(topic_of(stream)) as news:
                # Whoever leaves meanwhile waits for its end: to cancel a look that takes a
                # millisecond would cost the pool a connection.
                page = await unbroken(self._read(actor, stream, cursor))
                if not page:
                    await self._wait(news)
                return page
        except (RingbackError, DBAPIError) as trouble:
            # The log is away for a moment: the reader keeps its cursor, and its place.
            _log.warning("live_feed_waits", failure=trouble)
            await self._clock.sleep(min(1.0, self.limits.poll_s))
            return []

    async def _read(self, actor: Actor, stream: str, cursor: int) -> list[Told]:
        async with self._database.reading() as connection:
            page = await self._events.read(connection, stream, after=cursor, limit=PAGE_MAX)
            known = NOTHING
            if page and actor.has_scope(WORDS_SCOPE):
                known = await around(connection, actor.owner_id, page)
        return [told(event, known) for event in page]

    async def _wait(self, news: AsyncIterator[str]) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self.limits.poll_s):
                if await anext(news, None) is None:
                    self._is_closing = True  # nothing carries signals any more: we stop

    async def _check(self, actor: Actor) -> None:
        """End a reader whose credential was withdrawn."""
        if actor.credential_id is None:
            return
        try:
            revoked = await self._credentials.revoked([actor.credential_id])
        except (RingbackError, DBAPIError):
            return  # the next look may succeed
        if revoked:
            raise Unauthorised


def stream_of(owner_id: OwnerId) -> str:
    """Return the stream on which everything of one memory is told."""
    return f"owner:{owner_id}"
