"""Every setting of an instance: one tree, and the only place that reads the environment."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    model_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from backend.kernel.errors import Invalid
from backend.platform.addresses import dialect_of
from backend.platform.settings_sources import Loaded, is_loopback, outside, resolve, setting


def default_home() -> Path:
    """Return the platform's folder for a user's data."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "ringback"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "ringback"


def default_models_folder() -> Path:
    """Return the platform's folder for what can be fetched again: shared by all instances."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "ringback" / "models"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "ringback" / "models"


def _split(value: object) -> object:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value


def _origin(value: str) -> str:
    return value.rstrip("/")


Words = Annotated[tuple[str, ...], BeforeValidator(_split)]
Origin = Annotated[str, AfterValidator(_origin)]
Folder = Annotated[Path, AfterValidator(lambda path: path.expanduser().absolute())]


class Group(BaseModel):
    """A branch of the tree."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Neo4jSettings(Group):
    """The graph's server."""

    uri: str = outside("NEO4J_URI", "", "Bolt address; set: the graph lives in Neo4j.")
    user: str = outside("NEO4J_USER", "neo4j", "Neo4j's user.")
    password: SecretStr = outside("NEO4J_PASSWORD", SecretStr(""), "Neo4j's password.")


class TwilioSettings(Group):
    """The telephone."""

    account_sid: str = outside("TWILIO_ACCOUNT_SID", "", "The Twilio account.")
    auth_token: SecretStr = outside(
        "TWILIO_AUTH_TOKEN", SecretStr(""), "Checks Twilio's signatures and calls its interface."
    )
    phone_number: str = outside("TWILIO_PHONE_NUMBER", "", "The companion's number, E.164.")


class OpenAISettings(Group):
    """OpenAI, or any server that speaks its language."""

    api_key: SecretStr = outside("OPENAI_API_KEY", SecretStr(""), "The key for OpenAI.")
    base_url: str = outside("OPENAI_BASE_URL", "", "Another server that speaks OpenAI's language.")


class AnthropicSettings(Group):
    """Claude."""

    api_key: SecretStr = outside("ANTHROPIC_API_KEY", SecretStr(""), "The key for Claude.")
    base_url: str = outside("ANTHROPIC_BASE_URL", "", "Another address for Claude.")


class GroqSettings(Group):
    """Groq."""

    api_key: SecretStr = outside("GROQ_API_KEY", SecretStr(""), "The key for Groq.")


class ElevenLabsSettings(Group):
    """ElevenLabs."""

    api_key: SecretStr = outside("ELEVENLABS_API_KEY", SecretStr(""), "The key for ElevenLabs.")


class R2Settings(Group):
    """The object store: Cloudflare R2 or any S3."""

    endpoint: str = outside("R2_ENDPOINT", "", "The store's address; set: objects live there.")
    bucket: str = outside("R2_BUCKET", "", "The bucket.")
    access_key_id: str = outside("R2_ACCESS_KEY_ID", "", "The bucket's key id.")
    secret_access_key: SecretStr = outside(
        "R2_SECRET_ACCESS_KEY", SecretStr(""), "The bucket's secret key."
    )


class UrlSettings(Group):
    """Where separately running parts are reached, as an origin; empty: the same origin."""

    backend: Origin = setting("", "The backend's origin.")
    mobile_api: Origin = setting("", "The origin that serves /v1/live and /v1/devices.")
    sync: Origin = setting("", "The origin that serves /sync.")


class DatabaseSettings(Group):
    """How the database is used."""

    readers: int = setting(4, "Connections that only read.", ge=1, le=64)
    pool_size: int = setting(
        10, "Connections that write (PostgreSQL; SQLite has one).", ge=1, le=200
    )
    wait_s: float = setting(10.0, "Longest wait for a lock or a connection.", gt=0)
    schema_wait_s: float = setting(
        120.0, "Longest wait of other roles for the backend's migration.", gt=0
    )


class ModelsSettings(Group):
    """The weights of speech and memory."""

    folder: Folder = Field(
        default_factory=default_models_folder,
        description="Where weights are kept; shared by all instances of a user.",
        json_schema_extra={"shown": "the user's cache folder/ringback/models"},
    )
    is_offline: bool = setting(False, "Never fetch weights: use what is there.")


class VoiceSettings(Group):
    """How the companion hears and speaks."""

    whisper_model: str = setting("base", "Whisper's size: base or tiny.en.")
    language: str = setting("en", "The language that is spoken.")
    piper_voice: str = setting("joe", "The Piper voice.")
    speakers: Words = setting(("piper", "espeak"), "Voices in order, the best first.")
    threads: int = setting(2, "Threads for speech recognition.", ge=1, le=64)
    hearings_max: int = setting(2, "Utterances that are transcribed at once.", ge=1, le=64)


