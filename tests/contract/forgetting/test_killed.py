"""Whoever is killed while they forget has either forgotten nothing, or goes on to the end."""

import asyncio
import sys
from pathlib import Path

import pytest

from backend.kernel.errors import Busy
from backend.kernel.forgetting import Kind
from tests.contract.forgetting.house import OWNER, House, one

SECRET = "zorblax"
KILLED = -9


async def _dies(house: House, folder: Path, url: str, turn: str, step: str) -> None:
    module = "tests.contract.forgetting.dying_process"
    words = (sys.executable, "-m", module, str(folder), url, turn, step)
    process = await asyncio.create_subprocess_exec(*words)
    assert await process.wait() == KILLED


async def _told(house: House) -> dict[str, str]:
    await house.turn("The dentist is called Weber.")
    said = await house.turn(f"The code is {SECRET}.", note=f"paint {SECRET}")
    await house.record(said["conversation"])
    return said


async def test_killed_within_the_transaction_nothing_was_forgotten(
    house: House, tmp_path: Path, database_url: str
) -> None:
    said = await _told(house)
    before = {name: await house.rows(name) for name in ("messages", "turns", "document_updates")}
    await _dies(house, tmp_path, database_url, said["turn"], "rows")
    assert {name: await house.rows(name) for name in before} == before
    assert await house.rows("tombstones") == []
    await house.forget_all(one(Kind.TURN, said["turn"]))
    assert await house.tables_with(SECRET) == set()


@pytest.mark.parametrize("step", ["committed", "outside", "looked"])
async def test_killed_behind_it_the_job_goes_on_to_the_end(
    house: House, tmp_path: Path, database_url: str, step: str
) -> None:
    said = await _told(house)
    await _dies(house, tmp_path, database_url, said["turn"], step)
    assert await house.tables_with(SECRET) == set()
    (row,) = await house.rows("forgettings")
    assert row["state"] == "running"
    (job,) = [each for each in await house.rows("jobs") if each["name"] == "upkeep.forget"]
    assert job["payload"] == {"forgetting_id": row["id"]}
    await house.carry_out(row["id"])
    receipt = await house.parts.forgetting.receipt(OWNER, row["id"])
    assert (receipt.state.value, receipt.left) == ("done", 0)
    assert house.files_with(SECRET) == set()
    assert await house.parts.objects.list("recordings/") == []
    assert len(await house.parts.objects.list("tombstones/")) == 1


async def test_what_a_job_writes_behind_the_wish_goes_with_the_next_step(house: House) -> None:
    said = await _told(house)
    outcome = await house.forget(one(Kind.TURN, said["turn"]))
    late = {"id": "late", "owner_id": OWNER, "text": f"the code is {SECRET}"}
    await house.insert(
        "memories",
        late | {"message_id": said["heard"], "assurance": "held", "valid_from": 1, "learnt_at": 1},
    )
    await house.carry_out(outcome.id)
    assert await house.tables_with(SECRET) == set()


async def test_a_call_that_goes_on_is_waited_for(house: House) -> None:
    said = await _told(house)
    await house.execute("UPDATE conversations SET ended_at = NULL")
    outcome = await house.forget(one(Kind.TURN, said["turn"]))
    with pytest.raises(Busy, match="goes on"):
        await house.carry_out(outcome.id)
    await house.execute("UPDATE conversations SET ended_at = 5")
    await house.carry_out(outcome.id)
    receipt = await house.parts.forgetting.receipt(OWNER, outcome.id)
    assert receipt.state.value == "done"
