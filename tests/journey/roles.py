"""The product on many machines: each role a process with a home of its own, and real engines."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import psycopg
from neo4j import GraphDatabase

from tests.engines import (
    ChromaServer,
    Neo4jServer,
    PostgresServer,
    RedisServer,
    free_port,
    start_together,
)
from tests.engines.fixtures import fresh_database
from tests.journey.product import Product

ROLES = ("backend", "workers", "mobile_api", "sync")
COLLECTIONS = "/api/v2/tenants/default_tenant/databases/default_database/collections"


class RoleProcess(Product):
    """One role: it answers at its own port; only the backend announces itself in its home."""

    def __init__(self, role: str, folder: Path, extra: Mapping[str, str]) -> None:
        super().__init__(folder / role, extra)
        self.role, self.port = role, free_port()
        self.origin = f"http://127.0.0.1:{self.port}"

    def begin(self) -> None:
        """Start its process and return at once."""
        self.launch("--role", self.role, port=self.port)

    def restart(self) -> None:
        """Start it again and return when it is ready."""
        self.begin()
        self.await_ready()

    def _told_url(self) -> str:
        return self.origin


@dataclass(frozen=True)
class Engines:
    """What the processes share."""

    database_url: str
    redis: RedisServer
    chroma: ChromaServer
    neo4j: Neo4jServer

    def settings(self) -> dict[str, str]:
        """Return the variables that move each port out of the process."""
        return {
            "DATABASE_URL": self.database_url,
            "REDIS_URL": self.redis.url,
            "CHROMA_URL": self.chroma.url,
            **self.neo4j.settings(),
        }

    def vector_rows(self) -> list[str]:
        """Return the messages that have a vector in the database, once for each vector."""
        with psycopg.connect(self.database_url) as connection:
            return [row[0] for row in connection.execute("SELECT message_id FROM vectors")]

    def chroma_entries(self) -> list[str]:
        """Return the messages that Chroma knows, in all its collections."""
        with httpx2.Client(base_url=self.chroma.url, timeout=30) as client:
            entries: list[str] = []
            for collection in client.get(COLLECTIONS).raise_for_status().json():
                path = f"{COLLECTIONS}/{collection['id']}/get"
                found = client.post(path, json={"include": []}).raise_for_status().json()
                entries += found["ids"]
            return entries

    def ask_neo4j(self, cypher: str, **parameters: Any) -> list[dict[str, Any]]:
        """Run one statement on the graph's server."""
        login = (self.neo4j.user_name, self.neo4j.password)
        with GraphDatabase.driver(self.neo4j.url, auth=login) as driver:
            return [dict(record) for record in driver.execute_query(cypher, parameters).records]


@contextmanager
def engines(postgres: PostgresServer) -> Iterator[Engines]:
    """Start servers of our own, which may be frozen and killed, and an empty database."""
    with ExitStack() as stack:
        database_url = stack.enter_context(fresh_database(postgres))
        servers = RedisServer(), ChromaServer(), Neo4jServer()
        for server in servers:
            stack.callback(server.discard)
        start_together(*servers)
        redis, chroma, neo4j = servers
        yield Engines(database_url, redis, chroma, neo4j)


@dataclass(frozen=True)
class House:
    """Every role, and the engines under them."""

    engines: Engines
    parts: Mapping[str, RoleProcess]

    def __getitem__(self, role: str) -> RoleProcess:
        return self.parts[role]

    def restart(self, more: Mapping[str, str]) -> None:
        """Stop every role, and start them all with these settings besides."""
        for part in self.parts.values():
            part.terminate()
        for part in reversed(list(self.parts.values())):
            part.extra = {**part.extra, **more}
            part.begin()
        for part in self.parts.values():
            part.await_ready()


@contextmanager
def house(engines: Engines, folder: Path, settings: Mapping[str, str]) -> Iterator[House]:
    """Start every role, the backend last: the others wait until it has migrated."""
    parts = {role: RoleProcess(role, folder, {}) for role in ROLES}
    urls = {f"RINGBACK_URLS__{role.upper()}": parts[role].origin for role in ROLES}
    del urls["RINGBACK_URLS__WORKERS"]  # nobody calls them
    with ExitStack() as stack:
        for part in reversed(parts.values()):
            part.extra = {**settings, **engines.settings(), **urls}
            stack.callback(part.terminate)
            part.begin()
        for part in parts.values():
            part.await_ready()
        yield House(engines, parts)
