"""The room of deliveries put together as compose does it, over any carrier and a clock of ours."""

from contextlib import suppress
from dataclasses import dataclass, field

from backend.delivery import (
    Carrier,
    Consent,
    DailyCaps,
    Delivery,
    DeliveryLimits,
    DeliveryParts,
    DeliveryRow,
    DeliveryStore,
    NewCall,
    NumberPlan,
    Progress,
    QuietHours,
    RetryPolicy,
    Sending,
    SendingParts,
    Text,
)
from backend.delivery.in_mind import OutcomesInMind
from backend.kernel.clock import Clock
from backend.kernel.errors import Busy, Unavailable
from backend.kernel.people import EVERYTHING, Actor, ActorKind, Assurance, Role
from backend.memory.short_term import ShortTerm
from backend.platform.cache.engines.in_process import InProcessCache
from backend.platform.chance import SystemChance, SystemIds
from backend.platform.database.engine import Database
from backend.platform.events import EventLog
from backend.platform.jobs import JobRow, JobState, Ledger
from backend.platform.keys import Keys
from backend.platform.signals.engines.in_process import InProcessSignals
from backend.trust import Trust
from backend.trust.audit import Audit
from backend.trust.identity import Identity
from tests.fakes.twilio_rest import OWN_NUMBER

SOMEBODY = "+14155550123"
PUBLIC = "https://ring.example"


@dataclass
class Reach:
    """The room; a test may change caps and hours before it settles."""

    database: Database
    clock: Clock
    carrier: Carrier
    caps: DailyCaps = field(default_factory=DailyCaps)
    quiet: str = ""
    retries: tuple[int, ...] = (5, 20)
    countries: tuple[str, ...] = ()
    public_url: str = PUBLIC
    missing: str = ""  # settings without which nothing leaves

    async def settle(self) -> "Reach":
        ids, signals = SystemIds(self.clock), InProcessSignals()
        self.events = events = EventLog(signals)
        self.jobs = Ledger(self.database, self.clock, ids, signals)
        self.consent, self.store = Consent(), DeliveryStore()
        self.trust = Trust(database=self.database, audit=Audit(events=events))
        self.identity = Identity(
            database=self.database,
            clock=self.clock,
            ids=ids,
            chance=SystemChance(),
            keys=Keys(bytes(32)),
        )
        cache = InProcessCache(database=self.database, clock=self.clock)
        self.short_term = ShortTerm(ids=ids, cache=cache, clock=self.clock)
        limits = self._limits()
        self.progress = progress = Progress(
            store=self.store,
            jobs=self.jobs,
            events=events,
            limits=limits,
            retries=RetryPolicy(self.retries),
            outcomes=OutcomesInMind(self.short_term),
        )
        self.delivery = Delivery(
            DeliveryParts(
                database=self.database,
                trust=self.trust,
                jobs=self.jobs,
                ids=ids,
                store=self.store,
                consent=self.consent,
                limits=limits,
                progress=progress,
                missing=self.missing,
            )
        )
        self.sending = Sending(
            SendingParts(
                database=self.database,
                clock=self.clock,
                store=self.store,
                progress=progress,
                consent=self.consent,
                limits=limits,
                carrier=self.carrier,
                public_url=self.public_url,
            )
        )
        async with self.database.transaction() as tx:
            owner = await self.identity.ensure_owner(tx, name="Sam")
        self.owner = Actor(
            owner.owner_id,
            ActorKind.CLI,
            Assurance.HELD,
            role=Role.OWNER,
            person_id=owner.id,
            scopes=EVERYTHING,
        )
        return self

    def _limits(self) -> DeliveryLimits:
        return DeliveryLimits(
            NumberPlan(),
            countries=self.countries,
            own_number=OWN_NUMBER,
            quiet=QuietHours.parse(self.quiet),
            caps=self.caps,
        )

    async def call(
        self,
        number: str = SOMEBODY,
        *,
        cause: str = "cause",
        actor: Actor | None = None,
        is_urgent: bool = False,
        keys: str = "",
    ) -> DeliveryRow:
        opening = "Your dentist moved you to nine."
        wanted = NewCall(number, opening, cause, is_urgent=is_urgent, keys=keys)
        return await self.delivery.ask_call(actor or self.owner, wanted)

    async def text(
        self, body: str = "Bring milk.", *, number: str = SOMEBODY, cause: str = "text"
    ) -> DeliveryRow:
        return await self.delivery.ask_text(self.owner, Text(number, body, cause))

    async def step(self, row: DeliveryRow) -> DeliveryRow:
        """Let the worker take one step; what it can't do yet is tried again by the job."""
        with suppress(Busy, Unavailable):
            await self.sending.carry(row.id)
        return await self.now(row)

    async def now(self, row: DeliveryRow) -> DeliveryRow:
        return await self.delivery.get(row.id)

    async def waiting_jobs(self, name: str) -> list[JobRow]:
        found = await self.jobs.list(state=JobState.WAITING)
        return [job for job in found if job.name == name]
