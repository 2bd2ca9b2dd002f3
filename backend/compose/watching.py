"""What is seen of the instance while it runs: the live feed, the watch over its parts."""

import socket
from collections.abc import Iterator
from functools import cached_property

from backend.compose.calling import Calling
from backend.compose.engines import engine
from backend.console.live import LiveFeed
from backend.console.watch import Alarm, Alarms, HealthKeeper, Uptimes
from backend.platform.health.monitor import Monitor, MonitorRules


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
        return Monitor(
            self.health, clock=self.clock, on_change=self.health_keeper.tell, rules=rules
        )

    @cached_property
    def health_keeper(self) -> HealthKeeper:
        """Keeps what the monitor finds, and rings for it."""
        return HealthKeeper(
            database=self.database,
            events=self.events,
            ids=self.ids,
            clock=self.clock,
            alarms=Alarms(list(self._alarms()), clock=self.clock),
            process=self.process_name,
            is_leader="backend" in self.roles,
        )

    @cached_property
    def uptimes(self) -> Uptimes:
        """How long each part was up."""
        return Uptimes(database=self.database, clock=self.clock, process=self.process_name)

    async def watch(self) -> None:
        """Begin to watch; the supervisor ends it."""
        self.monitor.remember(await self.health_keeper.begin())
        self.supervisor.keep("health keeper", self.health_keeper.run)
        self.supervisor.keep("health monitor", self.monitor.run)

    def _alarms(self) -> Iterator[Alarm]:
        wanted = self.settings.health
        if url := wanted.webhook.get_secret_value():
            yield engine("alarms.webhook")(url, process=self.process_name)
        if wanted.alert_number:
            yield engine("alarms.text")(
                wanted.alert_number,
                delivery=self.delivery,
                database=self.database,
                identity=self.identity,
            )
