"""What is seen of the instance while it runs: the live feed of its log."""

from functools import cached_property

from backend.compose.exchange import Conversation
from backend.console.live import LiveFeed


class Watching(Conversation):
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
