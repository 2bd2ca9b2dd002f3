"""What can be seen of an instance from outside: the machine, the home, what is installed or set."""

import os
import shutil
import socket
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import available_timezones

from pydantic import SecretStr

from backend.cli.late import is_installed
from backend.kernel.clock import DAY, SECOND
from backend.platform.clock import SystemClock
from backend.platform.home import Home
from backend.platform.settings import Settings
from backend.platform.weights import CATALOGUE, Weights

DISK_BYTES_MIN = 1 << 30
BUILT_ON_DAY = 20_000  # days since 1970: a clock that shows less stands in the past
WEB_FOLDER = Path(__file__).resolve().parents[2] / "clients" / "web" / "out"

EXTRAS = {  # package → what it brings, and the extra that installs it
    "faster_whisper": ("speech to text", "voice"),
    "onnxruntime": ("voice activity and embeddings", "voice"),
    "piper": ("a natural voice", "voice"),
    "langgraph": ("the reply's graph", "mind"),
    "openai": ("OpenAI and compatible servers", "mind"),
    "anthropic": ("Claude", "mind"),
    "boto3": ("backups on R2 or any S3", "s3"),
    "psycopg": ("PostgreSQL", "postgres"),
    "redis": ("Redis", "redis"),
    "arq": ("workers rung by Redis", "redis"),
    "chromadb": ("Chroma", "chroma"),
    "neo4j": ("Neo4j", "graph"),
    "sounddevice": ("the microphone of this machine", "mic"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's result."""

    name: str
    ok: bool
    detail: str
    cure: str = ""
    is_vital: bool = True  # without it the instance does not work


def look(settings: Settings) -> list[Finding]:
    """Return every finding, the vital ones first."""
    checks: tuple[Callable[[Settings], Finding], ...] = (
        _home,
        _disk,
        _port,
        _database,
        _clock,
        _speech,
        _page,
        _twilio,
        _models,
        _public_address,
    )
    return [check(settings) for check in checks] + _weights(settings) + _extras(settings)


def _home(settings: Settings) -> Finding:
    home = settings.home
    if not home.exists():
        above = next(folder for folder in home.parents if folder.exists())
        if not os.access(above, os.W_OK | os.X_OK):
            cure = "set RINGBACK_HOME to a folder you may write in"
            return Finding("home", ok=False, detail=f"{home} can't be made", cure=cure)
        return Finding("home", ok=True, detail=f"{home} will be made at the first start")
    if not os.access(home, os.W_OK | os.X_OK):
        cure = "set RINGBACK_HOME to a folder you may write in"
        return Finding("home", ok=False, detail=f"{home} can't be written", cure=cure)
    if stat.S_IMODE(home.stat().st_mode) & 0o077:
        cure = f"chmod 700 {home}"
        return Finding("home", ok=False, detail=f"others can read {home}", cure=cure)
    return Finding("home", ok=True, detail=str(home))


def _disk(settings: Settings) -> Finding:
    place = next(folder for folder in (settings.home, *settings.home.parents) if folder.exists())
    free = shutil.disk_usage(place).free
    detail = f"{free / 1e9:.1f} GB free"
    return Finding("disk", ok=free >= DISK_BYTES_MIN, detail=detail, cure="free at least 1 GB")


def _port(settings: Settings) -> Finding:
    running = Home(settings.home).running()
    if running is not None:
        return Finding("port", ok=True, detail=f"the instance answers at {running.url}")
    with socket.socket(socket.AF_INET6 if ":" in settings.bind else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.bind.strip("[]"), settings.port))
        except OSError as failure:
            detail = f"{settings.bind}:{settings.port}: {failure.strerror}"
            cure = "stop what uses it, or: ringback up --port 0"
            return Finding("port", ok=False, detail=detail, cure=cure)
    return Finding("port", ok=True, detail=f"{settings.bind}:{settings.port} is free")


def _database(settings: Settings) -> Finding:
    url = settings.effective_database_url
    if url.startswith("sqlite"):
        return Finding("database", ok=True, detail="SQLite in the home")
    ok = is_installed("psycopg")
    return Finding("database", ok, "PostgreSQL", "" if ok else "pip install 'ringback[postgres]'")


def _clock(settings: Settings) -> Finding:
    is_plausible = SystemClock().now() > BUILT_ON_DAY * DAY
    if not is_plausible:
        return Finding(
            "clock", ok=False, detail="stands in the past", cure="timedatectl set-ntp on"
        )
    if settings.clock_file is not None:
        offset = (SystemClock(settings.clock_file).now() - SystemClock().now()) // SECOND
        return Finding("clock", ok=True, detail=f"moved by {offset} s: {settings.clock_file}")
    zones = len(available_timezones())
    return Finding("clock", zones > 0, f"{zones} time zones known", "pip install tzdata")


def _speech(settings: Settings) -> Finding:
    if settings.dummy_engines:
        return Finding("speech", ok=True, detail="dummy engines")
    missing = [name for name in ("faster_whisper", "onnxruntime") if not is_installed(name)]
    voices = [
        name
        for name, is_there in (
            ("Piper", is_installed("piper")),
            ("espeak-ng", shutil.which("espeak-ng") is not None),
        )
        if is_there
    ]
    if missing or not voices:
        detail = f"missing: {', '.join([*missing, *([] if voices else ['a voice'])])}"
        cure = "pip install 'ringback[voice]'"
        return Finding("speech", ok=False, detail=detail, cure=cure, is_vital=False)
    return Finding("speech", ok=True, detail=f"faster-whisper hears, {voices[0]} speaks")


def _weights(settings: Settings) -> list[Finding]:
    shelf = Weights(settings.models.folder, clock=SystemClock())
    findings = []
    for name in CATALOGUE:
        place = shelf.find(name)
        findings.append(
            Finding(
                f"weights {name}",
                ok=place is not None,
                detail=str(place or f"not in {shelf.folder}"),
                cure="" if place else f"ringback models pull {name}",
                is_vital=False,
            )
        )
    return findings


def _page(settings: Settings) -> Finding:
    folder = settings.web.folder or WEB_FOLDER
    ok = (folder / "index.html").exists()
    cure = "" if ok else "make web (needs Node 20 or newer)"
    detail = str(folder) if ok else f"not built: {folder}"
    return Finding("page", ok, detail, cure, is_vital=False)


def _twilio(settings: Settings) -> Finding:
    twilio = settings.twilio
    wanted = {
        "TWILIO_ACCOUNT_SID": twilio.account_sid,
        "TWILIO_AUTH_TOKEN": twilio.auth_token.get_secret_value(),
        "TWILIO_PHONE_NUMBER": twilio.phone_number,
    }
    missing = [name for name, value in wanted.items() if not value]
    detail = "not set: " + ", ".join(missing) if missing else f"answers {twilio.phone_number}"
    cure = "" if not missing else "set them to be rung by phone; `ringback call` works without"
    return Finding("Twilio", not missing, detail, cure, is_vital=False)


def _models(settings: Settings) -> Finding:
    keys: dict[str, SecretStr] = {
        "Anthropic": settings.anthropic.api_key,
        "OpenAI": settings.openai.api_key,
        "Groq": settings.groq.api_key,
    }
    configured = [name for name, key in keys.items() if key.get_secret_value()]
    if settings.openai.base_url and "OpenAI" not in configured:
        configured.append(settings.openai.base_url)
    detail = ", ".join(configured) or "no key: the offline mind answers"
    cure = "" if configured else "set ANTHROPIC_API_KEY, OPENAI_API_KEY or OPENAI_BASE_URL"
    return Finding("language model", bool(configured), detail, cure, is_vital=False)


def _public_address(settings: Settings) -> Finding:
    url = settings.public_url
    if not url:
        cure = "set RINGBACK_PUBLIC_URL to the https address that Twilio and phones reach"
        detail = "not set: only this machine"
        return Finding("public address", ok=False, detail=detail, cure=cure, is_vital=False)
    ok = url.startswith("https://")
    cure = "" if ok else "browsers give the microphone to https addresses only"
    return Finding("public address", ok, url, cure, is_vital=False)


def _extras(settings: Settings) -> list[Finding]:
    return [
        Finding(
            f"extra {package}",
            ok=is_there,
            detail=what,
            cure="" if is_there else f"pip install 'ringback[{extra}]'",
            is_vital=_is_needed(extra, settings),
        )
        for package, (what, extra) in EXTRAS.items()
        for is_there in (is_installed(package),)
    ]


def _is_needed(extra: str, settings: Settings) -> bool:
    """Say whether a setting asks for what this extra brings."""
    return {
        "s3": bool(settings.r2.endpoint),
        "postgres": settings.effective_database_url.startswith("postgres"),
        "redis": bool(settings.redis_url.get_secret_value()),
        "chroma": bool(settings.chroma_url),
        "graph": bool(settings.neo4j.uri),
    }.get(extra, False)
