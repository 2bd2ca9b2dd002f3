"""The doors of notes and jobs, with real credentials: everybody sees only their own."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from backend.documents import routes as documents_routes
from backend.kernel.people import Person
from backend.platform.database.migrate import migrate
from backend.platform.jobs import routes as jobs_routes
from backend.platform.jobs.types import NewJob
from backend.platform.web import install_error_handlers
from backend.trust.identity import CredentialKind
from backend.trust.identity.types import NewCredential
from tests.contract.sync_house import SyncHouse


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[SyncHouse]:
    house = SyncHouse(f"sqlite:///{tmp_path / 'ringback.db'}")
    await migrate(house.database)
    yield house
    await house.stop()


async def client(
    house: SyncHouse, *scopes: str, person: Person | None = None
) -> httpx2.AsyncClient:
    app = FastAPI()
    install_error_handlers(app)
    app.include_router(documents_routes.router(house.documents, guard=house.guard))
    app.include_router(jobs_routes.router(house.jobs, guard=house.guard))
    async with house.database.transaction() as tx:
        person = person or await house.identity.ensure_owner(tx)
        issued = await house.identity.issue(
            tx,
            NewCredential(
                kind=CredentialKind.API,
                owner_id=person.owner_id,
                person_id=person.id,
                scopes=frozenset(scopes),
            ),
        )
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app),
        base_url="http://test",
        headers={"Authorization": f"Bearer {issued.token}"},
    )


async def test_a_note_is_taken_marked_and_removed(house: SyncHouse) -> None:
    async with await client(house, "documents") as http:
        made = (await http.post("/v1/notes", json={"text": "buy oat milk"})).json()
        assert (await http.patch(f"/v1/notes/{made['id']}", json={"done": True})).status_code == 204
        (note,) = (await http.get("/v1/notes")).json()["notes"]
        assert note == made | {"done": True, "created_at": note["created_at"]}
        assert (await http.delete(f"/v1/notes/{made['id']}")).status_code == 204
        assert (await http.get("/v1/notes")).json() == {"notes": []}
        gone = await http.delete(f"/v1/notes/{made['id']}")
        assert (gone.status_code, gone.json()["error"]["code"]) == (404, "missing")


async def test_an_empty_note_is_refused(house: SyncHouse) -> None:
    async with await client(house, "documents") as http:
        assert (await http.post("/v1/notes", json={"text": "  "})).status_code == 422


async def test_notes_need_their_scope(house: SyncHouse) -> None:
    async with await client(house, "voice") as http:
        assert (await http.get("/v1/notes")).status_code == 403


async def test_a_member_sees_neither_notes_nor_jobs_of_the_owner(house: SyncHouse) -> None:
    async with await client(house, "documents", "jobs", "operate") as owner:
        await owner.post("/v1/notes", json={"text": "secret"})
        await add_job(house, "upkeep.prune")
        bea = await house.member("Bea")
        async with await client(house, "documents", "jobs", person=bea) as member:
            assert (await member.get("/v1/notes")).json() == {"notes": []}
            assert (await member.get("/v1/jobs")).json() == {"jobs": []}
            theirs = (await owner.get("/v1/jobs")).json()["jobs"]
            assert {job["name"] for job in theirs} == {"documents.project", "upkeep.prune"}
            for job in theirs:
                assert (await member.get(f"/v1/jobs/{job['id']}")).status_code == 404
                assert (await owner.get(f"/v1/jobs/{job['id']}")).json() == job


async def test_a_job_shows_its_holder_and_never_its_payload(house: SyncHouse) -> None:
    await add_job(house, "memory.embed")
    await house.jobs.lease("worker-7", ["memory.embed"], 1, 20)
    async with await client(house, "jobs", "operate") as http:
        (job,) = (await http.get("/v1/jobs", params={"state": "leased"})).json()["jobs"]
    assert (job["lease_holder"], job["attempts"], job["state"]) == ("worker-7", 1, "leased")
    assert "payload" not in job


async def test_only_the_operator_has_a_projection_made_anew(house: SyncHouse) -> None:
    async with await client(house, "jobs", "operate") as owner:
        promised = await owner.post("/v1/rebuild", json={"projection": "notes"})
        assert promised.status_code == 202
        assert (await house.jobs.get(promised.json()["job_id"])).name == "upkeep.rebuild"
    bea = await house.member("Bea")
    async with await client(house, "jobs", person=bea) as member:
        refused = await member.post("/v1/rebuild", json={"projection": "notes"})
        assert refused.status_code == 403


async def add_job(house: SyncHouse, name: str) -> None:
    async with house.database.transaction() as tx:
        await house.jobs.add(tx, NewJob(name=name, payload={"words": "of somebody"}, key=name))
