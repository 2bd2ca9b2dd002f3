"""The chapters that are played on one machine and on many: what is asked, and what is true then."""

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.fakes.model_server import Answer, ModelServer
from tests.journey.browser import MEMORIES, THEIRS, YOURS, talk_page
from tests.journey.devices import phone_app, yjs_device
from tests.journey.product import Product, eventually
from tests.journey.speech import Speech
from tests.journey.telephone import VOUCHED, Talk, Telephone

CARRIER_SECRET = "the-secret-of-the-carrier-0123456789"
ANNAS_BROTHER = "+15005550006"
STRANGER = "+15005550009"

REMEMBER = "Please remember that my sister Anna has her birthday on the fourth of May."
QUESTION = "When is Anna's birthday?"
NOTE = "Take a note: buy oat milk."
WHICH_NOTES = "What are my notes?"
GOODBYE = "Goodbye."
SAID_BY_A_MODEL = "On the fourth of May, says the model."
SENTENCES = (REMEMBER, QUESTION, NOTE, WHICH_NOTES, GOODBYE)

DATES = ("fourth of may", "4th of may", "may 4", "4 may", "may the fourth", "may fourth")


def names_the_date(text: str) -> bool:
    """Say whether the birthday is in an answer, however a transcript spells it."""
    folded = text.lower().replace(",", "")
    return any(date in folded for date in DATES)


@dataclass
class Story:
    """One instance, the voices around it, and what it has been told so far."""

    product: Product
    speech: Speech
    remembered: dict[str, Any] = field(default_factory=dict)

    def phone(self, number: str = ANNAS_BROTHER) -> Telephone:
        """Return somebody's telephone."""
        return Telephone(self.product, CARRIER_SECRET, number)

    async def call(self, *sentences: str, number: str = ANNAS_BROTHER, verdict: str = "") -> Talk:
        """Ring, say these sentences in a natural voice, and hear the answers."""
        await self.speech.prepare(*sentences)
        spoken = [self.speech.sound(sentence) for sentence in sentences]
        return await self.phone(number).call(spoken, verdict=verdict)

    def record_of(self, talk: Talk) -> dict[str, Any]:
        """Return what the companion kept of a call."""
        calls: Any = self.product.get("/v1/calls")["calls"]
        found = next(call for call in calls if call["carrier_ref"] == talk.call_sid)
        record: dict[str, Any] = self.product.get(f"/v1/calls/{found['id']}")
        return record

    def jobs(self, name: str) -> list[dict[str, Any]]:
        """Return the jobs of one name."""
        rows: Any = self.product.get("/v1/jobs")["jobs"]
        return [job for job in rows if job["name"] == name]

    def jobs_done(self, *names: str, seconds: float = 30) -> None:
        """Wait until nothing of these names is left to do, and something was done."""

        def are_done() -> bool:
            found = [job for name in names for job in self.jobs(name)]
            return bool(found) and all(job["state"] == "done" for job in found)

        eventually(are_done, seconds=seconds)


# ── the chapters ─────────────────────────────────────────────────────────────────────────────


async def is_told_of_anna(story: Story) -> None:
    """Chapter 1: a call is greeted, understood, answered aloud, and ended by both sides."""
    story.product.command("people", "add", "Sam", "--number", ANNAS_BROTHER)
    talk = await story.call(REMEMBER, GOODBYE)
    assert await story.speech.words(talk.greeting), "no greeting was heard"
    answer = (await story.speech.words(talk.replies[0])).lower()
    assert "anna" in answer, f"the answer aloud was: {answer}"
    assert talk.was_hung_up_on, "the companion did not hang up after the goodbye"
    record: dict[str, Any] = eventually(lambda: _ended(story, talk))
    assert record["ended_by"] == "goodbye"
    heard = " ".join(turn["heard"] for turn in record["turns"]).lower()
    assert "anna" in heard
    assert "birthday" in heard
    story.remembered["first call"] = record


def _ended(story: Story, talk: Talk) -> dict[str, Any]:
    record = story.record_of(talk)
    return record if record["ended_at"] else {}


def has_learnt_it(story: Story) -> None:
    """Chapter 2: the jobs that were committed with the turn have embedded and related it."""
    story.jobs_done("memory.embed", "memory.relate")
    found: Any = story.product.told("memory", "search", "birthday of my sister")
    assert any("anna" in result["text"].lower() for result in found["results"])
    related: Any = story.product.get("/v1/memory/graph", name="Anna")
    assert any(relation["predicate"] == "sister" for relation in related["relations"]), related


async def answers_only_who_may_know(story: Story) -> None:
    """Chapter 3: vouched for or by text the date and its source; to all others nothing."""
    vouched = await story.call(QUESTION, verdict=VOUCHED)
    aloud = await story.speech.words(vouched.replies[0])
    assert names_the_date(aloud), aloud
    turn = story.remembered["answer"] = story.record_of(vouched)["turns"][0]
    assert "phone" in turn["said"] or "call" in turn["said"], f"no source: {turn['said']}"
    by_text = story.phone().text(QUESTION)
    assert names_the_date(by_text), by_text
    claimed = await story.call(QUESTION)
    assert not names_the_date(await _all_words(story, claimed.replies))
    stranger = await story.call(QUESTION, number=STRANGER, verdict=VOUCHED)
    assert not names_the_date(await _all_words(story, stranger.replies))
    assert not names_the_date(story.phone(STRANGER).text(QUESTION))


async def _all_words(story: Story, replies: Sequence[Any]) -> str:
    return " ".join([await story.speech.words(reply) for reply in replies])


