"""Values in this process, each compared with the database's versions whenever it is read."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final
from weakref import WeakSet

from sqlalchemy.ext.asyncio import AsyncConnection

from backend.kernel.clock import Clock
from backend.platform.cache.port import Follow, Load, Value, Wanted
from backend.platform.cache.size import ENTRY_BYTES, size_of
from backend.platform.database import Database
from backend.platform.database.freshness import (
    EVERYBODY,
    Steps,
    Touched,
    Versions,
    versions,
)
from backend.platform.telemetry.metrics import Metrics

BYTES_MAX = 32 << 20
ENTRIES_MAX = 20_000
VALUE_SHARE_MAX = 8  # one value may take this part of all the room
TTL_S = 3600.0  # the last resort: it bounds what a bug could do
LOOK_S_MAX = 1.0  # one look is a moment: whoever takes longer looks again

Key = tuple[str, Hashable]
Version = tuple[str | None, str | None]  # everybody's, and the owner's own


@dataclass(slots=True, eq=False, weakref_slot=True)
class _Look:
    """What was fresh when somebody began to read, and what this process has written since."""

    until: float
    seen: dict[str, Versions] = field(default_factory=dict)
    steps: int = 0  # commits of ours since then

    def follow(self, steps: Steps) -> None:
        """Go along with a commit of ours: where somebody else was faster, look again."""
        self.steps += 1
        for owner_id, seen in list(self.seen.items()):
            stepped = dict(seen)
            for touched, step in steps.items():
                if touched[0] not in {EVERYBODY, owner_id}:
                    continue
                if stepped.get(touched) not in {step.before, step.after}:
                    del self.seen[owner_id]
                    break
                stepped[touched] = step.after
            else:
                self.seen[owner_id] = stepped


@dataclass(slots=True)
class _Entry:
    """A value with what was known to be fresh before it was read; only its version goes on."""

    value: Any  # Any: whoever asks for a key knows what it holds
    owner_id: str
    topics: tuple[str, ...]
    version: tuple[Version, ...]
    until: float
    size_bytes: int
    follow: Follow[Any] | None  # Any: as above


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
        self._looks: WeakSet[_Look] = WeakSet()
        self.size_bytes = 0
        database.on_touched(self._follow)
        self._metrics.before_render(self._show)

    def __len__(self) -> int:
        return len(self._entries)

    async def get(
        self,
        wanted: Wanted,
        load: Load[Value],
        *,
        owner_of: Callable[[Value], str] | None = None,
        follow: Follow[Value] | None = None,
    ) -> Value:
        """Return a value: as it is kept, when its version is still the one of now."""
        if not self._bytes_max:
            return await self._read(load)
        entry = self._entries.get((wanted.what, wanted.key))
        if entry is None:
            self._count(wanted, "miss")
            return await self._first(wanted, load, owner_of, follow)
        seen = await self._versions(entry.owner_id)
        if self._is_fresh(entry, seen):
            self._count(wanted, "hit")
            if (wanted.what, wanted.key) in self._entries:  # it may be dropped while we looked
                self._entries.move_to_end((wanted.what, wanted.key))
            value: Value = entry.value
            return value
        self._count(wanted, "miss")
        return await self._again(wanted, load, owner_of, entry=entry, seen=seen)

    def at_hand(self, wanted: Wanted) -> object | None:
        """Return what is kept of a value, fresh or not."""
        entry = self._entries.get((wanted.what, wanted.key))
        return None if entry is None else entry.value

    @contextmanager
    def look(self) -> Iterator[None]:
        """Ask once what is fresh, for all that is read within."""
        if self._looking() is not None:
            yield  # part of the one that goes on
            return
        look = _Look(self._clock.monotonic() + LOOK_S_MAX)
        self._looks.add(look)
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
        """Forget what somebody else has written to: its memory is free at once."""
        for key in self._keys(touched):
            self._remove(key)

    # ── going along ──────────────────────────────────────────────────────────────────────────
    def _follow(self, steps: Steps) -> None:
        """Go along with a commit of this process; what can't is forgotten."""
        for look in list(self._looks):
            look.follow(steps)  # whoever writes while they look sees what they wrote
        for key in self._keys(steps):
            self._go_along(key, self._entries[key], steps)

    def _go_along(self, key: Key, entry: _Entry, steps: Steps) -> None:
        """Keep an entry as a commit leaves it; what nobody has asked for in long is let go."""
        is_over = self._clock.monotonic() >= entry.until
        stepped = None if entry.follow is None or is_over else _stepped(entry, steps)
        if entry.follow is None or stepped is None:
            self._remove(key)
            return
        version, told = stepped
        value = entry.follow(entry.value, told) if told else entry.value
        if value is None:
            self._remove(key)
        elif value is entry.value:
            entry.version = version  # most are of other exchanges: no work is made of them
        else:
            size = entry.size_bytes + sum(size_of(change) for change in told)
            self._put(key, replace(entry, value=value, version=version, size_bytes=size))

    def _keys(self, touched: Iterable[Touched]) -> list[Key]:
        """Return the keys of what depends on any of these."""
        return list({key: None for one in touched for key in self._by_topic.get(one, ())})

    # ── reading through ──────────────────────────────────────────────────────────────────────
    async def _first(
        self,
        wanted: Wanted,
        load: Load[Value],
        owner_of: Callable[[Value], str] | None,
        follow: Follow[Value] | None,
    ) -> Value:
        """Read a value that is not kept, and its versions in the same snapshot, or before."""
        look = self._looking()
        known = {} if look is None else dict(look.seen)
        async with self._database.reading() as connection:
            value = await load(connection)
            if value is None:
                return value  # numbers that nobody has would fill it
            owner_id = owner_of(value) if owner_of else wanted.owner_id
            seen = known.get(owner_id) or await self._look_at(owner_id, connection)
        self._keep(wanted, value, owner_id, seen=seen, follow=follow)
        return value

    async def _again(
        self,
        wanted: Wanted,
        load: Load[Value],
        owner_of: Callable[[Value], str] | None,
        *,
        entry: _Entry,
        seen: Versions,
    ) -> Value:
        """Read a value that was written to.

        Its versions are those from before: a value that is newer than its version is only read
        once more, one that is older than it would be believed.
        """
        value = await self._read(load)
        owner_id = entry.owner_id
        is_theirs = value is not None and (owner_of is None or owner_of(value) == owner_id)
        if is_theirs:
            self._keep(wanted, value, owner_id, seen=seen, follow=entry.follow)
        else:
            self._remove((wanted.what, wanted.key))
        return value

    async def _read(self, load: Load[Value]) -> Value:
        async with self._database.reading() as connection:
            return await load(connection)

    async def _versions(self, owner_id: str) -> Versions:
        """Return what is fresh now, or was when the look of now began."""
        look = self._looking()
        if look is not None and owner_id in look.seen:
            return look.seen[owner_id]
        if look is not None and look.seen and owner_id == EVERYBODY:
            return next(iter(look.seen.values()))  # what is everybody's is in each
        return await self._read(partial(self._look_at, owner_id))

    async def _look_at(self, owner_id: str, connection: AsyncConnection) -> Versions:
        """Read what is fresh, for all of the look of now."""
        look = self._looking()
        steps = 0 if look is None else look.steps
        seen = await versions(connection, owner_id)
        if look is not None and look.steps == steps:  # else it may be from before a commit of ours
            look.seen[owner_id] = seen
        return seen

    def _looking(self) -> _Look | None:
        """Return the look that goes on."""
        look = _look.get()
        return look if look is not None and self._clock.monotonic() < look.until else None

    # ── keeping ──────────────────────────────────────────────────────────────────────────────
    def _keep(
        self,
        wanted: Wanted,
        value: object,
        owner_id: str,
        *,
        seen: Versions,
        follow: Follow[Any] | None,  # Any: as in its entry
    ) -> None:
        entry = _Entry(
            value=value,
            owner_id=owner_id,
            topics=wanted.topics,
            version=_version(owner_id, wanted.topics, seen),
            until=self._clock.monotonic() + self._ttl_s,
            size_bytes=size_of(value) + ENTRY_BYTES,
            follow=follow,
        )
        self._put((wanted.what, wanted.key), entry)

    def _put(self, key: Key, entry: _Entry) -> None:
        self._remove(key)
        if entry.size_bytes > self._bytes_max // VALUE_SHARE_MAX:
            return
        self._entries[key] = entry
        for touched in _touched(entry.owner_id, entry.topics):
            self._by_topic.setdefault(touched, set()).add(key)
        self.size_bytes += entry.size_bytes
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


def _stepped(entry: _Entry, steps: Steps) -> tuple[tuple[Version, ...], list[object]] | None:
    """Return an entry's version after a commit, and what that changed; None when it is not told."""
    told: list[object] = []
    version = list(entry.version)
    for place, topic in enumerate(entry.topics):
        step = steps.get((entry.owner_id, topic))
        if (EVERYBODY, topic) in steps:
            return None
        everybodys, own = entry.version[place]
        if step is None or own == step.after:  # not written to, or read since
            continue
        if step.told is None or own != step.before:
            return None
        told += step.told
        version[place] = (everybodys, step.after)
    return tuple(version), told


def _version(owner_id: str, topics: tuple[str, ...], seen: Versions) -> tuple[Version, ...]:
    return tuple((seen.get((EVERYBODY, topic)), seen.get((owner_id, topic))) for topic in topics)


def _touched(owner_id: str, topics: tuple[str, ...]) -> frozenset[Touched]:
    """Return whose writes make a value stale."""
    return frozenset((whose, topic) for topic in topics for whose in (owner_id, EVERYBODY))
