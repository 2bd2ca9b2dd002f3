"""What every command keeps to that asks one door: people, scripts, and a refusal."""

import json
from typing import Any, NamedTuple

import pytest

from tests.fakes.scripted_instance import ScriptedInstance
from tests.unit.backend.cli.conftest import Done, Ringback


class Asking(NamedTuple):
    """A command, the door it asks, what that answers, and what people read of it."""

    words: tuple[str, ...]
    method: str
    path: str
    body: dict[str, Any]  # Any: JSON
    shown: tuple[str, ...]


def each(*lines: Asking) -> pytest.MarkDecorator:
    """Try each of these commands."""
    return pytest.mark.parametrize("line", lines, ids=lambda line: " ".join(line.words))


def tells_people(ringback: Ringback, instance: ScriptedInstance, line: Asking) -> None:
    """Hold that people read what the instance answers."""
    instance.answer(line.method, line.path, line.body)
    done = ringback(*line.words)
    assert (done.status, done.err) == (0, "")
    assert [part for part in line.shown if part not in done.out] == []


def tells_scripts(ringback: Ringback, instance: ScriptedInstance, line: Asking) -> None:
    """Hold that scripts get what the instance answers: one JSON object."""
    instance.answer(line.method, line.path, line.body)
    done = ringback(*line.words, "--json")
    assert (done.status, json.loads(done.out)) == (0, line.body)


def tells_a_refusal(ringback: Ringback, instance: ScriptedInstance, line: Asking) -> None:
    """Hold that a refusal is one line and the way out; one JSON object for scripts."""
    error = {"error": {"code": "conflict", "message": "It is so already.", "cure": "do this"}}
    instance.answer(line.method, line.path, error, status=409)
    refused = Done(1, "", "✗ It is so already.\n  → do this\n")
    assert ringback(*line.words) == refused
    told = ringback(*line.words, "--json")
    assert (told.status, json.loads(told.out)) == (1, error)
