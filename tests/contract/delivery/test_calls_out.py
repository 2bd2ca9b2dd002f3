"""Calls of ours over real sockets: a server like Twilio's is asked, and plays whoever is rung."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import numpy as np
import pytest

from backend.conversation.carriers import Answered
from backend.conversation.carriers.signatures import HEADER, sign
from backend.conversation.carriers.simulator import Dial
from backend.conversation.phone.switchboard import EARLY_MAX
from backend.delivery import NewTransfer, State, Text
from backend.kernel.audio import Sound
from backend.kernel.clock import Clock
from backend.kernel.people import Assurance
from backend.platform.clock import SystemClock
from backend.platform.compute import Compute
from backend.platform.database.engine import Database
from backend.platform.database.tables import conversations, messages
from backend.platform.tasks import Supervisor
from tests.contract.delivery.calling_house import CallingHouse, twilio_house_settings
from tests.contract.delivery.reach import SOMEBODY
from tests.contract.phone.conftest import Doors
from tests.contract.phone.ground import ground_over
from tests.contract.phone.house import ANNA
from tests.fakes.callee import Callee, Transferred
from tests.fakes.twilio_rest import TwilioServer

pytestmark = pytest.mark.covers("VT-01", "IM-02")

STRANGER = "+14155550199"


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ringback.db'}"


@pytest.fixture
def clock() -> Clock:
    return SystemClock()


@pytest.fixture
def twilio() -> Iterator[TwilioServer]:
    with TwilioServer() as server:
        yield server


@pytest.fixture
async def house(
    database: Database, clock: Clock, tmp_path: Path, twilio: TwilioServer
) -> AsyncIterator[CallingHouse]:
    compute = Compute(1)
    ground = ground_over(database, clock, tmp_path / "objects", compute)
    house = CallingHouse(ground, settings=twilio_house_settings(twilio), twilio=twilio)
    await house.settle()
    yield house
    await house.reach.carrier.close()
    compute.close()


@pytest.fixture
async def url(house: CallingHouse, clock: Clock) -> AsyncIterator[str]:
    supervisor = Supervisor()
    opened = Doors(supervisor, clock, [])
    async with supervisor:
        yield await opened.open(house)
        for server in opened.servers:
            server.should_exit = True


def tone(milliseconds: int = 600) -> Sound:
    seconds = np.arange(8 * milliseconds) / 8000
    return Sound((8000 * np.sin(2 * np.pi * 300 * seconds)).astype("<i2").tobytes(), 8000)


async def test_somebody_who_answers_is_told_and_then_talked_with(
    house: CallingHouse, url: str
) -> None:
    house.transcriber.texts = ["Thank you, I will be there."]
    row, callee = await house.ring(url)
    async with callee:
        assert (await callee.hear_out()).duration_ms > 0
        await callee.is_taken_by("human")
        assert (await house.reach.now(row)).state is State.ANSWERED
        await callee.say(tone())
        await callee.hear_out()
    done = await house.becomes(row, State.COMPLETED)
    assert (done.answered_by, done.details["seconds"]) == ("human", 7)
    (call,) = await house.rows(conversations)
    assert (call["direction"], call["delivery_id"]) == ("out", row.id)
    assert (call["person_id"], call["assurance"]) == (house.anna.id, "claimed")
    assert call["remote"] == SOMEBODY
    assert house.voice.spoken[0] == "Your dentist moved you."


async def test_a_machine_gets_the_message_after_its_beep(house: CallingHouse, url: str) -> None:
    row, callee = await house.ring(url)
    async with callee:
        await callee.wait(0.2)
        await callee.is_taken_by("machine_end_beep")
        await callee.hear_out()
        assert callee.is_hung_up
    await house.becomes(row, State.VOICEMAIL)
    assert house.voice.spoken[-1] == "Call me back."


async def test_a_machine_that_is_noticed_before_its_socket_opens_is_not_forgotten(
    house: CallingHouse, url: str
) -> None:
    class Hasty(Callee):
        async def ring(self) -> str:
            answer = await super().ring()
            await self.is_taken_by("machine_end_silence")
            return answer

    row, callee = await house.ring(url)
    hasty = Hasty(url, house.secret, callee._ordered, clock=house.clock, ids=house.ids)
    async with hasty:
        await hasty.hear_out()
    await house.becomes(row, State.VOICEMAIL)


async def test_late_words_on_calls_that_are_over_keep_nobody_from_being_told(
    house: CallingHouse, url: str
) -> None:
    _, callee = await house.ring(url)
    for number in range(2 * EARLY_MAX):
        house.switchboard.announce(f"CA{number:032x}", Answered("human"))
    house.switchboard.announce(callee.call_sid, Answered("machine"))
    house.switchboard.announce(callee.call_sid, Answered("beep"))
    async with callee:
        await callee.hear_out()
        assert callee.is_hung_up
    assert house.voice.spoken[-1] == "Call me back."


async def test_a_stranger_is_told_and_nothing_else(house: CallingHouse, url: str) -> None:
    row, callee = await house.ring(url, STRANGER)
    async with callee:
        assert (await callee.hear_out()).duration_ms > 0
    await house.becomes(row, State.COMPLETED)
    (call,) = await house.rows(conversations)
    assert (call["person_id"], call["assurance"]) == (None, "stranger")


async def test_a_busy_number_is_rung_again_later(house: CallingHouse, url: str) -> None:
    row, callee = await house.ring(url)
    await callee.tell("ringing")
    await callee.tell("busy")
    waiting = await house.becomes(row, State.WAITING)
    assert (waiting.reason, waiting.attempts) == ("busy", 1)
    await callee.hang_up()


async def test_the_carriers_repeat_gets_the_first_answer(house: CallingHouse, url: str) -> None:
    _, callee = await house.ring(url)
    path = callee._ordered.path("Url")
    form = {"CallStatus": "in-progress"}
    assert await callee.post(path, form) == await callee.post(path, form)
    await callee.hang_up()


@pytest.mark.parametrize("door", ["Url", "StatusCallback", "AsyncAmdStatusCallback"])
async def test_nobody_but_the_carrier_tells_us_of_calls(
    house: CallingHouse, url: str, door: str
) -> None:
    row, callee = await house.ring(url)
    form = {"CallSid": callee.call_sid, "To": SOMEBODY, "CallStatus": "completed"}
    async with httpx2.AsyncClient() as client:
        unsigned = await client.post(url + callee._ordered.path(door), data=form)
        # Signed for another delivery: the tag is part of what is signed.
        path = callee._ordered.path(door)
        signature = sign("https://ring.example" + path, list(form.items()), house.secret)
        moved = url + path.replace(row.id, row.id[::-1])
        stolen = await client.post(moved, data=form, headers={HEADER: signature})
    assert (unsigned.status_code, stolen.status_code) == (403, 403)
    assert (await house.reach.now(row)).state is State.ACCEPTED
    await callee.hang_up()


async def test_a_call_can_be_ended_from_here(house: CallingHouse, url: str) -> None:
    row, callee = await house.ring(url)
    token = await house.token("call")
    async with callee, httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}) as client:
        await callee.hear_out()
        answer = await client.post(f"{url}/v1/calls/{row.id}/hangup")
        assert answer.status_code == 200, answer.text
        await callee.hear_out(seconds_max=3)
        assert callee.is_hung_up
    await house.becomes(row, State.COMPLETED)


async def test_a_text_moves_on_as_the_carrier_reports(house: CallingHouse, url: str) -> None:
    text = Text(SOMEBODY, "Bring milk.", "milk", is_urgent=True)
    row = await house.reach.step(await house.reach.delivery.ask_text(house.reach.owner, text))
    assert row.state is State.ACCEPTED
    (asked,) = house.twilio.made("Messages")
    path = asked.get("StatusCallback").removeprefix("https://ring.example")
    for state in ("sent", "undelivered", "sent"):
        form = {"MessageSid": row.carrier_ref, "MessageStatus": state, "ErrorCode": "30003"}
        signature = sign("https://ring.example" + path, list(form.items()), house.secret)
        async with httpx2.AsyncClient() as client:
            answer = await client.post(url + path, data=form, headers={HEADER: signature})
        assert answer.status_code == 204
    done = await house.reach.now(row)
    assert (done.state, done.reason) == (State.FAILED, "Their telephone can't be reached.")


# ── hand-overs ───────────────────────────────────────────────────────────────────────────────────
async def handed_over(
    house: CallingHouse, url: str, *, key: str | None, summary: str
) -> tuple[Transferred, str]:
    """Have Anna call, and hand her over to Martin in the middle of it."""
    dial = Dial(url=url, secret=house.secret, number=ANNA, public_url="https://ring.example")
    phone = Transferred(dial, clock=house.clock, ids=house.ids)
    phone.key = key
    actor = house.actor(Assurance.VERIFIED, house.anna)
    async with phone:
        await phone.hear_out()
        (call,) = await house.rows(conversations)
        wanted = NewTransfer(
            number=STRANGER,
            cause="turn",
            call_sid=phone.call_sid,
            conversation_id=call["id"],
            name="Martin",
            summary=summary,
        )
        async with house.database.transaction() as tx:
            row = await house.reach.delivery.transfer(tx, actor, wanted)
        await house.switchboard.hang_up(phone.call_sid)
        async with asyncio.timeout(15):
            while not (phone.is_hung_up or phone.returns):
                await house.clock.sleep(0.02)
        if phone.returns:
            assert (await phone.hear_out()).duration_ms > 0
    return phone, row.id


@pytest.mark.parametrize("summary", ["", "Anna calls about the boiler."])
async def test_somebody_is_put_through(house: CallingHouse, url: str, summary: str) -> None:
    phone, row_id = await handed_over(house, url, key="1", summary=summary)
    row = await house.reach.delivery.get(row_id)
    assert (phone.rung, phone.returns) == (STRANGER, 0)
    assert (row.state, row.details["seconds"]) == (State.COMPLETED, 12)
    assert phone.whispered.startswith(summary)
    (call,) = await house.rows(conversations)
    assert call["ended_by"] == "transferred"


@pytest.mark.parametrize(
    ("key", "summary"), [(None, ""), (None, "Anna."), ("", "Anna."), ("9", "Anna.")]
)
async def test_who_is_not_put_through_comes_back_to_the_same_exchange(
    house: CallingHouse, url: str, key: str | None, summary: str
) -> None:
    phone, row_id = await handed_over(house, url, key=key, summary=summary)
    row = await house.reach.delivery.get(row_id)
    assert (row.state, phone.returns) == (State.NO_ANSWER, 1)
    assert any(each.startswith("Martin did not answer") for each in house.voice.spoken)
    assert len(await house.rows(conversations)) == 1
    assert await house.rows(messages) == []
