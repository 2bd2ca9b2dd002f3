"""What the live wire promises, over a real socket."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from websockets.exceptions import ConnectionClosed

from backend.kernel.errors import Busy
from backend.platform.database.tables import conversations
from backend.trust.identity import CredentialKind
from mobile_api.calls import Limits
from mobile_api.wire import SoundFrame, SoundKind
from tests.contract.app_house import AppHouse, Message, app_house
from tests.fakes.conductor import VOICE


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[AppHouse]:
    async with app_house(tmp_path) as opened:
        yield opened


async def hello(house: AppHouse, **more: object) -> Message:
    return {"type": "hello", "wire": 1, "mode": "chat", "token": await house.token(), **more}


def microphone(pcm: bytes, sequence: int = 0) -> bytes:
    return SoundFrame(SoundKind.MICROPHONE, sequence, pcm).pack()


async def test_a_hello_with_a_device_token_is_welcomed_by_name(house: AppHouse) -> None:
    async with house.line(await hello(house)) as line:
        welcome = await line.hear("welcome")
    assert (welcome["wire"], welcome["name"]) == (1, "Sam")
    assert welcome["conversation_id"] == house.conductor.parties[0].conversation_id


async def test_a_one_use_ticket_opens_one_socket(house: AppHouse) -> None:
    async with httpx2.AsyncClient(base_url=house.url) as http:
        bearer = {"Authorization": f"Bearer {await house.token()}"}
        answer = await http.post("/v1/tickets", json={"purpose": "voice"}, headers=bearer)
    first = {"type": "hello", "wire": 1, "ticket": answer.json()["ticket"]}
    async with house.line(first) as line:
        await line.hear("welcome")
    async with house.line(first) as line:
        assert await line.close_code() == 4401


@pytest.mark.parametrize("credential", [{}, {"token": "ringback_device_wrong"}, {"ticket": "x"}])
async def test_nobody_we_know_is_closed_with_4401(
    house: AppHouse, credential: dict[str, str]
) -> None:
    async with house.line({"type": "hello", "wire": 1, **credential}) as line:
        assert (await line.hear("error"))["code"] == "unauthorised"
        assert await line.close_code() == 4401


async def test_an_unknown_wire_is_closed_with_4406_and_told_what_helps(house: AppHouse) -> None:
    async with house.line({"type": "hello", "wire": 2, "new": {}}) as line:
        assert "Update" in (await line.hear("error"))["cure"]
        assert await line.close_code() == 4406


@pytest.mark.parametrize("first", ["{", "[]", '{"type":"text","text":"hi"}', b"\x01" * 20])
async def test_whoever_does_not_begin_with_hello_is_closed_with_4400(
    house: AppHouse, first: str | bytes
) -> None:
    async with house.line() as line:
        await line.connection.send(first)
        assert await line.close_code() == 4400


async def test_a_message_that_is_too_large_closes_with_1009(house: AppHouse) -> None:
    async with house.line(await hello(house)) as line:
        await line.hear("welcome")
        await line.connection.send("x" * 40_000)
        assert await line.close_code() == 1009


async def test_a_sound_frame_that_is_too_long_closes_with_1009(house: AppHouse) -> None:
    async with house.line(await hello(house, mode="voice")) as line:
        await line.hear("welcome")
        await line.connection.send(microphone(b"\0" * 6402))
        assert await line.close_code() == 1009


async def test_a_slip_is_answered_and_forgiven(house: AppHouse) -> None:
    async with house.line(await hello(house)) as line:
        await line.hear("welcome")
        await line.connection.send("{")
        assert (await line.hear("error"))["code"] == "invalid"
        await line.say({"type": "text", "text": "still here"})
        assert (await line.hear("turn_ended"))["heard"] == "still here"


async def test_an_error_never_repeats_what_was_sent(house: AppHouse) -> None:
    async with house.line(await hello(house)) as line:
        await line.hear("welcome")
        await line.say({"type": "text", "text": ["my secret"]})
        assert "secret" not in str(await line.hear("error"))


async def test_a_client_that_speaks_garbage_is_closed_with_4400(house: AppHouse) -> None:
    async with house.line(await hello(house)) as line:
        await line.hear("welcome")
        for _ in range(8):
            await line.connection.send("{")
        assert await line.close_code() == 4400


async def test_a_type_from_the_future_is_left_unanswered(house: AppHouse) -> None:
    async with house.line(await hello(house)) as line:
        await line.hear("welcome")
        await line.say({"type": "dance", "to": "music"})
        await line.say({"type": "ping", "with": "a field we don't know"})
        assert await line.hear("pong") == {"type": "pong"}


async def test_a_typed_text_is_heard_said_and_ended_with_its_sources(house: AppHouse) -> None:
    async with house.line(await hello(house)) as line:
        await line.say({"type": "text", "text": "  when?  "})
        assert (await line.hear("heard"))["text"] == "when?"
        assert (await line.hear("said"))["text"] == "You said when?."
        ended = await line.hear("turn_ended")
    assert ended["sources"][0]["channel"] == "phone"


async def test_a_zero_character_is_left_out_of_typed_words(house: AppHouse) -> None:
    async with house.line(await hello(house)) as line:
        await line.say({"type": "text", "text": "\0"})
        await line.say({"type": "text", "text": "oat\0 milk"})
        assert (await line.hear("heard"))["text"] == "oat milk"


async def test_a_chat_gets_captions_and_no_sound(house: AppHouse) -> None:
    async with house.line(await hello(house)) as line:
        assert (await line.hear("said"))["text"] == "Hello."
        await line.say({"type": "ping"})
        await line.hear("pong")
    assert house.conductor.lines[0].is_spoken is False


async def test_speech_arrives_whole_in_frames_with_a_rising_sequence(house: AppHouse) -> None:
    async with house.line(await hello(house, mode="voice")) as line:
        assert await line.sound(len(VOICE)) == VOICE
        assert (await line.hear("mark"))["name"] == "greeting"


async def test_a_mark_counts_once_and_only_when_it_was_sent(house: AppHouse) -> None:
    async with house.line(await hello(house, mode="voice")) as line:
        await line.hear("mark")
        for name in ("invented", "greeting", "greeting"):
            await line.say({"type": "mark", "name": name})
        await line.say({"type": "ping"})
        await line.hear("pong")
    assert house.conductor.marks == ["greeting"]


async def test_sound_of_any_length_becomes_frames_of_20_ms(house: AppHouse) -> None:
    async with house.line(await hello(house, mode="voice")) as line:
        for sequence in range(4):
            await line.connection.send(microphone(b"\x02\x00" * 400, sequence))
        await line.say({"type": "ping"})
        await line.hear("pong")
    frames = house.conductor.frames
    assert [frame.at_ms for frame in frames] == [0, 20, 40, 60, 80]
    assert {len(frame.pcm) for frame in frames} == {640}


async def test_a_bye_ends_the_conversation_and_the_socket(house: AppHouse) -> None:
    async with house.line(await hello(house)) as line:
        await line.hear("welcome")
        await line.say({"type": "bye"})
        assert await line.close_code() == 1000
    assert house.conductor.endings == ["caller"]


async def test_a_broken_connection_ends_the_conversation_as_lost(tmp_path: Path) -> None:
    async with app_house(tmp_path, Limits(grace_s=0.0)) as house:
        async with house.line(await hello(house)) as line:
            await line.hear("welcome")
            line.connection.transport.abort()
        async with asyncio.timeout(10):
            while not house.conductor.endings:
                await house.clock.sleep(0.01)
        assert house.conductor.endings == ["lost"]


async def test_a_goodbye_of_ours_says_why_and_closes(house: AppHouse) -> None:
    async with house.line(await hello(house)) as line:
        await line.say({"type": "text", "text": "goodbye"})
        assert (await line.hear("closed"))["reason"] == "goodbye"
        assert await line.close_code() == 1000


async def test_the_exchange_is_kept_with_the_way_it_came_by(house: AppHouse) -> None:
    async with house.line(await hello(house)) as line:
        await line.hear("welcome")
    async with house.line(
        {"type": "hello", "wire": 1, "token": await house.token(CredentialKind.CLI)}
    ) as line:
        await line.hear("welcome")
    async with house.database.reading() as connection:
        rows = await connection.execute(conversations.select().order_by(conversations.c.id))
        assert [row.carrier for row in rows] == ["app", "talk"]


async def test_a_refusal_in_the_middle_says_what_and_closes(house: AppHouse) -> None:
    house.conductor.failure = Busy("Too many calls.", cure="Wait.")
    async with house.line(await hello(house)) as line:
        error = await line.hear("error")
        assert (error["code"], error["cure"]) == ("busy", "Wait.")
        assert await line.close_code() == 1013


async def test_a_failure_of_ours_closes_with_1011_and_tells_nothing(house: AppHouse) -> None:
    house.conductor.failure = ZeroDivisionError("a secret")
    async with house.line(await hello(house)) as line:
        assert await line.close_code() == 1011
        assert "secret" not in (line.connection.close_reason or "")


@pytest.mark.parametrize(
    ("limits", "code"),
    [(Limits(hello_s=0.05), 4408), (Limits(sockets=0), 1013)],
    ids=["who says nothing", "when all lines are taken"],
)
async def test_a_socket_is_closed_before_hello(tmp_path: Path, limits: Limits, code: int) -> None:
    async with app_house(tmp_path, limits) as house, house.line() as line:
        assert await line.close_code() == code


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (Limits(silence_s=0.05), 4408),
        (Limits(session_s=0.05), 1000),
        (Limits(sockets_each=0), 1013),
    ],
    ids=["who falls silent", "who talks for too long", "who has too many lines"],
)
async def test_a_socket_is_closed_after_hello(tmp_path: Path, limits: Limits, code: int) -> None:
    async with app_house(tmp_path, limits) as house, house.line(await hello(house)) as line:
        assert await line.close_code() == code


async def test_a_line_ends_when_its_device_is_removed(tmp_path: Path) -> None:
    async with app_house(tmp_path, Limits(check_s=0.1)) as house:
        first = await hello(house)
        async with house.line(first) as line, house.line(await hello(house)) as other:
            await line.hear("welcome")
            await other.hear("welcome")
            actor = await house.identity.authenticate(str(first["token"]))
            async with house.database.transaction() as tx:
                await house.identity.revoke(tx, str(actor.credential_id))
            assert await line.close_code() == 4401
            await other.say({"type": "ping"})
            await other.hear("pong")


async def test_a_line_that_a_ticket_opened_ends_with_whatever_asked_for_the_ticket(
    tmp_path: Path,
) -> None:
    async with app_house(tmp_path, Limits(check_s=0.1)) as house:
        device = await house.token()
        async with httpx2.AsyncClient(base_url=house.url) as http:
            bearer = {"Authorization": f"Bearer {device}"}
            ticket = (await http.post("/v1/tickets", headers=bearer)).json()["ticket"]
        async with house.line({"type": "hello", "wire": 1, "ticket": ticket}) as line:
            await line.hear("welcome")
            actor = await house.identity.authenticate(device)
            async with house.database.transaction() as tx:
                await house.identity.revoke(tx, str(actor.credential_id))
            assert await line.close_code() == 4401


async def test_texts_faster_than_a_person_close_with_4429(house: AppHouse) -> None:
    async with house.line(await hello(house)) as line:
        await line.hear("welcome")
        with contextlib.suppress(ConnectionClosed):  # it may close while we still send
            for _ in range(400):
                await line.say({"type": "ping"})
        assert await line.close_code() == 4429


async def test_sound_faster_than_time_closes_with_4429(house: AppHouse) -> None:
    async with house.line(await hello(house, mode="voice")) as line:
        await line.hear("welcome")
        with contextlib.suppress(ConnectionClosed):
            for sequence in range(150):  # thirty seconds in one moment
                await line.connection.send(microphone(b"\0" * 6400, sequence))
        assert await line.close_code() == 4429


async def test_a_member_speaks_to_a_memory_of_their_own(house: AppHouse) -> None:
    await house.token()
    mia = await house.member("Mia")
    token = await house.token(person=mia)
    async with house.line({"type": "hello", "wire": 1, "token": token}) as line:
        assert (await line.hear("welcome"))["name"] == "Mia"
    assert house.conductor.parties[0].actor.owner_id == mia.owner_id


GRACE = Limits(grace_s=10.0)


async def broken_off(house: AppHouse, first: Message) -> str:
    """Open a line, say something, and lose the connection; return the conversation's id."""
    async with house.line(first) as line:
        welcome = await line.hear("welcome")
        await line.say({"type": "text", "text": "one"})
        await line.hear("turn_ended")
        line.connection.transport.abort()
    return str(welcome["conversation_id"])


