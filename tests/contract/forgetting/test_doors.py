"""The doors to forgetting: whose memory it is may; the answer tells ids and counts, never words."""

from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from httpx2 import AsyncClient

from backend.kernel.ids import OwnerId
from backend.kernel.people import Person, Role
from backend.platform.forgetting.routes import router
from backend.trust.identity import CredentialKind
from tests.contract.forgetting.house import House, at_door, fact

SECRET = "zorblax"
Json = Any


@pytest.fixture
async def owner(house: House) -> Person:
    async with house.parts.database.transaction() as tx:
        return await house.parts.identity.ensure_owner(tx)


def _as(
    house: House, person: Person, *scopes: str, kind: CredentialKind = CredentialKind.CLI
) -> AbstractAsyncContextManager[AsyncClient]:
    parts = house.parts
    door = router(parts.forgetting, parts.reporting, database=parts.database, guard=parts.guard)
    return at_door(house, door, person, kind=kind, scopes=scopes or ("*",))


async def test_the_owner_looks_forgets_and_reads_the_receipt(house: House, owner: Person) -> None:
    said = await house.turn(f"The code is {SECRET}.", owner=OwnerId(owner.id))
    wish = {"what": "turn", "id": said["turn"]}
    async with _as(house, owner) as http:
        looked: Json = (await http.post("/v1/forget", params={"dry_run": True}, json=wish)).json()
        assert (looked["dry_run"], looked["id"], looked["stores"]["messages"]) == (True, "", 2)
        assert any(SECRET in each["text"] for each in looked["examples"])
        assert "can't be brought back" in looked["undo"]
        assert await house.tables_with(SECRET)

        done = await http.post("/v1/forget", json=wish)
        assert SECRET not in done.text
        receipt_id = done.json()["id"]
        running: Json = (await http.get(f"/v1/forget/{receipt_id}")).json()
        assert (running["state"], running["scope"]) == ("running", wish)
        await house.carry_out(receipt_id)
        shown: Json = (await http.get(f"/v1/forget/{receipt_id}")).json()
        assert (shown["state"], shown["left"], shown["removed"]["messages"]) == ("done", 0, 2)
        listed: Json = (await http.get("/v1/forget")).json()
        assert [each["id"] for each in listed["receipts"]] == [receipt_id]
        again = await http.post("/v1/forget", json=wish)
        assert (again.status_code, again.json()["error"]["code"]) == (404, "missing")


async def test_a_thing_is_named_by_the_end_of_its_id_as_lists_show_it(
    house: House, owner: Person
) -> None:
    said = await house.turn(
        f"{SECRET.title()} lives in Bergen.",
        owner=OwnerId(owner.id),
        facts=[fact(f"{SECRET.title()} lives in Bergen.", subject=SECRET.title())],
    )
    (known,) = await house.rows("facts")
    async with _as(house, owner) as http:
        look: Json = {"params": {"dry_run": True}}
        for what, identifier in (("turn", said["turn"]), ("fact", known["id"])):
            wish = {"what": what, "id": identifier[-8:]}
            looked = (await http.post("/v1/forget", json=wish, **look)).json()
            assert looked["things"][what] == 1
        wish = {"what": "turn", "id": "ffffffff"}
        assert (await http.post("/v1/forget", json=wish, **look)).json()["things"] == {}
        done = (await http.post("/v1/forget", json={"what": "fact", "id": known["id"][-8:]})).json()
        shown = (await http.get(f"/v1/forget/{done['id'][-8:]}")).json()
    assert (shown["id"], shown["scope"]["id"]) == (done["id"], known["id"])
    assert await house.tables_with(SECRET) == set()


async def test_an_end_that_several_have_is_asked_back(house: House, owner: Person) -> None:
    ends = "00000000-0000-7000-8000-00000000abcd", "00000000-0000-7000-8000-10000000abcd"
    for identifier in ends:
        row = {"id": identifier, "owner_id": owner.owner_id, "conversation_id": "c"}
        await house.insert(
            "turns", {**row, "engine": "", "timeline": {}, "started_at": 1, "ended_at": 2}
        )
    async with _as(house, owner) as http:
        asked = await http.post("/v1/forget", json={"what": "turn", "id": "0000abcd"})
    assert (asked.status_code, asked.json()["error"]["cure"]) == (409, "give more of its id")


