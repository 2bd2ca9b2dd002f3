"""The figures of an instance, as Prometheus reads them."""

from collections.abc import Callable

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

NAMESPACE = "ringback"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

# From a heartbeat of the path to its longest patience, in seconds.
_SPANS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0, 30.0)


class Metrics:
    """Every figure by name; labels are few and never somebody's name or number."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._labels: dict[str, set[str]] = {}
        ProcessCollector(registry=self.registry)
        self.requests = self._counter("http_requests", "Requests.", "route", "method", "status")
        self.request_seconds = self._histogram("http_request_seconds", "Their duration.", "route")
        self.sockets = self._gauge("sockets_open", "Open sockets.", "door")
        self.calls = self._gauge("calls_active", "Exchanges going on.", "carrier")
        self.turns = self._counter("turns", "Turns taken.", "carrier", "outcome")
        self.turn_seconds = self._histogram("turn_seconds", "A turn's spans.", "span")
        self.interruptions = self._counter("interruptions", "Voices over our own.", "outcome")
        self.speculations = self._counter("speculations", "Guesses ahead.", "what", "outcome")
        self.fillers = self._counter("fillers", "Words that bridged a wait.")
        self.jobs = self._counter("jobs", "Jobs run.", "family", "name", "outcome")
        self.job_seconds = self._histogram("job_seconds", "Their duration.", "family", "name")
        self.jobs_waiting = self._gauge("jobs_waiting", "Jobs that are due.", "family")
        self.jobs_oldest = self._gauge(
            "jobs_oldest_seconds", "How long the oldest is due.", "family"
        )
        self.jobs_running = self._gauge("jobs_running", "Jobs in somebody's hands.", "family")
        self.jobs_dead = self._gauge("jobs_dead", "Jobs that were given up.", "family")
        self.jobs_runners = self._gauge("jobs_runners", "Processes that run them.", "family")
        self.jobs_stalled = self._gauge("jobs_stalled", "1 while it stands still.", "family")
        # From the rows of today: the same in every process, and after a restart.
        self.model_calls = self._gauge(
            "model_calls_today", "Calls of models.", "provider", "outcome"
        )
        self.model_tokens = self._gauge("model_tokens_today", "Tokens.", "provider", "direction")
        self.model_dollars = self._gauge("model_dollars_today", "Money spent.", "provider")
        self.cache_reads = self._counter("cache_reads", "Reads of the cache.", "what", "outcome")
        self.cache_bytes = self._gauge("cache_bytes", "Memory that the cache takes.")
        self.cache_entries = self._gauge("cache_entries", "Values in the cache.")
        self.backup_at = self._gauge("backup_last_success_seconds", "When the last succeeded.")
        self.health = self._gauge("health_up", "1 while a part works.", "part")
        self.health_changes = self._counter("health_changes", "Breaks, recoveries.", "part", "to")
        self.levels = self._gauge("level_in_use", "1 for the engine in use.", "port", "level")
        self.level_failures = self._counter("level_failures", "Failed.", "port", "level")
        self.loop_lag = self._gauge("loop_lag_seconds", "How late the loop was lately.")
        self._before_render: list[Callable[[], None]] = []

    def before_render(self, call: Callable[[], None]) -> None:
        """Have something looked at whenever the figures are read; it must not fail."""
        self._before_render.append(call)

    def render(self) -> bytes:
        """Return all figures in Prometheus's text form."""
        for call in self._before_render:
            call()
        return generate_latest(self.registry)

    def labels_of(self, name: str) -> set[str]:
        """Return which labels a figure has."""
        return self._labels.get(name, set())

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        self._note(name, labels)
        return Counter(name, meaning, labels, namespace=NAMESPACE, registry=self.registry)

    def _gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        self._note(name, labels)
        return Gauge(name, meaning, labels, namespace=NAMESPACE, registry=self.registry)

    def _histogram(self, name: str, meaning: str, *labels: str) -> Histogram:
        self._note(name, labels)
        return Histogram(
            name, meaning, labels, namespace=NAMESPACE, registry=self.registry, buckets=_SPANS
        )

    def _note(self, name: str, labels: tuple[str, ...]) -> None:
        self._labels[f"{NAMESPACE}_{name}"] = set(labels)