async def is_worded_by_a_model(
    story: Story, provider: str, restart: Callable[[Mapping[str, str]], None]
) -> None:
    """Chapter 4: a model words the reply, from the memory, until it is down or too dear."""
    plain = dict(story.product.extra)
    with ModelServer() as models:
        models.default = Answer(SAID_BY_A_MODEL)
        key = {f"{provider.upper()}_API_KEY": "sk-scripted"}
        where = {"OPENAI_BASE_URL": models.openai_url, "ANTHROPIC_BASE_URL": models.anthropic_url}
        with_model = {**plain, **where, **key}
        restart(with_model)
        await _answers_by_the_model(story, models)
        assert "birthday on the" in str(models.requests[-1].body), "no memory in the prompt"

        models.default = Answer(status=500)
        offline = story.phone().text(QUESTION)
        assert names_the_date(offline)
        assert "says the model" not in offline

        models.default = Answer(SAID_BY_A_MODEL)
        restart({**with_model, "RINGBACK_SPEND__DAILY": "0"})
        asked_before = len(models.requests)
        assert names_the_date(story.phone().text(QUESTION))
        assert len(models.requests) == asked_before, "money was spent beyond the cap"
        restart(plain)


async def _answers_by_the_model(story: Story, models: ModelServer) -> None:
    """The graph is loaded beside the start: until then the offline mind answers."""
    eventually(lambda: story.phone().text(QUESTION) == SAID_BY_A_MODEL, seconds=60)
    aloud = await story.call(QUESTION, verdict=VOUCHED)
    assert "model" in await story.speech.words(aloud.replies[0])
    assert len(models.requests) >= 2


async def takes_a_note(story: Story) -> None:
    """Chapter 5, first half: a note said on the phone is on the list."""
    talk = await story.call(NOTE, verdict=VOUCHED)
    record = story.record_of(talk)
    assert "oat milk" in record["turns"][0]["said"].lower()
    notes: Any = story.product.told("notes", "list")
    assert [note["text"].lower().rstrip(".") for note in notes["notes"]] == ["buy oat milk"]


async def edits_the_note_offline(story: Story, folder: Path) -> None:
    """Chapter 5, second half: an unmodified Yjs client edits it offline; all comes together."""
    token: Any = story.product.told("tokens", "create", "--scope", "documents", "--name", "laptop")
    address = str(story.product.get("/v1/where")["documents"])
    with yjs_device(address, "notes", token["token"], folder) as laptop:
        eventually(lambda: any("oat milk" in note for note in laptop.notes()), seconds=20)
        laptop.tell("offline")
        assert laptop.tell("rewrite oat milk => almond milk")["rewritten"]
        assert "oat milk" in _note_texts(story)[0].lower()
        laptop.tell("online")
        eventually(lambda: "almond milk" in _note_texts(story)[0].lower(), seconds=20)
    talk = await story.call(WHICH_NOTES, verdict=VOUCHED)
    assert "almond milk" in story.record_of(talk)["turns"][0]["said"].lower()
    assert "almond" in (await story.speech.words(talk.replies[0])).lower()
    with yjs_device(address, "notes", token["token"], folder) as laptop:
        eventually(laptop.notes, seconds=20)
        laptop.tell("rewrite almond milk => oat milk")
        eventually(lambda: "oat milk" in _note_texts(story)[0].lower(), seconds=20)


def _note_texts(story: Story) -> list[str]:
    listed: Any = story.product.told("notes", "list")
    return [str(note["text"]) for note in listed["notes"]]


async def tells_a_paired_phone(story: Story, app_url: str, folder: Path) -> None:
    """Chapter 6: the app hears the same memory as the telephone."""
    pairing: Any = story.product.told("devices", "pair")
    question, answer = folder / "question.wav", folder / "answer.wav"
    await story.speech.prepare(QUESTION)
    story.speech.write(QUESTION, question)
    captions = phone_app(app_url, pairing["code"], question, answer)
    said = " ".join(str(line["text"]) for line in captions if line["type"] == "said")
    assert names_the_date(said), captions
    assert names_the_date(await story.speech.words_of(answer))
    devices: Any = story.product.told("devices", "list")
    assert [device["name"] for device in devices["devices"]] == ["phone"]


async def shows_itself_on_the_page(story: Story, folder: Path) -> None:
    """Chapter 7: the page holds a spoken turn and shows memory and notes."""
    question = folder / "question.wav"
    await story.speech.prepare(QUESTION)
    # The greeting comes first: a person waits for it.
    story.speech.write(QUESTION, question, lead_seconds=6.0, tail_seconds=20.0)
    link: Any = story.product.told("owner", "link")
    async with talk_page(link["url"], microphone=question) as page:
        await page.talk()
        await page.shows(YOURS, "birthday")
        await page.shows(THEIRS, "May")
        assert names_the_date(await page.text(THEIRS))
        await page.shows(MEMORIES, "Anna")
        story.product.command("notes", "add", "ring the plumber")
        await page.shows_note("ring the plumber")
        await page.page.screenshot(path=folder / "page.png")


def is_backed_up(story: Story, folder: Path) -> Path:
    """Chapter 8, first half: a backup is kept; returns a copy of the recovery key."""
    product = story.product
    kept: Any = product.told("backup", "now")
    listed: Any = product.told("backup", "list")
    assert [backup["id"] for backup in listed["backups"]] == [kept["id"]]
    recovery_key = folder / "recovery.key"
    shutil.copy(product.home / "recovery.key", recovery_key)
    return recovery_key


async def has_come_back(story: Story) -> None:
    """Chapter 8, second half: on an empty machine it knows what it knew."""
    await answers_only_who_may_know(story)
    notes: Any = story.product.told("notes", "list")
    assert any("oat milk" in note["text"] for note in notes["notes"])
