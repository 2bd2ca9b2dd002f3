"""Calls on the command line: listed, drawn, followed."""

import json
from pathlib import Path
from typing import Any

import pytest

from backend.cli.watching import messages
from backend.cli.waterfall import waterfall
from tests.fakes.scripted_instance import ScriptedInstance
from tests.unit.backend.cli.conftest import Ringback

CALL = {
    "id": "01936f2a-7b3c-7000-8000-000000000001",
    "carrier": "phone",
    "direction": "in",
    "remote": "+15005550007",
    "person": "Anna",
    "assurance": "verified",
    "is_recorded": True,
    "turns_taken": 1,
    "cost_micros": 3100,
    "started_at": "2026-11-21T07:00:00.000+00:00",
    "ended_at": "2026-11-21T07:01:23.000+00:00",
    "ended_by": "goodbye",
}
SPANS = {
    "end_of_turn": [0, 380],
    "transcribe_audio": [160, 370],
    "respond": [430, 520],
    "extract_concepts": [430, 470],
    "commit": [520, 532],
    "speaking": [560, 2390],
}
DETAILS = {
    "engines": {"hearing": "faster-whisper/base", "mind": "offline"},
    "end": {"why": "complete", "silence_ms": 380},
    "speculated": [{"what": "reply", "ms": 90, "cost_micros": 120, "outcome": "dropped"}],
    "interrupted": {"at_ms": 1830, "heard_words": 7, "unheard_words": 20},
    "held": [{"at_ms": 900, "ms": 400}],
    "filler": True,
    "resumed_line": 1,
}
TURN = {
    "id": "t1",
    "heard": "I am tired [bold] today.",
    "said": "Then rest",
    "unheard": "a little.",
    "engine": "offline",
    "timeline": SPANS,
    "details": DETAILS,
    "cost_micros": 400,
    "started_at": "2026-11-21T07:00:04.000+00:00",
    "ended_at": "2026-11-21T07:00:09.000+00:00",
}


def test_calls_are_listed_newest_first_with_who_and_what_it_cost(
    ringback: Ringback, instance: ScriptedInstance
) -> None:
    instance.answer("GET", "/v1/calls", {"calls": [CALL]})
    done = ringback("calls", "list", "--with", "Anna", "--direction", "in")
    assert done.status == 0
    assert all(part in done.out for part in ("01936f2a-7b3c", "Anna", "1:23 min", "$0.0031"))
    path = instance.asked[-1][1]
    assert "person=Anna" in path
    assert "direction=in" in path
    ringback("calls", "list", "--with", "+4930", "--since", "7d", "--all")
    path = instance.asked[-1][1]
    assert all(part in path for part in ("number=", "since=", "carrier=any"))


def test_a_call_is_drawn_within_eighty_columns(
    ringback: Ringback, instance: ScriptedInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    instance.answer("GET", "/v1/calls/last", CALL | {"turns": [TURN]})
    done = ringback("calls", "show")
    assert done.status == 0
    assert max(len(line) for line in done.out.splitlines()) <= 80
    for part in (
        "← I am tired [bold] today.",
        "✂ a little.",
        "transcribe audio",
        "the sentence was complete, after 380 ms of silence",
        "hearing faster-whisper/base",
        "speculated on the reply (90 ms, $0.0001): dropped",
        "7 words were heard, 20 were not",
    ):
        assert part in done.out


def test_a_call_of_which_only_the_timeline_is_known_is_drawn_too(
    ringback: Ringback, instance: ScriptedInstance
) -> None:
    turn = TURN | {"details": {}, "unheard": "", "cost_micros": 0}
    instance.answer("GET", "/v1/calls/last", CALL | {"turns": [turn, turn | {"timeline": {}}]})
    assert ringback("calls", "show", "last").status == 0


def test_bars_lie_side_by_side_as_their_spans_do() -> None:
    lines = list(waterfall({"respond": [0, 100], "extract_concepts": [50, 100]}, {}, columns=60))
    respond, extract = lines[1], lines[2]
    assert respond.index("█") < extract.index("█")
    assert respond.rindex("█") == extract.rindex("█")
    assert respond.endswith("100 ms")


@pytest.mark.parametrize(
    "spans",
    [
        {},
        {"respond": []},
        {"respond": [5, 1]},
        {"respond": ["a", "b"]},
        {"a": [0, 0], "b": [1e5, 2e6]},
        {"x" * 90: [-5, 3]},
    ],
)
def test_whatever_a_row_holds_is_drawn_or_left_out(spans: dict[str, Any]) -> None:
    assert all(len(line) <= 70 for line in waterfall(spans, {"interrupted": 3}, columns=70))


def test_a_recording_is_saved_and_never_overwrites(
    ringback: Ringback, instance: ScriptedInstance, tmp_path: Path
) -> None:
    instance.answer("GET", "/v1/calls/last", CALL | {"turns": []})
    instance.answer("GET", f"/v1/calls/{CALL['id']}/recording", b"RIFF....")
    file = tmp_path / "call.wav"
    assert ringback("calls", "recording", "last", "--to", str(file)).status == 0
    assert file.read_bytes() == b"RIFF...."
    again = ringback("calls", "recording", "last", "--to", str(file))
    assert again.status == 1
    assert "--to ANOTHER-FILE" in again.err
    assert file.exists()


def test_a_recording_that_is_not_there_leaves_no_file(
    ringback: Ringback, instance: ScriptedInstance, tmp_path: Path
) -> None:
    instance.answer("GET", "/v1/calls/last", CALL | {"turns": []})
    file = tmp_path / "call.wav"
    assert ringback("calls", "recording", "last", "--to", str(file)).status == 1
    assert not file.exists()


def test_a_day_that_is_none_is_wrong_use(ringback: Ringback, instance: ScriptedInstance) -> None:
    assert ringback("calls", "list", "--since", "yesterdayish").status == 2


def test_events_are_read_as_a_browser_reads_them() -> None:
    told = json.dumps({"kind": "turn.committed"})
    lines = ["retry: 1000", "", "id: 7", "event: turn.committed", f"data: {told}", "", ": beat", ""]
    assert [(sent.id, sent.data) for sent in messages(lines)] == [("7", told)]
