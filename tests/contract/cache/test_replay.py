"""A replayed day asks the database less than half as often, and is answered the same."""

import random
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from backend.compose import Parts
from backend.conversation.carriers.sms import IncomingText
from backend.conversation.sessions import NewSession, Party
from backend.conversation.turns.types import HeardTurn
from backend.kernel.clock import SECOND, Instant, later
from backend.kernel.people import Actor, ActorKind, Assurance, Person
from backend.platform.chance import SystemIds
from backend.platform.clock import SystemClock
from backend.platform.database.migrate import migrate
from backend.platform.database.transaction import Transaction
from backend.platform.home import Home
from backend.platform.jobs.types import LeasedJob
from backend.platform.settings import load_settings
from backend.trust.identity import CredentialKind
from backend.trust.identity.types import DEVICE_SCOPES, NewCredential

TURNS = 2_000
FIRST_TURNS = 120  # a morning, in which much is read for the first time
TURN_S = 43.0  # a day has as many turns; a thread's 12 hours end between two of them
# What the cache carries, and what it asks itself to know whether that is fresh.
CARRIED = (
    "people", "numbers", "credentials", "facts", "sources", "short_term", "stream_heads",
    "concepts", "turns", "vectors", "vector_models", "freshness",
)  # fmt: skip
START = Instant(1_790_000_000 * SECOND)
NUMBER = "+15005550007"
TURNS_A_CALL = 6
# What a day is made of: of twenty turns so many are typed, texted and spoken.
CHANNELS = ("app",) * 7 + ("sms",) * 7 + ("phone",) * 6
NAMES = ("Anna", "Martin", "Eva", "Tom")
THINGS = ("the roof", "the garden", "the piano", "the boat", "the tax papers", "the old car")
TOLD = (
    "{name} wants to see {thing} on Sunday.",
    "I promised {name} to look after {thing}.",
    "We talked about {thing} for an hour.",
    "{thing} cost more than I thought.",
)
ASKED = ("What did {name} want?", "What did I say about {thing}?", "Who was it about {thing}?")
SAID = ("Good morning.", "Thank you.", "How are you today?", "Good night.")
NOTED = ("Make a note: call {name} about {thing}.",)

_FROM = re.compile(r"\sFROM\s+(\w+)")


class DayClock(SystemClock):
    """A day on which each turn begins at its moment, however long the machine takes for it."""

    def __init__(self) -> None:
        super().__init__()
        self._passed_s, self._since = 0.0, super().monotonic()

    def now(self) -> Instant:
        return later(START, round(self.monotonic() * SECOND))

    def monotonic(self) -> float:
        return self._passed_s + super().monotonic() - self._since

    def next_turn(self) -> None:
        """Go on to the moment of the next turn."""
        self._passed_s, self._since = self._passed_s + TURN_S, super().monotonic()


