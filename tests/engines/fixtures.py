"""The engines as fixtures: one server of each a session, a clean place in it for each test."""

import gc
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from tests.engines import ChromaServer, Neo4jServer, PostgresServer, RedisServer, S3Server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    with PostgresServer() as server:
        yield server


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.fixture(scope="session")
def chroma_server() -> Iterator[ChromaServer]:
    with ChromaServer() as server:
        yield server


@pytest.fixture(scope="session")
def neo4j_server() -> Iterator[Neo4jServer]:
    with Neo4jServer() as server:
        yield server


@pytest.fixture(scope="session")
def s3_server() -> Iterator[S3Server]:
    with S3Server() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """An empty database of its own, dropped afterwards whoever is still connected."""
    with fresh_database(postgres_server) as url:
        yield url


@contextmanager
def fresh_database(server: PostgresServer, like: str = "template1") -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{like}"'.encode())
    try:
        yield server.url(name)
    finally:
        # A connection that was cancelled in its handshake is closed when it is collected. Until
        # then its server process waits for the rest, a minute long, and dropping waits for it.
        gc.collect()
        # Another connection: the server may have been killed meanwhile, and be back.
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """An empty Redis."""
    redis_server.flush()
    return redis_server.url


@pytest.fixture
def chroma_url(chroma_server: ChromaServer) -> str:
    """A Chroma that other tests have used too: name collections by your own instance."""
    return chroma_server.url


@pytest.fixture
def s3_settings(s3_server: S3Server) -> dict[str, str]:
    """The R2 variables of an empty bucket."""
    return s3_server.settings(f"test-{uuid.uuid4().hex}")
