"""What everything stands on: time, keys, database, signals, objects, and who may do what."""

from functools import cached_property

from backend.compose.engines import engine
from backend.kernel.clock import Clock
from backend.platform.cache.engines.in_process import InProcessCache
from backend.platform.cache.news import CacheNews
from backend.platform.chance import SystemChance, SystemIds
from backend.platform.clock import SystemClock
from backend.platform.compute import Compute
from backend.platform.database import Database
from backend.platform.events import EventLog
from backend.platform.health import Health
from backend.platform.home import Home
from backend.platform.jobs import PAYLOADS, Ledger, Payloads
from backend.platform.jobs.clocks import Clocks
from backend.platform.jobs.pulse import NEEDED, Pulse
from backend.platform.keys import Keys, load_root
from backend.platform.objects.levels import ObjectLevels
from backend.platform.objects.port import Objects
from backend.platform.resilience import Breaker
from backend.platform.settings import Settings
from backend.platform.settings.sources import Loaded
from backend.platform.signals.port import Signals
from backend.platform.tasks import Supervisor
from backend.platform.telemetry.damper import Damper
from backend.platform.telemetry.metrics import Metrics
from backend.platform.telemetry.tracing import Collector, NoTracer, Tracer, header_pairs
from backend.platform.weights import Hub, Weights
from backend.trust.audit import Audit
from backend.trust.guard import Guard
from backend.trust.identity import Identity, Pins
from backend.trust.service import Trust

BREAKER_FAILURES_MAX = 3
BREAKER_OPEN_S = 10.0


class Machine:
    """The parts that know nothing of what the rooms mean, and those that say who may."""

    def __init__(self, loaded: Loaded[Settings], *, home: Home, roles: frozenset[str]) -> None:
        self.loaded, self.settings = loaded, loaded.settings
        self.home, self.roles = home, roles
        self.clock: Clock = SystemClock(self.settings.clock_file)
        self.supervisor = Supervisor(self.clock)
        self.ids = SystemIds(self.clock)
        self.chance = SystemChance()
        self.health = Health()
        self.metrics = Metrics()

    # ── the machine ──────────────────────────────────────────────────────────────────────────
    @cached_property
    def root(self) -> bytes:
        """The root of all keys."""
        is_alone = self.database.dialect == "sqlite"
        return load_root(self.home, self.settings, is_alone=is_alone)

    @cached_property
    def keys(self) -> Keys:
        """A key for each purpose."""
        return Keys(self.root)

    @cached_property
    def compute(self) -> Compute:
        """Threads for what takes the processor."""
        return Compute(max(2, self.settings.voice.threads))

    @cached_property
    def database(self) -> Database:
        """The one truth."""
        wanted = self.settings.database
        return Database(
            self.settings.effective_database_url,
            clock=self.clock,
            readers=wanted.readers,
            pool_size=wanted.pool_size,
            wait_s=wanted.wait_s,
            synchronous=wanted.synchronous,
            replica_url=wanted.replica_url.get_secret_value(),
            replica_lag_s=wanted.replica_lag_s,
        )

    @cached_property
    def signals(self) -> Signals:
        """What wakes readers."""
        url = self.settings.redis_url.get_secret_value()
        signals: Signals = (
            engine("signals.redis")(url, supervisor=self.supervisor)
            if url
            else engine("signals.in_process")()
        )
        return signals

    @cached_property
    def cache(self) -> InProcessCache:
        """What every turn reads, until somebody writes to it."""
        return InProcessCache(
            database=self.database,
            clock=self.clock,
            metrics=self.metrics,
            bytes_max=self.settings.database.cache_mb << 20,
        )

    @cached_property
    def cache_news(self) -> CacheNews:
        """What tells the other processes' caches what was written here."""
        return CacheNews(self.cache, database=self.database, signals=self.signals)

    @cached_property
    def objects(self) -> Objects:
        """Recordings, uploads and backups."""
        return self.stored_objects or self._folder

    @cached_property
    def stored_objects(self) -> ObjectLevels | None:
        """The object store with the folder behind it, when a store is set."""
        if not self.settings.r2.endpoint:
            return None
        return ObjectLevels(engine("objects.s3")(self.settings.r2), self._folder)

    @cached_property
    def _folder(self) -> Objects:
        folder: Objects = engine("objects.folder")(self.home.folder("objects"))
        return folder

    @cached_property
    def events(self) -> EventLog:
        """The one log of what happened."""
        return EventLog(self.signals)

    @cached_property
    def tracer(self) -> Tracer:
        """Who follows each call: a collector, when one is set."""
        if self.collector is None:
            return NoTracer()
        self.supervisor.keep("traces", self.collector.run)
        return self.collector

    @cached_property
    def collector(self) -> Collector | None:
        """What sends traces out, when an address is set."""
        endpoint = self.settings.otel_endpoint
        if not endpoint:
            return None
        collector: Collector = engine("tracing.otlp")(
            endpoint,
            headers=header_pairs(self.settings.otel_headers.get_secret_value()),
            resource={
                "service.name": "ringback",
                "service.instance.id": self.ids.new(),
                "ringback.roles": "+".join(sorted(self.roles)),
            },
            clock=self.clock,
        )
        return collector

    @cached_property
    def jobs(self) -> Ledger:
        """The job ledger."""
        return Ledger(
            self.database,
            self.clock,
            self.ids,
            self.signals,
            payloads=Payloads(PAYLOADS),
            waiting_max=self.settings.jobs.waiting_max,
        )

    @cached_property
    def clocks(self) -> Clocks:
        """What promises jobs by the time of day."""
        return Clocks(database=self.database, ledger=self.jobs, clock=self.clock)

    @cached_property
    def pulse(self) -> Pulse:
        """Whether the jobs get on."""
        own = set(self.settings.jobs.families.replace(",", " ").split())
        is_whole = self.roles != {"workers"} or not own
        return Pulse(
            database=self.database,
            clock=self.clock,
            backlog_s=self.settings.health.backlog_s,
            needed=NEEDED if is_whole else own,
            is_whole=is_whole,
        )

    @cached_property
    def weights(self) -> Weights:
        """The models' files."""
        models = self.settings.models
        hub = None if models.is_offline else Hub()
        return Weights(models.folder, clock=self.clock, hub=hub)

    # ── who, and what they may ───────────────────────────────────────────────────────────────
    @cached_property
    def identity(self) -> Identity:
        """Who is known."""
        return Identity(
            database=self.database,
            clock=self.clock,
            ids=self.ids,
            chance=self.chance,
            keys=self.keys,
            cache=self.cache,
        )

    @cached_property
    def pins(self) -> Pins:
        """What people prove themselves by on the telephone."""
        return Pins(database=self.database, keys=self.keys, compute=self.compute)

    @cached_property
    def trust(self) -> Trust:
        """What may be done."""
        return Trust(
            database=self.database,
            audit=Audit(events=self.events),
            damper=Damper(clock=self.clock),
        )

    @cached_property
    def guard(self) -> Guard:
        """Who stands at every door."""
        return Guard(
            database=self.database,
            identity=self.identity,
            trust=self.trust,
            settings=self.settings,
            clock=self.clock,
            keys=self.keys,
        )

    def breaker(self) -> Breaker:
        """Return a breaker of its own for one thing outside."""
        return Breaker(BREAKER_FAILURES_MAX, BREAKER_OPEN_S, self.clock)
