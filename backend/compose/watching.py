"""What is seen of the instance while it runs: the live feed, the watch over its parts."""

import socket
from collections.abc import Iterator
from functools import cached_property

from backend.compose.calling import Calling
from backend.compose.engines import engine
from backend.console import Figures, Integrity, Nightly
from backend.console.live import LiveFeed
from backend.console.watch import Alarm, Alarms, HealthKeeper, Uptimes
from backend.platform.health.monitor import Monitor, MonitorRules
from backend.platform.health.types import Change

LEVELS = {  # port → the part whose name says which engine is in use
    "hearing": "transcriber",
    "speaking": "voice",
    "mind": "mind",
    "embeddings": "embedder",
    "vectors": "vectors",
    "graph": "graph",
}


class Watching(Calling):
    """The eyes on the instance."""

    @cached_property
    def live(self) -> LiveFeed:
        """The feed of what happens, as it happens."""
        return LiveFeed(
            database=self.database,
            events=self.events,
            signals=self.signals,
            credentials=self.identity,
            clock=self.clock,
        )

    @property
    def process_name(self) -> str:
        """How this process is told from others: the same name after a restart."""
        return f"{'+'.join(sorted(self.roles))}@{socket.gethostname()}:{self.settings.port}"

    @cached_property
    def monitor(self) -> Monitor:
        """Looks at every part every few seconds."""
        wanted = self.settings.health
        rules = MonitorRules(every_s=wanted.every_s, look_s=wanted.look_s)
        return Monitor(self.health, clock=self.clock, on_change=self._changed, rules=rules)

    @cached_property
    def health_keeper(self) -> HealthKeeper:
        """Keeps what the monitor finds, and rings for it."""
        return HealthKeeper(
            database=self.database,
            events=self.events,
            ids=self.ids,
            clock=self.clock,
            alarms=self.alarms,
            process=self.process_name,
            is_leader="backend" in self.roles,
        )

    @cached_property
    def integrity(self) -> Integrity:
        """Compares what follows from the truth with it."""
        return Integrity(
            database=self.database,
            trust=self.trust,
            model=self.spaces.wanted,
            objects=self.objects,
            clock=self.clock,
            mirrors=self.mirrors,
        )

    @cached_property
    def nightly(self) -> Nightly:
        """Has that done every night, and tells of it."""
        return Nightly(
            integrity=self.integrity,
            database=self.database,
            ledger=self.jobs,
            repairs=self.healing,
        )

    @cached_property
    def alarms(self) -> Alarms:
        """Every way in which the operator is rung."""
        return Alarms(list(self._alarms()), clock=self.clock)

    @cached_property
    def uptimes(self) -> Uptimes:
        """How long each part was up."""
        return Uptimes(database=self.database, clock=self.clock, process=self.process_name)

    async def watch(self) -> None:
        """Begin to watch; the supervisor ends it."""
        self.metrics.before_render(self._show)
        if "backend" in self.roles:
            figures = Figures(
                database=self.database, pulse=self.pulse, metrics=self.metrics, clock=self.clock
            )
            self.supervisor.keep("figures", figures.run)
        self.monitor.remember(await self.health_keeper.begin())
        self.supervisor.keep("health keeper", self.health_keeper.run)
        self.supervisor.keep("health monitor", self.monitor.run)

    def _show(self) -> None:
        """Set the figures that are looked up when somebody reads them."""
        metrics = self.metrics
        metrics.loop_lag.set(self.monitor.lag_s)
        for part, is_ok in self.monitor.states.items():
            metrics.health.labels(part).set(is_ok)
        metrics.levels.clear()
        built = vars(self)  # a part that nobody asked for yet is not made for the sake of its name
        for port, part in LEVELS.items():
            if part in built:
                metrics.levels.labels(port, str(built[part].name)).set(1)
        metrics.levels.labels("database", self.database.dialect).set(1)

    def _changed(self, change: Change) -> None:
        to = "well" if change.is_ok else "broken"
        if not change.is_first:
            self.metrics.health_changes.labels(change.part, to).inc()
        self.health_keeper.tell(change)

    def _alarms(self) -> Iterator[Alarm]:
        wanted = self.settings.health
        if url := wanted.webhook.get_secret_value():
            yield engine("alarms.webhook")(url, process=self.process_name)
        if wanted.alert_number:
            yield engine("alarms.text")(
                wanted.alert_number,
                delivery=self.delivery,
                identity=self.identity,
            )
