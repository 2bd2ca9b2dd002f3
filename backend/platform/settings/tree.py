"""The whole tree, and how it is read: the only place that looks at the environment."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from backend.kernel.errors import Invalid
from backend.platform.addresses import dialect_of
from backend.platform.settings.companion import (
    AnthropicSettings,
    DummySettings,
    ElevenLabsSettings,
    GroqSettings,
    MemorySettings,
    ModelSettings,
    OpenAISettings,
    PhoneSettings,
    RecordingSettings,
    SpendSettings,
    TwilioSettings,
    VoiceSettings,
    WebSettings,
)
from backend.platform.settings.machine import (
    BackupSettings,
    DatabaseSettings,
    HealthSettings,
    JobSettings,
    LimitSettings,
    LogSettings,
    ModelsSettings,
    Neo4jSettings,
    R2Settings,
    RetentionSettings,
    UrlSettings,
)
from backend.platform.settings.places import default_home
from backend.platform.settings.sources import Loaded, is_loopback, outside, resolve, setting
from backend.platform.settings.types import Folder, Origin


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
        "OTEL_EXPORTER_OTLP_ENDPOINT", "", "Where calls are traced to (OTLP over HTTP); empty: not."
    )
    otel_headers: SecretStr = outside(
        "OTEL_EXPORTER_OTLP_HEADERS", SecretStr(""), "Sent with the traces: name=value,name=value."
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
    retention: RetentionSettings = RetentionSettings()
    health: HealthSettings = HealthSettings()
    dummy: DummySettings = DummySettings()

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
