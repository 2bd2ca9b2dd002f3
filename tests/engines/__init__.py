"""Real engines, started for tests on loopback with a scratch folder, and stopped by process id.

A test asks for a fixture of `fixtures.py`; a journey may hold a server itself and start, stop,
kill, pause and resume it. Where an engine is missing a test skips with the reason and the cure;
with `RINGBACK_ENGINES=required`, as in CI, it fails instead.
"""

from tests.engines.chroma import ChromaServer
from tests.engines.neo4j import Neo4jServer
from tests.engines.postgres import PostgresServer
from tests.engines.processes import Server, environment, free_port, need, start_together
from tests.engines.redis import RedisServer
from tests.engines.s3 import S3Server

__all__ = [
    "ChromaServer",
    "Neo4jServer",
    "PostgresServer",
    "RedisServer",
    "S3Server",
    "Server",
    "environment",
    "free_port",
    "need",
    "start_together",
]
