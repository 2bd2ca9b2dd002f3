"""Every list fits a narrow terminal, whatever is in it, and knows the way on when nothing is."""

import json
from typing import Any

import pytest

from tests.fakes.scripted_instance import ScriptedInstance
from tests.unit.backend.cli.conftest import Ringback

NARROW = 80
UUID = "01a1ff75-006a-7598-9b3c-1f09cb7b25eb"
AT = "2026-11-21T18:53:28.000Z"
LONG = "what a program or a person has called it at length, and then even a little longer than that"
SCOPES = ["documents", "feed", "jobs", "memory", "operate", "voice"]
TOKEN = {"id": UUID, "name": LONG, "scopes": SCOPES, "expires_at": AT, "last_used_at": AT}
DEVICE = {"id": UUID, "name": LONG, "created_at": AT, "last_used_at": AT}
FOUND = {"id": UUID, "text": LONG, "score": 0.9, "when": AT, "speaker": "Martin Ferdinand"}
RECENT = {"id": UUID, "kind": "decision", "text": LONG, "when": AT, "weight": 0.8}
STEP = {"subject": "Anna", "predicate": "is a sister of", "object": LONG, "since": AT}
MODEL = {
    "name": "all-MiniLM-L6-v2",
    "state": "building",
    "progress": 0.5,
    "report": {},
    "beside": ["exact", "chroma"],
    "changed_at": AT,
}
RECEIPT = {"id": UUID, "at": AT, "scope": {"what": "everything"}, "state": "running", "left": 12}

List = tuple[tuple[str, ...], str, str, str, dict[str, Any]]

LISTS: list[List] = [
    (("tokens", "list"), "GET", "/v1/tokens", "tokens", TOKEN),
    (("devices", "list"), "GET", "/v1/devices", "devices", DEVICE),
    (("notes", "list"), "GET", "/v1/notes", "notes", {"id": UUID, "text": LONG}),
    (("memory", "search", "it"), "POST", "/v1/memory/search", "results", FOUND),
    (("memory", "recent"), "GET", "/v1/memory/recent", "recent", RECENT),
    (("memory", "path", "Anna", "Porto"), "GET", "/v1/memory/graph/path", "steps", STEP),
    (("models", "status"), "GET", "/v1/models/meaning", "models", MODEL),
    (("forget", "list"), "GET", "/v1/forget", "receipts", RECEIPT),
]


@pytest.fixture(autouse=True)
def narrow(ringback: Ringback, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(NARROW))


@pytest.mark.parametrize("line", LISTS, ids=lambda line: " ".join(line[0]))
def test_a_list_fits_a_narrow_terminal_and_is_whole_for_scripts(
    ringback: Ringback, instance: ScriptedInstance, line: List
) -> None:
    words, method, path, name, row = line
    instance.answer(method, path, {name: [row, row]})
    told = ringback(*words).out.splitlines()
    assert max(map(len, told)) <= NARROW
    assert json.loads(ringback(*words, "--json").out) == {name: [row, row]}


@pytest.mark.parametrize("line", LISTS, ids=lambda line: " ".join(line[0]))
def test_where_nothing_is_the_way_on_is_told(
    ringback: Ringback, instance: ScriptedInstance, line: List
) -> None:
    words, method, path, name, _ = line
    instance.answer(method, path, {name: []})
    told = ringback(*words).out
    assert "ringback " in told
    assert len(told.rstrip()) <= NARROW
    assert json.loads(ringback(*words, "--json").out) == {name: []}


@pytest.mark.parametrize("words", [("settings",), ("models", "list")])
def test_what_needs_no_instance_is_listed_as_narrow(
    ringback: Ringback, words: tuple[str, ...]
) -> None:
    told = ringback(*words).out.splitlines()
    assert max(map(len, told)) <= NARROW


def test_a_setting_that_is_called_otherwise_is_found_in_the_whole_list(ringback: Ringback) -> None:
    assert ringback("settings", "nonsense").out.rstrip().endswith("ringback settings")


def test_a_token_keeps_its_id_in_one_piece_to_be_copied(
    ringback: Ringback, instance: ScriptedInstance
) -> None:
    instance.answer("GET", "/v1/tokens", {"tokens": [TOKEN]})
    assert UUID in ringback("tokens", "list").out
