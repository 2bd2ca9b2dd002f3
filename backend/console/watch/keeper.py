"""Keeps every change of a part's health, tells it on the live feed, and rings once for it."""

import asyncio
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from backend.console.watch.alarms import Alarms
from backend.console.watch.rows import PREFIX, WATCH, latest, seen
from backend.kernel.clock import SECOND, Clock, Instant
from backend.kernel.errors import RingbackError
from backend.kernel.ids import Ids, OwnerId
from backend.kernel.people import Role
from backend.platform.database.engine import Database
from backend.platform.database.tables import health_changes, instance, people
from backend.platform.database.transaction import Transaction
from backend.platform.events import EventLog
from backend.platform.health.types import Change
from backend.platform.tasks import beside
from backend.platform.telemetry.logs import get_logger

WAITING_MAX = 1_000  # changes while the database is away; the oldest are dropped
RINGING_MAX = 200  # changes that ring or wait to; a way of ringing takes fewer of them at once
RETRY_S = 1.0
WRITE_S = 4.0  # so long is waited for the database before the bell is rung without it
SEEN_EVERY_S = 30.0
GONE_AFTER = 120 * SECOND  # four of those: who was not seen for so long was killed
TROUBLES = (RingbackError, SQLAlchemyError, OSError, TimeoutError)

_log = get_logger("health")


@dataclass(slots=True)
class _Waiting:
    """A change that is not written yet."""

    change: Change
    is_decided: bool = False  # whether to ring for it


class HealthKeeper:
    """The book of one process; several processes that see one break ring once together."""

    def __init__(  # noqa: PLR0913 - what a change touches, each named
        self,
        *,
        database: Database,
        events: EventLog,
        ids: Ids,
        clock: Clock,
        alarms: Alarms,
        process: str,
        is_leader: bool,
    ) -> None:
        self._database, self._events, self._ids = database, events, ids
        self._clock, self._alarms, self._process = clock, alarms, process
        self._is_leader = is_leader  # rings when the database can't say who rang
        self._waiting: deque[_Waiting] = deque(maxlen=WAITING_MAX)
        self._news = asyncio.Event()
        self._bell: asyncio.Queue[Change] = asyncio.Queue(WAITING_MAX)
        self._alone: set[str] = set()  # parts whose break was rung for without the database
        self._over: set[str] = set()  # parts whose break was over when it came to be written

    def tell(self, change: Change) -> None:
        """Take a change; never waits, never fails."""
        if not change.is_ok:
            _log.error("part_broken", part=change.part, detail=change.detail, cure=change.cure)
        elif not change.is_first:
            _log.info("part_well", part=change.part)
        self._waiting.append(_Waiting(change))
        self._news.set()

    async def begin(self) -> Mapping[str, tuple[bool, Instant]]:
        """Write down that this process watches; return how it last knew the parts to be."""
        async with self._database.transaction() as tx:
            known = await latest(tx.connection, self._process)
            watch = known.pop(WATCH, None)
            if watch is not None and watch[0]:
                # It was killed: what it saw ends where it was last seen.
                last = await tx.execute(select(instance.c.value).where(instance.c.key == self._key))
                ended = max(int(last.scalar_one_or_none() or 0), watch[1])
                await self._insert(tx, WATCH, is_ok=False, detail="killed", at=Instant(ended))
            await self._insert(tx, WATCH, is_ok=True, detail="", at=tx.at)
            await self._be_seen(tx)
        return known

    async def run(self) -> None:
        """Write what waits, ring for it, and say now and then that this process is there."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._ring_all())
            while True:
                self._news.clear()
                await self._write_all()
                try:
                    async with asyncio.timeout(SEEN_EVERY_S):
                        await self._news.wait()
                except TimeoutError:
                    await self._say_seen()

    async def end(self) -> None:
        """Write down that this process watches no more."""
        try:
            async with asyncio.timeout(WRITE_S), self._database.transaction() as tx:
                await self._insert(tx, WATCH, is_ok=False, detail="stopped", at=tx.at)
        except TROUBLES as trouble:
            _log.warning("watch_not_ended", failure=trouble)

    # ── one change ───────────────────────────────────────────────────────────────────────────
    async def _write_all(self) -> None:
        while self._waiting:
            waiting = self._waiting[0]
            try:
                async with beside(self._write(waiting.change)) as writing:
                    await asyncio.wait({writing}, timeout=WRITE_S)
                    if not writing.done():
                        # A server that hangs takes long to be left: the bell is not to wait for it.
                        self._decide_all_alone()
                        raise TimeoutError
                    is_ours = await writing
            except TROUBLES as trouble:
                _log.warning("change_not_kept", part=waiting.change.part, failure=trouble)
                self._decide_all_alone()
                await self._clock.sleep(RETRY_S)
                continue
            if self._waiting and self._waiting[0] is waiting:
                self._waiting.popleft()
            self._decide(waiting, is_ours=is_ours)

    def _decide(self, waiting: _Waiting, *, is_ours: bool) -> None:
        """Ring for a change that is written, unless another process does or did."""
        change = waiting.change
        if waiting.is_decided:
            return
        if change.is_ok and change.part in self._alone:
            is_ours = self._is_leader  # whoever rang for the break rings for its end
            self._alone.discard(change.part)
        if is_ours:
            self._ring(change)

    def _decide_all_alone(self) -> None:
        """Decide for everything that waits: what broke meanwhile waits for no database."""
        for waiting in tuple(self._waiting):
            self._decide_alone(waiting)

    def _decide_alone(self, waiting: _Waiting) -> None:
        """The database can't say who rings: the leader does, at once; the others never do."""
        if waiting.is_decided:
            return
        waiting.is_decided = True
        if waiting.change.is_ok:
            self._alone.discard(waiting.change.part)
        else:
            self._alone.add(waiting.change.part)
        if self._is_leader and not waiting.change.is_first:
            self._ring(waiting.change)

    def _ring(self, change: Change) -> None:
        with suppress(asyncio.QueueFull):  # so many alarms have rung that one more says nothing
            self._bell.put_nowait(change)

    async def _ring_all(self) -> None:
        """Ring for each change by itself: a way that hangs with one delays no other."""
        places = asyncio.Semaphore(RINGING_MAX)
        async with asyncio.TaskGroup() as group:
            while True:
                await places.acquire()
                ringing = group.create_task(self._alarms.ring(await self._bell.get()))
                ringing.add_done_callback(lambda _: places.release())

    async def _write(self, change: Change) -> bool:
        """Keep a change; say whether this process is the one to ring for it."""
        async with self._database.transaction() as tx:
            owner_id = await _owner(tx)
            if owner_id is not None and not (change.is_first and change.is_ok):
                # The head of the stream is ours until the commit: nobody else decides meanwhile.
                await self._tell(tx, owner_id, change)
            others = await _others(tx, change.part, self._process)
            is_over = await self._is_over(tx, change)
            await self._be_seen(tx)
            await self._insert(
                tx, change.part, is_ok=change.is_ok, detail=change.detail, at=change.at
            )
        return not (change.is_first or is_over or False in others)

    async def _is_over(self, tx: Transaction, change: Change) -> bool:
        """Say whether others have rung already for this break, and for its end."""
        if not change.is_ok:
            self._over.discard(change.part)
            if await _has_ended_since(tx, change, self._process):
                self._over.add(change.part)
        return change.part in self._over

    async def _tell(self, tx: Transaction, owner_id: OwnerId, change: Change) -> None:
        await self._events.append(
            tx,
            owner_id=owner_id,
            stream=f"owner:{owner_id}",
            kind="health.changed",
            payload={
                "part": change.part,
                "ok": change.is_ok,
                "detail": change.detail,
                "cure": change.cure,
                "since": change.at,
                "process": self._process,
            },
            actor="companion",
        )

    async def _insert(
        self, tx: Transaction, part: str, *, is_ok: bool, detail: str, at: Instant
    ) -> None:
        await tx.execute(
            insert(health_changes).values(
                id=self._ids.new(),
                part=part,
                process=self._process,
                is_ok=is_ok,
                detail=detail,
                at=at,
            )
        )

    # ── being there ──────────────────────────────────────────────────────────────────────────
    @property
    def _key(self) -> str:
        return f"{PREFIX}{self._process}"

    async def _say_seen(self) -> None:
        try:
            async with asyncio.timeout(WRITE_S), self._database.transaction() as tx:
                await self._be_seen(tx)
        except TROUBLES as trouble:
            _log.warning("watch_not_seen", failure=trouble)

    async def _be_seen(self, tx: Transaction) -> None:
        value = str(tx.at)
        changed = await tx.execute(
            update(instance).where(instance.c.key == self._key).values(value=value)
        )
        if not changed.rowcount:
            await tx.execute(insert(instance).values(key=self._key, value=value))


