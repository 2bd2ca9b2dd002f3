"""A word that was said on every channel is forgotten, and then looked for in every place."""

import gzip
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest
import redis
from psycopg import sql

from tests.engines import ChromaServer, RedisServer, S3Server
from tests.journey.product import Product, eventually, running
from tests.journey.residents import Resident
from tests.journey.roles import COLLECTIONS
from tests.journey.speech import Speech
from tests.journey.story import ANNAS_BROTHER, GOODBYE, Story
from tests.journey.telephone import Talk

CARRIER_SECRET = "the-secret-of-the-carrier-0123456789"
NUMBER = "+15005550006"
SECRET = "zorblax"
SPELLINGS = tuple(
    spelt
    for word in (SECRET, SECRET.upper(), SECRET.title())
    for spelt in (word.encode(), word.encode("utf-16-le"), word.encode().hex().encode())
)
BASE = {"TWILIO_AUTH_TOKEN": CARRIER_SECRET, "RINGBACK_LOGS__LEVEL": "debug"}
JOBS = ("memory.embed", "memory.relate", "documents.project")

Json = Any


class Teller(Resident):
    """Somebody who says the word wherever words can be said."""

    def move_in(self, *, is_owner: bool) -> None:
        # A device keeps its name, and its owner is not asked to forget that.
        self.sentinel, word = "somebodys", self.sentinel
        super().move_in(is_owner=is_owner)
        self.sentinel = word

    def ring(self) -> None:
        self.sentinel, word = "0123456789", self.sentinel
        super().ring()
        self.sentinel = word


def _tell(product: Product) -> Teller:
    with product.client() as client:
        client.patch("/v1/people/owner", json={"name": "Alma", "number": NUMBER})
    teller = Teller(product, "Alma", NUMBER, SECRET, CARRIER_SECRET)
    teller.move_in(is_owner=True)
    teller.tell_everything()
    teller.text(f"I live in {SECRET.title()}.")
    teller.text("What is the code of my garden gate?")
    teller.chat("What is the code of my garden gate?", f"Tell me about {SECRET}.")
    Story(product, Speech()).jobs_done(*JOBS)
    return teller


def _is_found(product: Product, teller: Teller) -> None:
    """Prove that it can be found before: else that it is gone means nothing."""
    asked = teller.ask("POST", "/v1/memory/search", json={"query": "garden gate code", "k": 5})
    assert SECRET in asked.text.lower()
    notes: Json = product.get("/v1/notes")
    assert SECRET in json.dumps(notes).lower()


def _forgotten(product: Product, *words: str) -> Json:
    done: Json = product.told("forget", *words, "--yes")

    def receipt() -> Json:
        found: Json = product.told("forget", "show", done["id"])
        return found if found["state"] == "done" else None

    return eventually(receipt, seconds=60)


def _files_with_it(folder: Path) -> list[str]:
    found = []
    for file in folder.rglob("*"):
        if not file.is_file():
            continue
        content = file.read_bytes()
        if file.suffix == ".gz":
            content = gzip.decompress(content)
        if any(spelt in content for spelt in SPELLINGS):
            found.append(str(file.relative_to(folder)))
    return found


@pytest.fixture
def alone(tmp_path: Path, s3_settings: Mapping[str, str]) -> Iterator[Product]:
    """One machine, whose object store is somewhere else."""
    with running(tmp_path / "alone" / "home", BASE | dict(s3_settings)) as product:
        yield product


