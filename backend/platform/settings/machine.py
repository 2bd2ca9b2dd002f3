"""Settings of the machine: where things are kept, how much is allowed, what is written down."""

from typing import Literal

from pydantic import Field, SecretStr

from backend.platform.settings.places import default_models_folder
from backend.platform.settings.sources import outside, setting
from backend.platform.settings.types import Folder, Group, Origin


class Neo4jSettings(Group):
    """The graph's server."""

    uri: str = outside("NEO4J_URI", "", "Bolt address; set: the graph lives in Neo4j.")
    user: str = outside("NEO4J_USER", "neo4j", "Neo4j's user.")
    password: SecretStr = outside("NEO4J_PASSWORD", SecretStr(""), "Neo4j's password.")


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

    synchronous: Literal["full", "normal"] = setting(
        "full",
        "What a commit waits for. full: what was acknowledged survives a power cut; normal: the "
        "last moments may be lost in a power cut, never by a killed process.",
    )
    readers: int = setting(4, "Connections that only read.", ge=1, le=64)
    pool_size: int = setting(
        10, "Connections that write (PostgreSQL; SQLite has one).", ge=1, le=200
    )
    wait_s: float = setting(10.0, "Longest wait for a lock or a connection.", gt=0)
    schema_wait_s: float = setting(
        120.0, "Longest wait of other roles for the backend's migration.", gt=0
    )
    replica_url: SecretStr = setting(
        SecretStr(""),
        "A streaming replica of PostgreSQL: lists and feeds are read there while it keeps up.",
    )
    replica_lag_s: float = setting(
        2.0, "So far the replica may be behind; else the primary is read.", gt=0, le=60
    )
    cache_mb: int = setting(
        32, "Memory for what every turn reads, in each process; 0: it is always read.", ge=0
    )


class ModelsSettings(Group):
    """The weights of speech and memory."""

    folder: Folder = Field(
        default_factory=default_models_folder,
        description="Where weights are kept; shared by all instances of a user.",
        json_schema_extra={"shown": "the user's cache folder/ringback/models"},
    )
    is_offline: bool = setting(False, "Never fetch weights: use what is there.")


class LimitSettings(Group):
    """Bounds on what others may send and use."""

    body_bytes: int = setting(1 << 20, "Longest body of a request.", ge=1024)
    ingest_bytes: int = setting(32 << 20, "Longest body of a memory import.", ge=1024)
    import_bytes: int = setting(4 << 30, "Largest file of `ringback import`.", ge=1024)
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


class LogSettings(Group):
    """What is written down about the running."""

    level: Literal["debug", "info", "warning", "error"] = setting("info", "From where on.")
    file_bytes: int = setting(8 << 20, "Size of one log file in the home.", ge=64 << 10)
    files: int = setting(5, "Log files that are kept.", ge=1, le=100)


class JobSettings(Group):
    """The work between calls."""

    families: str = setting(
        "",
        "Only these families are run here, separated by commas: memory, growth, mind, voice, "
        "delivery, upkeep; empty: all.",
    )
    concurrency: int = setting(
        2, "Jobs of each family at the same time in one process.", ge=1, le=64
    )
    waiting_max: int = setting(
        10_000, "Jobs of one family that may wait for one user before imports are told to "
        "come again later; what is said in a conversation is always taken.", ge=100,
    )  # fmt: skip
    lease_s: float = setting(
        12.0, "How long a worker holds a job without a sign of life; one that was killed has its "
        "jobs taken over after this and one sweep.", ge=1,
    )  # fmt: skip
    sweep_s: float = setting(3.0, "How often lost leases are looked for.", ge=0.05)
    deadline_s: float = setting(300.0, "Longest run of one job.", ge=1)
    kept_days: float = setting(
        14.0, "How long jobs are kept that are done or were called off.", ge=1
    )
    dead_days: float = setting(90.0, "How long jobs are kept that were given up.", ge=1)


class BackupSettings(Group):
    """Backups."""

    every_hours: float = setting(24.0, "How often one is made; 0: only by hand.", ge=0)


class RetentionSettings(Group):
    """How many days each kind is kept; 0: for ever. What is pinned outlives its message."""

    messages_days: float = setting(0, "What was said, and what is known only from it.", ge=0)
    recordings_days: float = setting(0, "The sound of calls.", ge=0)
    traces_days: float = setting(0, "How long each stage of a turn took.", ge=0)
    webhooks_days: float = setting(30, "The carrier's webhooks and their answers.", ge=0)
    deliveries_days: float = setting(0, "Calls and texts of ours that are over.", ge=0)
    events_days: float = setting(0, "What happened, as it is told to whoever follows.", ge=0)
    short_term_days: float = setting(30, "What was on the companion's mind.", ge=0)
    backups_days: float = setting(0, "Backups; the newest is always kept.", ge=0)
    audit_days: float = setting(0, "The audit log's lines.", ge=0)


class HealthSettings(Group):
    """How the parts are watched, and who is rung when one breaks."""

    every_s: float = setting(3.0, "How often every part is looked at.", ge=0.5, le=60)
    look_s: float = setting(2.5, "A part that answers later counts as broken.", ge=0.1, le=30)
    webhook: SecretStr = setting(
        SecretStr(""), "An address that each break and recovery is posted to, as JSON."
    )
    alert_number: str = setting("", "A number that is texted about it, E.164.")
    memory_mb: int = setting(0, "Memory this process may use; 0: what its container has.", ge=0)
    disk_mb: int = setting(500, "Least room on the home's disk.", ge=1)
    backlog_s: float = setting(300.0, "Longest that a due job may wait.", gt=0)
