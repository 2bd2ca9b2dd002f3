"""Values in this process, each compared with the database's versions whenever it is read."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.clock import Clock
from backend.platform.cache.port import Load, Value, Wanted
from backend.platform.cache.size import ENTRY_BYTES, size_of
from backend.platform.database import Database
from backend.platform.database.freshness import EVERYBODY, Touched, Versions, versions
from backend.platform.telemetry.metrics import Metrics

BYTES_MAX = 32 << 20
ENTRIES_MAX = 20_000
VALUE_SHARE_MAX = 8  # one value may take this part of all the room
TTL_S = 600.0  # the last resort: it bounds what a bug could do
LOOK_S_MAX = 1.0  # one look is a moment: whoever takes longer looks again

Key = tuple[str, Hashable]
Version = tuple[str | None, str | None]  # everybody's, and the owner's own


@dataclass(slots=True)
class _Look:
    """What was fresh when somebody began to read."""

    until: float
    seen: dict[str, Versions] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A value with what was known to be fresh before it was read."""

    value: Any  # Any: whoever asks for a key knows what it holds
    owner_id: str
    topics: tuple[str, ...]
    version: tuple[Version, ...]
    until: float
    size_bytes: int


_look: Final[ContextVar[_Look | None]] = ContextVar("cache_look", default=None)


