"""The clocks: each strike moves its row on and promises its job, in one transaction.

Any process may wind them. Whoever moves a row on first has struck it, the others find it moved: so
each planned moment is promised once, by however many processes. What was missed while nobody wound
them is made up for once, and a wall clock that was set wrong for a while silences nothing.
"""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass

from sqlalchemy import ColumnElement, delete, exists, select, update
from sqlalchemy.dialects import postgresql, sqlite

from backend.kernel.clock import Clock, Instant
from backend.kernel.errors import Missing
from backend.kernel.ids import JobId, OwnerId
from backend.platform.database.engine import Database
from backend.platform.database.tables import clocks, jobs
from backend.platform.database.transaction import Transaction
from backend.platform.jobs.ledger import Ledger
from backend.platform.jobs.rhythms import Rhythm, read_rhythm, zone_named
from backend.platform.jobs.types import JobState, NewJob

INSTANCE = ""  # the user of a clock that is nobody's own


@dataclass(frozen=True, slots=True)
class ClockWork:
    """A kind of clock: the job that it promises whenever it strikes."""

    job: str
    rhythm: Rhythm
    is_per_user: bool = False  # each user has one, by their own zone


@dataclass(frozen=True, slots=True)
class ClockRow:
    """One clock as it stands."""

    name: str
    user_id: str
    zone: str
    rhythm: str
    next_at: Instant
    last_at: Instant | None  # the moment it was last struck for
    is_paused: bool

    @property
    def id(self) -> tuple[str, str]:
        """Return which clock it is."""
        return self.name, self.user_id


@dataclass(frozen=True, slots=True)
class _Wanted:
    rhythm: Rhythm
    zone: str

    def next(self, after: Instant) -> Instant:
        return self.rhythm.next(after, zone_named(self.zone))