class Day:
    """One instance on which a day is lived, turn by turn."""

    def __init__(self, url: str, folder: Path, *, cache_mb: int) -> None:
        given = {
            "DATABASE_URL": url,
            "RINGBACK_HOME": str(folder),
            "RINGBACK_SECRET_KEY": "k" * 32,
            "RINGBACK_MEMORY__EMBEDDER": "hashed",
            "RINGBACK_DATABASE__CACHE_MB": str(cache_mb),
            "RINGBACK_MODELS__IS_OFFLINE": "1",
        }
        home = Home(folder)
        home.make()
        self.parts = Parts(load_settings({}, given), home=home, roles=frozenset({"backend"}))
        self.parts.clock = self.clock = DayClock()
        self.parts.ids = SystemIds(self.clock)
        self.queries: Counter[str] = Counter()
        self.answers: list[str] = []
        self._lines: dict[str, Party] = {}
        self._drawn = random.Random(20_260_101)

    async def settle(self) -> None:
        parts = self.parts
        await parts.database.start()
        await migrate(parts.database)
        await parts.meaning.settle()
        async with parts.database.transaction() as tx:
            owner = await parts.identity.ensure_owner(tx, name="Sam")
            self.person = await parts.identity.change_person(tx, owner.id, number=NUMBER)
            wanted = NewCredential(
                CredentialKind.DEVICE, owner.owner_id, person_id=owner.id, scopes=DEVICE_SCOPES
            )
            self.token = (await parts.identity.issue(tx, wanted)).token

    async def live(self, turns: int) -> None:
        """Live a day: whatever a turn promises is done before the next one."""
        spoken: Counter[str] = Counter()
        for number in range(turns):
            channel, words = self._drawn.choice(CHANNELS), self._words()
            with self._counted():
                if channel == "sms":
                    answer = await self._texted(number, words)
                else:
                    if spoken[channel] % TURNS_A_CALL == 0:
                        self._lines[channel] = await self._opened(channel)
                    spoken[channel] += 1
                    answer = await self._take(self._lines[channel], words)
            self.answers.append(answer)
            await self._work()
            self.clock.next_turn()

    def _words(self) -> str:
        kind = self._drawn.choices((TOLD, ASKED, SAID, NOTED), weights=(8, 7, 3, 2))[0]
        name, thing = self._drawn.choice(NAMES), self._drawn.choice(THINGS)
        return self._drawn.choice(kind).format(name=name, thing=thing)

    async def _opened(self, channel: str) -> Party:
        """What opens a line: who is it, and which names will they say."""
        identity = self.parts.identity
        if channel == "app":
            actor = await identity.authenticate(self.token)
            assert actor.person_id is not None
            person = await identity.person(actor.person_id)
        else:
            found = await identity.resolve_number(NUMBER)
            assert found is not None
            person, actor = found, _caller(found)
        party = await self.parts.sessions.start(NewSession(actor, channel, person=person))
        await self.parts.turns.prepare(party)
        return party

    async def _take(self, party: Party, words: str) -> str:
        async def read(piece: str) -> None:
            del piece

        turns = self.parts.turns
        record = await turns.take(party, HeardTurn(turns.new_id(), words), read)
        return record.said

    async def _texted(self, number: int, words: str) -> str:
        text = IncomingText(f"SM{number:032}", NUMBER, words, has_media=False)
        return await self.parts.phone.texts.answer(text)

    async def _work(self) -> None:
        memory, jobs = self.parts.memory, self.parts.jobs
        verbs = {"memory.embed": memory.embed_messages, "memory.relate": memory.relate_messages}
        for job in await jobs.lease("test", list(verbs), 100, 60):
            await verbs[job.name](job.payload["message_ids"], partial(self._end, job))

    async def _end(self, job: LeasedJob, tx: Transaction, result: Mapping[str, Any]) -> None:
        await self.parts.jobs.complete(tx, job, result)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        def note(_: object, __: object, statement: str, *___: object) -> None:
            verb = statement.split(maxsplit=1)[0].upper()
            self.queries[verb] += 1
            table = _FROM.search(statement) if verb == "SELECT" else None
            if table is not None and table[1] in CARRIED:
                self.queries["carried"] += 1

        database = self.parts.database
        engines = [database._reader.sync_engine, database._writer.sync_engine]
        for engine in engines:
            event.listen(engine, "before_cursor_execute", note)
        try:
            yield
        finally:
            for engine in engines:
                event.remove(engine, "before_cursor_execute", note)


def _caller(person: Person) -> Actor:
    return Actor(
        owner_id=person.owner_id,
        kind=ActorKind.CALLER,
        assurance=Assurance.VERIFIED,
        role=person.role,
        person_id=person.id,
        name=person.name,
    )


@asynccontextmanager
async def day(folder: Path, *, cache_mb: int) -> AsyncIterator[Day]:
    """Open an instance on an empty database."""
    lived = Day(f"sqlite:///{folder}.db", folder, cache_mb=cache_mb)
    await lived.settle()
    try:
        yield lived
    finally:
        await lived.parts.supervisor.stop()
        await lived.parts.database.stop()
        lived.parts.compute.close()


@pytest.mark.covers("ME-25", "SM-38")
@pytest.mark.parametrize(
    "turns", [FIRST_TURNS, pytest.param(TURNS, marks=pytest.mark.slow)], ids=["morning", "day"]
)
async def test_a_replayed_day_asks_less_than_half_as_often_and_is_answered_the_same(
    tmp_path: Path, turns: int
) -> None:
    async with day(tmp_path / "without", cache_mb=0) as without:
        await without.live(turns)
    async with day(tmp_path / "with", cache_mb=32) as cached:
        await cached.live(turns)
    assert cached.answers == without.answers
    assert cached.queries["SELECT"] <= without.queries["SELECT"] * 0.5
    assert cached.queries["carried"] <= without.queries["carried"] * 0.4