@pytest.mark.covers("SE-05")
def test_a_word_is_gone_from_every_file_and_does_not_come_back(
    alone: Product, tmp_path: Path, s3_settings: Mapping[str, str]
) -> None:
    teller = _tell(alone)
    _is_found(alone, teller)
    older: Json = alone.told("backup", "now")
    weighed: Json = alone.told("forget", "everything", "--dry-run")
    assert {"messages", "full text", "vectors", "notes", "memories"} <= set(weighed["stores"])
    assert any(SECRET in each["text"].lower() for each in weighed["examples"])
    _is_found(alone, teller)

    receipt = _forgotten(alone, "everything")
    assert receipt["left"] == 0
    assert receipt["removed"]["messages"] > 8
    assert SECRET not in json.dumps(receipt)
    assert SECRET not in teller.ask("GET", "/v1/notes").text
    assert SECRET not in teller.ask("GET", "/v1/calls").text
    assert SECRET not in teller.text("What is the code of my garden gate?").lower()
    assert _files_with_it(alone.home.parent) == [], "while it runs"
    newer: Json = alone.told("backup", "now")
    recovery = (alone.home / "recovery.key").read_text()
    alone.stop()
    assert _files_with_it(alone.home.parent) == [], "after its end"

    for backup in (older, newer):
        home = tmp_path / str(backup["id"]) / "home"
        home.mkdir(parents=True)
        key = home.parent / "recovery.txt"
        key.write_text(recovery)
        again = Product(home, BASE | dict(s3_settings))
        again.command("restore", "--recovery-key", str(key), "--from", str(backup["id"]))
        assert _files_with_it(home.parent) == [], backup["id"]
        with running(home, again.extra) as back:
            done = eventually(partial(_done, back, receipt["id"]), seconds=60)
            assert done["left"] == 0
            assert _files_with_it(home.parent) == []


def _done(product: Product, receipt_id: str) -> Json:
    found: Json = product.told("forget", "show", receipt_id)
    return found if found["state"] == "done" else None


@contextmanager
def _many_engines(folder: Path, url: str, redis: RedisServer, chroma: str) -> Iterator[Product]:
    settings = BASE | {
        "DATABASE_URL": url,
        "REDIS_URL": redis.url,
        "CHROMA_URL": chroma,
        "RINGBACK_SECRET_KEY": "s" * 32,
    }
    with running(folder / "home", settings) as product:
        yield product


@pytest.mark.covers("SE-05")
def test_a_word_is_gone_from_every_server(
    tmp_path: Path, postgres_url: str, redis_server: RedisServer, chroma_server: ChromaServer
) -> None:
    redis_server.flush()
    with _many_engines(tmp_path, postgres_url, redis_server, chroma_server.url) as product:
        teller = _tell(product)
        _is_found(product, teller)
        known = _rows(postgres_url, "messages")
        assert SECRET.encode() in _dump(postgres_url)
        assert known & _chroma_ids(chroma_server.url)
        report: Json = product.told("forget", "report")
        held = {line["store"]: line["count"] for line in report["stores"]}
        assert held["messages"] == len(known)
        assert {"vectors", "full text", "documents", "deliveries", "recordings", "backups",
                "audit", "short_term", "facts"} <= set(held)  # fmt: skip

        receipt = _forgotten(product, "everything")
        assert receipt["left"] == 0
        dump = _dump(postgres_url)
        assert not [spelt for spelt in SPELLINGS if spelt in dump]
        assert not known & _chroma_ids(chroma_server.url)
        assert not [spelt for spelt in SPELLINGS if spelt in _redis_dump(redis_server.url)]
        assert _files_with_it(tmp_path) == []
        left: Json = product.told("forget", "report")
        held = {line["store"]: line["count"] for line in left["stores"]}
        assert (held["messages"], held["vectors"], held["facts"], held["turns"]) == (0, 0, 0, 0)
        assert held["forgettings"] == 1


