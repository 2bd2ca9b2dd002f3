"""What is known, told at the keyboard: as "you", with its words, and how to put it right."""

from typing import Any

import pytest

from tests.fakes.scripted_instance import ScriptedInstance
from tests.unit.backend.cli.conftest import Ringback
from tests.unit.backend.cli.doors import Asking, each, tells_a_refusal, tells_people, tells_scripts

SOURCE = {
    "message_id": "m1",
    "quote": "I live in Porto",
    "speaker": "Sam",
    "channel": "phone",
    "assurance": "verified",
    "when": "2026-05-01T10:00:00Z",
    "conversation_id": "c1",
    "says": "is",
    "second": 12.4,
    "audio": "/v1/facts/f1/sources/m1/audio",
}
FACT = {
    "id": "01a1fde7-f61a-7331-b2b2-79bd6281cbe9",
    "subject": "",
    "qualifier": "",
    "predicate": "lives in",
    "object": "Porto",
    "statement": "They live in Porto.",
    "confidence": 0.9,
    "said_by": "owner",
    "assurance": "verified",
    "pinned": False,
    "since": "2026-05-01T10:00:00Z",
    "since_known": True,
    "until": None,
    "learnt": "2026-05-01T10:00:00Z",
    "state": "",
    "superseded_by": "",
    "sources": [SOURCE],
}
ANNA = FACT | {"subject": "Anna", "qualifier": "sister", "statement": "Anna lives in Rome."}
CHANGE = {
    "id": "01a1fde7-f643-748f-b3f8-bd94a43134ed",
    "fact_id": FACT["id"],
    "kind": "learnt",
    "when": "2026-05-01T10:00:00Z",
    "by": "owner:p1",
    "details": {},
}
BEFORE = FACT | {"object": "Rome", "state": "superseded", "until": "2026-05-01T10:00:00Z"}
ENDED = FACT | {"state": "ended", "until": FACT["since"], "since_known": False}
WHOLE = FACT | {"history": [CHANGE], "former": [BEFORE]}

Line = tuple[tuple[str, ...], str, str, dict[str, Any], tuple[str, ...]]

MERGE = {
    "id": CHANGE["id"],
    "kept": "Hanna",
    "kept_which": "",
    "merged": "Anna",
    "merged_which": "from work",
    "when": "2026-05-01T12:00:00Z",
    "undone": None,
}

COMMANDS: list[Line] = [
    (
        ("list",),
        "GET",
        "/v1/facts",
        {"facts": [FACT, ANNA], "next": None},
        ("You live in Porto.", "Anna lives in Rome. (sister)", "6281cbe9", "Sam, 2026-05-01"),
    ),
    (
        ("list", "--at", "2001-01-01"),
        "GET",
        "/v1/facts",
        {"facts": [ENDED], "next": None},
        ("You used to live in Porto.", "not known", "ended"),
    ),
    (
        ("show", "6281cbe9"),
        "GET",
        "/v1/facts/6281cbe9",
        WHOLE,
        ("“I live in Porto” — Sam", "12 s into the recording", "a43134ed", "You used to live in"),
    ),
    (
        ("correct", "f1", "Lisbon"),
        "POST",
        "/v1/facts/f1/correct",
        {"changes": [CHANGE]},
        ("✓ Corrected.", "ringback facts undo a43134ed"),
    ),
    (("deny", "f1"), "POST", "/v1/facts/f1/deny", {"changes": [CHANGE]}, ("not believed",)),
    (("pin", "f1"), "POST", "/v1/facts/f1/pin", {"changes": [CHANGE]}, ("✓ It is pinned.",)),
    (("unpin", "f1"), "POST", "/v1/facts/f1/unpin", {"changes": []}, ("not pinned",)),
    (
        ("merge", "Hanna", "Anna", "--merged-which", "from work"),
        "POST",
        "/v1/facts/merge",
        {"id": CHANGE["id"], "changes": []},
        ("✓ Anna is Hanna.", "ringback facts undo --merge a43134ed"),
    ),
    (
        ("merges",),
        "GET",
        "/v1/facts/merges",
        {"merges": [MERGE]},
        ("Anna (from work) is Hanna", "a43134ed"),
    ),
    (("undo", "c1"), "POST", "/v1/facts/changes/c1/undo", {"changes": [CHANGE]}, ("✓ Undone.",)),
    (("undo", "--merge", "x"), "POST", "/v1/facts/merges/x/undo", {"changes": []}, ("✓ Undone.",)),
]


LINES = [
    Asking(("facts", *words), method, path, body, shown)
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


def test_nothing_known_says_what_to_do(ringback: Ringback, instance: ScriptedInstance) -> None:
    instance.answer("GET", "/v1/facts", {"facts": [], "next": None})
    assert "Nothing is known yet" in ringback("facts", "list").out


@pytest.mark.parametrize("words", [("correct", "f1"), ("undo",), ("undo", "c", "--merge", "m")])
def test_wrong_use_is_told_apart_from_failure(ringback: Ringback, words: tuple[str, ...]) -> None:
    assert ringback("facts", *words).status == 2
