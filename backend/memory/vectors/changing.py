"""Another model of meaning, while everything goes on: filled, tried, cut over, and taken back.

The live model answers until the new one has everything; new messages are embedded by both. Each
batch commits with how far it came, so whoever is killed goes on behind it. Nothing is extracted
anew: a model reads the same words as the one before.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from backend.kernel.clock import DAY, SECOND, Clock, Instant, later
from backend.kernel.errors import Conflict, NotConfigured, Unavailable
from backend.kernel.ids import Ids
from backend.memory.archive import Archive
from backend.memory.archive.store import there
from backend.memory.vectors import models, trial
from backend.memory.vectors.models import ModelRow, ModelState, plan_of
from backend.memory.vectors.spaces import Space, Spaces
from backend.memory.vectors.store import VectorItem
from backend.platform.database.engine import Database
from backend.platform.database.transaction import Transaction
from backend.platform.jobs.ledger import Ledger
from backend.platform.jobs.types import NewJob

JOB = "memory.reembed"
BATCH = 256  # messages in one transaction: a turn that wants to be written waits for no more
LINK = 4096  # messages in one job: then others get their turn
CATCH_UP_S = 60.0  # so long a model that was away is left alone

Ending = Callable[[Transaction, Mapping[str, Any]], Awaitable[None]]  # Any: a job's JSON result


@dataclass(frozen=True, slots=True)
class ChangeParts:
    """What a change stands on."""

    database: Database
    archive: Archive
    spaces: Spaces
    jobs: Ledger
    ids: Ids
    clock: Clock
    kept_days: float = 7.0  # so long a retired model can be gone back to


class ModelChange:
    """Chooses the model that gives meaning, and brings every message to it."""

    def __init__(self, parts: ChangeParts) -> None:
        self._parts = parts
        self._database, self._spaces = parts.database, parts.spaces

    async def rows(self) -> list[ModelRow]:
        """Return every model that was ever used and is not removed yet."""
        async with self._database.reading() as connection:
            return await models.read(connection)

    async def settle(self) -> None:
        """Agree with the settings at a start: the first model, or one that was away till now."""
        wanted = self._spaces.wanted
        can_run = self._can_run(wanted)
        async with self._database.transaction() as tx:
            rows = await models.read_held(tx)
            plan = plan_of(rows)
            if plan is None:
                had = await trial.most_used(tx.connection, list(self._spaces.names.values()))
                live = had or (wanted if can_run else self._spaces.fallback or wanted)
                chosen = "settings" if live == wanted else "fallback"
                await models.put(tx, self._live(live, chosen=chosen))
                rows = await models.read(tx.connection)
                plan = plan_of(rows)
            assert plan is not None
            row = next(each for each in rows if each.model == plan.live)
            is_own_wish = row.report.get("chosen") == "user" and self._is_same_setting(row)
            if can_run and wanted not in plan.written and not is_own_wish:
                await self._begin(tx, rows, wanted, chosen="settings")
        self._spaces.changed()

    async def use(self, name: str) -> ModelRow:
        """Change to a model: at once where its vectors are kept, else by filling it first."""
        model = self._spaces.named(name)
        await self._spaces.of(model).embedder.warm()  # refused here rather than by a dead job
        async with self._database.transaction() as tx:
            rows = await models.read_held(tx)
            plan = plan_of(rows)
            if plan is None or plan.live == model:
                await self._stay(tx, rows, model)
            elif plan.filling == model and not _has_failed(rows, model):
                raise Conflict(f"{model} is on its way.", cure="ringback models status")
            elif _can_go_back(rows, model):
                await self._go_back(tx, rows, model)
            else:
                await self._begin(tx, rows, model, chosen="user")
            found = next(row for row in await models.read(tx.connection) if row.model == model)
        self._spaces.changed()
        return found

    async def step(self, run: str, end: Ending) -> None:
        """Embed some of what is missing, or end the change: the job `memory.reembed`."""
        row = await self._of_run(run)
        if row is None:  # called off, or done by whoever held the job before
            async with self._database.transaction() as tx:
                await end(tx, {"embedded": 0})
            return
        space, embedded = self._spaces.of(row.model), 0
        reached = row.reached
        while embedded < LINK:
            reached, count = await self._fill(space, run, reached)
            if not count:
                await self._finish(space, run, end)
                return
            embedded += count
        async with self._database.transaction() as tx:
            await self._promise(tx, run, reached)
            await end(tx, {"embedded": embedded, "model": row.model})

    async def retire(self, end: Ending) -> None:
        """Remove the vectors of models that were retired long ago: the job `memory.retire`."""
        removed = 0
        for row in await self.rows():
            kept_until = later(row.changed_at, int(self._parts.kept_days * DAY))
            if row.state is ModelState.RETIRED and kept_until <= self._parts.clock.now():
                removed += await self.remove(row.model)
        async with self._database.transaction() as tx:
            await end(tx, {"removed": removed})

    async def remove(self, name: str) -> int:
        """Remove a retired model's vectors; the way back is a new filling then."""
        model = self._spaces.named(name)
        row = next((each for each in await self.rows() if each.model == model), None)
        if row is None or row.state is not ModelState.RETIRED:
            raise Conflict(f"{model} is not retired.", cure="ringback models status")
        removed = 0
        while count := await trial.remove_some(self._database, model):
            removed += count
        if self._can_run(model):
            await self._spaces.of(model).index.clear()
        async with self._database.transaction() as tx:
            rows = await models.read_held(tx)
            if any(each.model == model and each.state is ModelState.RETIRED for each in rows):
                await models.drop(tx, model)
        self._spaces.changed()
        return removed

    async def stand_in(self, tx: Transaction, model: str) -> None:
        """Note that another model has what the live one lacks, and have the live one catch up."""
        rows = await models.read_held(tx)
        plan = plan_of(rows)
        live = self._spaces.wanted if plan is None else plan.live
        row = next((each for each in rows if each.model == live), self._live(live))
        if model in row.report.get("beside", ()) and row.run:
            return
        run = self._parts.ids.new()
        beside = sorted({*row.report.get("beside", ()), model})
        await models.put(
            tx, replace(row, reached="", report={**row.report, "beside": beside, "run": run})
        )
        await self._promise(tx, run, "", after_s=CATCH_UP_S)
        tx.after_commit(self._spaces.changed)

    # ── choosing ─────────────────────────────────────────────────────────────────────────────
    async def _begin(
        self, tx: Transaction, rows: Sequence[ModelRow], model: str, *, chosen: str
    ) -> None:
        await self._call_off(tx, rows)
        run = self._parts.ids.new()
        total = await trial.recallable(tx.connection)
        missing = await trial.missing(tx.connection, model)
        report = {"run": run, "chosen": chosen, "setting": self._spaces.wanted}
        await models.put(
            tx,
            ModelRow(
                model=model,
                dimension=self._spaces.of(model).embedder.dimension,
                state=ModelState.FILLING,
                reached="",
                done=total - missing,
                total=total,
                report=report,
                changed_at=tx.at,
            ),
        )
        await self._promise(tx, run, "")

    async def _go_back(self, tx: Transaction, rows: Sequence[ModelRow], model: str) -> None:
        """Put a retired model back at once; what came after it is read beside it, and filled."""
        await self._call_off(tx, rows)
        run = self._parts.ids.new()
        was_live = next(row for row in rows if row.state is ModelState.LIVE)
        await models.put(tx, replace(was_live, state=ModelState.RETIRED))
        row = next(each for each in rows if each.model == model)
        report = {"run": run, "chosen": "user", "setting": self._spaces.wanted}
        is_whole = await trial.missing(tx.connection, model) == 0
        beside = [] if is_whole else [was_live.model]
        await models.put(
            tx,
            replace(row, state=ModelState.LIVE, reached="", report={**report, "beside": beside}),
        )
        if not is_whole:
            await self._promise(tx, run, "")

    async def _stay(self, tx: Transaction, rows: Sequence[ModelRow], model: str) -> None:
        await self._call_off(tx, rows)
        row = next((each for each in rows if each.model == model), self._live(model))
        chosen = {"chosen": "user", "setting": self._spaces.wanted}
        await models.put(tx, replace(row, report={**row.report, **chosen}))

    async def _call_off(self, tx: Transaction, rows: Sequence[ModelRow]) -> None:
        for row in rows:
            if row.state in {ModelState.FILLING, ModelState.VERIFIED}:
                await models.put(tx, replace(row, state=ModelState.RETIRED, report={}))

    def _live(self, model: str, *, chosen: str = "settings") -> ModelRow:
        dimension = self._spaces.of(model).embedder.dimension
        report = {"chosen": chosen, "setting": self._spaces.wanted}
        return ModelRow(model, dimension, ModelState.LIVE, "", 0, 0, report, Instant(0))

    def _can_run(self, model: str) -> bool:
        try:
            self._spaces.of(model)
        except NotConfigured:
            return False
        return True

    def _is_same_setting(self, row: ModelRow) -> bool:
        return row.report.get("setting") == self._spaces.wanted

    # ── filling ──────────────────────────────────────────────────────────────────────────────
    async def _of_run(self, run: str) -> ModelRow | None:
        return next((row for row in await self.rows() if row.run == run), None)

    async def _fill(self, space: Space, run: str, reached: str) -> tuple[str, int]:
        """Embed a batch; returns how far it came and how many there were."""
        async with self._database.reading() as connection:
            ids = await trial.page(connection, space.model, after=reached, limit=BATCH)
            sources = await self._parts.archive.sources(connection, ids)
        if not ids:
            return reached, 0
        vectors = await space.embedder.embed([source.text for source in sources])
        items = [
            VectorItem(source.id, source.owner_id, source.namespace, vector)
            for source, vector in zip(sources, vectors, strict=True)
        ]
        await space.index.upsert(items)
        async with self._database.reading() as connection:
            alive = await there(connection, ids)
        if gone := [each for each in ids if each not in alive]:
            await space.index.delete(gone)  # whoever forgot them may have done so before we wrote
        async with self._database.transaction() as tx:
            row = next((each for each in await models.read_held(tx) if each.run == run), None)
            if row is None:
                raise Unavailable("The change was called off.")
            # Whoever was forgotten meanwhile must not come back.
            alive = await self._parts.archive.alive(tx, ids)
            kept = [item for item in items if item.message_id in alive]
            await space.rows.write(tx, kept)
            await models.advance(tx, space.model, reached=ids[-1], more=len(kept))
        return ids[-1], len(ids)

    async def _promise(
        self, tx: Transaction, run: str, reached: str, *, after_s: float = 0.0
    ) -> None:
        job = NewJob(
            JOB,
            {"run": run},
            key=f"{JOB}:{run}:{reached or 'start'}",
            priority=-10,  # what was said just now goes first
            not_before=later(tx.at, int(after_s * SECOND)) if after_s else None,
        )
        await self._parts.jobs.add(tx, job)

    async def _finish(self, space: Space, run: str, end: Ending) -> None:
        """Try what was filled; then it goes live in one commit, or stays and says why not."""
        row = await self._of_run(run)
        found = None
        if row is not None and row.state in {ModelState.FILLING, ModelState.VERIFIED}:
            found = await trial.examine(self._database, space)
            async with self._database.transaction() as tx:
                await self._note(tx, run, found)
        async with self._database.transaction() as tx:
            rows = await models.read_held(tx)
            row = next((each for each in rows if each.run == run), None)
            if row is not None and row.state is ModelState.VERIFIED:
                await self._cut_over(tx, rows, row)
            elif row is not None and row.state is ModelState.LIVE:
                await self._caught_up(tx, row)
            await end(tx, {"model": space.model, **({} if found is None else found.report)})
        self._spaces.changed()

    async def _note(self, tx: Transaction, run: str, found: trial.Examined) -> None:
        row = next((each for each in await models.read_held(tx) if each.run == run), None)
        if row is not None:
            state = ModelState.VERIFIED if found.is_well else ModelState.FILLING
            report = {**row.report, **found.report}
            await models.put(tx, replace(row, state=state, report=report))

    async def _cut_over(self, tx: Transaction, rows: Sequence[ModelRow], row: ModelRow) -> None:
        for each in rows:
            if each.state is ModelState.LIVE:
                await models.put(tx, replace(each, state=ModelState.RETIRED))
        await models.put(tx, replace(row, state=ModelState.LIVE, reached=""))

    async def _caught_up(self, tx: Transaction, row: ModelRow) -> None:
        if await trial.missing(tx.connection, row.model):
            run = self._parts.ids.new()
            await models.put(tx, replace(row, reached="", report={**row.report, "run": run}))
            await self._promise(tx, run, "")
            return
        report = {key: value for key, value in row.report.items() if key not in {"beside", "run"}}
        await models.put(tx, replace(row, reached="", report=report))


def _has_failed(rows: Sequence[ModelRow], model: str) -> bool:
    return any(row.model == model and "failed" in row.report for row in rows)


def _can_go_back(rows: Sequence[ModelRow], model: str) -> bool:
    """Say whether a model was live before: one that was called off half-way has nothing whole."""
    return any(
        row.model == model and row.state is ModelState.RETIRED and row.report.get("chosen")
        for row in rows
    )
