"""An import that is killed goes on where it stood; one that is called off writes nothing more."""

import asyncio
import json
import signal
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from backend.kernel.clock import DAY, SECOND, Instant
from backend.kernel.errors import Conflict, Missing
from backend.kernel.forgetting import Everything, Kind, Scope
from backend.kernel.ids import OwnerId
from backend.platform.database.tables import facts, imports, jobs, messages, sources
from backend.platform.database.transaction import Transaction
from tests.contract.memory.porting_house import BEGAN, House, house_at
from tests.engines.processes import environment

ROOT = Path(__file__).parents[3]
LINES = 1_000
KILLS = 2

Result = dict[str, Any]  # Any: a job's JSON result


def history(count: int = LINES, *, began: int = BEGAN) -> bytes:
    """Return a history of which each line is said a minute after the one before."""
    return b"".join(
        json.dumps(
            {
                "id": f"line-{number}",
                "speaker": "user",
                "text": f"Anna {'bought' if number % 50 else 'lives on'} boat number {number}.",
                "timestamp": (began + number * 60 * SECOND) // SECOND,
            }
        ).encode()
        + b"\n"
        for number in range(count)
    )


async def waiting(house: House, content: bytes) -> str:
    """Have a file wait for its job; return the import's id."""
    answer = await house.ask("POST", "/v1/import", content=content)
    assert answer.status_code == 202, answer.text
    async with house.parts.database.reading() as connection:
        return str((await connection.execute(select(imports.c.id))).scalar_one())


async def run(house: House, import_id: str, *, batches: int = -1) -> Result:
    """Bring an import in, to its end or until some batches are written."""
    ended: list[Result] = []
    left = batches

    class Stopped(Exception):
        pass

    def progress(_: float) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise Stopped

    async def end(_: Transaction, result: Mapping[str, Any]) -> None:  # Any: JSON
        ended.append(dict(result))

    try:
        await house.parts.porting.run(house.owner.owner_id, import_id, progress=progress, end=end)
    except Stopped:
        return {}
    return ended[0]


async def forget(house: House, **wish: object) -> None:
    answer = await house.ask("POST", "/v1/forget", json=wish)
    assert answer.status_code == 200, answer.text


async def carried_on(house: House) -> Counter[str]:
    """Return how often each message is to be embedded."""
    found: Counter[str] = Counter()
    async with house.parts.database.reading() as connection:
        query = select(jobs.c.payload).where(jobs.c.name == "memory.embed")
        for payload in (await connection.execute(query)).scalars():
            found.update(payload["message_ids"])
    return found


# ── killed ───────────────────────────────────────────────────────────────────────────────────
@pytest.mark.covers("IM-04", "ME-31")
@pytest.mark.parametrize("kind", ["history", "export"])
async def test_a_process_that_is_killed_is_followed_by_one_that_goes_on(
    tmp_path: Path, database_url: str, kind: str
) -> None:
    content = history()
    if kind == "export":
        folder = tmp_path / "before"
        async with house_at(f"sqlite:///{folder}/ringback.sqlite", folder) as before:
            await run(before, await waiting(before, content))
            content = await before.export()
    home = tmp_path / "one"
    async with house_at(database_url, home) as house:
        import_id = await waiting(house, content)
    for _ in range(KILLS):
        await _killed_at_work(database_url, home)
    async with house_at(database_url, home) as house:
        begun = await house.parts.porting.imports.standing(house.owner.owner_id, import_id)
        assert begun is not None
        assert begun.brought.added["messages"] == await house.count(messages)
        await house.parts.jobs.sweep(lambda _holder: True)
        await house.work("memory.import")
        (job,) = [row for row in await house.parts.jobs.list() if row.name == "memory.import"]
        assert job.state == "done"
        assert job.result is not None
        assert (job.result["added"]["messages"], job.result["known"]) == (LINES, 0)
        assert await house.count(messages) == LINES
        assert set((await carried_on(house)).values()) == {1}
        assert len(await carried_on(house)) == LINES
        assert await house.parts.objects.list("imports/") == []
        assert await house.count(imports) == 0


async def _killed_at_work(database_url: str, home: Path) -> None:
    """Run a worker and kill it as soon as it has written something."""
    async with house_at(database_url, home) as house:
        await house.parts.jobs.sweep(lambda _holder: True)
        before = await house.count(messages)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tests.contract.memory.import_process", database_url, str(home)),
            cwd=ROOT,
            env=environment(),
        )
        async with asyncio.timeout(120):
            while await house.count(messages) < before + 100:
                assert process.returncode is None, "it ended by itself"
                await house.parts.clock.sleep(0.002)
        process.kill()
        assert await process.wait() == -signal.SIGKILL


