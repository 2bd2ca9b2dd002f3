"""A whole life moves: told on every line, taken along, answered the same in an empty install."""

import json
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.journey.product import Product, eventually, running
from tests.journey.telephone import Telephone

CARRIER_SECRET = "the-secret-of-the-carrier-0123456789"
OWNERS, ANNAS = "+15005550006", "+15005550007"
SETTINGS = {"TWILIO_AUTH_TOKEN": CARRIER_SECRET}
HISTORY = (
    ("1", "user", "I work as a carpenter.", "2021-03-04T05:06:07Z"),
    ("2", "assistant", "I am a program and live in Paris.", "2021-03-04T05:06:09Z"),
    ("3", "user", "My dog is called Rex.", "2021-04-05T06:07:08Z"),
    ("4", "user", "The boat at the lake is called Zephyr.", "2022-05-06T07:08:09Z"),
)
ASKED = (
    "What do I eat?",
    "How do you know that?",
    "What was my diet before?",
    "Where do I live?",
    "How do you know that?",
    "Where did I live before?",
    "Where does Anna live?",
    "Who is Anna?",
    "What is my sister called?",
    "What is my favourite colour?",
    "How do you know that?",
    "What am I allergic to?",
    "What is the code of my garden gate?",
    "How do you know that?",
    "What is my dog called?",
    "How do you know that?",
    "What do I do for work?",
    "What are my notes?",
    "What is the boat at the lake called?",
    "What is my favourite food?",
)

Json = Any  # what the product answers


@pytest.fixture
def before(tmp_path: Path) -> Iterator[Product]:
    with running(tmp_path / "before" / "home", SETTINGS) as product:
        yield product


def typed(product: Product, sentences: Sequence[str]) -> list[Json]:
    """Say it at the keyboard, and return the turns."""
    told = product.command("talk", "--json", stdin="".join(f"{each}\n" for each in sentences))
    turns: list[Json] = json.loads(told)["turns"]
    assert len(turns) == len(sentences), turns
    return turns


def settled(product: Product) -> None:
    """Wait until everything that was said is worked through."""

    def is_settled() -> bool:
        jobs: Json = product.get("/v1/jobs", limit="200")["jobs"]
        mine = [job for job in jobs if job["name"].startswith(("memory.", "documents."))]
        assert not [job for job in mine if job["state"] == "dead"]
        return bool(mine) and all(job["state"] == "done" for job in mine)

    eventually(is_settled, seconds=120)


def lived(product: Product, folder: Path) -> None:
    """Tell it things on every line, over some years."""
    product.command("people", "add", "Owner", "--number", OWNERS)
    product.command("people", "add", "Anna", "--number", ANNAS)
    phone = Telephone(product, CARRIER_SECRET, OWNERS)
    phone.text("I have been vegetarian since May.")
    phone.text("I live in Boston.")
    phone.text("My sister Anna lives in Dallas.")
    phone.text("My favourite colour is green.")
    phone.text("Please remember that the code of my garden gate is blue heron.")
    phone.text("Take a note: buy oat milk.")
    Telephone(product, CARRIER_SECRET, ANNAS).text("My favourite food is pizza.")
    file = folder / "history.jsonl"
    names = ("id", "speaker", "text", "timestamp")
    lines = (json.dumps(dict(zip(names, line, strict=True))) for line in HISTORY)
    file.write_text("\n".join(lines))
    product.command("import", str(file))
    typed(product, ["I'm vegan now.", "Never forget that I am allergic to peanuts."])
    typed(product, ["Where do I live?", "No, it's Chicago."])
    settled(product)


def known(product: Product) -> Json:
    """Return what is held, with its history and where it is known from; nobody's ids."""
    held: Json = product.get("/v1/facts", history="true", limit="200")
    searched: Json = product.told("memory", "search", "the boat at the lake")
    noted: Json = product.get("/v1/notes")
    names = ("subject", "object", "statement", "said_by", "is_pinned", "since", "until")
    return {
        "facts": [[fact.get(name) for name in names] for fact in held["facts"]],
        "found": [
            (found["text"], found["when"], found["speaker"]) for found in searched["results"]
        ],
        "notes": sorted(note["text"] for note in noted["notes"]),
        "messages": _count(product),
    }


def _count(product: Product) -> Json:
    report: Json = product.told("forget", "report")
    return {line["store"]: line["count"] for line in report["stores"]}["messages"]


@pytest.mark.covers("IM-04", "IM-05", "IM-14", "ME-28")
def test_an_empty_install_answers_twenty_questions_as_the_one_that_was_left(
    before: Product, tmp_path: Path
) -> None:
    lived(before, tmp_path)
    file = tmp_path / "all.zip"
    before.command("export", str(file))
    was = known(before)
    answers = [turn["said"] for turn in typed(before, ASKED)]
    before.stop()
    with running(tmp_path / "after" / "home", SETTINGS) as after:
        told: Json = after.told("import", str(file))
        assert told["job"]["state"] == "done"
        eventually(partial(_is_quiet, after), seconds=120)
        assert known(after) == was
        again = [turn["said"] for turn in typed(after, ASKED)]
        assert list(zip(ASKED, again, strict=True)) == list(zip(ASKED, answers, strict=True))
        _people_have_no_right(after)
    by_question = dict(zip(ASKED, answers, strict=True))
    for question, word in (
        ("What do I eat?", "vegan"),
        ("What was my diet before?", "vegetarian"),
        ("Where do I live?", "Chicago"),
        ("Where does Anna live?", "Dallas"),
        ("What am I allergic to?", "peanuts"),
        ("What is the code of my garden gate?", "heron"),
        ("What is my dog called?", "Rex"),
        ("What do I do for work?", "carpenter"),
        ("What are my notes?", "oat milk"),
        ("What is the boat at the lake called?", "Zephyr"),
    ):
        assert word in by_question[question], (question, by_question[question])
    of_the_dog = answers[ASKED.index("What is my dog called?") + 1]
    assert "2021" in of_the_dog, of_the_dog


def _is_quiet(product: Product) -> bool:
    settled(product)
    return True


def _people_have_no_right(product: Product) -> None:
    """Whoever rings from a number of the export is nobody, until the operator says so."""
    people: Json = product.get("/v1/people")["people"]
    numbers = {person["name"]: (person["numbers"], person["unconfirmed"]) for person in people}
    assert numbers == {"Owner": ([], [OWNERS]), "Anna": ([], [ANNAS])}
    phone = Telephone(product, CARRIER_SECRET, OWNERS)
    assert "heron" not in phone.text("What is the code of my garden gate?")
    product.command("people", "add", "Owner", "--number", OWNERS)
    assert "heron" in phone.text("What is the code of my garden gate?")
