"""The doors of notes and jobs, with real credentials: everybody sees only their own."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from backend.documents import routes as documents_routes
from backend.kernel.clock import HOUR, Instant
from backend.kernel.ids import OwnerId
from backend.kernel.people import Person
from backend.platform.database.migrate import migrate
from backend.platform.jobs import routes as jobs_routes
from backend.platform.jobs.clocks import Clocks, ClockWork
from backend.platform.jobs.rhythms import read_rhythm
from backend.platform.jobs.types import ErrorKind, Failure, NewJob
from backend.platform.web import install_error_handlers
from backend.trust.identity import CredentialKind
from backend.trust.identity.types import NewCredential
from tests.contract.sync_house import SyncHouse

PRUNE = ClockWork("upkeep.prune", read_rhythm("every 1h"))


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
    app.include_router(jobs_routes.router(house.jobs, clocks(house), guard=house.guard))
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
                whole = (await owner.get(f"/v1/jobs/{job['id']}")).json()
                assert whole == job | {"result": None, "trace_id": ""}


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


async def test_jobs_are_found_by_state_name_and_family(house: SyncHouse) -> None:
    for name in ("memory.embed", "memory.relate", "upkeep.prune"):
        await add_job(house, name)
    async with await client(house, "jobs", "operate") as http:
        for query, names in (
            ({"name": "memory.embed"}, {"memory.embed"}),
            ({"family": "memory"}, {"memory.embed", "memory.relate"}),
            ({"state": "dead"}, set()),
            ({"family": "memory", "name": "upkeep.prune"}, set()),
        ):
            found = (await http.get("/v1/jobs", params=query)).json()["jobs"]
            assert {job["name"] for job in found} == names


@pytest.mark.covers("OB-06")
async def test_a_job_that_died_is_shown_with_its_reason_and_lives_again(house: SyncHouse) -> None:
    job_id = await die(house, "memory.embed")
    async with await client(house, "jobs", "operate") as http:
        (job,) = (await http.get("/v1/jobs", params={"state": "dead"})).json()["jobs"]
        assert (job["error_kind"], job["error"]) == ("refused", "no such message")
        retried = await http.post(f"/v1/jobs/{job_id}/retry")
        assert retried.json() == {"id": job_id, "state": "waiting"}
        whole = (await http.get(f"/v1/jobs/{job_id}")).json()
        assert (whole["state"], whole["attempts"]) == ("waiting", 0)
        assert whole["result"]["history"][0]["error"] == "no such message"
        again = await http.post(f"/v1/jobs/{job_id}/retry")
        assert (again.status_code, again.json()["error"]["code"]) == (409, "conflict")


async def test_all_that_died_of_a_name_live_again_at_once(house: SyncHouse) -> None:
    for number in range(3):
        await die(house, "memory.embed", key=str(number))
    await die(house, "memory.relate")
    async with await client(house, "jobs", "operate") as http:
        for count in (3, 0):
            done = await http.post("/v1/jobs/retry", json={"name": "memory.embed"})
            assert done.json() == {"retried": count}
        (left,) = (await http.get("/v1/jobs", params={"state": "dead"})).json()["jobs"]
        assert left["name"] == "memory.relate"
        assert (await http.post("/v1/jobs/retry", json={"name": ""})).status_code == 422


async def test_an_end_of_an_id_names_a_job_of_ones_own(house: SyncHouse) -> None:
    job_id = await die(house, "memory.embed")
    await add_job(house, "memory.relate")
    async with await client(house, "jobs", "operate") as http:
        for part in (job_id[-8:], job_id[:23], job_id[-8:].upper()):
            assert (await http.get(f"/v1/jobs/{part}")).json()["id"] == job_id
        retried = await http.post(f"/v1/jobs/{job_id[-8:]}/retry")
        assert retried.json() == {"id": job_id, "state": "waiting"}
        several = await http.get(f"/v1/jobs/{job_id[:4]}")
        assert (several.status_code, several.json()["error"]["code"]) == (409, "conflict")
        for none in ("abc", "%25%25%25%25", "zzzzzzzz", "____"):
            assert (await http.get(f"/v1/jobs/{none}")).status_code == 404
    bea = await house.member("Bea")
    async with await client(house, "jobs", person=bea) as member:
        assert (await member.get(f"/v1/jobs/{job_id[-8:]}")).status_code == 404
        assert (await member.post(f"/v1/jobs/{job_id[-8:]}/cancel")).status_code == 404


async def test_a_job_is_called_off_or_hurried(house: SyncHouse) -> None:
    job_id = await add_job(house, "memory.embed", not_before=house.clock.now() + HOUR)
    async with await client(house, "jobs", "operate") as http:
        assert (await http.post(f"/v1/jobs/{job_id}/run")).status_code == 200
        assert (await http.get(f"/v1/jobs/{job_id}")).json()["not_before"] <= house.clock.now()
        off = await http.post(f"/v1/jobs/{job_id}/cancel")
        assert off.json() == {"id": job_id, "state": "cancelled"}
        assert (await http.post(f"/v1/jobs/{job_id}/cancel")).status_code == 409
        assert (await http.post("/v1/jobs/nobody/cancel")).status_code == 404


async def test_wiping_what_was_forgotten_is_never_called_off(house: SyncHouse) -> None:
    job_id = await add_job(house, "upkeep.forget")
    async with await client(house, "jobs", "operate") as http:
        refused = await http.post(f"/v1/jobs/{job_id}/cancel")
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "conflict")
        assert (await http.get(f"/v1/jobs/{job_id}")).json()["state"] == "waiting"


async def test_who_shares_a_memory_neither_sees_nor_steers_its_jobs(house: SyncHouse) -> None:
    job_id = await add_job(house, "memory.embed")
    await clocks(house).wind([PRUNE], zone="UTC", users={})
    async with house.database.transaction() as tx:
        await house.identity.ensure_owner(tx)
        guest = await house.identity.add_person(tx, name="Martin")
    async with await client(house, "jobs", person=guest) as http:
        for verb in ("retry", "run", "cancel"):
            assert (await http.post(f"/v1/jobs/{job_id}/{verb}")).status_code == 403
        assert (await http.post("/v1/jobs/schedule/upkeep.prune/run")).status_code == 403
        for path in ("/v1/jobs", f"/v1/jobs/{job_id}", "/v1/jobs/schedule"):
            assert (await http.get(path)).status_code == 403


async def test_the_clocks_are_shown_paused_resumed_and_struck(house: SyncHouse) -> None:
    await clocks(house).wind([PRUNE], zone="Europe/Berlin", users={})
    async with await client(house, "jobs", "operate") as http:
        (shown,) = (await http.get("/v1/jobs/schedule")).json()["clocks"]
        assert (shown["name"], shown["rhythm"]) == ("upkeep.prune", "every 1h")
        path = "/v1/jobs/schedule/upkeep.prune"
        assert (await http.post(f"{path}/pause")).json()["is_paused"]
        assert not (await http.post(f"{path}/resume")).json()["is_paused"]
        promised = await http.post(f"{path}/run")
        assert promised.status_code == 202
        assert (await house.jobs.get(promised.json()["job_id"])).name == "upkeep.prune"
        unknown = await http.post("/v1/jobs/schedule/upkeep.nothing/run")
        assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "missing")


async def test_a_member_steers_only_their_own_jobs_and_clocks(house: SyncHouse) -> None:
    async with house.database.transaction() as tx:
        await house.identity.ensure_owner(tx)
    bea = await house.member("Bea")
    daily = ClockWork("memory.embed", PRUNE.rhythm, is_per_user=True)
    await clocks(house).wind([PRUNE, daily], zone="UTC", users={bea.owner_id: "UTC", "x": "UTC"})
    theirs = await die(house, "memory.embed")
    own = await die(house, "memory.relate", owner_id=bea.owner_id)
    async with await client(house, "jobs", person=bea) as member:
        assert [
            row["user_id"] for row in (await member.get("/v1/jobs/schedule")).json()["clocks"]
        ] == [bea.owner_id]
        for verb in ("retry", "run", "cancel"):
            assert (await member.post(f"/v1/jobs/{theirs}/{verb}")).status_code == 404
        done = await member.post("/v1/jobs/retry", json={"name": "memory.embed"})
        assert done.json() == {"retried": 0}
        assert (await member.post(f"/v1/jobs/{own}/retry")).status_code == 200
        for name, query in (
            ("upkeep.prune", {}),
            ("upkeep.prune", {"user_id": ""}),
            ("memory.embed", {"user_id": "x"}),
        ):
            for verb in ("run", "pause", "resume"):
                refused = await member.post(f"/v1/jobs/schedule/{name}/{verb}", params=query)
                assert refused.status_code == 404, (name, verb)
        assert (await member.post("/v1/jobs/schedule/memory.embed/pause")).status_code == 200


def clocks(house: SyncHouse) -> Clocks:
    return Clocks(database=house.database, ledger=house.jobs, clock=house.clock)


async def add_job(
    house: SyncHouse,
    name: str,
    *,
    key: str = "",
    owner_id: OwnerId | None = None,
    not_before: int | None = None,
) -> str:
    job = NewJob(
        name,
        payload={"words": "of somebody"},
        key=name + key,
        owner_id=owner_id,
        not_before=None if not_before is None else Instant(not_before),
    )
    async with house.database.transaction() as tx:
        return await house.jobs.add(tx, job)


async def die(
    house: SyncHouse, name: str, *, key: str = "", owner_id: OwnerId | None = None
) -> str:
    await add_job(house, name, key=key, owner_id=owner_id)
    (job,) = await house.jobs.lease("a worker", [name], 1, 20)
    await house.jobs.fail(job, Failure(ErrorKind.REFUSED, "no such message", None))
    return job.id
