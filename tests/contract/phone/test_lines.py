"""What every line does, the fake included: events in order to one end, marks, then silence."""

import asyncio
import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from backend.conversation.carriers import HungUp, KeyPressed, Line, LineEvent, MarkHeard
from backend.conversation.carriers.twilio import StreamStart, TwilioLine
from backend.kernel.audio import FRAME_BYTES, FRAME_MS, Frame
from backend.kernel.events import VoiceStarted
from backend.platform.clock import SystemClock
from backend.platform.sockets import SocketClosed
from tests.fakes.line import SILENCE, FakeLine

SOUND = b"\x00\x10" * 320 * 10  # 200 ms


class FakeMediaSocket:
    """The carrier's end of a media stream; gives marks back at once."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.close_code: int | None = None
        self._incoming: asyncio.Queue[str | None] = asyncio.Queue()
        self._takes: Callable[[str], bool] = lambda _: False

    def look_first(self, takes: Callable[[str], bool]) -> None:
        self._takes = takes

    async def receive(self) -> str:
        text = await self._incoming.get()
        if text is None:
            self._incoming.put_nowait(None)
            raise SocketClosed
        return text

    async def send(self, message: str | bytes) -> None:
        if self.close_code is not None:
            raise SocketClosed
        sent = json.loads(message)
        self.sent.append(sent)
        if sent["event"] == "mark":
            self.come({"event": "mark", "mark": sent["mark"]})

    async def close(self, code: int, reason: str) -> None:
        del reason
        if self.close_code is None:
            self.close_code = code
            self._incoming.put_nowait(None)

    def come(self, message: dict[str, Any]) -> None:
        text = json.dumps(message | {"streamSid": "MZ1"})
        if not self._incoming.empty() or not self._takes(text):
            self._incoming.put_nowait(text)

    def lose(self) -> None:
        self._incoming.put_nowait(None)


class Twilio:
    """A telephone line, and what can happen at its other end."""

    def __init__(self) -> None:
        self.socket = FakeMediaSocket()
        self.line = TwilioLine(self.socket, StreamStart("MZ1", "CA1", {}), clock=SystemClock())

    def speak(self) -> None:
        payload = base64.b64encode(b"\x55" * 160).decode()
        self.socket.come({"event": "media", "media": {"track": "inbound", "payload": payload}})

    def press(self, digit: str) -> None:
        self.socket.come({"event": "dtmf", "dtmf": {"digit": digit}})

    def leave(self) -> None:
        self.socket.come({"event": "stop", "stop": {}})

    def lose(self) -> None:
        self.socket.lose()

    @property
    def has_sound(self) -> bool:
        return any(message["event"] == "media" for message in self.socket.sent)


class Fake:
    """The fake line, and what can happen at its other end."""

    def __init__(self) -> None:
        self.line = FakeLine()

    def speak(self) -> None:
        self.line.come(Frame(SILENCE, 0))

    def press(self, digit: str) -> None:
        self.line.come(KeyPressed(digit))

    def leave(self) -> None:
        self.line.come(HungUp("caller"))

    def lose(self) -> None:
        self.line.come(HungUp("lost"))

    @property
    def has_sound(self) -> bool:
        return bool(self.line.played)


Carrier = Twilio | Fake


@pytest.fixture(params=[Twilio, Fake], ids=lambda kind: kind.__name__.lower())
def carrier(request: pytest.FixtureRequest) -> Carrier:
    make: Callable[[], Carrier] = request.param
    return make()


async def all_events(line: Line) -> list[LineEvent]:
    async with asyncio.timeout(10):
        return [event async for event in line.events()]


async def test_sound_comes_in_frames_of_the_house(carrier: Carrier) -> None:
    carrier.speak()
    carrier.leave()
    events = await all_events(carrier.line)
    frames = [event for event in events if isinstance(event, Frame)]
    assert [(len(frame.pcm), frame.at_ms) for frame in frames] == [(FRAME_BYTES, 0)]


async def test_keys_come_one_by_one(carrier: Carrier) -> None:
    for digit in "1#":
        carrier.press(digit)
    carrier.leave()
    assert await all_events(carrier.line) == [KeyPressed("1"), KeyPressed("#"), HungUp("caller")]


async def test_a_mark_comes_back_behind_the_sound_before_it(carrier: Carrier) -> None:
    await carrier.line.play(SOUND)
    await carrier.line.mark("first")
    carrier.leave()
    assert await all_events(carrier.line) == [MarkHeard("first"), HungUp("caller")]
    assert carrier.has_sound


@pytest.mark.parametrize(("ending", "reason"), [("leave", "caller"), ("lose", "lost")])
async def test_the_last_event_says_who_ended_it(carrier: Carrier, ending: str, reason: str) -> None:
    getattr(carrier, ending)()
    assert await all_events(carrier.line) == [HungUp(reason)]


async def test_hanging_up_ends_the_events(carrier: Carrier) -> None:
    await carrier.line.hang_up()
    assert isinstance((await all_events(carrier.line))[-1], HungUp)


async def test_after_the_end_every_verb_does_nothing(carrier: Carrier) -> None:
    await carrier.line.hang_up()
    await all_events(carrier.line)
    line = carrier.line
    await line.play(SOUND)
    await line.mark("late")
    await line.clear()
    await line.tell(VoiceStarted())
    await line.hang_up()


# ── Twilio's own wire ────────────────────────────────────────────────────────────────────────


async def test_a_second_of_speech_is_a_second_on_the_wire() -> None:
    carrier = Twilio()
    for _ in range(5):
        await carrier.line.play(SOUND)
    await carrier.line.mark("end")
    media = [message for message in carrier.socket.sent if message["event"] == "media"]
    ulaw = b"".join(base64.b64decode(message["media"]["payload"]) for message in media)
    assert abs(len(ulaw) - 8000) <= 160
    assert carrier.socket.sent[-1] == {
        "event": "mark",
        "mark": {"name": "end"},
        "streamSid": "MZ1",
    }


async def test_odd_payloads_are_cut_into_whole_frames() -> None:
    carrier = Twilio()
    for size in (1, 159, 100, 220):
        payload = base64.b64encode(b"\x55" * size).decode()
        carrier.socket.come({"event": "media", "media": {"payload": payload}})
    carrier.leave()
    frames = [event for event in await all_events(carrier.line) if isinstance(event, Frame)]
    assert [frame.at_ms for frame in frames] == [0, FRAME_MS, 2 * FRAME_MS]


@pytest.mark.parametrize(
    "message",
    [
        {"event": "connected"},
        {"event": "somethingNew", "somethingNew": {}},
        {"event": "media", "media": {"track": "outbound", "payload": "AAAA"}},
    ],
)
async def test_what_does_not_concern_us_is_passed_over(message: dict[str, Any]) -> None:
    carrier = Twilio()
    carrier.socket.come(message)
    carrier.leave()
    assert await all_events(carrier.line) == [HungUp("caller")]


async def test_a_message_of_another_stream_is_not_ours() -> None:
    carrier = Twilio()
    carrier.socket.come({"event": "stop"})
    carrier.socket._incoming.get_nowait()
    carrier.socket._incoming.put_nowait('{"event":"stop","streamSid":"MZ2"}')
    carrier.press("1")
    carrier.leave()
    assert await all_events(carrier.line) == [KeyPressed("1"), HungUp("caller")]


async def test_what_is_refused_as_it_arrives_comes_by_events_once_and_in_order() -> None:
    twilio, straight = Twilio(), list[Frame]()
    takes = iter([True, False])

    def hear(frame: Frame) -> bool:
        is_taken = next(takes)
        if is_taken:
            straight.append(frame)
        return is_taken

    twilio.line.divert(hear)
    payload = base64.b64encode(b"\x55" * 160).decode()
    for chunk in range(3):  # the third waits behind the second and is not offered
        sound = {"track": "inbound", "chunk": f"{chunk}", "timestamp": "1", "payload": payload}
        twilio.socket.come({"event": "media", "sequenceNumber": f"{chunk}", "media": sound})
    twilio.leave()
    came = [event async for event in twilio.line.events()]
    assert [frame.at_ms for frame in straight] == [0]
    assert [event.at_ms for event in came if isinstance(event, Frame)] == [20, 40]
