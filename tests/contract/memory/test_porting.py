"""What is taken along comes back the same: ids, pins, validity, history, sources."""

import hashlib
import io
import json
import zipfile
from collections.abc import AsyncIterator
from itertools import zip_longest
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from backend.memory.porting.tables import LEFT, TAKEN
from backend.platform.database.tables import conversations, facts, forgettings, messages, metadata
from tests.contract.memory.porting_house import BEGAN, SAID, House, Json, house_at, inside


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with house_at(database_url, tmp_path / "one") as house:
        yield house


@pytest.fixture
async def other(tmp_path: Path) -> AsyncIterator[House]:
    folder = tmp_path / "two"
    async with house_at(f"sqlite:///{folder}/ringback.sqlite", folder) as house:
        yield house


def differences(before: list[Json], after: list[Json]) -> list[str]:
    """Return the lines in which two lists of answers differ."""
    told = [json.dumps(each, indent=1).splitlines() for each in (before, after)]
    return [f"{one} | {same}" for one, same in zip_longest(*told) if one != same]


async def furnished(house: House) -> None:
    await house.say(*SAID)
    listed = (await house.ask("GET", "/v1/facts")).json()["facts"]
    await house.ask("POST", f"/v1/facts/{listed[0]['id']}/pin")
    await house.ask("POST", f"/v1/facts/{listed[1]['id']}/deny")
    await house.ask("POST", "/v1/notes", json={"text": "buy milk"})
    await house.work()


