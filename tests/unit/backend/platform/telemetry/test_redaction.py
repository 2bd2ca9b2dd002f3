"""What is taken out of a log line, and what stays."""

import pytest

from backend.platform.telemetry.redaction import REMOVED, redacted, without_secrets

SECRET_LINES = [
    "Bearer abcdef",
    "sk-proj-abcdefghijklmnop",
    "AC" + "0" * 32,
    "eyJhbGciOi.eyJzdWIi.c2ln",
    "postgresql://ada:s3cret@host/db",
    "GET /sync/notes?token=abc",
    "x" * 43,
    "+4915112345678",
]


@pytest.mark.parametrize("line", SECRET_LINES)
def test_what_looks_like_a_secret_or_a_number_is_taken_out(line: str) -> None:
    cleaned = without_secrets(f"before {line} after")
    assert REMOVED in cleaned
    for part in ("abcdef", "s3cret", "token=abc", "0" * 32, "c2ln", "x" * 43, "4915112345678"):
        assert part not in cleaned


@pytest.mark.parametrize(
    "line",
    [
        "01a1fc46-3145-7448-8513-e5ba767fa983",
        "backend/conversation/hearing/engines/faster_whisper.py",
        "2026-11-20T12:00:00.000000Z",
        "memory.embed",
        "postgresql://host/db",
    ],
)
def test_what_explains_stays(line: str) -> None:
    assert without_secrets(line) == line


@pytest.mark.parametrize("name", ["text", "heard", "Authorization", "pii.name", "pii", "token"])
def test_fields_for_words_and_secrets_are_never_written(name: str) -> None:
    assert redacted({name: "my sister Anna"}) == {name: REMOVED}


def test_what_lies_deeper_is_looked_at_too() -> None:
    line = redacted({"job": {"payload": "words", "ids": ["a", b"bytes"], "n": 1, "x": None}})
    assert line == {"job": {"payload": REMOVED, "ids": ["a", REMOVED], "n": 1, "x": None}}


def test_a_line_has_an_end() -> None:
    assert len(without_secrets("a b " * 5000)) <= 2000
