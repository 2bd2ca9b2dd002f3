"""Generated: no route, job, socket or recall path shows one person anything of the other.

The routes are those that the application describes of itself, the jobs those of the registry, the
rows those of the tables: what is new is asked here without anybody thinking of it, and what can't
be asked by itself fails until it has a case.
"""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute, APIWebSocketRoute

from backend.compose import Parts
from backend.kernel.ids import OwnerId
from backend.main import create_app
from backend.platform.home import Home
from backend.platform.jobs.types import NewJob
from backend.platform.settings.sources import Loaded
from tests.contract.scopes.house import (
    ROLES,
    SECRET,
    House,
    Resident,
    house_at,
    owned_tables,
)
from tests.journey.doors import SOCKETS, Door, doors, example
from workers.registry import JOBS

HIDDEN = {401, 403, 404}
OWN_CREDENTIAL = "DELETE /v1/session"  # it withdraws what asks
UNDESCRIBED = {"/openapi.json"}  # says which doors there are, and nothing of anybody
CARRIERS = ("/phone/", "/sms/")  # signed by the carrier: tests/contract/phone
EVERYTHING = {"/v1/forget"}  # by everybody's own wish: tests/contract/forgetting

Json = Any  # what a description or an answer holds


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with house_at(database_url, tmp_path / "home") as house:
        yield house


def pairs(house: House) -> Iterator[tuple[Resident, Resident]]:
    owner, member = house.residents["owner"], house.residents["member"]
    yield owner, member
    yield member, owner


def swaps(other: Resident) -> tuple[str, ...]:
    """Return what somebody nosy would put in the place of their own, beside a path's names."""
    asked = ("messages", "facts", "concepts", "conversations", "jobs")
    return (other.owner_id, other.person.id, other.word, *(other.rows[name] for name in asked))


def words_of(description: Json, door: Door, place: str) -> list[str]:
    """Return the names of a door's parameters that take a word."""
    told = description["paths"][door.path][door.method.lower()].get("parameters", [])
    return [each["name"] for each in told if each["in"] == place and _is_word(each["schema"])]


def bodies(description: Json, door: Door, word: str) -> list[Json]:
    """Return a door's body with a word in each place that takes one."""
    told = description["paths"][door.path][door.method.lower()]
    content = told.get("requestBody", {}).get("content", {})
    schema = next((kind["schema"] for kind in content.values()), None)
    if schema is None:
        return [None]
    least = example(description, schema)
    shape = _resolved(description, schema)
    names = [name for name, of in shape.get("properties", {}).items() if _is_word(of)]
    return [least, *({**least, name: word} for name in names if isinstance(least, dict))]