async def test_a_retry_passes_over_what_is_written_and_counts_it_once(house: House) -> None:
    import_id = await waiting(house, history(450))
    assert await run(house, import_id, batches=2) == {}
    assert await house.count(messages) == 200
    result = await run(house, import_id)
    assert (result["added"], result["known"]) == ({"messages": 450}, 0)


async def test_progress_is_how_many_of_the_lines_are_written(house: House) -> None:
    import_id = await waiting(house, history(400))
    told: list[float] = []

    async def end(*_: object) -> None:
        """End nothing: the job is not leased."""

    await house.parts.porting.run(house.owner.owner_id, import_id, progress=told.append, end=end)
    assert told == [0.25, 0.5, 0.75, 0.99]


async def test_two_workers_never_write_the_same_lines(house: House) -> None:
    import_id, owner_id = await waiting(house, history(300)), house.owner.owner_id
    late = await house.parts.porting.imports.standing(owner_id, import_id)
    assert late is not None
    await run(house, import_id, batches=1)
    with pytest.raises(Conflict):
        async with house.parts.porting.imports.step(late, "lines", 100):
            pytest.fail("somebody else is further")


# ── called off ───────────────────────────────────────────────────────────────────────────────
WISHES: dict[str, dict[str, object]] = {
    "everything": {"what": "everything"},
    "person": {"what": "person", "name": "Anna"},
    "period": {"what": "period", "since": BEGAN, "until": BEGAN + DAY},
}


@pytest.mark.parametrize("batches", [0, 2])
@pytest.mark.parametrize("wish", WISHES)
async def test_what_is_forgotten_is_not_brought_in_afterwards(
    house: House, wish: str, batches: int
) -> None:
    import_id = await waiting(house, history(450))
    if batches:
        await run(house, import_id, batches=batches)
    await forget(house, **WISHES[wish])
    assert await house.count(messages) == 0
    assert await run(house, import_id) == {"called_off": True}
    await house.work()
    assert [await house.count(table) for table in (messages, facts, sources, imports)] == [0] * 4
    assert await house.parts.objects.list("imports/") == []


async def test_whoever_forgets_while_a_file_is_written_forgets_all_of_it(house: House) -> None:
    import_id, begun = await waiting(house, history()), asyncio.Event()
    ended: list[Result] = []

    async def end(_: Transaction, result: Mapping[str, Any]) -> None:  # Any: JSON
        ended.append(dict(result))

    async def forgetting() -> None:
        await begun.wait()
        await forget(house, what="everything")

    async with asyncio.TaskGroup() as group:
        group.create_task(forgetting())
        group.create_task(
            house.parts.porting.run(
                house.owner.owner_id, import_id, progress=lambda _: begun.set(), end=end
            )
        )
    assert ended == [{"called_off": True}]
    assert await house.count(messages) == 0


async def test_a_period_in_which_nothing_of_it_was_said_leaves_an_import_alone(
    house: House,
) -> None:
    await house.say("I live in Berlin.", "I work as a carpenter.")
    import_id = await waiting(house, history(150, began=BEGAN + 5 * DAY))
    async with house.parts.database.reading() as connection:
        query = select(messages.c.id).where(messages.c.text == "I live in Berlin.")
        message_id = (await connection.execute(query)).scalar_one()
    await forget(house, what="message", id=message_id)
    await forget(house, what="period", since=BEGAN, until=BEGAN + 4 * DAY)
    assert (await run(house, import_id))["added"] == {"messages": 150}


async def test_the_preview_says_that_an_import_will_be_called_off(house: House) -> None:
    await waiting(house, history(10))
    seen = await house.ask(
        "POST", "/v1/forget", json={"what": "everything"}, params={"dry_run": "true"}
    )
    assert seen.json()["stores"]["imports"] == 1
    assert seen.json()["stores"]["uploads"] == 1


async def test_an_upload_that_is_not_kept_any_more_is_told_as_such(house: House) -> None:
    import_id = await waiting(house, history(10))
    later = house.parts.clock.now() + DAY
    await house.parts.porting.imports.sweep(Instant(later))
    with pytest.raises(Missing, match="not kept any more"):
        await run(house, import_id)


async def test_nobody_elses_import_is_called_off(house: House) -> None:
    await waiting(house, history(10))
    elses = Scope(OwnerId("somebody-else"), Everything())
    async with house.parts.database.reading() as connection:
        closure = await house.parts.forgetting.closure(connection, elses)
    assert not [target for target in closure if target.kind is Kind.IMPORT]