async def _others(tx: Transaction, part: str, process: str) -> list[bool]:
    """Return how the other processes that watch now see a part."""
    columns = health_changes.c
    newest = (
        select(func.max(columns.id))
        .where(columns.part.in_([part, WATCH]), columns.process != process)
        .group_by(columns.process, columns.part)
    )
    rows = await tx.execute(
        select(columns.process, columns.part, columns.is_ok).where(columns.id.in_(newest))
    )
    told: dict[tuple[str, str], bool] = {(row.process, row.part): row.is_ok for row in rows}
    seen_at = await seen(tx.connection)
    return [
        is_ok
        for (other, about), is_ok in told.items()
        # Who was killed wrote no end down; what it last saw must not keep anybody from ringing.
        if about == part
        and told.get((other, WATCH), False)
        and seen_at.get(other, 0) + GONE_AFTER > tx.at
    ]


async def _has_ended_since(tx: Transaction, change: Change, process: str) -> bool:
    """Say whether another process, which writes sooner, has seen the part well again since."""
    columns = health_changes.c
    query = select(columns.id).where(
        columns.part == change.part,
        columns.process != process,
        columns.is_ok,
        columns.at > change.at,
    )
    return (await tx.execute(query.limit(1))).first() is not None


async def _owner(tx: Transaction) -> OwnerId | None:
    """Return whose log tells of the instance: its owner's, once there is one."""
    found = await tx.execute(
        select(people.c.owner_id)
        .where(people.c.role == Role.OWNER.value)
        .order_by(people.c.created_at)
        .limit(1)
    )
    owner_id = found.scalar_one_or_none()
    return None if owner_id is None else OwnerId(owner_id)
