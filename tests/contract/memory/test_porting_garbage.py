"""Exports of somebody who means harm, or whose disk did: refused in words, nothing half-written."""

import json
import random
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from backend.platform.database.tables import conversations, facts, imports, messages
from tests.contract.memory.porting_house import (
    House,
    Json,
    changed,
    house_at,
    inside,
    repacked,
)

TRIES = 40
WEIRD: tuple[Json, ...] = (
    None, "", "x" * 5_000, "\x00", "\ud83d", "../../../etc/passwd", -1, 1 << 40, 1 << 70, 0.5,
    [], {}, {"a": [1]}, True, "owner", "'; DROP TABLE facts; --",
)  # fmt: skip
TABLES = ("conversations", "messages", "facts", "sources", "fact_changes", "concepts", "people")

Files = dict[str, bytes]


@pytest.fixture
async def export(tmp_path: Path) -> bytes:
    """An export of a small life."""
    folder = tmp_path / "two"
    async with house_at(f"sqlite:///{folder}/ringback.sqlite", folder) as other:
        await other.say("I live in Berlin.", "I moved to Lisbon.", "My sister is called Anna.")
        await other.ask("POST", "/v1/notes", json={"text": "buy milk"})
        await other.ask("POST", "/v1/people", json={"name": "Anna"})
        await other.work()
        return await other.export()


def with_manifest(files: Files, **told: Json) -> Files:
    manifest = json.loads(files["manifest.json"]) | told
    return {**files, "manifest.json": json.dumps(manifest).encode()}


def with_document(files: Files, state: bytes, **told: Json) -> Files:
    name = next(name for name in files if name.endswith(".yjs"))
    json_name = f"{name.removesuffix('.yjs')}.json"
    about = json.loads(files[json_name]) | told
    return {**files, name: state, json_name: json.dumps(about).encode()}


HARM: Mapping[str, Callable[[Files], Files]] = {
    "of a newer version": lambda files: with_manifest(files, version=2),
    "of another program": lambda files: with_manifest(files, format="backup"),
    "of nobody": lambda files: with_manifest(files, owner_id=""),
    "of a path": lambda files: with_manifest(files, owner_id="../../root"),
    "a recording above its folder": lambda files: {**files, "recordings/../../x.wav": b"RIFF"},
    "a recording of nothing": lambda files: {**files, "recordings/.wav": b"RIFF"},
    "a document that is none": lambda files: with_document(files, b"\xff" * 50),
    "a document without a name": lambda files: with_document(files, b"\x00\x00", name=""),
    "a table that is no JSON": lambda files: {**files, "data/facts.jsonl": b"{"},
    "a table that is not UTF-8": lambda files: {**files, "data/messages.jsonl": b'{"id": "\xff"}'},
    "a table that nests": lambda files: {**files, "data/facts.jsonl": b"[" * 100_000},
}


@pytest.mark.parametrize("harm", HARM)
async def test_a_harmful_export_is_refused_whole(house: House, export: bytes, harm: str) -> None:
    content = repacked(HARM[harm](inside(export)))
    answer = await house.ask("POST", "/v1/import", content=content)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["message"]
    for table in (conversations, messages, facts, imports):
        assert await house.count(table) == 0
    assert await house.parts.objects.list("imports/") == []


async def test_a_newer_export_names_the_way_out(house: House, export: bytes) -> None:
    content = repacked(HARM["of a newer version"](inside(export)))
    error = (await house.ask("POST", "/v1/import", content=content)).json()["error"]
    assert ("newer" in error["message"], error["cure"]) == (True, "ringback upgrade")


async def test_whatever_stands_in_a_row_it_is_refused_or_brought_to_its_end(
    house: House, export: bytes
) -> None:
    chance = random.Random(7)
    for _ in range(TRIES):
        table, value = chance.choice(TABLES), chance.choice(WEIRD)

        def spoil(rows: list[Json], value: Json = value) -> list[Json]:
            if rows:
                row = chance.choice(rows)
                row[chance.choice(sorted(row))] = value
            return rows

        content = changed(export, table, spoil)
        answer = await house.ask("POST", "/v1/import", content=content)
        assert answer.status_code in {202, 400}, answer.text
        if answer.status_code == 202:
            await house.work("memory.import")
            job = (await house.ask("GET", f"/v1/jobs/{answer.json()['job_id']}")).json()
            assert job["state"] == "done", (table, value, job)


async def test_more_than_is_taken_here_is_refused_before_it_is_read(house: House) -> None:
    large = {"Content-Length": str(8 << 30)}
    answer = await house.ask("POST", "/v1/import", content=b"{}", headers=large)
    assert answer.status_code == 413, answer.text
    assert await house.count(imports) == 0