class Clocks:
    """Winds the clocks, and lets people look at them, stop them and strike them."""

    def __init__(self, *, database: Database, ledger: Ledger, clock: Clock) -> None:
        self._database, self._ledger, self._clock = database, ledger, clock
        self._looked_at: Instant | None = None

    # ── wound ────────────────────────────────────────────────────────────────────────────────
    async def wind(
        self, works: Collection[ClockWork], *, zone: str, users: Mapping[str, str]
    ) -> Instant | None:
        """Strike what is due; return when the next one is.

        `zone` is the instance's own, `users` the zone of each user.
        """
        wanted: dict[tuple[str, str], _Wanted] = {}
        for work in works:
            of = users if work.is_per_user else {INSTANCE: zone}
            for user_id, their_zone in of.items():
                wanted[work.job, user_id] = _Wanted(work.rhythm, their_zone)
        known = {row.id: row for row in await self._rows()}
        now = self._clock.now()
        # Only a wall clock that went back can leave a strike too far ahead.
        was_set_back = self._looked_at is None or now < self._looked_at
        self._looked_at = now
        for id_, want in wanted.items():
            row = known.get(id_)
            if row is None:
                await self._begin(id_, want)
            elif (row.rhythm, row.zone) != (want.rhythm.text, want.zone):
                await self._set(row, want, want.next(now))
            elif row.next_at <= now and not row.is_paused:
                await self._strike(row, want)
            elif was_set_back and row.next_at > (sooner := _after_setback(row, want, now)):
                await self._set(row, want, sooner)
        return await self._soonest()

    async def keep_only(self, names: Collection[str], users: Collection[str]) -> None:
        """Take down the clocks that nobody plans any more, and those of users who are gone."""
        is_known = (clocks.c.user_id == INSTANCE) | clocks.c.user_id.in_(list(users))
        async with self._database.transaction() as tx:
            await tx.execute(delete(clocks).where(clocks.c.name.not_in(list(names)) | ~is_known))

    async def _begin(self, id_: tuple[str, str], want: _Wanted) -> None:
        async with self._database.transaction() as tx:
            into = sqlite.insert if tx.dialect == "sqlite" else postgresql.insert
            name, user_id = id_
            row = ClockRow(
                name=name,
                user_id=user_id,
                zone=want.zone,
                rhythm=want.rhythm.text,
                next_at=want.next(tx.at),
                last_at=None,
                is_paused=False,
            )
            await tx.execute(into(clocks).values(**asdict(row)).on_conflict_do_nothing())

    async def _set(self, row: ClockRow, want: _Wanted, next_at: Instant) -> None:
        async with self._database.transaction() as tx:
            await tx.execute(
                update(clocks)
                .where(*_is(row), clocks.c.next_at == row.next_at)
                .values(zone=want.zone, rhythm=want.rhythm.text, next_at=next_at)
            )

    async def _strike(self, row: ClockRow, want: _Wanted) -> None:
        async with self._database.transaction() as tx:
            struck = await tx.execute(
                update(clocks)
                .where(*_is(row), clocks.c.next_at == row.next_at, ~clocks.c.is_paused)
                .values(last_at=row.next_at, next_at=want.next(max(tx.at, row.next_at)))
            )
            if struck.rowcount and not await _is_behind(tx, row):
                await self._ledger.add(tx, _job(row, row.next_at, f"{row.next_at}"))

    async def _soonest(self) -> Instant | None:
        query = select(clocks.c.next_at).where(~clocks.c.is_paused).order_by(clocks.c.next_at)
        async with self._database.reading() as connection:
            found = (await connection.execute(query.limit(1))).scalar_one_or_none()
        return None if found is None else Instant(found)

    async def _rows(self, owner_id: OwnerId | None = None) -> list[ClockRow]:
        query = select(clocks).order_by(clocks.c.name, clocks.c.user_id)
        if owner_id is not None:
            query = query.where(clocks.c.user_id == owner_id)
        async with self._database.reading() as connection:
            return [ClockRow(**row._mapping) for row in await connection.execute(query)]

    # ── looked at and steered ────────────────────────────────────────────────────────────────
    async def list(self, owner_id: OwnerId | None = None) -> list[ClockRow]:
        """Return every clock, or those of one user."""
        return await self._rows(owner_id)

    async def run_now(self, name: str, user_id: str) -> JobId:
        """Promise a clock's job at once; its next strike stays where it was."""
        async with self._database.transaction() as tx:
            row = await _locked(tx, name, user_id)
            return await self._ledger.add(tx, _job(row, tx.at, f"asked:{tx.at}"))

    async def pause(self, name: str, user_id: str) -> ClockRow:
        """Stop a clock until it is resumed."""
        async with self._database.transaction() as tx:
            row = await _locked(tx, name, user_id)
            await tx.execute(update(clocks).where(*_is(row)).values(is_paused=True))
            return await _locked(tx, name, user_id)

    async def resume(self, name: str, user_id: str) -> ClockRow:
        """Let a clock go on, from now: what it would have struck meanwhile was not missed."""
        async with self._database.transaction() as tx:
            row = await _locked(tx, name, user_id)
            if row.is_paused:
                next_at = read_rhythm(row.rhythm).next(tx.at, zone_named(row.zone))
                going = {"is_paused": False, "next_at": next_at}
                await tx.execute(update(clocks).where(*_is(row)).values(going))
            return await _locked(tx, name, user_id)


def _after_setback(row: ClockRow, want: _Wanted, now: Instant) -> Instant:
    """Return when a clock strikes next by a wall clock that may have been set back."""
    sooner = want.next(now)
    # A moment that was struck already is over, even when it comes again.
    return want.next(sooner) if sooner == row.last_at else sooner


def _job(row: ClockRow, planned_at: Instant, moment: str) -> NewJob:
    whose = f":{row.user_id}" if row.user_id else ""
    return NewJob(
        name=row.name,
        payload={"planned_at": planned_at},
        key=f"{row.name}{whose}:{moment}",
        owner_id=OwnerId(row.user_id) if row.user_id else None,
    )


async def _is_behind(tx: Transaction, row: ClockRow) -> bool:
    """Say whether the last strike's job still waits: it makes up for this one as well."""
    whose = jobs.c.owner_id == row.user_id if row.user_id else jobs.c.owner_id.is_(None)
    waits = exists().where(jobs.c.state == JobState.WAITING, jobs.c.name == row.name, whose)
    return bool((await tx.execute(select(waits))).scalar_one())


async def _locked(tx: Transaction, name: str, user_id: str) -> ClockRow:
    query = select(clocks).where(clocks.c.name == name, clocks.c.user_id == user_id)
    row = (await tx.execute(query.with_for_update())).one_or_none()
    if row is None:
        raise Missing("There is no such clock.", cure="ringback jobs schedule")
    return ClockRow(**row._mapping)


def _is(row: ClockRow) -> tuple[ColumnElement[bool], ...]:
    return clocks.c.name == row.name, clocks.c.user_id == row.user_id
