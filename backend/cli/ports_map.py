"""The map of ports: which engine serves each of them here, and what would move it elsewhere."""

from dataclasses import dataclass

from backend.cli.late import is_installed, load
from backend.platform.clock import SystemClock
from backend.platform.settings import Settings
from backend.platform.weights import Weights


@dataclass(frozen=True, slots=True)
class Place:
    """One port: what serves it, and why."""

    port: str
    engine: str
    why: str


def places(settings: Settings) -> list[Place]:
    """Return where each port is, as the settings and this machine decide it."""
    return [
        _database(settings),
        _vectors(settings),
        _moved("graph", settings.neo4j.uri, "Neo4j", ("the relation tables", "NEO4J_URI")),
        _moved(
            "signals and the jobs' bell",
            settings.redis_url.get_secret_value(),
            "Redis, arq",
            ("in the process", "REDIS_URL"),
        ),
        _moved("objects", settings.r2.endpoint, "R2 or S3", ("a folder", "R2_ENDPOINT")),
        _hearing(settings),
        _speaking(settings),
        _mind(settings),
        _embeddings(settings),
    ]


def _moved(port: str, address: str, far: str, near: tuple[str, str]) -> Place:
    engine, setting = near
    if address:
        return Place(port, far, f"{setting} is set")
    return Place(port, engine, f"the default; {setting} moves it")


def _vectors(settings: Settings) -> Place:
    wanted, url, why = settings.memory.index, settings.chroma_url, "RINGBACK_MEMORY__INDEX says so"
    if wanted == "pgvector":
        return Place("vectors", "pgvector", why)
    if wanted == "chroma":
        return Place("vectors", "Chroma" if url else "Chroma, embedded in the home", why)
    if wanted == "exact":
        return Place("vectors", "exact, in the process", why)
    return _moved("vectors", url, "Chroma", ("exact, in the process", "CHROMA_URL"))


def _database(settings: Settings) -> Place:
    if settings.effective_database_url.startswith("sqlite"):
        return Place("database", "SQLite", "the default; DATABASE_URL moves it")
    return Place("database", "PostgreSQL", "DATABASE_URL is set")


def _hearing(settings: Settings) -> Place:
    if settings.dummy_engines:
        return Place("speech to text", "dummy", "--engines dummy")
    if is_installed("faster_whisper"):
        return Place("speech to text", f"Whisper {settings.voice.whisper_model}", "installed")
    return Place("speech to text", "none", "pip install 'ringback[voice]'")


def _speaking(settings: Settings) -> Place:
    if settings.dummy_engines:
        return Place("text to speech", "dummy", "--engines dummy")
    cast = load("cast_of")(settings, Weights(settings.models.folder, clock=SystemClock()))
    levels = " → ".join([*cast.present, "Twilio <Say>"])
    left_out = "".join(f"; {name}: {cure}" for name, cure in cast.missing.items())
    if not cast.present:
        return Place("text to speech", "Twilio <Say>", f"no voice is installed here{left_out}")
    return Place("text to speech", cast.present[0], f"levels: {levels}{left_out}")


def _mind(settings: Settings) -> Place:
    if settings.dummy_engines:
        return Place("language model", "dummy", "--engines dummy")
    keys = {
        "anthropic": settings.anthropic.api_key.get_secret_value(),
        "openai": settings.openai.api_key.get_secret_value() or settings.openai.base_url,
        "groq": settings.groq.api_key.get_secret_value(),
    }
    levels = [name for name in settings.model.order if keys.get(name)]
    why = f"levels: {' → '.join([*levels, 'offline'])}"
    return Place("language model", levels[0] if levels else "the offline mind", why)


def _embeddings(settings: Settings) -> Place:
    if settings.memory.embedder == "minilm" and is_installed("onnxruntime"):
        return Place("embeddings", "all-MiniLM-L6-v2", "levels: minilm → hashed")
    return Place("embeddings", "hashed n-grams", "no weights are used")
