"""Structured logs: what happened and where, never what somebody said and never a secret."""

import logging
import logging.handlers
import sys
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from backend.kernel.errors import RingbackError
from backend.platform.home import Home
from backend.platform.settings import LogSettings, Settings
from backend.platform.telemetry.redaction import redacted

LOG_NAME = "ringback.jsonl"
FRAMES_MAX = 8


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """Return a room's logger; its events are past tense: `log.info("turn_ended", turn_id=…)`."""
    return structlog.stdlib.get_logger(f"ringback.{name}")


def hush_logs() -> None:
    """Send only what goes wrong, and to stderr: a command's own answer is the only other line."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def configure_logs(settings: Settings, home: Home | None = None) -> None:
    """Send every line, ours and the libraries', redacted to stderr and to a file in the home."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_shared(),
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            redact,
            structlog.processors.JSONRenderer(),
        ],
    )
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
        old.close()
    for handler in _handlers(settings.logs, home):
        handler.setFormatter(formatter)
        root.addHandler(handler)
    root.setLevel(logging.WARNING)  # libraries: only what is wrong
    logging.getLogger("ringback").setLevel(settings.logs.level.upper())


def explain_failure(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Replace an exception by its kind and place: its text may repeat what somebody said."""
    found = event.pop("failure", None)
    if found is None:
        found = event.pop("exc_info", None)
        if found is True:
            found = sys.exc_info()[1]
        elif isinstance(found, tuple):
            found = found[1]
    if isinstance(found, BaseException):
        event["error"] = type(found).__name__
        if isinstance(found, RingbackError):
            event["reason"] = found.message
        event["where"] = [
            f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"
            for frame in traceback.extract_tb(found.__traceback__)[-FRAMES_MAX:]
        ]
        if found.__cause__ is not None:
            event["caused_by"] = type(found.__cause__).__name__
    return event


def redact(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Take out words and secrets; the last step before a line is written."""
    return cast(MutableMapping[str, Any], redacted(event))  # Any: structlog's own type


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        explain_failure,
    ]


def _handlers(settings: LogSettings, home: Home | None) -> list[logging.Handler]:
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    if home is not None:
        handlers.append(
            _PrivateFile(
                home.folder("logs") / LOG_NAME,
                maxBytes=settings.file_bytes,
                backupCount=settings.files - 1,
                encoding="utf-8",
                delay=True,
            )
        )
    return handlers


class _PrivateFile(logging.handlers.RotatingFileHandler):
    """A rotating file that only its owner can read."""

    def _open(self) -> Any:  # Any: the text stream of the standard library's own signature
        Path(self.baseFilename).touch(mode=0o600, exist_ok=True)
        return super()._open()
