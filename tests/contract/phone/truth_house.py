"""The conversation with what is held to be true, over the mind that needs no model."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from backend.conversation.carriers import HungUp
from backend.conversation.forgetting import Answers, Echoes, Lines
from backend.conversation.reasoning import Context
from backend.conversation.reasoning.offline import OfflineMind
from backend.conversation.recording import Recorder
from backend.conversation.sessions import NewSession, Party
from backend.conversation.turns.believing import Believing
from backend.conversation.turns.gathering import FactParts, Gathering
from backend.conversation.turns.keeping import TurnKeeper
from backend.conversation.turns.knowing import Knowing
from backend.conversation.turns.namesakes import Namesakes
from backend.conversation.turns.notebook import Notebook
from backend.conversation.turns.omitting import Omitting
from backend.conversation.turns.present import Present
from backend.conversation.turns.replaying import Replaying
from backend.conversation.turns.secrecy import Secrecy
from backend.conversation.turns.service import Turns
from backend.conversation.turns.types import HeardTurn
from backend.kernel.events import Said
from backend.kernel.people import Actor, ActorKind, Assurance, Role
from backend.memory.facts import Facts, FactStore, Settling
from backend.memory.facts.secrets import Handling
from backend.memory.facts.vault import Vault
from backend.memory.forgetting import BelievedFacts, Names, Words
from backend.memory.graph import GraphRows
from backend.memory.graph.engines.tables import TablesGraph
from backend.memory.vectors import VectorRows
from backend.platform.cache.engines.in_process import InProcessCache
from backend.platform.forgetting import Forgetting, Rooms, SealedTombstones
from backend.platform.forgetting.service import Around
from backend.platform.tasks import Supervisor
from tests.contract.phone.house import House
from tests.fakes.line import FakeLine
from tests.fakes.vectors import FakeVectorIndex


class Watched(OfflineMind):
    """Shows what it was given."""

    def __init__(self) -> None:
        self.contexts: list[Context] = []

    async def reply(self, context: Context):  # type: ignore[no-untyped-def]  # as the mind's own
        self.contexts.append(context)
        async for piece in super().reply(context):
            yield piece


@dataclass
class TruthHouse(House):
    """A house whose turns know facts, and change them."""

    secrets: Handling = "mask"

    def _turns(self) -> Turns:
        memory, notebook = self.ground.memory, Notebook(documents=self.documents, ids=self.ids)
        settling = Settling(FactStore(self.ids), events=self.events, jobs=self.ground.jobs)
        self.facts = Facts(FactStore(self.ids), settling, database=self.database, clock=self.clock)
        self.watched = Watched()
        believing = Believing(self.facts)
        vault = Vault(database=self.database, keys=self.keys, ids=self.ids)
        secrecy = Secrecy(self.secrets, vault)
        self.forgetting = self._forgetting()
        omitting = Omitting(forgetting=self.forgetting, database=self.database)
        self.keeper = TurnKeeper(
            memory=memory,
            notebook=notebook,
            events=self.events,
            clock=self.clock,
            believing=believing,
            secrecy=secrecy,
            omitting=omitting,
        )
        gathering = Gathering(
            memory=memory,
            notebook=notebook,
            trust=self.trust,
            clock=self.clock,
            ids=self.ids,
            facts=FactParts(
                knowing=Knowing(
                    facts=self.facts,
                    database=self.database,
                    cache=InProcessCache(database=self.database, clock=self.clock),
                ),
                believing=believing,
                present=Present(self.database),
                secrecy=secrecy,
                omitting=omitting,
                namesakes=Namesakes(
                    database=self.database,
                    cache=InProcessCache(database=self.database, clock=self.clock),
                ),
                replaying=Replaying(database=self.database, recordings=self._recorder()),
            ),
        )
        return Turns(
            database=self.database,
            gathering=gathering,
            mind=self.watched,
            keeper=self.keeper,
            compute=self.ground.compute,
            secrecy=secrecy,
        )

    def _recorder(self) -> Recorder:
        ground = self.ground
        return Recorder(
            objects=ground.objects, keys=self.keys, compute=ground.compute, clock=self.clock
        )

    def _forgetting(self) -> Forgetting:
        jobs, ground = self.ground.jobs, self.ground
        rows = VectorRows(events=self.events, model="none", dimension=0)
        words = Words(rows=rows, index=FakeVectorIndex())
        return Forgetting(
            database=self.database,
            around=Around(
                ids=self.ids,
                events=self.events,
                jobs=jobs,
                signals=ground.signals,
                sealed=SealedTombstones(ground.objects, lambda: self.keys),
            ),
            rooms=Rooms(
                (
                    Echoes(),
                    Answers(),
                    BelievedFacts(facts=self.facts),
                    Names(rows=GraphRows(self.ids), graph=TablesGraph(self.database)),
                    words,
                    Lines(database=self.database, objects=ground.objects),
                )
            ),
        )

    async def say(self, party: Party, text: str) -> str:
        """Say something and return the whole answer."""
        pieces: list[str] = []

        async def speak(piece: str) -> None:
            pieces.append(piece)

        await self.turns.take(party, HeardTurn(self.turns.new_id(), text), speak)
        return "".join(pieces)


async def owner(
    house: TruthHouse, carrier: str = "phone", assurance: Assurance = Assurance.VERIFIED
) -> Party:
    """Open an exchange with whose memory it is."""
    person = await house.identity.person(house.owner.id)
    actor = Actor(
        owner_id=person.owner_id,
        kind=ActorKind.CALLER,
        assurance=assurance,
        role=Role.OWNER,
        person_id=person.id,
        name=person.name,
    )
    return await house.sessions.start(NewSession(actor, carrier, person=person))


@asynccontextmanager
async def on_a_call(house: TruthHouse, party: Party, line: FakeLine) -> AsyncIterator[None]:
    """Hold an exchange on a line, from its greeting to the caller's end of it."""
    house.transcriber.forget()
    async with Supervisor() as supervisor:
        running = supervisor.start("exchange", house.conductor.converse(line, party))
        await line.until(Said)
        yield
        line.come(HungUp("caller"))
        async with asyncio.timeout(20):
            await asyncio.wait({running})


async def say(house: TruthHouse, *sentences: str) -> list[str]:
    """Have the owner say sentences; return what each was answered."""
    party = await owner(house)
    return [await house.say(party, each) for each in sentences]