class LimitSettings(Group):
    """Bounds on what others may send and use."""

    body_bytes: int = setting(1 << 20, "Longest body of a request.", ge=1024)
    ingest_bytes: int = setting(32 << 20, "Longest body of a memory import.", ge=1024)
    ingest_turns: int = setting(20_000, "Most turns in one memory import.", ge=1)
    frame_bytes: int = setting(16 << 10, "Largest message of a media socket.", ge=640)
    message_bytes: int = setting(64 << 10, "Largest message of the app's socket.", ge=1024)
    sync_message_bytes: int = setting(8 << 20, "Largest sync message.", ge=1024)
    sync_queue: int = setting(256, "Messages that may wait for one sync client.", ge=1)
    document_bytes: int = setting(16 << 20, "Largest shared document.", ge=1024)
    text_chars: int = setting(8_000, "Longest typed or texted message.", ge=1)
    search_results: int = setting(100, "Most results of one memory search.", ge=1)
    calls_max: int = setting(32, "Calls at the same time.", ge=1)
    connections_max: int = setting(
        896, "Open connections at the same time, sockets included; many systems allow 1024 files.",
        ge=8,
    )  # fmt: skip
    head_seconds: float = setting(10, "Longest wait for the head of a request.", gt=0)
    request_seconds: float = setting(120, "Longest wait for the body of a request.", gt=0)
    sockets_max: int = setting(512, "Open sockets at the same time.", ge=1)
    session_minutes: float = setting(120, "Longest call or session.", gt=0)
    silence_seconds: float = setting(60, "Silence after which a call is ended.", gt=0)
    failures_per_minute: int = setting(
        20, "Wrong credentials from one address before it must wait.", ge=1
    )
    devices_max: int = setting(50, "Paired devices of one owner.", ge=1)


class PhoneSettings(Group):
    """The telephone's rules."""

    token_seconds: int = setting(60, "How long a call's media token is good for.", ge=5)


class ModelSettings(Group):
    """The language models."""

    order: Words = setting(
        ("anthropic", "openai", "groq"), "Providers in order; those with a key count."
    )
    anthropic: str = setting("claude-haiku-5-5", "The model asked of Anthropic.")
    openai: str = setting("gpt-6-luna", "The model asked of OpenAI.")
    groq: str = setting("llama-3.3-70b-versatile", "The model asked of Groq.")
    first_token_s: float = setting(4.0, "Longest wait for a reply's first word.", gt=0)
    reply_s: float = setting(30.0, "Longest whole reply.", gt=0)
    tokens_max: int = setting(400, "Longest reply in tokens.", ge=16)


class SpendSettings(Group):
    """What may be spent on providers."""

    daily: float = setting(1.0, "Dollars a day for all models; a hard limit.", ge=0)


class MemorySettings(Group):
    """How memory is searched."""

    embedder: Literal["minilm", "hashed"] = setting(
        "minilm", "What turns words into vectors; hashed needs no weights."
    )
    recalled: int = setting(5, "Memories that a reply may draw on.", ge=1, le=50)


class WebSettings(Group):
    """The talk page."""

    folder: Folder | None = setting(
        None, "The built page; empty: clients/web/out beside the program."
    )


class RecordingSettings(Group):
    """Recordings of calls."""

    enabled: bool = setting(False, "Keep each call's sound, encrypted.")


class LogSettings(Group):
    """What is written down about the running."""

    level: Literal["debug", "info", "warning", "error"] = setting("info", "From where on.")
    file_bytes: int = setting(8 << 20, "Size of one log file in the home.", ge=64 << 10)
    files: int = setting(5, "Log files that are kept.", ge=1, le=100)


class JobSettings(Group):
    """The work between calls."""

    concurrency: int = setting(2, "Jobs at the same time in one process.", ge=1, le=64)
    lease_s: float = setting(20.0, "How long a worker holds a job unrenewed.", ge=1)
    sweep_s: float = setting(10.0, "How often lost leases are looked for.", ge=0.05)
    deadline_s: float = setting(300.0, "Longest run of one job.", ge=1)


class BackupSettings(Group):
    """Backups."""

    every_hours: float = setting(24.0, "How often one is made; 0: only by hand.", ge=0)


