"""A call goes on when its media socket breaks: the same exchange, over another socket."""

import asyncio
from pathlib import Path

import pytest

from backend.conversation.carriers.simulator import Caller, Dial
from backend.conversation.phone.admission import AdmissionRules
from backend.conversation.phone.switchboard import FORGED, RETURNS_MAX, VOUCHED, PhoneRules
from backend.conversation.phone.welcoming import WELCOMED, Welcome
from backend.platform.database.tables import conversations, credentials, turns, webhooks
from tests.contract.phone.conftest import Doors
from tests.contract.phone.ground import Ground
from tests.contract.phone.house import ANNA, STRANGER, House
from tests.contract.phone.test_calls import ended, tone
from tests.contract.phone.test_phone_doors import Intruder, start


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ringback.db'}"


@pytest.fixture
async def house(ground: Ground) -> House:
    house = House(ground, rules=PhoneRules(grace_s=5.0), admission=AdmissionRules())
    await house.settle()
    return house


def caller(house: House, url: str) -> Caller:
    dial = Dial(url=url, secret=house.secret, number=ANNA, settle_seconds=0.6)
    return Caller(dial, clock=house.clock, ids=house.ids)


async def returned(phone: Caller, times: int, *, seconds_max: float = 10.0) -> None:
    async with asyncio.timeout(seconds_max):
        while phone.returns < times:
            await phone.wait(0.02)


@pytest.mark.covers("VT-01")
async def test_a_call_whose_socket_breaks_goes_on(house: House, doors: Doors) -> None:
    house.transcriber.texts = ["I am tired today.", "Goodbye."]
    url = await doors.open(house)
    async with caller(house, url) as phone:
        await phone.hear_out()
        await phone.say(tone())
        await phone.hear_out()
        phone.lose_connection()
        await returned(phone, 1)
        await phone.say(tone())
        await phone.hear_out()
        assert phone.is_hung_up
    row = await ended(house)
    assert row["ended_by"] == "goodbye"
    assert len(await house.rows(conversations)) == 1
    assert len(await house.rows(turns)) == 2


async def test_a_call_that_nobody_comes_back_to_ends_as_lost(ground: Ground, doors: Doors) -> None:
    house = House(ground, rules=PhoneRules(grace_s=0.3))
    await house.settle()
    intruder = Intruder(house, await doors.open(house))
    token = await intruder.token_of("CA1")
    await intruder.begin_and_vanish(start(token=token))
    assert (await ended(house))["ended_by"] == "lost"
    regret = await intruder.post("/phone/after", {"CallSid": "CA1", "CallStatus": "in-progress"})
    assert "sorry" in regret.text


async def test_a_caller_who_hangs_up_while_the_socket_is_away_is_not_waited_for(
    house: House, doors: Doors
) -> None:
    intruder = Intruder(house, await doors.open(house))
    token = await intruder.token_of("CA1")
    await intruder.begin_and_vanish(start(token=token))
    await intruder.post("/phone/status", {"CallSid": "CA1", "CallStatus": "completed"})
    assert (await ended(house))["ended_by"] == "caller"
    nothing = await intruder.post("/phone/after", {"CallSid": "CA1", "CallStatus": "completed"})
    assert "Stream" not in nothing.text


async def test_a_socket_breaks_only_so_often(house: House, doors: Doors) -> None:
    url = await doors.open(house)
    async with caller(house, url) as phone:
        await phone.hear_out()
        for times in range(RETURNS_MAX):
            phone.lose_connection()
            await returned(phone, times + 1)
        phone.lose_connection()
        async with asyncio.timeout(10):
            while not phone.is_hung_up:
                await phone.wait(0.02)
    assert "sorry" in phone.parting


async def test_a_call_whose_first_socket_never_came_is_answered_once_more(
    house: House, doors: Doors
) -> None:
    intruder = Intruder(house, await doors.open(house))
    await intruder.token_of("CA1")
    form = {"CallSid": "CA1", "CallStatus": "in-progress", "From": ANNA}
    assert "Stream" in (await intruder.post("/phone/after", form)).text
    assert "sorry" in (await intruder.post("/phone/after", form)).text


async def again(house: House, doors: Doors, verdict: str, later: str, **changed: str) -> str:
    """Ring, let the socket never come, have the carrier ask again; return how sure we were."""
    intruder = Intruder(house, await doors.open(house))
    form = {"CallSid": "CA1", "CallStatus": "in-progress", "From": ANNA}
    await intruder.post("/phone/incoming", form | {"StirVerstat": verdict})
    answer = await intruder.post("/phone/after", form | {"StirVerstat": later} | changed)
    token = answer.text.split('name="token" value="')[1].split('"')[0]
    await intruder.begin_and_vanish(start(token=token))
    await ended(house)
    [row] = await house.rows(conversations)
    assert row["remote"] == ANNA
    return str(row["assurance"])


@pytest.mark.parametrize(
    ("verdict", "later", "assurance"),
    [(VOUCHED, "", "verified"), ("", VOUCHED, "claimed"), (FORGED, VOUCHED, "stranger")],
)
async def test_a_call_that_begins_again_is_as_sure_as_when_it_rang(
    ground: Ground, doors: Doors, verdict: str, later: str, assurance: str
) -> None:
    house = House(ground, rules=PhoneRules(grace_s=0.3))
    await house.settle()
    assert await again(house, doors, verdict, later) == assurance


async def test_a_call_that_begins_again_is_the_one_that_rang(ground: Ground, doors: Doors) -> None:
    house = House(ground, rules=PhoneRules(grace_s=0.3))
    await house.settle()
    assert await again(house, doors, FORGED, VOUCHED, From=STRANGER) == "stranger"


async def test_a_call_that_begins_again_keeps_the_minutes_it_was_given(
    house: House, doors: Doors
) -> None:
    intruder = Intruder(house, await doors.open(house))
    await intruder.token_of("CA1")
    form = {"CallSid": "CA1", "CallStatus": "in-progress", "From": ANNA}
    await intruder.post("/phone/after", form)
    given = [row["context"].get("minutes") for row in await house.rows(credentials)]
    first, second = (float(minutes) for minutes in given)
    assert 0 < second <= first


async def test_a_call_whose_minutes_are_used_up_does_not_begin_again(
    house: House, doors: Doors
) -> None:
    intruder = Intruder(house, await doors.open(house))
    await intruder.token_of("CA1")
    welcomed = webhooks.c.event == WELCOMED
    async with house.database.transaction() as tx:
        used_up = Welcome(ANNA, house.anna.id, "claimed", 0.0).kept(tx.at)
        await tx.execute(webhooks.update().where(welcomed).values(answer=used_up))
    form = {"CallSid": "CA1", "CallStatus": "in-progress", "From": ANNA}
    assert "Stream" not in (await intruder.post("/phone/after", form)).text


async def test_another_calls_token_never_takes_a_call_over(house: House, doors: Doors) -> None:
    intruder = Intruder(house, await doors.open(house))
    other = await intruder.token_of("CA2")
    async with caller(house, intruder.url) as phone:
        await phone.hear_out()
        assert await intruder.close_code(start(phone.call_sid, other)) == 1008
        assert phone.returns == 0
