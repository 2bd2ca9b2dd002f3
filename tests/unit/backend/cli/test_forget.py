"""`ringback forget`: what it asks of the instance, and that it asks a person first."""

import io
import json
from typing import Any

import pytest

from tests.fakes.scripted_instance import ScriptedInstance
from tests.unit.backend.cli.conftest import Ringback

UNDO = "What was forgotten can't be brought back."
PREVIEW = {
    "dry_run": True,
    "id": "",
    "things": {"message": 2, "turn": 1},
    "stores": {"messages": 2, "vectors": 1},
    "examples": [
        {"kind": "message", "text": "the gate's code \x1b[2J", "at": 1_780_000_000_000_000}
    ],
    "unreached": [],
    "undo": UNDO,
}
RECEIPT = {
    "id": "f1",
    "scope": {"what": "turn", "id": "t1"},
    "actor": "cli:p1",
    "state": "done",
    "removed": {"messages": 2},
    "scanned": {"messages": 0, "vectors": 0},
    "left": 0,
    "unreached": [],
    "progress": 1.0,
    "at": 1_780_000_000_000_000,
    "finished_at": 1_780_000_000_000_001,
}
STORE = {
    "store": "messages",
    "holds": "what was said, word for word",
    "count": 7,
    "days": 30.0,
    "forgotten_by": "a wish, or its time",
}

WISHES: list[tuple[tuple[str, ...], dict[str, Any]]] = [
    (("turn", "t1"), {"what": "turn", "id": "t1"}),
    (("fact", "x1"), {"what": "fact", "id": "x1"}),
    (("person", "Anna"), {"what": "person", "name": "Anna", "id": ""}),
    (("person", "--id", "c1"), {"what": "person", "name": "", "id": "c1"}),
    (("everything",), {"what": "everything"}),
]


@pytest.fixture
def answered(instance: ScriptedInstance) -> ScriptedInstance:
    instance.answer("POST", "/v1/forget", PREVIEW | {"id": "f1"})
    instance.answer("GET", "/v1/forget/f1", RECEIPT)
    instance.answer("GET", "/v1/forget", {"receipts": [RECEIPT]})
    instance.answer("GET", "/v1/forget/report", {"stores": [STORE]})
    return instance


@pytest.mark.parametrize(("words", "wish"), WISHES, ids=str)
def test_with_yes_it_is_forgotten_and_the_receipt_is_shown(
    ringback: Ringback, answered: ScriptedInstance, words: tuple[str, ...], wish: dict[str, Any]
) -> None:
    done = ringback("forget", *words, "--yes")
    assert done.status == 0
    assert answered.asked[0] == ("POST", "/v1/forget", wish)
    assert "✓ Forgotten: turn" in done.out
    assert "0 left" in done.out
    assert "ringback forget show f1" in done.out


NOTE_IDS = ("019a-aaaa-n1", "019a-bbbb-n2")


@pytest.mark.parametrize(
    ("named", "meant"),
    [("2", "019a-bbbb-n2"), ("oat", "019a-aaaa-n1"), ("bbb-n2", "019a-bbbb-n2"), ("d/n", "d/n")],
)
def test_a_note_is_meant_by_its_number_its_words_or_the_end_of_its_id(
    ringback: Ringback, answered: ScriptedInstance, named: str, meant: str
) -> None:
    told = zip(NOTE_IDS, ("buy oat milk", "call Anna"), strict=True)
    answered.answer(
        "GET", "/v1/notes", {"notes": [{"id": id_, "text": text} for id_, text in told]}
    )
    assert ringback("forget", "note", named, "--yes").status == 0
    assert ("POST", "/v1/forget", {"what": "note", "id": meant}) in answered.asked


def test_words_that_several_notes_have_forget_none(
    ringback: Ringback, answered: ScriptedInstance
) -> None:
    told = [{"id": each, "text": "buy milk"} for each in NOTE_IDS]
    answered.answer("GET", "/v1/notes", {"notes": told})
    done = ringback("forget", "note", "milk", "--yes")
    assert done.status != 0
    assert [path for _, path, _ in answered.asked] == ["/v1/notes"]


def test_how_far_it_is_and_what_did_not_answer_is_said(
    ringback: Ringback, answered: ScriptedInstance
) -> None:
    begun = {"state": "running", "progress": 0.42, "left": 3, "unreached": ["graph"]}
    answered.answer("GET", "/v1/forget/f1", RECEIPT | begun)
    shown = ringback("forget", "show", "f1").out
    assert "42 % gone" in shown
    assert "asked again: graph" in shown