async def test_a_note_is_named_as_the_list_of_notes_names_it_before_its_row_follows(
    house: House, owner: Person
) -> None:
    await house.turn("I live in Bergen.", owner=OwnerId(owner.id), note=f"buy {SECRET}")
    await house.execute("DELETE FROM sticky_notes")
    (note,) = await house.parts.documents.read_notes(OwnerId(owner.id))
    async with _as(house, owner) as http:
        done = await http.post("/v1/forget", json={"what": "note", "id": note.id})
    assert done.json()["things"] == {"note": 1}
    assert await house.parts.documents.read_notes(OwnerId(owner.id)) == []


async def test_a_note_is_named_by_the_end_of_its_id(house: House, owner: Person) -> None:
    await house.turn("I live in Bergen.", owner=OwnerId(owner.id), note=f"buy {SECRET}")
    (note,) = await house.parts.documents.read_notes(OwnerId(owner.id))
    async with _as(house, owner) as http:
        done = await http.post("/v1/forget", json={"what": "note", "id": note.id[-8:]})
    assert done.json()["things"] == {"note": 1}


@pytest.mark.parametrize(
    "wish",
    [
        {"what": "turn"},
        {"what": "person", "name": "  "},
        {"what": "period", "since": 5},
        {"what": "period", "since": 5, "until": 5},
        {"what": "all"},
        {"what": "everything", "please": True},
    ],
)
async def test_half_a_wish_is_refused(house: House, owner: Person, wish: Json) -> None:
    async with _as(house, owner) as http:
        assert (await http.post("/v1/forget", json=wish)).status_code == 422


async def test_a_guest_and_a_program_have_nothing_forgotten(house: House, owner: Person) -> None:
    await house.turn(f"The code is {SECRET}.", owner=OwnerId(owner.id))
    async with house.parts.database.transaction() as tx:
        guest = await house.parts.identity.add_person(tx, "Bea", number=None)
    assert guest.role is Role.HOUSEHOLD
    wish = {"what": "everything"}
    everybody = (
        _as(house, guest, kind=CredentialKind.DEVICE),
        _as(house, owner, "memory", kind=CredentialKind.API),
    )
    for somebody in everybody:
        async with somebody as http:
            for query in ({}, {"dry_run": True}):
                refused = await http.post("/v1/forget", params=query, json=wish)
                assert refused.status_code == 403
            assert (await http.get("/v1/forget/report")).status_code == 403
    async with _as(house, owner, "voice") as http:
        assert (await http.post("/v1/forget", json=wish)).status_code == 403
    assert await house.tables_with(SECRET)


async def test_a_member_forgets_their_own_and_sees_no_other_receipt(
    house: House, owner: Person
) -> None:
    async with house.parts.database.transaction() as tx:
        mia = await house.parts.identity.add_person(tx, "Mia", number=None, is_member=True)
    await house.turn("The boat is blue.", owner=OwnerId(owner.id))
    await house.turn(f"The code is {SECRET}.", owner=OwnerId(mia.id))
    async with _as(house, mia, kind=CredentialKind.DEVICE) as http:
        done: Json = (await http.post("/v1/forget", json={"what": "everything"})).json()
        report: Json = (await http.get("/v1/forget/report")).json()
    assert await house.tables_with(SECRET) == set()
    assert len(await house.rows("messages")) == 2
    held = {line["store"]: line["count"] for line in report["stores"]}
    assert (held["messages"], held["forgettings"]) == (0, 1)
    async with _as(house, owner) as http:
        assert (await http.get(f"/v1/forget/{done['id']}")).status_code == 404
        assert (await http.get("/v1/forget")).json() == {"receipts": []}


@pytest.mark.covers("SE-05")
async def test_the_report_names_every_store_with_what_it_holds(house: House, owner: Person) -> None:
    said = await house.turn("I live in Bergen.", owner=OwnerId(owner.id), note="buy rope")
    await house.record(said["conversation"])
    await house.parts.backups.make()
    async with _as(house, owner) as http:
        report: Json = (await http.get("/v1/forget/report")).json()
    lines = {line["store"]: line for line in report["stores"]}
    counted = {"messages": 2, "memories": 1, "vectors": 1, "full text": 1, "turns": 1,
               "deliveries": 1, "vault": 1, "short_term": 1, "recordings": 2, "backups": 1,
               "sticky_notes": 1, "documents": 1}  # fmt: skip
    assert {store: lines[store]["count"] for store in counted} == counted
    assert all(line["holds"] != "rows" for line in lines.values()), "a store nobody describes"
    assert "Bergen" not in str(report)
