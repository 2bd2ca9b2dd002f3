"""The chapters that are played on one machine and on many: what is asked, and what is true then."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.journey.devices import yjs_device
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
