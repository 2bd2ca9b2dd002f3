"""What `ringback jobs` asks of the instance, and what it says to people and to scripts."""

from typing import Any

import pytest

from tests.fakes.scripted_instance import ScriptedInstance
from tests.unit.backend.cli.conftest import Ringback
from tests.unit.backend.cli.doors import Asking, each, tells_a_refusal, tells_people, tells_scripts

UUID = "0199aaaa-0000-7000-8000-000000000000"
JOB = {"id": "j1", "name": "memory.embed", "state": "done", "attempts": 1, "created_at": None}
DEAD = JOB | {"state": "dead", "error": "no such message", "error_kind": "refused"}
WHOLE = DEAD | {
    **dict.fromkeys(("not_before", "started_at", "finished_at", "lease_until")),
    "attempts_max": 5,
    "lease_holder": "",
    "result": {
        "made": 3,
        "checks": [{"name": "notes agree", "ok": True}],
        "repaired": ["search"],
        "history": [{"state": "dead", "ended_at": 1, "error": "once"}],
    },
}
CLOCK = {
    "name": "upkeep.backup",
    "user_id": "",
    "zone": "Europe/Berlin",
    "rhythm": "30 3 * * *",
    "next_at": 1,
    "last_at": None,
    "is_paused": False,
}
STATE = {"id": "j1", "state": "waiting"}
CLOCK_PATH = "/v1/jobs/schedule/upkeep.check"

Line = tuple[tuple[str, ...], str, str, dict[str, Any], str]

COMMANDS: list[Line] = [
    (("list",), "GET", "/v1/jobs", {"jobs": []}, "There are no jobs."),
    (("list", "--family", "memory"), "GET", "/v1/jobs", {"jobs": []}, "No job fits."),
    (("dead",), "GET", "/v1/jobs", {"jobs": [DEAD]}, "--all-dead memory.embed"),
    (("dead",), "GET", "/v1/jobs", {"jobs": []}, "No job was given up."),
    (("show", "j1"), "GET", "/v1/jobs/j1", WHOLE, "ringback jobs retry j1"),
    (("retry", "j1"), "POST", "/v1/jobs/j1/retry", STATE, "ringback jobs show j1"),
    (("retry", "--all-dead", "a.b"), "POST", "/v1/jobs/retry", {"retried": 2}, "✓ 2 of them"),
    (("retry", "--all-dead", "a.b"), "POST", "/v1/jobs/retry", {"retried": 0}, "No a.b was"),
    (("cancel", "j1"), "POST", "/v1/jobs/j1/cancel", {"state": "cancelled"}, "✓ Called off."),
    (("cancel", "j1"), "POST", "/v1/jobs/j1/cancel", {"state": "leased"}, "within seconds"),
    (("run", "upkeep.check"), "POST", f"{CLOCK_PATH}/run", {"job_id": "j1"}, "jobs show j1"),
    (("run", UUID), "POST", f"/v1/jobs/{UUID}/run", STATE, f"jobs show {UUID}"),
    (("schedule",), "GET", "/v1/jobs/schedule", {"clocks": [CLOCK]}, "30 3 * * *"),
    (("schedule",), "GET", "/v1/jobs/schedule", {"clocks": []}, "No clock was wound yet"),
]


LINES = [
    Asking(("jobs", *words), method, path, body, (shown,))
    for words, method, path, body, shown in COMMANDS
]


@each(*LINES)
def test_people_read_what_the_instance_answers(
    ringback: Ringback, instance: ScriptedInstance, line: Asking
) -> None:
    tells_people(ringback, instance, line)


@each(*LINES)
def test_scripts_get_one_json_object(
    ringback: Ringback, instance: ScriptedInstance, line: Asking
) -> None:
    tells_scripts(ringback, instance, line)


@each(*LINES)
def test_a_refusal_is_one_line_and_the_way_out(
    ringback: Ringback, instance: ScriptedInstance, line: Asking
) -> None:
    tells_a_refusal(ringback, instance, line)


def test_a_job_tells_its_result_and_its_earlier_lives(
    ringback: Ringback, instance: ScriptedInstance
) -> None:
    instance.answer("GET", "/v1/jobs/j1", WHOLE)
    shown = ringback("jobs", "show", "j1").out
    for line in ("no such message (refused)", "made: 3", "notes agree · True", "search", "once"):
        assert line in shown


@pytest.mark.parametrize("words", [("retry",), ("retry", "j1", "--all-dead", "a.b")])
def test_it_is_said_which_jobs_are_meant(ringback: Ringback, words: tuple[str, ...]) -> None:
    done = ringback("jobs", *words)
    assert done.status == 2
    assert "--all-dead" in done.err


def test_a_clock_is_paused_and_then_shown(ringback: Ringback, instance: ScriptedInstance) -> None:
    instance.answer("POST", f"{CLOCK_PATH}/pause", CLOCK | {"is_paused": True})
    instance.answer("GET", "/v1/jobs/schedule", {"clocks": [CLOCK | {"is_paused": True}]})
    assert "paused" in ringback("jobs", "schedule", "--pause", "upkeep.check").out


AWAY = "the server of vectors was away for longer than anybody had patience for"
LONG: dict[str, Any] = {
    "id": UUID,
    "name": "documents.project",
    "family": "documents",
    "attempts": 3,
    "progress": 0.5,
    "created_at": 1,
    "finished_at": 1,
    "error": AWAY,
    "error_kind": "unavailable",
}


@pytest.mark.parametrize(
    ("words", "body", "whole"),
    [
        (
            ("list",),
            {"jobs": [LONG | {"state": "leased"}]},
            ("00000000", "documents.project", "leased 50%", "unavailable"),
        ),
        (
            ("dead",),
            {"jobs": [LONG | {"state": "dead"}]},
            ("00000000", "documents.project", "unavailable"),
        ),
        (
            ("schedule",),
            {"clocks": [CLOCK | {"zone": "America/Los_Angeles", "last_at": 1, "user_id": UUID}]},
            ("upkeep.backup", "30 3 * * *", "America/Los_Angeles", "00000000"),
        ),
    ],
    ids=lambda part: part[0] if isinstance(part, tuple) else "",
)
def test_a_narrow_terminal_shows_each_name_in_one_piece(
    ringback: Ringback,
    instance: ScriptedInstance,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    body: dict[str, Any],
    whole: tuple[str, ...],
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for path in ("/v1/jobs", "/v1/jobs/schedule"):
        instance.answer("GET", path, body)
    told = ringback("jobs", *words).out.splitlines()
    assert all(len(line) <= 80 for line in told)
    assert all(any(part in line for line in told) for part in whole), told


def test_a_wide_terminal_shows_whole_ids_and_whole_errors(
    ringback: Ringback, instance: ScriptedInstance
) -> None:
    instance.answer("GET", "/v1/jobs", {"jobs": [LONG | {"state": "dead"}]})
    told = ringback("jobs", "list").out
    assert UUID in told
    assert AWAY in " ".join(told.split())


def test_the_end_of_an_id_names_a_job_and_a_dot_a_clock(
    ringback: Ringback, instance: ScriptedInstance
) -> None:
    instance.answer("POST", "/v1/jobs/3f00beef/run", STATE)
    assert ringback("jobs", "run", "3f00beef").status == 0
