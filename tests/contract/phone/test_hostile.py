"""Peers who mean harm: each is refused or closed, one log line says why, and no call suffers."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, MutableMapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect as connect_sync

from backend.conversation.carriers.signatures import HEADER, sign
from backend.conversation.carriers.simulator import Caller, Dial
from backend.conversation.phone.admission import AdmissionRules, Allowance
from backend.conversation.phone.routes import Patience
from backend.conversation.phone.switchboard import PhoneRules
from backend.platform.database.tables import conversations, turns
from backend.platform.settings import Settings
from tests.contract.phone.conftest import Doors
from tests.contract.phone.ground import Ground
from tests.contract.phone.house import ANNA, House
from tests.contract.phone.test_calls import tone
from tests.contract.phone.test_phone_doors import Intruder, start

Line = MutableMapping[str, Any]  # any: a log line's own fields
MANY = Allowance(calls=500, calls_hourly=5_000)
HALF_OPEN = 100


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ringback.db'}"


@pytest.fixture
async def house(ground: Ground) -> House:
    house = House(
        ground,
        rules=PhoneRules(grace_s=0.0),
        admission=AdmissionRules(calls_max=500, strangers_max=500, known=MANY, stranger=MANY),
        patience=Patience(form_s=0.5, start_s=2.0),
    )
    await house.settle()
    return house


@pytest.fixture
async def intruder(house: House, doors: Doors) -> Intruder:
    return Intruder(house, await doors.open(house))


@pytest.fixture
def lines() -> Iterator[list[Line]]:
    with structlog.testing.capture_logs() as captured:
        yield captured


def refusals(lines: list[Line]) -> list[tuple[str, str]]:
    return [(line["door"], line["cause"]) for line in lines if line["event"] == "phone_refused"]


def failures(lines: list[Line]) -> list[Line]:
    return [line for line in lines if line["log_level"] in {"error", "critical"}]


@asynccontextmanager
async def a_real_call(house: House, url: str) -> AsyncIterator[None]:
    """Have a call going on beside the harm; its turn must be answered all the same."""
    dial = Dial(url=url, secret=house.secret, number=ANNA, settle_seconds=0.5)
    async with Caller(dial, clock=house.clock, ids=house.ids) as phone:
        await phone.hear_out()
        yield
        before = len(await house.rows(turns))
        house.transcriber.texts = ["I am tired today."]
        await phone.say(tone())
        assert (await phone.hear_out()).duration_ms > 0
        assert not phone.is_hung_up
        assert len(await house.rows(turns)) == before + 1


# ── webhooks ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.covers("IM-03")
async def test_whoever_signs_nothing_leaves_one_line_however_often(
    intruder: Intruder, lines: list[Line]
) -> None:
    for _ in range(20):
        answer = await intruder.post("/phone/incoming", {"CallSid": "CA1"}, signature="")
        assert answer.status_code == 403
    assert refusals(lines) == [("webhook", "forbidden")]


async def test_a_signature_for_another_host_is_wrong(ground: Ground, doors: Doors) -> None:
    house = House(ground, settings=Settings(public_url="https://ringback.example"))
    await house.settle()
    intruder = Intruder(house, await doors.open(house))
    answer = await intruder.post("/phone/incoming", {"CallSid": "CA1", "From": ANNA})
    assert answer.status_code == 403  # signed for the address it was sent to, not for our name


async def test_a_replayed_webhook_opens_nothing(intruder: Intruder) -> None:
    form = {"CallSid": "CA1", "From": ANNA}
    token = await intruder.token_of("CA1")
    stop = json.dumps({"event": "stop", "streamSid": "MZ1"})
    assert await intruder.close_code(start(token=token), stop) == 1000
    again = await intruder.post("/phone/incoming", form)
    assert token in again.text  # the same answer as before, whose token is spent
    assert await intruder.close_code(start(token=token), stop) == 1008
    over = await intruder.post("/phone/after", form | {"CallStatus": "in-progress"})
    assert "Stream" not in over.text
    assert len(await intruder.house.rows(conversations)) == 1


async def test_a_body_of_one_byte_a_second_is_not_waited_for(
    intruder: Intruder, lines: list[Line]
) -> None:
    address = urlsplit(intruder.url)
    head = (
        f"POST /phone/incoming HTTP/1.1\r\nHost: {address.netloc}\r\n{HEADER}: x\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\n"
    )
    async with a_real_call(intruder.house, intruder.url):
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(head.encode())
        async with asyncio.timeout(10):
            status = asyncio.ensure_future(reader.readline())
            while not status.done():
                writer.write(b"a")
                await asyncio.wait({status}, timeout=0.1)
        assert b" 400 " in status.result()
        writer.close()
    assert refusals(lines) == [("webhook", "invalid")]


async def test_an_unsigned_body_is_not_even_read(intruder: Intruder) -> None:
    async with httpx2.AsyncClient(trust_env=False) as client:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = await client.post(
            intruder.url + "/sms/incoming", content=b"a" * 900_000, headers=form
        )
    assert answer.status_code == 403


async def test_the_fallback_apologises_and_is_no_error_page(intruder: Intruder) -> None:
    form = {"CallSid": "CA1", "ErrorCode": "11200", "ErrorUrl": "x"}
    answer = await intruder.post("/phone/fallback", form)
    assert answer.status_code == 200
    assert "sorry" in answer.text


# ── media sockets ────────────────────────────────────────────────────────────────────────────


async def test_a_socket_signed_for_another_path_is_refused(
    intruder: Intruder, lines: list[Line]
) -> None:
    other = intruder.media_url.replace("/phone/media", "/phone/incoming")
    for url in (other, intruder.media_url + "?a=1"):
        headers = {HEADER: sign(url, (), intruder.house.secret)}
        with pytest.raises(InvalidStatus):
            async with connect(intruder.media_url, additional_headers=headers, proxy=None):
                pass
    assert refusals(lines) == [("socket", "forbidden")]


async def test_bytes_where_text_is_spoken_close_the_stream(
    intruder: Intruder, lines: list[Line]
) -> None:
    async with a_real_call(intruder.house, intruder.url):
        token = await intruder.token_of("CA1")
        assert await code_after(intruder, start(token=token), *[b"\x00\xff"] * 20) == 1008
    assert refusals(lines) == [("stream", "invalid")]


@pytest.mark.parametrize("kind", ["mark", "dtmf", "media", "news"])
async def test_a_flood_closes_the_stream(intruder: Intruder, lines: list[Line], kind: str) -> None:
    content = {
        "mark": {"name": "x"},
        "dtmf": {"digit": "5"},
        "media": {"payload": ""},
        "news": {"a": 1},
    }[kind]
    message = json.dumps({"event": kind, "streamSid": "MZ1", kind: content})
    async with a_real_call(intruder.house, intruder.url):
        token = await intruder.token_of("CA1")
        assert await code_after(intruder, start(token=token), *[message] * 8_000) == 1009
    assert refusals(lines) == [("stream", "too_large")]


async def test_a_start_that_never_comes_is_not_waited_for(
    intruder: Intruder, lines: list[Line]
) -> None:
    assert await intruder.close_code() == 1008
    assert await intruder.close_code('{"event":"connected"}') == 1008
    assert refusals(lines) == [("stream", "invalid")]


async def test_a_message_of_one_byte_a_second_is_not_waited_for(intruder: Intruder) -> None:
    headers = {HEADER: sign(intruder.media_url, (), intruder.house.secret)}
    async with connect(intruder.media_url, additional_headers=headers, proxy=None) as socket:
        frame = bytes([0x81, 0xFE, 0x10, 0x00]) + bytes(4)  # announces 4,096 masked bytes
        socket.transport.write(frame)
        async with asyncio.timeout(10):
            while socket.protocol.close_rcvd is None:
                socket.transport.write(b"a")
                await intruder.house.clock.sleep(0.1)
        assert socket.protocol.close_rcvd.code == 1008
        socket.transport.abort()  # it could not answer in the middle of a message
    assert await intruder.house.rows(conversations) == []


async def test_half_open_sockets_disturb_nobody(intruder: Intruder) -> None:
    async with a_real_call(intruder.house, intruder.url), asyncio.timeout(30):
        codes = await asyncio.gather(*(intruder.close_code() for _ in range(HALF_OPEN)))
        assert set(codes) == {1008}


MESSAGES = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=200),
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=20),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
        max_leaves=12,
    ).map(json.dumps),
    st.fixed_dictionaries(
        {"event": st.sampled_from(["start", "media", "mark", "dtmf", "stop", "connected"])},
        optional={
            "streamSid": st.sampled_from(["MZ1", "MZ2", "", "\x00"]),
            "media": st.dictionaries(st.sampled_from(["payload", "track"]), st.text(max_size=40)),
            "mark": st.dictionaries(st.sampled_from(["name"]), st.text(max_size=300)),
            "dtmf": st.dictionaries(st.sampled_from(["digit"]), st.text(max_size=3)),
            "start": st.dictionaries(st.text(max_size=8), st.text(max_size=8)),
        },
    ).map(json.dumps),
)


async def test_no_message_is_too_strange(intruder: Intruder, lines: list[Line]) -> None:
    async with a_real_call(intruder.house, intruder.url):
        tokens = iter([await intruder.token_of(f"CA{count}") for count in range(100, 160)])
        await asyncio.to_thread(Stranger(intruder, tokens).tries_everything)
    assert failures(lines) == []
    assert len(refusals(lines)) == len(set(refusals(lines)))  # one line for each cause


class Stranger:
    """Sends whatever hypothesis thinks of, before a stream's start and after it."""

    def __init__(self, intruder: Intruder, tokens: Iterator[str]) -> None:
        self._url, self._tokens, self._count = intruder.media_url, tokens, 99
        self._headers = {HEADER: sign(self._url, (), intruder.house.secret)}

    def tries_everything(self) -> None:
        @settings(
            max_examples=25, deadline=None, database=None, suppress_health_check=[*HealthCheck]
        )
        @given(st.lists(MESSAGES, min_size=1, max_size=15), st.booleans())
        def tries(messages: list[str | bytes], is_let_in: bool) -> None:
            self._count += 1
            token = next(self._tokens, "")
            first = [start(f"CA{self._count}", token)] if is_let_in and token else []
            self._send([*first, *messages])

        tries()

    def _send(self, messages: list[str | bytes]) -> None:
        opened = connect_sync(self._url, additional_headers=self._headers, proxy=None)
        with opened as socket, suppress(ConnectionClosed):
            for message in messages:
                socket.send(message)
        assert socket.close_code in {None, 1000, 1006, 1008, 1009}


async def code_after(intruder: Intruder, *messages: str | bytes) -> int:
    """Open a stream, send these messages as far as they are taken, and return its close code."""
    headers = {HEADER: sign(intruder.media_url, (), intruder.house.secret)}
    async with connect(intruder.media_url, additional_headers=headers, proxy=None) as socket:
        try:
            for message in messages:
                await socket.send(message)
            async with asyncio.timeout(20):
                while True:
                    await socket.recv()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 0
