"""Where storms rage: which parts stand apart, and over which engines."""

from dataclasses import dataclass

Victims = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Footprint:
    """One way to install the product."""

    name: str
    postgres: bool = False
    workers: bool = False  # in a process of their own
    redis: bool = False
    chroma: bool = False
    neo4j: bool = False
    pgvector: bool = False

    @property
    def victims(self) -> tuple[Victims, ...]:
        """Return who may die in one blow."""
        if not self.workers:
            return (("backend",),)
        apart: tuple[Victims, ...] = (("backend",), ("workers",), ("backend", "workers"))
        return (*apart, ("redis",), ("workers", "redis")) if self.redis else apart


FOOTPRINTS = (
    Footprint("sqlite"),
    Footprint("postgresql, workers apart", postgres=True, workers=True),
    Footprint("postgresql", postgres=True),
    Footprint("postgresql, workers apart, redis", postgres=True, workers=True, redis=True),
    Footprint("sqlite, chroma", chroma=True),
    Footprint(
        "postgresql, workers apart, redis, chroma, neo4j",
        postgres=True,
        workers=True,
        redis=True,
        chroma=True,
        neo4j=True,
    ),
    Footprint("postgresql with pgvector", postgres=True, pgvector=True),
)
