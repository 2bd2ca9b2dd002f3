"""The conversation with what is held to be true, over the mind that needs no model."""

from dataclasses import dataclass

from backend.conversation.reasoning import Context
from backend.conversation.reasoning.offline import OfflineMind
from backend.conversation.sessions import Party
from backend.conversation.turns.believing import Believing
from backend.conversation.turns.gathering import FactParts, Gathering
from backend.conversation.turns.keeping import TurnKeeper
from backend.conversation.turns.knowing import Knowing
from backend.conversation.turns.notebook import Notebook
from backend.conversation.turns.present import Present
from backend.conversation.turns.secrecy import Secrecy
from backend.conversation.turns.service import Turns
from backend.conversation.turns.types import HeardTurn
from backend.memory.facts import Facts, FactStore, Settling
from backend.memory.facts.secrets import Handling
from backend.memory.facts.vault import Vault
from tests.contract.phone.house import House


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
        self.keeper = TurnKeeper(
            memory=memory,
            notebook=notebook,
            events=self.events,
            clock=self.clock,
            believing=believing,
            secrecy=secrecy,
        )
        gathering = Gathering(
            memory=memory,
            notebook=notebook,
            trust=self.trust,
            clock=self.clock,
            ids=self.ids,
            facts=FactParts(
                knowing=Knowing(facts=self.facts, database=self.database),
                believing=believing,
                present=Present(self.database),
                secrecy=secrecy,
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

    async def say(self, party: Party, text: str) -> str:
        """Say something and return the whole answer."""
        pieces: list[str] = []

        async def speak(piece: str) -> None:
            pieces.append(piece)

        await self.turns.take(party, HeardTurn(self.turns.new_id(), text), speak)
        return "".join(pieces)