async def test_a_line_that_broke_is_resumed_in_the_same_conversation(tmp_path: Path) -> None:
    async with app_house(tmp_path, GRACE) as house:
        first = await hello(house)
        conversation_id = await broken_off(house, first)
        async with house.line({**first, "resume": conversation_id}) as line:
            welcome = await line.hear("welcome")
            assert (welcome["conversation_id"], welcome["resumed"]) == (conversation_id, True)
            await line.hear("clear")  # what was played before is never heard now
            await line.say({"type": "text", "text": "two"})
            assert (await line.hear("turn_ended"))["heard"] == "two"
            await line.say({"type": "text", "text": "goodbye"})
            assert await line.close_code() == 1000
        assert len(house.conductor.parties) == 1


async def test_somebody_else_finds_nothing_to_resume(tmp_path: Path) -> None:
    async with app_house(tmp_path, GRACE) as house:
        conversation_id = await broken_off(house, await hello(house))
        mia = await house.member("Mia")
        other = await hello(house, token=await house.token(person=mia), resume=conversation_id)
        async with house.line(other) as line:
            welcome = await line.hear("welcome")
            assert welcome["conversation_id"] != conversation_id
            assert welcome["resumed"] is False


async def test_what_is_over_begins_anew(tmp_path: Path) -> None:
    async with app_house(tmp_path, Limits(grace_s=0.05)) as house:
        first = await hello(house)
        conversation_id = await broken_off(house, first)
        async with asyncio.timeout(10):
            while house.conductor.endings != ["lost"]:
                await house.clock.sleep(0.02)
        async with house.line({**first, "resume": conversation_id}) as line:
            welcome = await line.hear("welcome")
            assert welcome["conversation_id"] != conversation_id


async def test_a_line_that_still_holds_gives_way_to_the_one_that_comes_back(
    tmp_path: Path,
) -> None:
    async with app_house(tmp_path, GRACE) as house:
        first = await hello(house)
        async with house.line(first) as old:
            conversation_id = (await old.hear("welcome"))["conversation_id"]
            async with house.line({**first, "resume": conversation_id}) as line:
                assert (await line.hear("welcome"))["resumed"] is True
                assert await old.close_code() == 1000
                await line.say({"type": "text", "text": "two"})
                await line.hear("turn_ended")
        assert len(house.conductor.parties) == 1


async def test_an_address_that_never_says_hello_does_not_take_every_line(tmp_path: Path) -> None:
    async with app_house(tmp_path, Limits(strangers_each=2)) as house:
        async with house.line(), house.line():
            await house.clock.sleep(0.1)
            async with house.line() as third:
                assert (await third.hear("error"))["code"] == "busy"
                assert await third.close_code() == 1013
        async with house.line(await hello(house)) as line:
            await line.hear("welcome")
