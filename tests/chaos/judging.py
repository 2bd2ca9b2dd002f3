"""What must hold after a storm, at the doors and in the rows; each breach is a sentence."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import Connection, Engine, create_engine, func, inspect, select, text

from backend.platform.addresses import dialect_of
from backend.platform.database.tables import (
    events,
    facts,
    jobs,
    messages,
    short_term,
    sources,
    sticky_notes,
    turns,
    vector_models,
    vectors,
)
from tests.chaos.plan import Act
from tests.chaos.promises import Fate, Promises, Word
from tests.chaos.stand import Stand
from tests.engines import S3Server
from tests.journey.roles import COLLECTIONS

SAID = (Act.TELL, Act.INGEST, Act.IMPORT)
OVER = {"done", "cancelled"}
MACHINE = {"disk", "memory", "loop", "hearing", "speaking"}  # nothing of it is promised here

Json = Any  # what the doors answer
Found = Iterator[str]


class Judge:
    """Compares what was promised with what is there."""

    def __init__(self, stand: Stand, promises: Promises) -> None:
        self._stand, self._promises = stand, promises

    def at_the_doors(self) -> list[str]:
        """Look while everything runs."""
        return [*self._projections(), *self._receipts(), *self._notes(), *self._on_disk()]

    def in_the_rows(self) -> list[str]:
        """Look into the database, when nothing runs any more."""
        engine = open_rows(self._stand.database_url)
        try:
            with engine.connect() as rows:
                self._called_off(rows)
                return [
                    *self._jobs(rows),
                    *self._once(rows),
                    *self._whole_turns(rows),
                    *self._facts(rows),
                    *self._in_order(rows),
                    *self._servers(rows),
                    *self._gone(rows),
                ]
        finally:
            engine.dispose()

    # ── at the doors ─────────────────────────────────────────────────────────────────────────
    def _projections(self) -> Found:
        told: Json = self._stand.backend.get("/v1/doctor", integrity="true")
        for check in told["checks"]:
            if not check["ok"] and check["name"] not in MACHINE:
                yield f"{check['name']}: {check['detail']}"

    def _receipts(self) -> Found:
        for receipt in self._promises.receipts:
            told = self._stand.backend.get(f"/v1/forget/{receipt}")
            if told["state"] != "done" or told["left"]:
                yield f"forgetting {receipt} is {told['state']}, {told['left']} left"

    def _notes(self) -> Found:
        told: Json = self._stand.backend.get("/v1/notes")
        kept = Counter(note["text"] for note in told["notes"])
        for word in self._of(Act.NOTE):
            count = kept[f"buy {word.text}"]
            if count not in allowed(word):
                yield f"note {word.text} ({word.fate}) is there {count} times"

    def _on_disk(self) -> Found:
        """Nothing that was forgotten lies in any file, and no word at all in a log."""
        gone = [word.text.encode() for word in self._promises.with_fate(Fate.GONE)]
        every = [word.encode() for word in self._promises.words]
        folders = [self._stand.folder]
        if self._stand.footprint.workers:
            store = self._stand.engines.one(S3Server)
            folders.append(store.folder / "root" / self._stand.folder.name)
        for file in (file for folder in folders for file in folder.rglob("*") if file.is_file()):
            content = _content(file)
            wanted = every if file.suffix == ".log" else gone
            yield from (f"{word.decode()} lies in {file}" for word in wanted if word in content)

    # ── in the rows ──────────────────────────────────────────────────────────────────────────
    def _jobs(self, rows: Connection) -> Found:
        for row in rows.execute(select(jobs).where(jobs.c.state.not_in(OVER))):
            yield f"job {row.name} is {row.state} after {row.attempts}: {row.error}"

    def _called_off(self, rows: Connection) -> None:
        """Take note of imports that were called off: somebody forgot a time they tell of."""
        if any(word.act is Act.IMPORT for word in self._promises.with_fate(Fate.GONE)):
            mine = jobs.c.id.in_(list(self._promises.imports))
            for row in rows.execute(select(jobs.c.id, jobs.c.result).where(mine)):
                if (row.result or {}).get("called_off"):
                    self._promises.call_off(row.id)

    def _once(self, rows: Connection) -> Found:
        """Each word is there as often as it may be, and everything that follows from it too."""
        live = rows.execute(
            select(vector_models.c.model).where(vector_models.c.state == "live")
        ).scalars()
        embedded = set(
            rows.execute(select(vectors.c.message_id).where(vectors.c.model.in_(list(live))))
            .scalars()
            .all()
        )
        held = Counter(rows.execute(select(short_term.c.source_id)).scalars())
        said = _by_word(rows, self._promises)
        for word in self._of(*SAID):
            ids = said.get(word.text, [])
            if len(ids) not in allowed(word):
                yield f"{word.act} {word.text} ({word.fate}) is there {len(ids)} times"
            for message_id in ids:
                if message_id not in embedded:
                    yield f"{word.act} {word.text} has no vector"
                if word.act is Act.TELL and held[message_id] != 1:
                    yield f"{word.text} is on its mind {held[message_id]} times"
        noted = Counter(rows.execute(select(sticky_notes.c.text)).scalars())
        for word in self._of(Act.NOTE):
            if noted[f"buy {word.text}"] not in allowed(word):
                yield f"row of note {word.text} ({word.fate}): {noted[f'buy {word.text}']}"

    def _whole_turns(self, rows: Connection) -> Found:
        """A turn is there with what was said and, where it was given, the answer; or not at all."""
        roles: dict[str, list[str]] = {}
        for row in rows.execute(select(messages.c.turn_id, messages.c.role)):
            if row.turn_id:
                roles.setdefault(row.turn_id, []).append(row.role)
        known = set(rows.execute(select(turns.c.id)).scalars())
        for turn in known ^ roles.keys():
            yield f"turn {turn} has a row or messages, but not both"
        for turn, found in roles.items():
            # Of an answer that took too long what was said is kept, and the sender was told.
            if sorted(found) not in (["companion", "person"], ["person"]):
                yield f"turn {turn} has the messages {found}"
        named = select(messages.c.id, messages.c.turn_id)
        turn_of = {row.id: row.turn_id for row in rows.execute(named)}
        said = _by_word(rows, self._promises)
        for word in self._of(Act.TELL):
            for each in said.get(word.text, []) if word.fate is Fate.KEPT else []:
                if "companion" not in roles.get(str(turn_of[each]), []):
                    yield f"{word.text} was answered, and the answer is not kept"

    def _facts(self, rows: Connection) -> Found:
        """What was told is believed once, and known from its one message."""
        believed = Counter(rows.execute(select(facts.c.object_key)).scalars())
        known = Counter(rows.execute(select(sources.c.object_key)).scalars())
        said = _by_word(rows, self._promises)
        for word in self._of(Act.TELL):
            wanted = len(said.get(word.text, []))
            if (believed[word.text], known[word.text]) != (wanted, wanted):
                counts = f"{believed[word.text]} facts, {known[word.text]} sources"
                yield f"{word.text} was said {wanted} times: {counts}"

    def _in_order(self, rows: Connection) -> Found:
        """A stream has every number once."""
        query = select(
            events.c.stream, func.count(), func.min(events.c.cursor), func.max(events.c.cursor)
        )
        for stream, count, first, last in rows.execute(query.group_by(events.c.stream)):
            if count != last - first + 1:
                yield f"stream {stream} has {count} events from {first} to {last}"

    def _servers(self, rows: Connection) -> Found:
        """A server has every vector of the live model once, and nothing of what is gone."""
        if not self._stand.footprint.chroma:
            return
        there = chroma_entries(self._stand.backend.extra["CHROMA_URL"])
        known = set(rows.execute(select(messages.c.id)).scalars())
        live = select(vector_models.c.model).where(vector_models.c.state == "live")
        model = rows.execute(live).scalar_one()
        query = select(vectors.c.message_id).where(vectors.c.model == model)
        mine = Counter(rows.execute(query).scalars())
        slug = re.sub(r"[^a-z0-9]+", "-", model.lower())
        # A storm has a key of its own, so it shares no collection with another.
        ours = {name: entries for name, entries in there.items() if known & set(entries)}
        found = Counter(each for name in ours if slug in name for each in ours[name])
        if mine != found:
            yield f"chroma has {found.total()} vectors of {model}, the rows {mine.total()}"
        for name, entries in ours.items():
            if strays := set(entries) - known:
                yield f"chroma has {len(strays)} vectors of what is gone in {name}"

    def _gone(self, rows: Connection) -> Found:
        """No row of any table says a word that was forgotten, however it is written."""
        gone = [word.text for word in self._promises.with_fate(Fate.GONE)]
        if not gone or rows.dialect.name == "sqlite":
            return  # its one file was looked through as a whole
        for table in inspect(rows).get_table_names():
            everything = "\n".join(rows.execute(text(f'SELECT t::text FROM "{table}" t')).scalars())
            for word in gone:
                if word in everything or word.encode().hex() in everything:
                    yield f"{word} is left in {table}"

    def _of(self, *acts: Act) -> Sequence[Word]:
        return [word for word in self._promises.words.values() if word.act in acts]


def allowed(word: Word) -> set[int]:
    """Return how often a word may be found."""
    return {Fate.KEPT: {1}, Fate.GONE: {0}}.get(word.fate, {0, 1})


def open_rows(database_url: str) -> Engine:
    """Open a database beside the product, to read it."""
    if dialect_of(database_url) == "sqlite":
        return create_engine(database_url)
    return create_engine(database_url.replace("postgresql://", "postgresql+psycopg://", 1))


def chroma_entries(url: str) -> dict[str, list[str]]:
    """Return what lies in each collection; the server has those of other storms too."""
    entries: dict[str, list[str]] = {}
    with httpx2.Client(base_url=url, timeout=30) as client:
        for collection in client.get(COLLECTIONS).raise_for_status().json():
            path = f"{COLLECTIONS}/{collection['id']}/get"
            found = client.post(path, json={"include": []}).raise_for_status().json()
            entries[collection["name"]] = found["ids"]
    return entries


def _by_word(rows: Connection, promises: Promises) -> dict[str, list[str]]:
    """Return the ids of what somebody said, by its word."""
    found: dict[str, list[str]] = {}
    query = select(messages.c.id, messages.c.text).where(messages.c.role != "companion")
    for row in rows.execute(query):
        for each in row.text.replace(".", "").split():
            if each in promises.words:
                found.setdefault(each, []).append(row.id)
    return found


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""  # a file that came and went