def without(export: bytes, name: str, content: bytes) -> bytes:
    """Return an export in which one file has another content."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for each, kept in inside(export).items():
            archive.writestr(each, content if each == name else kept)
    return out.getvalue()


# ── our own export ───────────────────────────────────────────────────────────────────────────
async def test_an_export_into_an_empty_install_gives_equal_answers(
    house: House, other: House
) -> None:
    await furnished(house)
    result = await other.bring(await house.export())
    assert result["forgotten"] == 0
    before, after = await house.answers(), await other.answers()
    assert before[0], "nothing is found"
    assert len(before[-2]) > 5
    assert differences(before, after) == []


async def test_the_way_back_onto_another_database_is_the_same(house: House, other: House) -> None:
    await furnished(other)
    await house.bring(await other.export())
    assert differences(await other.answers(), await house.answers()) == []


async def test_a_second_time_nothing_is_changed(house: House, other: House) -> None:
    await furnished(house)
    export = await house.export()
    await other.bring(export)
    before = await other.answers()
    result = await other.bring(export)
    assert result["added"] == {}
    assert await other.answers() == before
    await house.bring(export)
    assert await house.count(messages) == len(SAID)


async def test_the_manifest_counts_and_sums_every_file(house: House) -> None:
    await furnished(house)
    files = inside(await house.export())
    manifest = json.loads(files.pop("manifest.json"))
    assert set(manifest["files"]) == set(files)
    for name, content in files.items():
        told = manifest["files"][name]
        assert told["sha256"] == hashlib.sha256(content).hexdigest()
        assert told["bytes"] == len(content)
    assert manifest["counts"]["messages"] == len(SAID)
    said = [json.loads(line)["text"] for line in files["data/messages.jsonl"].splitlines()]
    assert said == list(SAID)


async def test_no_credential_is_in_an_export(house: House) -> None:
    files = inside(await house.export())
    assert not {"data/credentials.jsonl", "data/vault.jsonl"} & set(files)
    assert not [name for name, content in files.items() if b"pin_hash" in content]
    assert house.token.encode() not in b"".join(files.values())


@pytest.mark.parametrize("damage", ["cut", "changed", "malformed", "no manifest"])
async def test_a_damaged_export_is_refused_whole(house: House, other: House, damage: str) -> None:
    await furnished(house)
    export = await house.export()
    broken = {
        "cut": export[: len(export) * 2 // 3],
        "changed": without(export, "data/facts.jsonl", b""),
        "malformed": without(export, "manifest.json", b'{"format": "ringback-export"}'),
        "no manifest": without(export, "manifest.json", b"no"),
    }[damage]
    query = {"from": "ringback"}
    answer = await other.ask("POST", "/v1/import", content=broken, params=query)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["cure"]
    assert await other.count(messages) == 0


async def test_a_call_comes_back_with_its_sound(house: House, other: House) -> None:
    call, key = house.parts.ids.new(), ""

    async def sound() -> AsyncIterator[bytes]:
        yield b"\x7f\x11" * 9000
        yield b"\x22\x33" * 100

    key = await house.parts.recorder.keep(call, sound())
    async with house.parts.database.transaction() as tx:
        await tx.execute(
            conversations.insert().values(
                id=call, owner_id=house.owner.owner_id, person_id=house.owner.id, carrier="phone",
                assurance="held", recording=key, started_at=BEGAN, ended_at=BEGAN,
            )
        )  # fmt: skip
    await other.bring(await house.export())
    heard = [b"".join([each async for each in one.parts.recorder.read(key, call)])
             for one in (house, other)]  # fmt: skip
    assert heard[0] == heard[1]
    async with other.parts.database.reading() as connection:
        row = (await connection.execute(select(conversations))).one()
    assert (row.id, row.recording, row.person_id) == (call, key, other.owner.id)


async def test_while_rows_that_show_no_more_still_go_nothing_is_taken_along(house: House) -> None:
    going = {"id": "f", "owner_id": house.owner.owner_id, "scope": {}, "actor": "", "total": 9}
    async with house.parts.database.transaction() as tx:
        await tx.execute(insert(forgettings).values(**going, state="running", at=1))
    answer = await house.ask("GET", "/v1/export")
    assert answer.status_code != 200
    assert "forget list" in answer.json()["error"]["cure"]


async def test_what_was_forgotten_here_does_not_come_back(house: House) -> None:
    await furnished(house)
    export = await house.export()
    async with house.parts.database.reading() as connection:
        query = select(messages.c.id).where(messages.c.text == SAID[1])
        message_id = (await connection.execute(query)).scalar_one()
    wish = {"what": "message", "id": message_id}
    gone = await house.ask("POST", "/v1/forget", json=wish)
    assert gone.status_code == 200, gone.text
    result = await house.bring(export)
    assert result["forgotten"] >= 1
    assert await house.count(messages) == len(SAID) - 1


async def test_what_is_held_here_and_what_comes_are_worked_out_together(
    house: House, other: House
) -> None:
    await house.say("I live in Berlin.")
    await other.say("I was born in Rome.", "I live in Lisbon.")
    await other.bring(await house.export())
    held = (await other.ask("GET", "/v1/facts")).json()["facts"]
    assert [each["object"] for each in held if each["predicate"] == "lives in"] == ["Lisbon"]
    assert await other.count(facts) == 3


async def test_a_killed_import_goes_on_and_ends_the_same(house: House, other: House) -> None:
    await furnished(house)
    export = await house.export()
    answer = await other.ask("POST", "/v1/import", content=export)
    owner_id, job_id = other.owner.owner_id, answer.json()["job_id"]
    (job,) = await other.parts.jobs.lease("a worker", ["memory.import"], 1, 60)
    assert job.id == job_id

    class Killed(BaseException):
        pass

    def die(_: float) -> None:
        raise Killed

    async def end(*_: object) -> None:
        pytest.fail("it was killed before")

    with pytest.raises(Killed):
        await other.parts.porting.run(owner_id, job.payload["import_id"], progress=die, end=end)
    await other.parts.jobs.release(job)
    await other.work()
    assert differences(await house.answers(), await other.answers()) == []
    assert [each.key for each in await other.parts.objects.list("imports/")] == []


def test_every_table_is_taken_along_or_left_with_a_reason() -> None:
    owned = {table.name for table in metadata.sorted_tables if "owner_id" in table.c}
    assert owned - set(TAKEN) - set(LEFT) == set()
    assert set(TAKEN) & set(LEFT) == set()