def _resolved(description: Json, schema: Json) -> Json:
    if "$ref" in schema:
        return description["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def _is_word(schema: Json) -> bool:
    kinds = schema.get("anyOf", [schema])
    return any(kind.get("type") == "string" and "enum" not in kind for kind in kinds)


def described(house: House) -> tuple[Json, list[Door]]:
    description = house.app.openapi()
    found = [door for door in doors(description) if not door.path.startswith(CARRIERS)]
    return description, found


# ── what the rest of this file stands on ─────────────────────────────────────────────────────
async def test_each_has_a_row_in_every_table_and_finds_their_own(house: House) -> None:
    for viewer, _ in pairs(house):
        rows = await house.belongings(viewer)
        bare = {"audit", "events", "freshness", "numbers", "tombstones"}
        assert {table for table, found in rows.items() if not found} <= bare
        for path in ("/v1/memory", "/v1/notes", "/v1/jobs", "/v1/tokens", "/v1/facts"):
            answer = await house.ask(viewer, "GET", path)
            if answer.status_code != 403:
                assert viewer.secret in answer.text, (path, answer.text[:300])


async def test_every_door_is_described_or_known(house: House) -> None:
    """A door that hides from the description hides from the tests below."""
    hidden = {
        route.path
        for route in house.app.routes
        if isinstance(route, APIRoute) and not route.include_in_schema
    }
    assert {path for path in hidden if path.startswith("/v1")} == set()
    sockets = [route for route in house.app.routes if isinstance(route, APIWebSocketRoute)]
    # Each is looked into by tests/journey/test_privacy.py.
    assert len({route.path for route in sockets}) <= len(SOCKETS)


@pytest.mark.parametrize("role", sorted(ROLES - {"workers"}))
async def test_a_role_alone_has_no_door_that_all_together_lack(house: House, role: str) -> None:
    parts = Parts(
        Loaded(house.parts.settings, {}),
        home=Home(house.parts.settings.home),
        roles=frozenset({role}),
    )
    alone = {str(door) for door in doors(create_app(parts).openapi())}
    assert alone <= {str(door) for door in doors(house.app.openapi())}
    await parts.database.stop()


# ── routes ───────────────────────────────────────────────────────────────────────────────────
@pytest.mark.slow
@pytest.mark.covers("ME-14")
async def test_no_reading_door_shows_anything_of_the_other(house: House) -> None:
    description, found = described(house)
    told = []
    for viewer, other in pairs(house):
        for door in (door for door in found if door.is_reading):
            asked = [(path, door.query) for path in door.paths((*other.identifiers, "nobody"))]
            for name in words_of(description, door, "query"):
                path = next(door.paths(("nobody",)))
                asked += [(path, {**door.query, name: word}) for word in swaps(other)]
            for path, query in asked:
                answer = await house.ask(viewer, "GET", path, params=query)
                is_open = bool(door.names) and answer.status_code not in HIDDEN
                if other.secret in answer.text or answer.status_code >= 500 or is_open:
                    told.append((path, query, answer.status_code, answer.text[:200]))
    assert told == []


@pytest.mark.slow
@pytest.mark.covers("ME-14")
async def test_no_changing_door_reaches_anything_of_the_other(house: House) -> None:
    description, found = described(house)
    for viewer, other in pairs(house):
        before, told = await house.belongings(other), []
        for door in found:
            if door.is_reading or str(door) == OWN_CREDENTIAL or door.path in EVERYTHING:
                continue
            least = bodies(description, door, "")[0]
            tried = [(path, least) for path in door.paths(other.identifiers)]
            tried += [
                (path, body)
                for word in swaps(other)
                for path in door.paths((word,))
                for body in bodies(description, door, word)[1:]
            ]
            for path, body in tried:
                answer = await house.ask(viewer, door.method, path, params=door.query, json=body)
                if other.secret in answer.text or answer.status_code >= 500:
                    told.append((door.method, path, body, answer.status_code, answer.text[:200]))
        assert told == []
        assert changes(before, await house.belongings(other)) == []


def changes(before: Mapping[str, list[str]], after: Mapping[str, list[str]]) -> list[str]:
    """Return what was added, changed or taken away, but for the work that goes on by itself."""
    found = []
    for table in before:
        if table in {"freshness", "events", "credentials"}:  # noticed, and when they were used
            continue
        found += [f"{table}: {row}" for row in set(before[table]) ^ set(after[table])]
    return found


# ── recall ───────────────────────────────────────────────────────────────────────────────────
@pytest.mark.covers("ME-14")
async def test_no_way_of_recalling_finds_anything_of_the_other(house: House) -> None:
    for viewer, other in pairs(house):
        whom = viewer.person.owner_id
        parts = house.parts
        for word in (other.word, other.said, SECRET, other.owner_id):
            ways = [
                await parts.memory.rank(whom, word, namespace="", k=50),
                await parts.facts.about(whom, "", names=[word], limit=50),
                await parts.facts.pinned(whom, ""),
            ]
            assert other.secret not in repr(ways)


# ── jobs ─────────────────────────────────────────────────────────────────────────────────────
Told = Callable[[Resident, Resident], Json]

JOB_CASES: Mapping[str, Told] = {  # what each is told, when somebody slipped in what isn't theirs
    "memory.embed": lambda mine, other: {"message_ids": both(mine, other, "messages")},
    "memory.relate": lambda mine, other: {"message_ids": both(mine, other, "messages")},
    "memory.learn": lambda mine, other: {"message_ids": both(mine, other, "messages")},
    "memory.import": lambda mine, other: {"import_id": other.rows["messages"]},
    "memory.mirror": lambda mine, other: {"fact_ids": both(mine, other, "facts")},
    "memory.reembed": lambda mine, other: {"run": other.rows["messages"]},
    "memory.retire": lambda mine, other: {"planned_at": 1},
    "delivery.dial": lambda mine, other: {"delivery_id": other.rows["deliveries"]},
    "delivery.text": lambda mine, other: {"delivery_id": other.rows["deliveries"]},
    "delivery.watch": lambda mine, other: {"delivery_id": other.rows["deliveries"], "attempt": 1},
    "documents.project": lambda mine, other: {"document_id": "nobody", "cursor": 1},
    "documents.compact": lambda mine, other: {"document_id": "nobody"},
    "upkeep.backup": lambda mine, other: {"planned_at": 1},
    "upkeep.check": lambda mine, other: {"planned_at": 1},
    "upkeep.forget": lambda mine, other: {"forgetting_id": other.rows["forgettings"]},
    "upkeep.prune": lambda mine, other: {"planned_at": 1},
    "upkeep.rebuild": lambda mine, other: {"projection": "search"},
    "upkeep.retain": lambda mine, other: {"planned_at": 1},
}


def both(mine: Resident, other: Resident, table: str) -> list[str]:
    return [mine.rows[table], other.rows[table]]


def test_every_job_has_a_case() -> None:
    assert set(JOB_CASES) == {job.name for job in JOBS}


@pytest.mark.covers("ME-14")
async def test_no_job_carries_anything_of_one_to_the_other(house: House) -> None:
    parts = house.parts
    for mine, other in pairs(house):
        for name, told in JOB_CASES.items():
            async with parts.database.transaction() as tx:
                await parts.jobs.add(
                    tx,
                    NewJob(
                        name,
                        told(mine, other),
                        key=f"{name}:{mine.word}",
                        owner_id=OwnerId(mine.owner_id),
                        attempts_max=1,
                        priority=100,
                    ),
                )
            await house.work(name)
    for mine, other in pairs(house):
        # The payload, which only we could have made so, stands in the job's own row.
        mixed = [row for row in await house.mixed(mine, other) if not row.startswith("jobs:")]
        assert mixed == []


def test_every_table_of_somebodys_rows_is_looked_into() -> None:
    assert len(list(owned_tables())) > 20
