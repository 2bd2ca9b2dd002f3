"""A whole telephone call over real sockets: the simulated caller stands for the carrier."""

import asyncio
from pathlib import Path
from typing import Any

import httpx2
import numpy as np
import pytest

from backend.conversation.carriers.simulator import Caller, Dial
from backend.conversation.exchange.exchange import Limits
from backend.conversation.phone.admission import AdmissionRules
from backend.conversation.phone.switchboard import PhoneRules
from backend.kernel.audio import Sound
from backend.kernel.errors import Refused
from backend.platform.database.tables import conversations, messages, turns
from backend.platform.settings import Settings
from backend.trust.identity import CredentialKind, NewCredential
from tests.contract.phone.conftest import Doors
from tests.contract.phone.ground import Ground
from tests.contract.phone.house import ANNA, STRANGER, House

VOUCHED = "TN-Validation-Passed-A"
QUESTION = "When is my sister's birthday?"


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ringback.db'}"


def tone(milliseconds: int = 600) -> Sound:
    """Something loud: what is heard in it is the transcriber's to say."""
    seconds = np.arange(8 * milliseconds) / 8000
    wave = 8000 * np.sin(2 * np.pi * 300 * seconds)
    return Sound(wave.astype("<i2").tobytes(), 8000)


def caller(house: House, url: str, number: str = ANNA, *, verdict: str = "") -> Caller:
    dial = Dial(url=url, secret=house.secret, number=number, verdict=verdict, settle_seconds=0.6)
    return Caller(dial, clock=house.clock, ids=house.ids)


async def ended(house: House) -> dict[str, Any]:
    """Wait until the only call is written down as over."""
    async with asyncio.timeout(20):
        while True:
            rows = await house.rows(conversations)
            if rows and rows[0]["ended_at"] is not None:
                return rows[0]
            await house.clock.sleep(0.05)


@pytest.mark.covers("CARD-02", "VT-01")
async def test_a_call_is_greeted_answered_and_ended_by_both_sides(
    house: House, doors: Doors
) -> None:
    house.transcriber.texts = ["I am tired today.", "Goodbye."]
    url = await doors.open(house)
    async with caller(house, url) as phone:
        assert (await phone.hear_out()).duration_ms > 0
        await phone.say(tone())
        assert (await phone.hear_out()).duration_ms > 0
        await phone.say(tone())
        await phone.hear_out()
        assert phone.is_hung_up
    row = await ended(house)
    assert (row["ended_by"], row["carrier_ref"]) == ("goodbye", phone.call_sid)
    assert phone.greeting_ms is not None
    assert len(phone.reply_ms) == 2
    assert phone.parting == ""
    assert len(await house.rows(turns)) == 2


async def test_a_caller_who_hangs_up_ends_the_exchange(house: House, doors: Doors) -> None:
    url = await doors.open(house)
    async with caller(house, url) as phone:
        await phone.hear_out()
    row = await ended(house)
    assert row["ended_by"] == "caller"


@pytest.mark.parametrize(
    ("number", "verdict", "assurance"),
    [
        (ANNA, VOUCHED, "verified"),
        (ANNA, "TN-Validation-Passed-B", "claimed"),
        (ANNA, "", "claimed"),
        (STRANGER, VOUCHED, "stranger"),
        ("anonymous", "", "stranger"),
    ],
)
async def test_a_caller_is_as_sure_as_the_network_says(
    house: House, doors: Doors, number: str, verdict: str, assurance: str
) -> None:
    url = await doors.open(house)
    async with caller(house, url, number, verdict=verdict):
        pass
    assert (await ended(house))["assurance"] == assurance


async def test_talking_over_the_reply_clears_it(house: House, doors: Doors) -> None:
    house.voice.phrase_ms = 4_000
    house.transcriber.texts = ["Tell me about the sea.", "About the hills."]
    url = await doors.open(house)
    async with caller(house, url) as phone:
        await phone.wait(0.5)
        await phone.say(tone())
        await phone.wait(1.5)
        await phone.say(tone())
        await phone.wait(2.0)
    heard = [row["text"] for row in await house.rows(messages) if row["role"] == "person"]
    assert heard == ["Tell me about the sea.", "About the hills."]
    assert len(phone.reply_ms) == 2


async def test_when_our_voice_is_lost_the_carrier_says_sorry(house: House, doors: Doors) -> None:
    house.voice.is_away = True
    url = await doors.open(house)
    async with caller(house, url) as phone:
        await phone.hear_out(seconds_max=10)
        assert phone.is_hung_up
    assert "sorry" in phone.parting
    assert (await ended(house))["ended_by"] == "broken"


async def test_a_call_too_many_is_told_so(ground: Ground, doors: Doors) -> None:
    house = House(ground, admission=AdmissionRules(calls_max=1))
    await house.settle()
    url = await doors.open(house)
    async with caller(house, url) as first:
        await first.hear_out()
        with pytest.raises(Refused, match="busy"):
            async with caller(house, url):
                pass


async def test_without_ears_a_caller_is_told_to_write(ground: Ground, doors: Doors) -> None:
    house = House(ground, rules=PhoneRules(can_hear=False))
    await house.settle()
    url = await doors.open(house)
    with pytest.raises(Refused, match="write to me"):
        async with caller(house, url):
            pass


