"""What jobs need of everything that compose builds."""

from typing import Protocol

from backend.backup import Backups
from backend.console import Nightly
from backend.console.watch import Uptimes
from backend.delivery import Sending
from backend.documents import Documents
from backend.kernel.clock import Clock
from backend.kernel.ids import Chance, Ids
from backend.memory import Memory
from backend.memory.facts.learning import Learner
from backend.memory.facts.mirroring import Mirror
from backend.memory.mirrors import Mirrors
from backend.memory.porting import Porting
from backend.memory.vectors.changing import ModelChange
from backend.platform.database import Database
from backend.platform.forgetting import Carrying, Retention
from backend.platform.health import Health
from backend.platform.jobs.ledger import Ledger
from backend.platform.settings import Settings
from backend.platform.signals.port import Signals
from backend.platform.tasks import Supervisor
from backend.platform.telemetry.metrics import Metrics
from backend.trust.identity import Identity


class Parts(Protocol):
    """What the workers and their jobs stand on."""

    @property
    def settings(self) -> Settings:
        """The settings."""
        ...

    @property
    def clock(self) -> Clock:
        """The clock."""
        ...

    @property
    def ids(self) -> Ids:
        """Where identifiers come from."""
        ...

    @property
    def chance(self) -> Chance:
        """What can't be foreseen."""
        ...

    @property
    def supervisor(self) -> Supervisor:
        """Who owns the tasks."""
        ...

    @property
    def health(self) -> Health:
        """Whether each part works."""
        ...

    @property
    def metrics(self) -> Metrics:
        """The figures."""
        ...

    @property
    def database(self) -> Database:
        """The one truth."""
        ...

    @property
    def signals(self) -> Signals:
        """What wakes readers."""
        ...

    @property
    def jobs(self) -> Ledger:
        """The job ledger."""
        ...

    @property
    def identity(self) -> Identity:
        """Who is known."""
        ...

    @property
    def uptimes(self) -> Uptimes:
        """How long each part was up."""
        ...

    @property
    def documents(self) -> Documents:
        """The shared documents."""
        ...

    @property
    def memory(self) -> Memory:
        """What it knows."""
        ...

    @property
    def mirrors(self) -> Mirrors:
        """The servers that hold copies of the truth."""
        ...

    @property
    def learner(self) -> Learner:
        """Who learns from messages."""
        ...

    @property
    def mirror(self) -> Mirror:
        """Who tells the graph what facts say."""
        ...

    @property
    def porting(self) -> Porting:
        """Who brings files in and takes everything along."""
        ...

    @property
    def meaning(self) -> ModelChange:
        """Who changes the model of meaning."""
        ...

    @property
    def carrying(self) -> Carrying:
        """What follows a wish to forget."""
        ...

    @property
    def retention(self) -> Retention:
        """How long each kind is kept."""
        ...

    @property
    def nightly(self) -> Nightly:
        """Who compares what follows from the truth with it."""
        ...

    @property
    def backups(self) -> Backups:
        """The backups."""
        ...

    @property
    def sending(self) -> Sending:
        """What carries calls and texts out."""
        ...
