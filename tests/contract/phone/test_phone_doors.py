"""What the telephone's doors turn away: nobody gets in who is not the carrier, or not in order."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from backend.conversation.carriers.signatures import HEADER, sign
from backend.platform.database.tables import conversations
from backend.trust.identity import CredentialKind, NewCredential
from tests.contract.phone.conftest import Doors
from tests.contract.phone.house import ANNA, STRANGER, House


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ringback.db'}"


class Intruder:
    """Somebody who speaks the protocol by hand, and not quite as the carrier does."""

    def __init__(self, house: House, url: str) -> None:
        self.house, self.url = house, url
        self.media_url = url.replace("http", "ws", 1) + "/phone/media"

    async def post(
        self, path: str, form: dict[str, str], *, secret: str = "", signature: str | None = None
    ) -> httpx2.Response:
        url = self.url + path
        signed = sign(url, list(form.items()), secret or self.house.secret)
        headers = {HEADER.encode(): signed.encode()}
        if signature is not None:
            headers = {HEADER.encode(): signature.encode("latin-1")} if signature else {}
        async with httpx2.AsyncClient(trust_env=False) as client:
            return await client.post(url, data=form, headers=headers)

    async def token_of(self, call_sid: str) -> str:
        answer = await self.post("/phone/incoming", {"CallSid": call_sid, "From": ANNA})
        return answer.text.split('name="token" value="')[1].split('"')[0]

    async def close_code(self, *texts: str) -> int:
        """Open the media socket, send these messages, and return how it was closed."""
        headers = {HEADER: sign(self.media_url, (), self.house.secret)}
        async with connect(self.media_url, additional_headers=headers, proxy=None) as socket:
            try:
                for text in texts:
                    await socket.send(text)
                async with asyncio.timeout(20):
                    while True:
                        await socket.recv()
            except ConnectionClosed as closed:
                return closed.rcvd.code if closed.rcvd else 0

    async def begin_and_vanish(self, *texts: str) -> None:
        """Open the media socket, send these messages, wait for some sound, and break it off."""
        headers = {HEADER: sign(self.media_url, (), self.house.secret)}
        async with connect(self.media_url, additional_headers=headers, proxy=None) as socket:
            for text in texts:
                await socket.send(text)
            async with asyncio.timeout(20):
                await socket.recv()
            socket.transport.abort()


@pytest.fixture
async def intruder(house: House, doors: Doors) -> Intruder:
    return Intruder(house, await doors.open(house))


def start(call_sid: str = "CA1", token: str = "", **changed: Any) -> str:
    parts = {
        "streamSid": "MZ1",
        "callSid": call_sid,
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {"token": token} if token else {},
    }
    return json.dumps({"event": "start", "streamSid": "MZ1", "start": parts | changed})


PATHS = (
    "/phone/incoming",
    "/phone/after",
    "/phone/fallback",
    "/phone/status",
    "/phone/recording",
    "/sms/incoming",
)


@pytest.mark.covers("IM-03")
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("signature", ["", "bm90IGEgc2lnbmF0dXJl", "ünsigned"])
async def test_a_webhook_without_the_right_signature_is_refused(
    intruder: Intruder, path: str, signature: str
) -> None:
    form = {"CallSid": "CA1", "MessageSid": "SM1", "From": ANNA, "Body": "Hello"}
    assert (await intruder.post(path, form, signature=signature)).status_code == 403
    assert (await intruder.post(path, form, secret="wrong")).status_code == 403
    assert await intruder.house.rows(conversations) == []


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe=1",
        b"From=%ff%fe&CallSid=CA1",
        b"&".join([b"a=1"] * 500),
        b"CallSid=" + b"A" * 70_000,
        b"CallSid=a%00b",
        b"",
    ],
)
async def test_a_form_that_is_none_is_refused_and_never_our_failure(
    intruder: Intruder, path: str, body: bytes
) -> None:
    signature = sign(intruder.url + path, (), intruder.house.secret)
    headers = {HEADER: signature, "Content-Type": "application/x-www-form-urlencoded"}
    async with httpx2.AsyncClient(trust_env=False) as client:
        answer = await client.post(intruder.url + path, content=body, headers=headers)
    if path in {"/phone/recording", "/phone/fallback"} and not body:
        assert answer.status_code in {200, 204}  # nothing is asked of them
    else:
        assert 400 <= answer.status_code < 500


async def test_a_field_that_comes_twice_is_refused(intruder: Intruder) -> None:
    url = intruder.url + "/phone/incoming"
    fields = [("CallSid", "CA1"), ("From", ANNA), ("From", STRANGER)]
    body = "&".join(f"{name}={value.replace('+', '%2B')}" for name, value in fields)
    headers = {
        HEADER: sign(url, fields, intruder.house.secret),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    async with httpx2.AsyncClient(trust_env=False) as client:
        answer = await client.post(url, content=body, headers=headers)
    assert answer.status_code == 400


async def test_a_repeated_webhook_gets_the_same_answer(intruder: Intruder) -> None:
    form = {"CallSid": "CA1", "From": ANNA}
    first = await intruder.post("/phone/incoming", form)
    again = await intruder.post("/phone/incoming", form)
    assert first.status_code == 200
    assert first.text == again.text


async def test_a_media_socket_without_a_signature_is_never_opened(intruder: Intruder) -> None:
    with pytest.raises(InvalidStatus) as refusal:
        async with connect(intruder.media_url, proxy=None):
            pass
    assert refusal.value.response.status_code == 403


@pytest.mark.parametrize("token", ["", "ringback_call_forged"])
async def test_a_stream_without_its_calls_token_is_closed(intruder: Intruder, token: str) -> None:
    assert await intruder.close_code(start(token=token)) == 1008
    assert await intruder.house.rows(conversations) == []


async def test_a_token_opens_one_stream(intruder: Intruder) -> None:
    token = await intruder.token_of("CA1")
    stop = json.dumps({"event": "stop", "streamSid": "MZ1"})
    assert await intruder.close_code(start(token=token), stop) == 1000
    assert await intruder.close_code(start(token=token), stop) == 1008


async def test_a_token_is_good_for_its_own_call_only(intruder: Intruder) -> None:
    token = await intruder.token_of("CA1")
    assert await intruder.close_code(start("CA2", token)) == 1008


async def test_a_token_of_another_kind_opens_no_stream(intruder: Intruder) -> None:
    house = intruder.house
    async with house.database.transaction() as tx:
        issued = await house.identity.issue(
            tx,
            NewCredential(CredentialKind.TICKET, house.owner.owner_id, person_id=house.owner.id),
        )
    assert await intruder.close_code(start(token=issued.token)) == 1008


@pytest.mark.parametrize(
    "first",
    [
        "{",
        "[]",
        "[" * 10_000,
        '{"event":"media","media":{"payload":""}}',
        '{"event":"start"}',
        '{"event":"start","start":[]}',
        start(mediaFormat={"encoding": "audio/l16", "sampleRate": 16000}),
        start(callSid=7),
        start(customParameters=[]),
        "x" * 20_000,
    ],
)
async def test_a_stream_that_begins_otherwise_is_closed(intruder: Intruder, first: str) -> None:
    assert await intruder.close_code(first) == 1008


async def test_messages_without_sense_end_a_stream_but_one_is_forgiven(intruder: Intruder) -> None:
    good = await intruder.token_of("CA1")
    slip = json.dumps({"event": "media", "streamSid": "MZ1", "media": {"payload": "#"}})
    stop = json.dumps({"event": "stop", "streamSid": "MZ1"})
    assert await intruder.close_code(start("CA1", good), slip, stop) == 1000
    bad = await intruder.token_of("CA2")
    assert await intruder.close_code(start("CA2", bad), *[slip] * 20) == 1008


async def test_a_message_too_long_ends_the_stream(intruder: Intruder) -> None:
    token = await intruder.token_of("CA1")
    message = {"event": "media", "streamSid": "MZ1", "media": {"payload": "A" * 50_000}}
    assert await intruder.close_code(start("CA1", token), json.dumps(message)) == 1009


async def test_sound_faster_than_time_ends_the_stream(intruder: Intruder) -> None:
    token = await intruder.token_of("CA1")
    second = {"event": "media", "streamSid": "MZ1", "media": {"payload": "////" * 2_667}}
    codes = await intruder.close_code(start("CA1", token), *[json.dumps(second)] * 30)
    assert codes == 1009


async def test_the_simulators_secret_is_for_the_operator(intruder: Intruder) -> None:
    async with httpx2.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{intruder.url}/v1/phone/simulator")
    assert answer.status_code == 401
