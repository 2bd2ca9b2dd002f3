"""Talking by keyboard and by file, over a real socket."""

import io
import json
import sys
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.conversation.sound import write_wav
from backend.kernel.audio import RATE_HZ, Sound
from tests.fakes.scripted_instance import TOKEN, ScriptedInstance
from tests.fakes.scripted_line import VOICE, ScriptedLine, scripted_line
from tests.unit.backend.cli.conftest import Ringback


def serves_apps_at(instance: ScriptedInstance, url: str) -> None:
    """The app's socket is served by a process of its own."""
    instance.answer("GET", "/v1/where", {"backend": instance.url, "mobile_api": url})


@pytest.fixture
def line(instance: ScriptedInstance) -> Iterator[ScriptedLine]:
    with scripted_line(ScriptedLine()) as serving:
        serves_apps_at(instance, serving.url)
        yield serving


def typing(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


@pytest.fixture
def question(tmp_path: Path) -> Path:
    file = tmp_path / "question.wav"
    write_wav(file, Sound(VOICE * (RATE_HZ // 5)))
    return file


def test_each_typed_line_is_answered_in_turn(
    ringback: Ringback, line: ScriptedLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    typing(monkeypatch, "one\n\ntwo\n")
    told = json.loads(ringback("talk", "--json").out)
    assert told["conversation_id"] == "c1"
    assert [turn["said"] for turn in told["turns"]] == ["You said one.", "You said two."]
    assert line.heard[0]["token"] == TOKEN
    assert [message["type"] for message in line.heard] == ["hello", "text", "text", "bye"]


def test_a_person_sees_greeting_answer_and_source(
    ringback: Ringback, line: ScriptedLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    typing(monkeypatch, "one\n")
    out = ringback("talk").out
    assert out.splitlines() == [
        "Ringback  Hello.",
        "Ringback  You said one.",
        "          (2026-01-01 00:00, by phone)",
    ]


def test_the_companions_goodbye_ends_the_talk(
    ringback: Ringback, line: ScriptedLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    typing(monkeypatch, "goodbye\nstill there?\n")
    told = json.loads(ringback("talk", "--json").out)
    assert len(told["turns"]) == 1


def test_a_refused_line_says_why(
    ringback: Ringback, instance: ScriptedInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    typing(monkeypatch, "one\n")
    refusal = {"code": "unauthorised", "message": "Nobody we know.", "cure": "ringback up"}
    with scripted_line(ScriptedLine(refusal=refusal)) as line:
        serves_apps_at(instance, line.url)
        done = ringback("talk")
    assert done.status == 1
    assert done.err == "✗ Nobody we know.\n  → ringback up\n"


def test_a_file_speaks_after_the_greeting_and_both_sides_are_kept(
    ringback: Ringback, line: ScriptedLine, question: Path, tmp_path: Path
) -> None:
    out = tmp_path / "both.wav"
    done = ringback("talk", "--wav", str(question), "--out", str(out), "--json")
    assert done.status == 0, done.err
    told = json.loads(done.out)
    assert [(turn["heard"], turn["said"]) for turn in told["turns"]] == [
        ("spoken", "You said spoken.")
    ]
    assert line.marks == ["after Hello.", "after You said spoken."]
    with wave.open(str(out)) as file:
        assert (file.getnchannels(), file.getframerate()) == (2, RATE_HZ)
        assert file.getnframes() > RATE_HZ


def test_a_file_that_is_no_sound_is_wrong_use(
    ringback: Ringback, line: ScriptedLine, tmp_path: Path
) -> None:
    file = tmp_path / "text.wav"
    file.write_text("hello")
    done = ringback("talk", "--wav", str(file))
    assert done.status == 2
    assert "not a WAV file" in done.err


def test_where_nobody_serves_apps_it_says_what_is_missing(
    ringback: Ringback, instance: ScriptedInstance, question: Path
) -> None:
    serves_apps_at(instance, "http://127.0.0.1:1")
    for words in (("talk",), ("talk", "--wav", str(question))):
        done = ringback(*words)
        assert done.status == 1
        assert "mobile_api, and that does not run" in done.err
        assert "RINGBACK_URLS__MOBILE_API" in done.err


def test_a_line_that_is_too_long_is_wrong_use_and_never_sent(
    ringback: Ringback, line: ScriptedLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    typing(monkeypatch, "x" * 4001 + "\n")
    done = ringback("talk")
    assert done.status == 2
    assert done.err == (
        "✗ A line holds at most 4000 characters, this one has 4001.\n  → Say it in several lines.\n"
    )
    assert "text" not in [message["type"] for message in line.heard]


@pytest.mark.parametrize(("code", "why"), [(4429, "flood"), (1011, "something broke")])
def test_a_line_that_is_cut_off_says_why(
    ringback: Ringback,
    instance: ScriptedInstance,
    monkeypatch: pytest.MonkeyPatch,
    code: int,
    why: str,
) -> None:
    typing(monkeypatch, "one\n")
    with scripted_line(ScriptedLine(cuts_off=why, cut_off_code=code)) as line:
        serves_apps_at(instance, line.url)
        done = ringback("talk")
    assert done.status == 1
    assert f"✗ The instance closed the line: {why}." in done.err


def test_the_end_of_a_reply_stands_before_its_sources(
    ringback: Ringback, instance: ScriptedInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    typing(monkeypatch, "one\n")
    with scripted_line(ScriptedLine(last_words="That's all.")) as line:
        serves_apps_at(instance, line.url)
        out = ringback("talk").out
    assert out.splitlines() == [
        "Ringback  Hello.",
        "Ringback  You said one.",
        "          That's all.",
        "          (2026-01-01 00:00, by phone)",
    ]