class Settings(BaseSettings):
    """The whole tree. Built bare it is the defaults; `load_settings` reads the world."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid")

    home: Folder = Field(
        default_factory=default_home,
        description="The folder with everything of one instance.",
        json_schema_extra={"shown": "the user's data folder/ringback"},
    )
    public_url: Origin = setting(
        "", "The origin that Twilio signs and browsers use; empty: the request's own."
    )
    bind: str = setting("127.0.0.1", "The address to listen on.")
    port: int = outside("PORT", 7464, "The port to listen on.", ge=0, le=65535)
    secret_key: SecretStr = setting(
        SecretStr(""), "The root of all keys; empty: a file in the home."
    )
    owner_code: SecretStr = setting(
        SecretStr(""), "Makes the first owner where nobody can open a link."
    )
    dummy_engines: bool = setting(
        False, "Dummy services for a fair race; refused on a public bind."
    )
    clock_file: Folder | None = setting(
        None, "A file with the clock's offset in seconds; refused on a public bind."
    )
    database_url: SecretStr = outside(
        "DATABASE_URL", SecretStr(""), "The primary database; empty: SQLite in the home."
    )
    redis_url: SecretStr = outside(
        "REDIS_URL", SecretStr(""), "Signals between processes and the bell of the jobs."
    )
    chroma_url: str = outside("CHROMA_URL", "", "A Chroma server for the vectors.")
    otel_endpoint: str = outside(
        "OTEL_EXPORTER_OTLP_ENDPOINT", "", "Where traces will go; nothing is sent yet."
    )
    neo4j: Neo4jSettings = Neo4jSettings()
    twilio: TwilioSettings = TwilioSettings()
    openai: OpenAISettings = OpenAISettings()
    anthropic: AnthropicSettings = AnthropicSettings()
    groq: GroqSettings = GroqSettings()
    elevenlabs: ElevenLabsSettings = ElevenLabsSettings()
    r2: R2Settings = R2Settings()
    urls: UrlSettings = UrlSettings()
    database: DatabaseSettings = DatabaseSettings()
    models: ModelsSettings = ModelsSettings()
    voice: VoiceSettings = VoiceSettings()
    limits: LimitSettings = LimitSettings()
    phone: PhoneSettings = PhoneSettings()
    model: ModelSettings = ModelSettings()
    spend: SpendSettings = SpendSettings()
    memory: MemorySettings = MemorySettings()
    web: WebSettings = WebSettings()
    recording: RecordingSettings = RecordingSettings()
    logs: LogSettings = LogSettings()
    jobs: JobSettings = JobSettings()
    backup: BackupSettings = BackupSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take values only from the caller: `load_settings` must know each one's origin."""
        return (init_settings,)

    @model_validator(mode="after")
    def _plays_only_at_home(self) -> "Settings":
        if (self.dummy_engines or self.clock_file) and not is_loopback(self.bind):
            raise ValueError("dummy engines and a moved clock are refused on a public bind")
        return self

    @property
    def effective_database_url(self) -> str:
        """Return the database's address: as set, else the file in the home."""
        return self.database_url.get_secret_value() or f"sqlite:///{self.home / 'ringback.db'}"

    @property
    def is_bound_to_loopback(self) -> bool:
        """Say whether only this machine can reach us."""
        return is_loopback(self.bind)


def load_settings(
    flags: Mapping[str, object] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Loaded[Settings]:
    """Read flag, environment, RINGBACK_HOME/ringback.toml and default, in this order."""
    surroundings = os.environ if environment is None else environment
    loaded = resolve(Settings, dict(flags or {}), surroundings)
    _check_database(loaded.settings, surroundings)
    return loaded


def process_environment() -> dict[str, str]:
    """Return a copy of the environment, for the child processes that inherit it."""
    return dict(os.environ)


def _check_database(settings: Settings, environment: Mapping[str, Any]) -> None:
    """On Railway every deployment empties the disk, except for the volume."""
    dialect = dialect_of(settings.effective_database_url)  # refuses what is no database of ours
    if dialect != "sqlite" or not environment.get("RAILWAY_ENVIRONMENT"):
        return
    volume = environment.get("RAILWAY_VOLUME_MOUNT_PATH", "")
    file = Path(settings.effective_database_url.removeprefix("sqlite:///")).absolute()
    if not volume or not file.is_relative_to(Path(volume).absolute()):
        raise Invalid(
            "SQLite on Railway without a volume: the next deployment would delete every memory.",
            cure="attach a volume and set RINGBACK_HOME to its mount path, or set DATABASE_URL "
            "to a PostgreSQL",
        )
