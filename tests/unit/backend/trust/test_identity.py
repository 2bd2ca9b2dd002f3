"""People, numbers, and the whole life of a secret."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import select

from backend.kernel.clock import DAY, SECOND
from backend.kernel.errors import Conflict, Forbidden, Invalid, Missing, Unauthorised
from backend.kernel.people import ActorKind, Assurance, Role
from backend.platform.database.tables import credentials
from backend.platform.home import Home
from backend.trust.identity import (
    COMMAND_LINE_FILE,
    PERSONAL_SCOPES,
    CredentialKind,
    NewCredential,
    Redeemed,
    normalise,
)
from tests.unit.backend.trust.house import House

ONE_USE = (CredentialKind.LINK, CredentialKind.TICKET, CredentialKind.PAIRING, CredentialKind.CALL)
LASTING = (CredentialKind.SESSION, CredentialKind.DEVICE, CredentialKind.CLI, CredentialKind.API)


async def redeem(house: House, kind: CredentialKind, token: str) -> Redeemed:
    async with house.database.transaction() as tx:
        return await house.identity.redeem(tx, kind, token)


async def row_of(house: House, credential_id: str) -> dict[str, object]:
    async with house.database.reading() as connection:
        query = select(credentials).where(credentials.c.id == credential_id)
        return dict((await connection.execute(query)).mappings().one())


# ── numbers and people ───────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "typed", ["+49 30 1234567", "0049-30-1234567", "+49 (30) 123.45/67", "+49301234567"]
)
def test_a_number_is_the_same_however_it_is_typed(typed: str) -> None:
    assert normalise(typed) == "+49301234567"


@pytest.mark.parametrize("typed", ["", "030 1234567", "+0301234567", "+49", "+1" * 9, "+٤٩٣٠١٢٣٤٥"])
def test_what_is_no_international_number_is_refused(typed: str) -> None:
    with pytest.raises(Invalid):
        normalise(typed)


async def test_the_owner_is_made_once(house: House) -> None:
    async with house.database.transaction() as tx:
        again = await house.identity.ensure_owner(tx, name="Another")
    assert again == house.owner
    assert str(again.owner_id) == str(again.id)


async def test_without_member_a_number_speaks_to_the_owners_memory(house: House) -> None:
    sam = await house.add("Sam", "+49301234567")
    assert (sam.role, sam.owner_id) == (Role.HOUSEHOLD, house.owner.owner_id)
    assert await house.identity.resolve_number("0049 30 1234567") == sam


async def test_the_owners_name_enrols_the_owners_own_number(house: House) -> None:
    added = await house.add("owner", "+49301234567")
    assert (added.id, added.role, added.numbers) == (house.owner.id, Role.OWNER, ("+49301234567",))


async def test_a_member_has_a_memory_of_their_own(house: House) -> None:
    mia = await house.add("Mia", "+49301234567", is_member=True)
    assert mia.role is Role.MEMBER
    assert str(mia.owner_id) == str(mia.id)
    assert mia.owner_id != house.owner.owner_id


async def test_a_number_belongs_to_one_person_only(house: House) -> None:
    await house.add("Sam", "+49301234567")
    with pytest.raises(Conflict, match="Sam"):
        await house.add("Mia", "+49 30 1234567")
    assert [person.name for person in await house.identity.people()] == ["Owner", "Sam"]


async def test_a_member_can_not_be_turned_into_household_by_a_second_number(house: House) -> None:
    await house.add("Mia", "+49301234567", is_member=True)
    with pytest.raises(Conflict, match="memory of their own"):
        await house.add("mia", "+49301234568")


async def test_the_owner_can_not_be_removed(house: House) -> None:
    with pytest.raises(Forbidden):
        async with house.database.transaction() as tx:
            await house.identity.remove_person(tx, house.owner.id)


async def test_who_is_removed_is_known_by_no_number_and_no_token(house: House) -> None:
    mia = await house.add("Mia", "+49301234567", is_member=True)
    device = await house.issue(CredentialKind.DEVICE, mia)
    async with house.database.transaction() as tx:
        await house.identity.remove_person(tx, mia.id)
    assert await house.identity.resolve_number("+49301234567") is None
    with pytest.raises(Unauthorised):
        await house.identity.authenticate(device.token)


@pytest.mark.parametrize("number", ["anonymous", "", "+266696687", "Restricted"])
async def test_a_hidden_number_belongs_to_nobody(house: House, number: str) -> None:
    assert await house.identity.resolve_number(number) is None


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", ""])
async def test_an_unknown_zone_is_refused(house: House, zone: str) -> None:
    with pytest.raises(Invalid):
        async with house.database.transaction() as tx:
            await house.identity.change_person(tx, house.owner.id, zone=zone)


# ── secrets ──────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("kind", CredentialKind)
async def test_only_a_hash_of_a_secret_is_kept(house: House, kind: CredentialKind) -> None:
    issued = await house.issue(kind)
    row = await row_of(house, issued.id)
    assert issued.token not in str(row)
    assert len(str(row["token_hash"])) == 64


@pytest.mark.parametrize("kind", LASTING)
async def test_a_lasting_token_names_its_holder_again_and_again(
    house: House, kind: CredentialKind
) -> None:
    issued = await house.issue(kind)
    for _ in range(2):
        actor = await house.identity.authenticate(issued.token)
        assert (actor.owner_id, actor.assurance) == (house.owner.owner_id, Assurance.HELD)
        assert actor.kind.value == kind.value


@pytest.mark.parametrize("kind", ONE_USE)
async def test_a_one_use_token_is_spent_by_its_first_use(
    house: House, kind: CredentialKind
) -> None:
    issued = await house.issue(kind)
    assert (await redeem(house, kind, issued.token)).actor.owner_id == house.owner.owner_id
    with pytest.raises(Unauthorised):
        await redeem(house, kind, issued.token)


async def test_of_many_who_redeem_at_once_one_succeeds(house: House) -> None:
    issued = await house.issue(CredentialKind.PAIRING)
    tries = [redeem(house, CredentialKind.PAIRING, issued.token) for _ in range(8)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(outcome, Redeemed) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, Unauthorised) for outcome in outcomes) == 7


async def test_a_rolled_back_redemption_leaves_the_code_good(house: House) -> None:
    issued = await house.issue(CredentialKind.LINK)
    with suppress(Conflict):
        async with house.database.transaction() as tx:
            await house.identity.redeem(tx, CredentialKind.LINK, issued.token)
            raise Conflict
    assert await redeem(house, CredentialKind.LINK, issued.token)


@pytest.mark.parametrize("kind", ONE_USE)
async def test_a_one_use_token_is_worth_nothing_to_the_guard(
    house: House, kind: CredentialKind
) -> None:
    issued = await house.issue(kind)
    with pytest.raises(Unauthorised):
        await house.identity.authenticate(issued.token)


async def test_a_token_of_one_kind_is_not_redeemed_as_another(house: House) -> None:
    issued = await house.issue(CredentialKind.TICKET)
    with pytest.raises(Unauthorised):
        await redeem(house, CredentialKind.CALL, issued.token)


@pytest.mark.parametrize(
    ("kind", "seconds"),
    [
        (CredentialKind.TICKET, 60),
        (CredentialKind.CALL, 60),
        (CredentialKind.PAIRING, 600),
        (CredentialKind.LINK, 86_400),
    ],
)
async def test_a_one_use_token_dies_with_its_time(
    house: House, kind: CredentialKind, seconds: int
) -> None:
    issued = await house.issue(kind)
    house.clock.advance(seconds)
    with pytest.raises(Unauthorised):
        await redeem(house, kind, issued.token)


async def test_a_session_ends_after_thirty_days(house: House) -> None:
    issued = await house.issue(CredentialKind.SESSION)
    house.clock.advance(30 * DAY / SECOND)
    with pytest.raises(Unauthorised):
        await house.identity.authenticate(issued.token)


async def test_a_revoked_token_opens_nothing_from_then_on(house: House) -> None:
    issued = await house.issue(CredentialKind.DEVICE)
    await house.identity.authenticate(issued.token)
    await house.revoke(issued.id)
    with pytest.raises(Unauthorised):
        await house.identity.authenticate(issued.token)
    with pytest.raises(Missing):
        await house.revoke(issued.id)


async def test_nobody_revokes_what_belongs_to_another(house: House) -> None:
    mia = await house.add("Mia", is_member=True)
    issued = await house.issue(CredentialKind.DEVICE)
    with pytest.raises(Missing):
        async with house.database.transaction() as tx:
            await house.identity.revoke(tx, issued.id, owner_id=mia.owner_id)
    assert await house.identity.authenticate(issued.token)


async def test_what_ends_is_named_to_the_sockets_it_opened(house: House) -> None:
    session, device = (
        await house.issue(CredentialKind.SESSION),
        await house.issue(CredentialKind.DEVICE),
    )
    assert await house.identity.revoked([session.id, device.id]) == frozenset()
    await house.revoke(device.id)
    assert await house.identity.revoked([session.id, device.id]) == {device.id}
    house.clock.advance(31 * DAY / SECOND)
    assert await house.identity.revoked([session.id, device.id]) == {session.id, device.id}


@pytest.mark.parametrize(
    "token", ["", "nonsense", "ringback_api_", "ringback_link_x", "ringback_api_" + "x" * 300]
)
async def test_what_is_no_token_of_ours_is_nobodys(house: House, token: str) -> None:
    with pytest.raises(Unauthorised):
        await house.identity.authenticate(token)


async def test_a_typed_code_may_have_dashes_and_small_letters(house: House) -> None:
    issued = await house.issue(CredentialKind.PAIRING)
    typed = f" {issued.token[:4].lower()}-{issued.token[4:].lower()} "
    assert await redeem(house, CredentialKind.PAIRING, typed)


async def test_a_call_carries_what_the_webhook_knew(house: House) -> None:
    wanted = NewCredential(
        CredentialKind.CALL,
        house.owner.owner_id,
        context={"call_sid": "CA1", "assurance": Assurance.CLAIMED.value},
    )
    async with house.database.transaction() as tx:
        issued = await house.identity.issue(tx, wanted)
    redeemed = await redeem(house, CredentialKind.CALL, issued.token)
    assert redeemed.context["call_sid"] == "CA1"
    assert redeemed.actor.assurance is Assurance.CLAIMED
    assert (redeemed.actor.kind, redeemed.actor.role) == (ActorKind.CALLER, None)


async def test_somebody_elses_credential_never_reaches_operate(house: House) -> None:
    mia = await house.add("Mia", is_member=True)
    sam = await house.add("Sam")
    for person in (mia, sam):
        for scopes in ((), ("operate", "memory")):
            issued = await house.issue(CredentialKind.API, person, *scopes)
            actor = await house.identity.authenticate(issued.token)
            assert not actor.has_scope("operate")
            assert actor.scopes <= PERSONAL_SCOPES


async def test_an_unknown_scope_is_refused(house: House) -> None:
    with pytest.raises(Invalid, match="everything"):
        await house.issue(CredentialKind.API, None, "everything")


async def test_the_last_use_is_written_down_once_a_minute(house: House) -> None:
    issued = await house.issue(CredentialKind.API)
    await house.identity.authenticate(issued.token)
    first = (await row_of(house, issued.id))["last_used_at"]
    house.clock.advance(30)
    await house.identity.authenticate(issued.token)
    assert (
        (await row_of(house, issued.id))["last_used_at"] == first == house.clock.now() - 30 * SECOND
    )
    house.clock.advance(30)
    await house.identity.authenticate(issued.token)
    assert (await row_of(house, issued.id))["last_used_at"] == house.clock.now()


async def test_what_has_long_been_dead_is_pruned(house: House) -> None:
    dead, living = await house.issue(CredentialKind.TICKET), await house.issue(CredentialKind.CLI)
    house.clock.advance(8 * DAY / SECOND)
    async with house.database.transaction() as tx:
        await house.identity.prune(tx)
    async with house.database.reading() as connection:
        left = set((await connection.execute(select(credentials.c.id))).scalars())
    assert left == {living.id}
    assert dead.id not in left


# ── the owner's ways in ──────────────────────────────────────────────────────────────────────
async def test_only_the_newest_owner_link_opens(house: House) -> None:
    async with house.database.transaction() as tx:
        first = await house.identity.issue_owner_link(tx)
        second = await house.identity.issue_owner_link(tx)
    with pytest.raises(Unauthorised):
        await redeem(house, CredentialKind.LINK, first.token)
    assert not await house.identity.is_claimed()
    assert (await redeem(house, CredentialKind.LINK, second.token)).actor.role is Role.OWNER
    assert await house.identity.is_claimed()


async def test_the_owners_code_works_once_whatever_restarts(house: House) -> None:
    code = "correct-horse-battery"
    for _ in range(2):
        async with house.database.transaction() as tx:
            await house.identity.adopt_owner_code(tx, code)
    house.clock.advance(90 * DAY / SECOND)  # a container may wait long for its owner
    assert await redeem(house, CredentialKind.LINK, code)
    async with house.database.transaction() as tx:
        await house.identity.adopt_owner_code(tx, code)
    with pytest.raises(Unauthorised):
        await redeem(house, CredentialKind.LINK, code)


async def test_a_short_owners_code_is_refused_with_the_cure(house: House) -> None:
    with pytest.raises(Invalid) as refusal:
        async with house.database.transaction() as tx:
            await house.identity.adopt_owner_code(tx, "hunter2hunt")
    assert "openssl rand" in refusal.value.cure


async def test_the_command_lines_token_is_private_and_made_once(
    house: House, tmp_path: Path
) -> None:
    home = Home(tmp_path / "home")
    await house.identity.ensure_cli_token(home)
    token = home.secret(COMMAND_LINE_FILE)
    assert token
    assert (home.path / COMMAND_LINE_FILE).stat().st_mode & 0o777 == 0o600
    actor = await house.identity.authenticate(token)
    assert (actor.kind, actor.role) == (ActorKind.CLI, Role.OWNER)
    await house.identity.ensure_cli_token(home)
    assert home.secret(COMMAND_LINE_FILE) == token


async def test_a_revoked_command_line_token_is_renewed_at_the_start(
    house: House, tmp_path: Path
) -> None:
    home = Home(tmp_path / "home")
    await house.identity.ensure_cli_token(home)
    token = home.secret(COMMAND_LINE_FILE) or ""
    actor = await house.identity.authenticate(token)
    await house.revoke(actor.credential_id or "")
    await house.identity.ensure_cli_token(home)
    assert home.secret(COMMAND_LINE_FILE) != token