def test_a_long_life_is_followed_until_its_rows_are_gone(
    ringback: Ringback, answered: ScriptedInstance
) -> None:
    gone = {"state": "running", "progress": 1.0, "unreached": ["index of vectors"]}
    answered.answer("GET", "/v1/forget/f1", RECEIPT | gone)
    done = ringback("forget", "everything", "--yes")
    assert done.status == 0
    assert "It is on its way." in done.out, "servers are not waited for"


def test_a_dry_run_shows_what_would_go_and_asks_for_nothing_else(
    ringback: Ringback, answered: ScriptedInstance
) -> None:
    done = ringback("forget", "turn", "t1", "--dry-run")
    assert done.status == 0
    assert [path for _, path, _ in answered.asked] == ["/v1/forget?dry_run=true"]
    assert "2  messages" in done.out
    assert "the gate's code" in done.out
    assert "\x1b" not in done.out
    assert UNDO in done.out


def test_a_dry_run_is_one_json_object_for_scripts(
    ringback: Ringback, answered: ScriptedInstance
) -> None:
    done = ringback("forget", "turn", "t1", "--dry-run", "--json")
    assert json.loads(done.out)["stores"] == {"messages": 2, "vectors": 1}


def test_without_yes_a_script_is_refused_before_anything_goes(
    ringback: Ringback, answered: ScriptedInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    done = ringback("forget", "everything")
    assert done.status == 2
    assert "--yes" in done.err
    assert [path for _, path, _ in answered.asked] == ["/v1/forget?dry_run=true"]


def test_when_there_is_nothing_nobody_is_asked(
    ringback: Ringback, answered: ScriptedInstance
) -> None:
    nothing = PREVIEW | {"things": {}, "stores": {}, "examples": []}
    answered.answer("POST", "/v1/forget", nothing)
    done = ringback("forget", "person", "Nobody")
    assert (done.status, done.out.strip()) == (0, "There is nothing like that.")


@pytest.mark.parametrize(
    ("since", "until", "hours"),
    [("2026-11-20", "2026-11-20", 24), ("2026-11-20T08:00", "2026-11-20T10:30", 2.5)],
)
def test_a_day_is_all_of_it_and_a_moment_is_a_moment(
    ringback: Ringback, answered: ScriptedInstance, since: str, until: str, hours: float
) -> None:
    ringback("forget", "period", "--since", since, "--until", until, "--yes")
    _, _, wish = answered.asked[0]
    assert wish["until"] - wish["since"] == hours * 3_600_000_000


def test_what_is_no_moment_is_said_so(ringback: Ringback, answered: ScriptedInstance) -> None:
    done = ringback("forget", "period", "--since", "last tuesday", "--yes")
    assert (done.status, answered.asked) == (2, [])
    assert "2026-11-20" in done.err


def test_a_person_without_a_name_is_nobody(ringback: Ringback, answered: ScriptedInstance) -> None:
    assert ringback("forget", "person", "--yes").status == 2
    assert answered.asked == []


def test_receipts_and_the_report_are_tables(ringback: Ringback, answered: ScriptedInstance) -> None:
    assert "f1" in ringback("forget", "list").out
    report = ringback("forget", "report").out
    assert "what was said, word for word" in report
    assert "30 days" in report
    assert json.loads(ringback("forget", "show", "f1", "--json").out) == RECEIPT


@pytest.mark.parametrize(
    ("given", "cure"),
    [
        (("--since", "2026-05-02", "--until", "2026-05-01"), "give a --since before 2026-05-01"),
        (("--since", "2999-01-01"), "in the past"),
    ],
)
def test_a_period_that_ends_before_it_begins_is_refused_in_words(
    ringback: Ringback, instance: ScriptedInstance, given: tuple[str, ...], cure: str
) -> None:
    done = ringback("forget", "period", *given, "--dry-run")
    assert done.status != 0
    assert "A period ends after it begins." in done.err
    assert cure in done.err
    assert "body" not in done.err


def test_an_empty_memory_has_nothing_to_forget(
    ringback: Ringback, instance: ScriptedInstance
) -> None:
    nothing = PREVIEW | {"things": {"user": 1}, "stores": {}, "examples": []}
    instance.answer("POST", "/v1/forget", nothing)
    done = ringback("forget", "everything", "--dry-run")
    assert (done.status, done.out.strip()) == (0, "There is nothing.")
