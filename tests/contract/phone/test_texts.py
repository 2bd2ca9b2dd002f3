"""Texts: answered once each, from the same memory as calls, and never after STOP."""

import asyncio
from pathlib import Path
from xml.etree import ElementTree as Xml

import httpx2
import pytest

from backend.conversation.carriers.signatures import HEADER, sign
from backend.conversation.exchange.identifying import NEVER_WRITTEN
from backend.conversation.phone.texts import TEXTS_PER_HOUR_MAX
from backend.platform.database.tables import conversations, document_updates, memories, messages
from tests.contract.phone.conftest import Doors
from tests.contract.phone.house import ANNA, STRANGER, House

REMEMBER = "Please remember that my sister has her birthday on the fourth of May."


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'ringback.db'}"


class Phone:
    """Texts by the carrier's webhook."""

    def __init__(self, house: House, url: str) -> None:
        self.house, self.url, self._count = house, url + "/sms/incoming", 0

    async def text(self, body: str, *, number: str = ANNA, sid: str = "") -> list[str]:
        """Send a text; return the parts of the answer."""
        self._count += 1
        form = {"MessageSid": sid or f"SM{self._count}", "From": number, "Body": body}
        headers = {HEADER: sign(self.url, list(form.items()), self.house.secret)}
        async with httpx2.AsyncClient(trust_env=False) as client:
            answer = await client.post(self.url, data=form, headers=headers)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("application/xml")
        return [message.text or "" for message in Xml.fromstring(answer.text).iter("Message")]


@pytest.fixture
async def phone(house: House, doors: Doors) -> Phone:
    return Phone(house, await doors.open(house))


@pytest.mark.covers("CL-14")
async def test_a_text_is_a_turn_in_the_same_memory(phone: Phone) -> None:
    assert await phone.text(REMEMBER) == [phone.house.mind.words]
    [memory] = await phone.house.rows(memories)
    assert memory["assurance"] == "replyable"
    [conversation] = await phone.house.rows(conversations)
    assert (conversation["carrier"], conversation["remote"]) == ("sms", ANNA)


async def test_texts_that_follow_each_other_are_one_conversation(phone: Phone) -> None:
    await phone.text("I am tired today.")
    await phone.text("Because I worked late.")
    assert len(await phone.house.rows(conversations)) == 1
    said = [line.text for line in phone.house.mind.contexts[-1].history]
    assert said == ["I am tired today.", phone.house.mind.words]


async def test_a_text_counts_once_however_often_it_comes(phone: Phone) -> None:
    note = "Take a note: buy oat milk."
    answers = [await phone.text(note, sid="SMonce") for _ in range(2)]
    answers += await asyncio.gather(*(phone.text(note, sid="SMtwice") for _ in range(4)))
    assert all(answer == [phone.house.mind.words] for answer in answers)
    assert len(await phone.house.rows(document_updates)) == 2


async def test_an_enrolled_number_may_recall_and_a_stranger_may_not(phone: Phone) -> None:
    await phone.text(REMEMBER)
    await phone.text("When is my sister's birthday?")
    assert phone.house.mind.contexts[-1].recollections
    await phone.text("When is my sister's birthday?", number=STRANGER)
    assert not phone.house.mind.contexts[-1].recollections
    assert not phone.house.mind.contexts[-1].may_recall


async def test_a_long_answer_comes_in_parts_that_the_carrier_takes(phone: Phone) -> None:
    phone.house.mind.words = "word " * 900 + "end"
    answer = await phone.text("Tell me something long.")
    assert len(answer) == 3
    assert max(map(len, answer)) <= 1600
    assert "".join(answer) == phone.house.mind.words


async def test_stop_is_obeyed_until_start(phone: Phone) -> None:
    assert "no more texts" in (await phone.text("STOP"))[0]
    assert await phone.text("When is my sister's birthday?") == []
    assert await phone.text("I am tired.", number=STRANGER) == [phone.house.mind.words]
    assert "Welcome back" in (await phone.text("start"))[0]
    assert await phone.text("I am tired.") == [phone.house.mind.words]


@pytest.mark.parametrize("word", ["STOP", " stop. ", "Stop All", "REVOKE", "opt-out", "Quit!"])
async def test_every_word_of_the_carrier_stops(phone: Phone, word: str) -> None:
    assert await phone.text(word)
    assert await phone.text("Are you there?") == []


async def test_a_yes_starts_again_only_whoever_has_stopped(phone: Phone) -> None:
    assert await phone.text("Yes") == [phone.house.mind.words]
    await phone.text("STOP")
    assert "Welcome back" in (await phone.text("YES"))[0]
    assert await phone.text("Are you there?") == [phone.house.mind.words]


async def test_help_says_who_we_are(phone: Phone) -> None:
    assert "Ringback" in (await phone.text("Help"))[0]
    assert await phone.house.rows(messages) == []


async def test_a_mind_that_fails_is_answered_for(phone: Phone) -> None:
    phone.house.mind.is_away = True
    assert await phone.text("I am tired.") == ["Something I need does not answer right now."]


async def test_a_picture_without_words_and_an_empty_text_are_no_turns(phone: Phone) -> None:
    assert await phone.text("   ") == []
    assert await phone.house.rows(messages) == []


async def test_two_machines_that_answer_each_other_come_to_an_end(phone: Phone) -> None:
    answers = [await phone.text("Hello!", number=STRANGER) for _ in range(TEXTS_PER_HOUR_MAX + 1)]
    assert answers[-2] == [phone.house.mind.words]
    assert answers[-1] == []


async def test_a_pin_in_a_text_is_kept_nowhere_and_its_sender_is_told(phone: Phone) -> None:
    await phone.house.pins.set(phone.house.anna, "493817")
    told = [NEVER_WRITTEN]
    assert await phone.text("My PIN is 493817", sid="SM1") == told
    assert await phone.text("My PIN is 493817", sid="SM1") == told
    assert phone.house.mind.contexts == []
    assert await phone.house.rows(messages) == []
    assert await phone.text("Is 493817 a prime number?") == [phone.house.mind.words]