@pytest.mark.slow
@pytest.mark.covers("SE-05")
async def test_what_was_said_aloud_is_gone_with_its_sound(
    tmp_path: Path, s3_server: S3Server, speech: Speech
) -> None:
    settings = {
        **BASE,
        **s3_server.settings("aloud"),
        "RINGBACK_RECORDING__ENABLED": "true",
        "RINGBACK_RECORDING__CONSENT": "announce",
    }
    kept = s3_server.folder / "root" / "aloud" / "recordings"
    with running(tmp_path / "home", settings) as product:
        story = Story(product, speech)
        product.command("people", "add", "Sam", "--number", ANNAS_BROTHER)
        talk = await story.call("My friend Bartholomew is a veterinarian.", GOODBYE)
        call = eventually(partial(_over, story, talk), seconds=60)
        heard = " ".join(turn["heard"] for turn in call["turns"]).lower()
        word = max(re.findall(r"[a-z]+", heard.replace("bartholomew", "")), key=len)
        pieces = eventually(lambda: list((kept / call["id"]).glob("*.sealed")), seconds=30)
        assert all(piece.stat().st_size for piece in pieces)
        story.jobs_done(*JOBS[:2])
        assert _tables_with(product, word), "it was never written down"

        receipt = _forgotten(product, "call", str(call["id"]))
        assert receipt["removed"]["pieces of sound"] == len(pieces)
        assert (receipt["left"], receipt["unreached"]) == (0, [])
        assert "pieces of sound" in receipt["scanned"]
        assert not [file for file in kept.rglob("*") if file.is_file()], "the sound is still there"
        listed = s3_server.folder / "root" / "aloud"
        assert not [file for file in listed.rglob("*") if str(call["id"]) in str(file)]
        assert not _tables_with(product, word)
        refused = product.command("calls", "show", str(call["id"]), status=1)
        assert word not in refused.lower()


def _over(story: Story, talk: Talk) -> Json:
    record = story.record_of(talk)
    return record if record["ended_at"] and record["is_recorded"] else None


def _tables_with(product: Product, word: str) -> list[str]:
    """Return the files of the database in which a word stands."""
    folder = product.home
    return [
        file.name for file in folder.glob("*.db*") if word.encode() in file.read_bytes().lower()
    ]


def _rows(url: str, table: str) -> set[str]:
    with psycopg.connect(url) as connection:
        query = sql.SQL("SELECT id FROM {}").format(sql.Identifier(table))
        return {row[0] for row in connection.execute(query)}


def _dump(url: str) -> bytes:
    """Return all of a database as a dump would write it."""
    with psycopg.connect(url) as connection:
        names = [
            row[0]
            for row in connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            )
        ]
        parts = []
        for name in names:
            copying = sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(name))
            with connection.cursor().copy(copying) as rows:
                parts += [bytes(row) for row in rows]
    return b"".join(parts)


def _chroma_ids(url: str) -> set[str]:
    with httpx2.Client(base_url=url, timeout=30) as client:
        found: set[str] = set()
        for collection in client.get(COLLECTIONS).raise_for_status().json():
            path = f"{COLLECTIONS}/{collection['id']}/get"
            found |= set(client.post(path, json={"include": []}).raise_for_status().json()["ids"])
        return found


def _redis_dump(url: str) -> bytes:
    with redis.Redis.from_url(url) as client:
        return b"".join(key + (client.dump(key) or b"") for key in client.scan_iter(count=1000))


@pytest.mark.slow
@pytest.mark.covers("SE-05")
def test_of_two_with_one_name_the_keyboard_asks_which_and_the_other_stays(tmp_path: Path) -> None:
    with running(tmp_path / "home", BASE) as product:
        typed = partial(_typed, product)
        typed("My sister Anna lives in Braga.", "My colleague Anna lives in Madrid.")
        product.command("notes", "add", "Call my sister Anna")
        product.command("notes", "add", "Call Anna")
        asked = typed("Forget Anna.", "Um, Anna.", "Where does my sister Anna live?")
        assert "your sister, and your colleague" in asked
        assert "I forget nothing" in asked
        assert "Braga" in asked
        done = typed("Forget Anna.", "My sister.", "Yes.")
        assert "Your sister: that would forget" in done
        # The note, and both times that the name alone was said before.
        assert "Three more only say Anna, and stay." in done
        assert "It's forgotten" in done
        known = typed("Where does Anna live?")
        assert "Madrid" in known
        assert "Braga" not in known
        notes: Json = product.get("/v1/notes")
        assert [each["text"] for each in notes["notes"]] == ["Call Anna"]


def _typed(product: Product, *sentences: str) -> str:
    """Say it at the keyboard, and return all that was answered."""
    told = product.command("talk", stdin="".join(f"{each}\n" for each in sentences))
    return " ".join(told.split())
