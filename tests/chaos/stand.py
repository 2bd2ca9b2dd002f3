"""One installation under a storm: its processes, its engines, and how they die and come back."""

import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import httpx2

from tests.chaos.footprints import Footprint
from tests.engines import (
    ChromaServer,
    Neo4jServer,
    PostgresServer,
    RedisServer,
    S3Server,
    Server,
    start_together,
)
from tests.engines.fixtures import fresh_database
from tests.journey.product import Product
from tests.journey.roles import RoleProcess

CARRIER_SECRET = "the-secret-of-the-carrier-0123456789"
OWNERS = "+15005550006"
SETTINGS = {
    "TWILIO_AUTH_TOKEN": CARRIER_SECRET,
    "RINGBACK_JOBS__LEASE_S": "4",
    "RINGBACK_JOBS__SWEEP_S": "0.3",
    "RINGBACK_MEMORY__EMBEDDER": "hashed",
    # Nobody speaks in a storm: no weights are loaded that no text needs.
    "RINGBACK_VOICE__HEARERS": "openai",
    "RINGBACK_VOICE__SPEAKERS": "espeak",
    "RINGBACK_VOICE__SMART_TURN": "false",
}
BACK_S_MAX = 120.0

EngineT = TypeVar("EngineT", bound=Server)


class Engines:
    """Servers that are started once and serve many storms."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._running: dict[type[Server], Server] = {}

    def __enter__(self) -> "Engines":
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def one(self, kind: type[EngineT]) -> EngineT:
        """Return the server of a kind, started when it is asked for first."""
        if kind not in self._running:
            server = kind()
            self._stack.callback(server.discard)
            start_together(server)
            self._running[kind] = server
        found = self._running[kind]
        assert isinstance(found, kind)
        return found


@dataclass
class Stand:
    """One installation."""

    footprint: Footprint
    folder: Path
    database_url: str
    parts: dict[str, Product]
    engines: Engines
    kills: int = 0
    _is_up: threading.Event = field(default_factory=threading.Event)

    @property
    def backend(self) -> Product:
        """The process whose doors are used."""
        return self.parts["backend"]

    def start(self) -> None:
        """Start every part, the backend last: the others wait until it has migrated."""
        for name in reversed(self.parts):
            self._launch(name)
        for part in self.parts.values():
            part.await_ready()
        self._is_up.set()

    def kill(self, victims: tuple[str, ...]) -> None:
        """End some parts as a power cut does."""
        if "backend" in victims:
            self._is_up.clear()
        for name in victims:
            self.kills += 1
            if name == "redis":
                self.engines.one(RedisServer).kill()
            else:
                self.parts[name].kill()

    def restart(self, victims: tuple[str, ...]) -> None:
        """Bring them back."""
        for name in victims:
            if name == "redis":
                self.engines.one(RedisServer).start()
            else:
                self._launch(name)
        for name in victims:
            if name != "redis":
                self.parts[name].await_ready()
        self._is_up.set()

    def await_doors(self) -> None:
        """Return when the doors are there again."""
        assert self._is_up.wait(BACK_S_MAX), "it did not come back"

    def client(self) -> httpx2.Client:
        """Return a client of the owner's."""
        return self.backend.client()

    def end(self) -> dict[str, int]:
        """Ask every part to end, and return each one's status."""
        return {name: part.terminate() for name, part in self.parts.items()}

    def _launch(self, name: str) -> None:
        part = self.parts[name]
        if isinstance(part, RoleProcess):
            part.begin()
        else:
            part.launch()


@contextmanager
def stand(
    footprint: Footprint, engines: Engines, folder: Path, more: Mapping[str, str] | None = None
) -> Iterator[Stand]:
    """Start an installation in an empty folder, and end it whatever happens in between."""
    with ExitStack() as stack:
        settings, database_url = _settings(footprint, engines, stack, folder)
        settings |= more or {}
        parts: dict[str, Product] = {}
        if footprint.workers:
            parts["backend"] = RoleProcess("backend", folder, settings)
            parts["workers"] = RoleProcess("workers", folder, settings)
        else:
            parts["backend"] = Product(folder / "backend", settings)
        for part in parts.values():
            stack.callback(part.kill)
        found = Stand(footprint, folder, database_url, parts, engines)
        found.start()
        with found.client() as client:
            owner = {"name": "Anna", "number": OWNERS}
            client.patch("/v1/people/owner", json=owner).raise_for_status()
        yield found


def _settings(
    footprint: Footprint, engines: Engines, stack: ExitStack, folder: Path
) -> tuple[dict[str, str], str]:
    key = f"one root key for all the parts of {folder}"
    settings = SETTINGS | {"RINGBACK_SECRET_KEY": key}
    database_url = f"sqlite:///{folder / 'backend' / 'ringback.db'}"
    if footprint.postgres:
        server = engines.one(PostgresServer)
        settings["DATABASE_URL"] = database_url = stack.enter_context(fresh_database(server))
    if footprint.workers:
        bucket = folder.name.lower().replace("_", "-")
        store = engines.one(S3Server)
        settings |= store.settings(bucket)
        stack.callback(shutil.rmtree, store.folder / "root" / bucket, ignore_errors=True)
    if footprint.redis:
        redis = engines.one(RedisServer)
        redis.flush()
        settings["REDIS_URL"] = redis.url
    if footprint.chroma:
        settings["CHROMA_URL"] = engines.one(ChromaServer).url
    if footprint.neo4j:
        settings |= engines.one(Neo4jServer).settings()
    if footprint.pgvector:
        settings["RINGBACK_MEMORY__INDEX"] = "pgvector"
    return settings, database_url
