"""The heavy parts that a few commands need, loaded by them alone: so the rest start fast."""

from importlib import import_module, util
from typing import Any

PARTS = {
    "serve": "backend.cli.serving:serve",
    "end_with_stdin": "backend.cli.serving:end_with_stdin",
    "keep": "backend.cli.keeping:keep",
    "application": "backend.main:application",
    "call": "backend.cli.telephone:hold_call",
    "read_script": "backend.cli.script:read_script",
    "rehearse": "backend.cli.script.rehearsing:rehearse",
    "script_lines": "backend.cli.script.showing:script_lines",
    "talk": "backend.cli.conversation:converse",
    "microphone": "backend.cli.microphone:Microphone",
    "speak": "backend.cli.engines:synthesise",
    "hush_logs": "backend.platform.telemetry.logs:hush_logs",
    "restore": "backend.compose:restore",
    "engine": "backend.compose.engines:engine",
    "cast_of": "backend.compose.voices:cast_of",
    "make_voice": "backend.compose.voices:make_voice",
    "paid_voices": "backend.compose.voices:PAID",
}


def load(part: str) -> Any:  # Any: each part has its own shape, named where it is used
    """Return a part of the table above."""
    module, _, name = PARTS[part].partition(":")
    return getattr(import_module(module), name)


def is_installed(package: str) -> bool:
    """Say whether an optional package is there, without loading it."""
    return util.find_spec(package) is not None