async def test_with_dummy_engines_every_caller_is_the_verified_owner(
    ground: Ground, doors: Doors
) -> None:
    house = House(ground, rules=PhoneRules(trusts_everybody=True))
    await house.settle()
    url = await doors.open(house)
    async with caller(house, url, STRANGER):
        pass
    row = await ended(house)
    assert (row["assurance"], row["person_id"]) == ("verified", house.owner.id)


async def test_the_public_name_is_what_is_signed(ground: Ground, doors: Doors) -> None:
    house = House(ground, settings=Settings(public_url="https://voice.example.com"))
    await house.settle()
    url = await doors.open(house)
    dial = Dial(url=url, secret=house.secret, number=ANNA, public_url="https://voice.example.com")
    async with Caller(dial, clock=house.clock, ids=house.ids) as phone:
        await phone.wait(0.3)
    assert (await ended(house))["ended_by"] == "caller"
    with pytest.raises(Refused, match="403"):
        async with caller(house, url):
            pass


async def recording_of(house: House) -> bytes:
    """Wait until the only call has a recording, and return it."""
    async with asyncio.timeout(20):
        while not (await house.rows(conversations))[0]["recording"]:
            await house.clock.sleep(0.05)
    [row] = await house.rows(conversations)
    return b"".join([part async for part in house.recorder.read(row["recording"], row["id"])])


async def test_a_call_is_recorded_sealed_and_only_when_it_was_said(
    ground: Ground, doors: Doors
) -> None:
    house = House(ground, is_recorded=True)
    await house.settle()
    url = await doors.open(house)
    async with caller(house, url) as phone:
        await phone.hear_out()
        await phone.say(tone())
    wav = await recording_of(house)
    assert wav.startswith(b"RIFF")
    assert len(wav) > 8_000
    [piece] = await ground.objects.list("recordings/")
    sealed = b"".join([chunk async for chunk in ground.objects.get(piece.key)])
    assert wav[100:1000] not in sealed
    assert "This call is recorded." in " ".join(house.voice.spoken)


async def test_whoever_agrees_is_recorded_and_not_asked_again(ground: Ground, doors: Doors) -> None:
    house = House(ground, is_recorded=True, is_asked=True)
    await house.settle()
    house.transcriber.texts = ["Yes, please.", "I am tired today."]
    url = await doors.open(house)
    async with caller(house, url, verdict=VOUCHED) as phone:
        await phone.hear_out()
        await phone.say(tone())
        await phone.hear_out()
        await phone.say(tone())
        await phone.hear_out()
    assert (await recording_of(house)).startswith(b"RIFF")
    assert "May I record this call?" in " ".join(house.voice.spoken)
    assert len(await house.rows(turns)) == 1  # the answer is no turn
    assert (await house.identity.person(house.anna.id)).recording_consent == "yes"


@pytest.mark.parametrize("said", ["No, thanks.", "I am tired today."])
async def test_whoever_does_not_agree_is_not_recorded(
    ground: Ground, doors: Doors, said: str
) -> None:
    house = House(ground, is_recorded=True, is_asked=True)
    await house.settle()
    house.transcriber.texts = [said]
    url = await doors.open(house)
    async with caller(house, url) as phone:
        await phone.hear_out()
        await phone.say(tone())
        await phone.hear_out()
    assert (await ended(house))["recording"] == ""
    assert await ground.objects.list("recordings/") == []


async def test_a_session_that_is_too_long_is_ended_politely(ground: Ground, doors: Doors) -> None:
    house = House(ground, limits=Limits(session_s=1.0))
    await house.settle()
    url = await doors.open(house)
    async with caller(house, url) as phone:
        await phone.wait(3.0)
        assert phone.is_hung_up
    assert (await ended(house))["ended_by"] == "limit"


async def test_calls_are_shown_to_their_own_memory_only(house: House, doors: Doors) -> None:
    house.transcriber.texts = ["I am tired today."]
    url = await doors.open(house)
    async with caller(house, url) as phone:
        await phone.hear_out()
        await phone.say(tone())
        await phone.hear_out()
    call = await ended(house)
    async with house.database.transaction() as tx:
        member = await house.identity.add_person(tx, "Zoe", is_member=True)
        tokens = [
            await house.identity.issue(
                tx,
                NewCredential(
                    CredentialKind.API,
                    person.owner_id,
                    person_id=person.id,
                    scopes=frozenset({"memory"}),
                ),
            )
            for person in (house.owner, member)
        ]
    theirs, others = ({"Authorization": f"Bearer {issued.token}"} for issued in tokens)
    async with httpx2.AsyncClient(base_url=url, trust_env=False) as client:
        listed = (await client.get("/v1/calls", headers=theirs)).json()["calls"]
        whole = (await client.get(f"/v1/calls/{call['id']}", headers=theirs)).json()
        assert (await client.get("/v1/calls", headers=others)).json() == {"calls": []}
        assert (await client.get(f"/v1/calls/{call['id']}", headers=others)).status_code == 404
    assert [shown["carrier_ref"] for shown in listed] == [phone.call_sid]
    assert [(turn["heard"], turn["said"]) for turn in whole["turns"]] == [
        ("I am tired today.", house.mind.words)
    ]