class InProcessCache:
    """Keeps the values that were read last, within a bound."""

    def __init__(
        self,
        *,
        database: Database,
        clock: Clock,
        metrics: Metrics | None = None,
        bytes_max: int = BYTES_MAX,
        entries_max: int = ENTRIES_MAX,
        ttl_s: float = TTL_S,
    ) -> None:
        self._database, self._clock = database, clock
        self._metrics = metrics or Metrics()
        self._bytes_max, self._entries_max, self._ttl_s = bytes_max, entries_max, ttl_s
        self._entries: OrderedDict[Key, _Entry] = OrderedDict()
        self._by_topic: dict[Touched, set[Key]] = {}
        self.size_bytes = 0
        database.on_touched(self.drop_touched)
        self._metrics.before_render(self._show)

    def __len__(self) -> int:
        return len(self._entries)

    async def get(
        self,
        wanted: Wanted,
        load: Load[Value],
        *,
        owner_of: Callable[[Value], str] | None = None,
    ) -> Value:
        """Return a value: as it is kept, when its version is still the one of now."""
        if not self._bytes_max:
            return await self._read(load)
        entry = self._entries.get((wanted.what, wanted.key))
        if entry is None:
            self._count(wanted, "miss")
            return await self._first(wanted, load, owner_of)
        seen = await self._versions(entry.owner_id)
        if self._is_fresh(entry, seen):
            self._count(wanted, "hit")
            if (wanted.what, wanted.key) in self._entries:  # it may be dropped while we looked
                self._entries.move_to_end((wanted.what, wanted.key))
            value: Value = entry.value
            return value
        self._count(wanted, "miss")
        return await self._again(wanted, load, owner_of, owner_id=entry.owner_id, seen=seen)

    @contextmanager
    def look(self) -> Iterator[None]:
        """Ask once what is fresh, for all that is read within."""
        look = _Look(self._clock.monotonic() + LOOK_S_MAX)
        token = _look.set(look)
        try:
            yield
        finally:
            look.until = 0.0  # a task that outlives it looks for itself
            _look.reset(token)

    def drop(self, owner_id: str = EVERYBODY) -> None:
        """Forget what is kept of an owner; without one, everything."""
        for key, entry in list(self._entries.items()):
            if owner_id in {EVERYBODY, entry.owner_id}:
                self._remove(key)

    def drop_touched(self, touched: Iterable[Touched]) -> None:
        """Forget what was just written to: its memory is free at once, here."""
        look = _look.get()
        if look is not None:
            look.seen.clear()  # whoever writes while they look sees what they wrote
        for one in touched:
            for key in list(self._by_topic.get(one, ())):
                self._remove(key)

    # ── reading through ──────────────────────────────────────────────────────────────────────
    async def _first(
        self, wanted: Wanted, load: Load[Value], owner_of: Callable[[Value], str] | None
    ) -> Value:
        """Read a value that is not kept, and its versions in the same snapshot."""
        async with self._database.reading() as connection:
            value = await load(connection)
            if value is None:
                return value  # numbers that nobody has would fill it
            owner_id = owner_of(value) if owner_of else wanted.owner_id
            seen = await self._versions(owner_id, connection)
        self._keep(wanted, value, owner_id, seen)
        return value

    async def _again(
        self,
        wanted: Wanted,
        load: Load[Value],
        owner_of: Callable[[Value], str] | None,
        *,
        owner_id: str,
        seen: Versions,
    ) -> Value:
        """Read a value that was written to.

        Its versions are those from before: a value that is newer than its version is only read
        once more, one that is older than it would be believed.
        """
        value = await self._read(load)
        is_theirs = value is not None and (owner_of is None or owner_of(value) == owner_id)
        if is_theirs:
            self._keep(wanted, value, owner_id, seen)
        else:
            self._remove((wanted.what, wanted.key))
        return value

    async def _read(self, load: Load[Value]) -> Value:
        async with self._database.reading() as connection:
            return await load(connection)

    async def _versions(self, owner_id: str, connection: AsyncConnection | None = None) -> Versions:
        """Return what is fresh now, or was when the look of now began."""
        look = _look.get()
        is_looking = look is not None and self._clock.monotonic() < look.until
        if look is not None and is_looking and owner_id in look.seen:
            return look.seen[owner_id]
        if connection is not None:
            seen = await versions(connection, owner_id)
        else:
            seen = await self._read(partial(versions, owner_id=owner_id))
        if look is not None and is_looking:
            look.seen[owner_id] = seen
        return seen

    # ── keeping ──────────────────────────────────────────────────────────────────────────────
    def _keep(self, wanted: Wanted, value: object, owner_id: str, seen: Versions) -> None:
        key, size = (wanted.what, wanted.key), size_of(value) + ENTRY_BYTES
        self._remove(key)
        if size > self._bytes_max // VALUE_SHARE_MAX:
            return
        self._entries[key] = _Entry(
            value=value,
            owner_id=owner_id,
            topics=wanted.topics,
            version=_version(owner_id, wanted.topics, seen),
            until=self._clock.monotonic() + self._ttl_s,
            size_bytes=size,
        )
        for touched in _touched(owner_id, wanted.topics):
            self._by_topic.setdefault(touched, set()).add(key)
        self.size_bytes += size
        while self.size_bytes > self._bytes_max or len(self._entries) > self._entries_max:
            self._remove(next(iter(self._entries)))  # the one that was read longest ago

    def _remove(self, key: Key) -> None:
        entry = self._entries.pop(key, None)
        if entry is None:
            return
        self.size_bytes -= entry.size_bytes
        for touched in _touched(entry.owner_id, entry.topics):
            keys = self._by_topic[touched]
            keys.discard(key)
            if not keys:
                del self._by_topic[touched]

    def _is_fresh(self, entry: _Entry, seen: Versions) -> bool:
        is_same = entry.version == _version(entry.owner_id, entry.topics, seen)
        return is_same and self._clock.monotonic() < entry.until

    def _count(self, wanted: Wanted, outcome: str) -> None:
        self._metrics.cache_reads.labels(wanted.what, outcome).inc()

    def _show(self) -> None:
        self._metrics.cache_bytes.set(self.size_bytes)
        self._metrics.cache_entries.set(len(self._entries))


def _version(owner_id: str, topics: tuple[str, ...], seen: Versions) -> tuple[Version, ...]:
    return tuple((seen.get((EVERYBODY, topic)), seen.get((owner_id, topic))) for topic in topics)


def _touched(owner_id: str, topics: tuple[str, ...]) -> frozenset[Touched]:
    """Return whose writes make a value stale."""
    return frozenset((whose, topic) for topic in topics for whose in (owner_id, EVERYBODY))
