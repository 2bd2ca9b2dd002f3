"""The conversation, put together as compose does it, over fakes of speech and mind."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI
from sqlalchemy import Table, select

from backend.conversation import calls
from backend.conversation.conductor import Conductor, Recording
from backend.conversation.exchange.exchange import Limits, Stages
from backend.conversation.exchange.repertoire import Repertoire
from backend.conversation.phone import routes
from backend.conversation.phone.admission import Admission, AdmissionRules
from backend.conversation.phone.gate import simulator_secret
from backend.conversation.phone.probing import Probes
from backend.conversation.phone.routes import PhoneParts
from backend.conversation.phone.switchboard import PhoneRules, Switchboard, SwitchboardParts
from backend.conversation.phone.texts import Texts
from backend.conversation.phone.webhooks import Webhooks
from backend.conversation.recording import Recorder
from backend.conversation.sessions import NewSession, Party, Sessions
from backend.conversation.tuning import VoiceTuning
from backend.conversation.turns.gathering import Gathering
from backend.conversation.turns.keeping import TurnKeeper
from backend.conversation.turns.notebook import Notebook
from backend.conversation.turns.service import Turns
from backend.conversation.turns.texting_back import TextingBack
from backend.delivery import Consent
from backend.documents import Documents
from backend.kernel.people import Actor, ActorKind, Assurance, Person
from backend.platform.chance import SystemChance, SystemIds
from backend.platform.events import EventLog
from backend.platform.keys import Keys
from backend.platform.settings import Settings
from backend.platform.web import install_error_handlers
from backend.trust import Trust
from backend.trust.audit import Audit
from backend.trust.guard import Guard
from backend.trust.identity import Identity, Pins
from tests.contract.phone.ground import Ground
from tests.fakes.mind import FakeMind
from tests.fakes.speech import FakeActivity, FakeTranscriber, FakeVoice

ANNA = "+15005550007"
STRANGER = "+15005550009"


@dataclass
class House:
    """Everything of the conversation; a test may change the fakes and the rules."""

    ground: Ground
    settings: Settings = field(default_factory=Settings)
    rules: PhoneRules = field(default_factory=lambda: PhoneRules(grace_s=0.0))
    admission: AdmissionRules = field(default_factory=AdmissionRules)
    limits: Limits = field(default_factory=Limits)
    is_recorded: bool = False
    is_asked: bool = False  # whether they may be recorded
    patience: routes.Patience = field(default_factory=routes.Patience)
    probes: Probes = field(default_factory=Probes)
    can_hear: bool = True
    on_quiet: Callable[[], None] = lambda: None
    texting_back: TextingBack | None = None
    charged: Callable[[Collection[str]], Collection[str]] | None = None
    mind: FakeMind = field(default_factory=FakeMind)
    voice: FakeVoice = field(default_factory=FakeVoice)
    transcriber: FakeTranscriber = field(default_factory=FakeTranscriber)

    def __post_init__(self) -> None:
        ground = self.ground
        self.database, self.clock = ground.database, ground.clock
        self.ids = SystemIds(ground.clock)
        self.keys = Keys(bytes(32))
        self.events = EventLog(ground.signals)
        self.identity = Identity(
            database=self.database,
            clock=self.clock,
            ids=self.ids,
            chance=SystemChance(),
            keys=self.keys,
        )
        self.pins = Pins(database=self.database, keys=self.keys, compute=ground.compute)
        self.trust = Trust(database=self.database, audit=Audit(events=self.events))
        self.guard = Guard(
            database=self.database,
            identity=self.identity,
            trust=self.trust,
            settings=self.settings,
            clock=self.clock,
            keys=self.keys,
        )
        self.documents = Documents(
            database=self.database,
            clock=self.clock,
            ids=self.ids,
            events=self.events,
            signals=ground.signals,
            jobs=ground.jobs,
        )
        self.sessions = Sessions(database=self.database, ids=self.ids, events=self.events)
        self.turns = self._turns()
        self.recorder = Recorder(
            objects=ground.objects, keys=self.keys, compute=ground.compute, clock=self.clock
        )
        self.conductor = Conductor(
            Stages(
                activity=FakeActivity(),
                transcriber=self.transcriber,
                turns=self.turns,
                sessions=self.sessions,
                voice=Repertoire(self.voice),
                clock=self.clock,
                tuning=VoiceTuning(),
                limits=self.limits,
                can_hear=self.can_hear,
                pins=self.pins,
            ),
            recording=self._recording(),
            on_quiet=self.on_quiet,
        )

    def _turns(self) -> Turns:
        memory, notebook = self.ground.memory, Notebook(documents=self.documents, ids=self.ids)
        self.keeper = TurnKeeper(
            memory=memory,
            notebook=notebook,
            events=self.events,
            clock=self.clock,
            texting_back=self.texting_back,
            charged=self.charged,
        )
        gathering = Gathering(
            memory=memory,
            notebook=notebook,
            trust=self.trust,
            clock=self.clock,
            ids=self.ids,
            texting_back=self.texting_back,
        )
        return Turns(
            database=self.database,
            gathering=gathering,
            mind=self.mind,
            keeper=self.keeper,
            compute=self.ground.compute,
        )

    async def settle(self) -> None:
        """Make the owner, and enrol Anna's number."""
        async with self.database.transaction() as tx:
            self.owner = await self.identity.ensure_owner(tx, name="Sam")
        async with self.database.transaction() as tx:
            self.anna = await self.identity.add_person(tx, "Anna", number=ANNA)

    async def meet(self) -> None:
        """Find the owner and Anna, whom another process has settled."""
        self.owner = await self.identity.owner()
        found = await self.identity.resolve_number(ANNA)
        assert found is not None
        self.anna = found

    def app(self) -> FastAPI:
        """Return an app with the telephone's doors."""
        webhooks = Webhooks(database=self.database)
        app = FastAPI()
        install_error_handlers(app)
        app.include_router(
            routes.router(
                PhoneParts(
                    switchboard=self._switchboard(webhooks),
                    texts=Texts(
                        database=self.database,
                        identity=self.identity,
                        sessions=self.sessions,
                        turns=self.turns,
                        webhooks=webhooks,
                        consent=Consent(),
                    ),
                    guard=self.guard,
                    settings=self.settings,
                    keys=self.keys,
                    clock=self.clock,
                    patience=self.patience,
                    probes=self.probes,
                )
            )
        )
        app.include_router(calls.router(database=self.database, guard=self.guard))
        return app

    def _recording(self) -> Recording | None:
        if not self.is_recorded:
            return None
        return Recording(self.recorder, self.identity.remember_consent, is_asked=self.is_asked)

    def _switchboard(self, webhooks: Webhooks) -> Switchboard:
        parts = SwitchboardParts(
            database=self.database,
            identity=self.identity,
            sessions=self.sessions,
            webhooks=webhooks,
            conductor=self.conductor,
            admission=Admission(database=self.database, rules=self.admission),
            clock=self.clock,
        )
        return Switchboard(parts, rules=self.rules)

    @property
    def secret(self) -> str:
        """Return what signs simulated calls."""
        return simulator_secret(self.keys)

    def actor(self, assurance: Assurance, person: Person | None = None) -> Actor:
        """Return somebody on the telephone."""
        if person is None:
            return Actor(self.owner.owner_id, ActorKind.CALLER, assurance)
        return Actor(
            owner_id=person.owner_id,
            kind=ActorKind.CALLER,
            assurance=assurance,
            role=person.role,
            person_id=person.id,
            name=person.name,
        )

    async def party(
        self, assurance: Assurance = Assurance.VERIFIED, *, carrier: str = "phone"
    ) -> Party:
        """Open an exchange with Anna, or with a stranger."""
        person = None if assurance is Assurance.STRANGER else self.anna
        remote = person.numbers[-1] if person else STRANGER
        wanted = NewSession(self.actor(assurance, person), carrier, person=person, remote=remote)
        return await self.sessions.start(wanted)

    async def rows(self, table: Table) -> list[dict[str, Any]]:
        """Return a table's rows in the order of their making."""
        async with self.database.reading() as connection:
            found = await connection.execute(select(table))
            return [dict(row) for row in found.mappings()]
