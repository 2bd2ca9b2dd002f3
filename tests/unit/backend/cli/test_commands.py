"""What each command asks of the instance, and what it says to people and to scripts."""

import io
import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.scripted_instance import TOKEN, ScriptedInstance
from tests.unit.backend.cli.conftest import Ringback
from tests.unit.backend.cli.doors import Asking, each, tells_a_refusal, tells_people, tells_scripts

NOTES = [{"id": "n1", "text": "Oat milk"}, {"id": "n2", "text": "Soy milk"}]
MIA = {
    "id": "p1",
    "name": "Mia",
    "role": "member",
    "zone": "UTC",
    "numbers": ["+49301234567"],
    "unconfirmed": [],
    "memory": "a memory of their own",
}
TOKEN_ROW = {
    "id": "t1",
    "name": "laptop",
    "scopes": ["memory"],
    "person_id": "p0",
    "created_at": "2026-01-01T00:00:00Z",
    "expires_at": None,
    "last_used_at": None,
}
DEVICE = {"id": "d1", "name": "phone", "created_at": "2026-01-01T00:00:00.000Z"}
FOUND = {"id": "m1", "text": "my sister Anna", "score": 0.9, "when": "2026-01-01", "speaker": "Kim"}
JOB = {"id": "j1", "name": "memory.embed", "state": "done", "attempts": 1, "created_at": None}
BACKUP = {"id": "b1", "made_at": "2026-01-01T00:00:00Z", "size": 1_500_000}

Line = tuple[tuple[str, ...], str, str, dict[str, Any], str]

COMMANDS: list[Line] = [
    (("people", "list"), "GET", "/v1/people", {"people": [MIA]}, "Mia"),
    (("people", "add", "Mia", "--number", "+49 30 1234567"), "POST", "/v1/people", MIA, "✓ Mia"),
    (("tokens", "list"), "GET", "/v1/tokens", {"tokens": [TOKEN_ROW]}, "laptop"),
    (
        ("tokens", "create", "--scope", "memory"),
        "POST",
        "/v1/tokens",
        {"id": "t1", "token": "ringback_api_x", "scopes": ["memory"], "expires_at": None},
        "ringback_api_x",
    ),
    (
        ("owner", "link"),
        "POST",
        "/v1/owner/link",
        {"url": "http://x/#code=ABCD", "code": "ABCD", "expires_at": None},
        "http://x/#code=ABCD",
    ),
    (("devices", "list"), "GET", "/v1/devices", {"devices": [DEVICE]}, "phone"),
    (
        ("devices", "pair", "--name", "phone"),
        "POST",
        "/v1/devices/pairing",
        {"code": "ABCD2345", "text": "ringback://pair"},
        "ABCD2345",
    ),
    (
        ("memory", "search", "sister"),
        "POST",
        "/v1/memory/search",
        {"results": [FOUND]},
        "my sister Anna",
    ),
    (("notes", "list"), "GET", "/v1/notes", {"notes": [{"id": "n1", "text": "milk"}]}, "milk"),
    (("notes", "add", "oat", "milk"), "POST", "/v1/notes", {"id": "n1"}, "✓ Noted."),
    (("jobs", "list"), "GET", "/v1/jobs", {"jobs": [JOB]}, "memory.embed"),
    (("backup", "now"), "POST", "/v1/backups", {"id": "b1"}, "b1"),
    (("backup", "list"), "GET", "/v1/backups", {"backups": [BACKUP]}, "1.5 MB"),
    (("rebuild", "graph"), "POST", "/v1/rebuild", {"job_id": "j1"}, "ringback jobs list"),
    (("setup", "--name", "Mia"), "PATCH", "/v1/people/owner", MIA, "You are Mia"),
    (("setup", "--name", "Mia"), "PATCH", "/v1/people/owner", MIA, "Next: ringback talk"),
]


LINES = [
    Asking(words, method, path, body, (shown,)) for words, method, path, body, shown in COMMANDS
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


def test_what_the_instance_can_not_understand_is_wrong_use(
    ringback: Ringback, instance: ScriptedInstance
) -> None:
    error = {"error": {"code": "invalid", "message": "That is no number.", "cure": ""}}
    instance.answer("POST", "/v1/people", error, status=400)
    assert ringback("people", "add", "Mia", "--number", "1").status == 2


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense",),
        ("people", "nonsense"),
        ("people", "add"),
        ("tokens", "create"),
        ("rebuild", "everything"),
        ("memory", "search", "x", "--k", "0"),
        ("talk", "--wav", "a.wav", "--mic"),
        ("talk", "--out", "a.wav"),
        ("setup",),
        ("restore", "--recovery-key", "/nowhere"),
    ],
)
def test_wrong_use_is_told_apart_from_failure(ringback: Ringback, words: tuple[str, ...]) -> None:
    assert ringback(*words).status == 2


def test_the_command_line_shows_the_token_of_the_home(
    ringback: Ringback, instance: ScriptedInstance
) -> None:
    instance.answer("GET", "/v1/people", {"people": []})
    assert ringback("people", "list").out == "Nobody is known yet.\n"
    instance.home.write_secret("cli.token", "ringback_cli_old")
    done = ringback("people", "list")
    assert done.status == 1
    assert "does not know this command line" in done.err
    assert "ringback_cli_old" not in done.err + done.out


def test_a_home_without_its_token_says_who_may(
    ringback: Ringback, instance: ScriptedInstance
) -> None:
    (instance.home.path / "cli.token").unlink()
    done = ringback("people", "list")
    assert done.status == 1
    assert "RINGBACK_HOME" in done.err


def test_an_instance_that_does_not_answer_is_told(
    ringback: Ringback, instance: ScriptedInstance
) -> None:
    instance.home.announce("http://127.0.0.1:1", os.getpid())
    done = ringback("people", "list")
    assert done.status == 1
    assert "→ ringback doctor" in done.err


def test_something_else_behind_the_port_is_told(
    ringback: Ringback, instance: ScriptedInstance
) -> None:
    instance.answer("GET", "/v1/people", b"<html>hello</html>")
    done = ringback("people", "list")
    assert done.status == 1
    assert "is not Ringback" in done.err


@pytest.mark.parametrize("words", [("owner", "link"), ("devices", "pair")])
def test_a_code_is_made_only_where_somebody_can_use_it(
    ringback: Ringback, words: tuple[str, ...]
) -> None:
    done = ringback(*words)
    assert done.status == 1
    assert done.err.endswith("→ ringback up\n")


def test_somebodys_words_do_not_steer_the_terminal(
    ringback: Ringback, instance: ScriptedInstance
) -> None:
    note = {"id": "n1", "text": "\x1b[2Jmilk [bold]and[/bold] \x07bread"}
    instance.answer("GET", "/v1/notes", {"notes": [note]})
    out = ringback("notes", "list").out
    assert "\x1b" not in out
    assert "\x07" not in out
    assert "[bold]and[/bold]" in out


def test_a_device_is_revoked_by_its_name(ringback: Ringback, instance: ScriptedInstance) -> None:
    instance.answer("GET", "/v1/devices", {"devices": [DEVICE]})
    instance.answer("DELETE", "/v1/devices/d1", b"", status=204)
    assert ringback("devices", "revoke", "phone").status == 0
    assert instance.asked[-1][:2] == ("DELETE", "/v1/devices/d1")


def test_two_devices_of_one_name_are_told_apart_by_id(
    ringback: Ringback, instance: ScriptedInstance
) -> None:
    instance.answer("GET", "/v1/devices", {"devices": [DEVICE, DEVICE | {"id": "d2"}]})
    assert ringback("devices", "revoke", "phone").status == 1
    assert all(method == "GET" for method, _, _ in instance.asked)


def test_a_device_for_somebody_is_paired_with_their_memory(
    ringback: Ringback, instance: ScriptedInstance
) -> None:
    instance.answer("GET", "/v1/people", {"people": [MIA]})
    instance.answer("POST", "/v1/people/p1/pairing", {"code": "ABCD2345", "person": "Mia"})
    assert "ABCD2345" in ringback("devices", "pair", "--person", "mia").out


def test_a_person_is_removed_by_name(ringback: Ringback, instance: ScriptedInstance) -> None:
    instance.answer("GET", "/v1/people", {"people": [MIA]})
    instance.answer("DELETE", "/v1/people/p1", b"", status=204)
    done = ringback("people", "remove", "mia")
    assert (done.status, instance.asked[-1][:2]) == (0, ("DELETE", "/v1/people/p1"))
    assert ringback("people", "remove", "Eve").status == 1


def test_a_pin_is_read_from_the_input_and_never_shown(
    ringback: Ringback, instance: ScriptedInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance.answer("GET", "/v1/people", {"people": [MIA]})
    instance.answer("PUT", "/v1/people/p1/pin", {"person": "Mia", "digits": 6})
    monkeypatch.setattr("sys.stdin", io.StringIO("481516\n"))
    done = ringback("people", "pin", "Mia")
    assert done.status == 0
    assert instance.asked[-1] == ("PUT", "/v1/people/p1/pin", {"pin": "481516"})
    assert "4815" not in done.out + done.err


def test_no_pin_is_wrong_use(
    ringback: Ringback, instance: ScriptedInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance.answer("GET", "/v1/people", {"people": [MIA]})
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert ringback("people", "pin", "Mia").status == 2


def test_a_pin_is_taken_away(ringback: Ringback, instance: ScriptedInstance) -> None:
    instance.answer("GET", "/v1/people", {"people": [MIA]})
    instance.answer("DELETE", "/v1/people/p1/pin", {})
    assert "no PIN" in ringback("people", "pin", "Mia", "--remove").out


def test_a_token_is_revoked(ringback: Ringback, instance: ScriptedInstance) -> None:
    instance.answer("DELETE", "/v1/tokens/t1", b"", status=204)
    assert json.loads(ringback("tokens", "revoke", "t1", "--json").out) == {"revoked": "t1"}


def test_a_note_is_ticked_off_and_opened_again(
    ringback: Ringback, instance: ScriptedInstance
) -> None:
    instance.answer("GET", "/v1/notes", {"notes": NOTES})
    instance.answer("PATCH", "/v1/notes/n1", b"", status=204)
    assert ringback("notes", "done", "oat").out == "✓ Done: Oat milk\n"
    assert json.loads(ringback("notes", "done", "n1", "--undo", "--json").out)["done"] is False
    assert [body for method, _, body in instance.asked if method == "PATCH"] == [
        {"done": True},
        {"done": False},
    ]


def test_a_note_is_removed(ringback: Ringback, instance: ScriptedInstance) -> None:
    instance.answer("GET", "/v1/notes", {"notes": NOTES})
    instance.answer("DELETE", "/v1/notes/n1", b"", status=204)
    assert ringback("notes", "remove", "1").out == "✓ Removed: Oat milk\n"


@pytest.mark.parametrize(
    ("named", "why"),
    [("milk", "Several notes have the words"), ("9", "No note has the number or words")],
)
def test_a_note_that_is_not_clear_is_left_alone(
    ringback: Ringback, instance: ScriptedInstance, named: str, why: str
) -> None:
    instance.answer("GET", "/v1/notes", {"notes": NOTES})
    done = ringback("notes", "remove", named)
    assert done.status == 1
    assert done.err == f"✗ {why} {named}.\n  → ringback notes list\n"


def test_the_recovery_key_is_shown_from_the_home(
    ringback: Ringback, instance: ScriptedInstance
) -> None:
    assert ringback("backup", "key").status == 1
    instance.home.write_secret("recovery.key", "AAAA-BBBB")
    assert json.loads(ringback("backup", "key", "--json").out)["recovery_key"] == "AAAA-BBBB"


def test_a_running_instance_is_not_restored_over(
    ringback: Ringback, instance: ScriptedInstance, tmp_path: Path
) -> None:
    key = tmp_path / "recovery.key"
    key.write_text("AAAA-BBBB")
    done = ringback("restore", "--recovery-key", str(key))
    assert done.status == 1
    assert "running" in done.err


def test_the_version_needs_no_home(ringback: Ringback, home: Path) -> None:
    assert ringback("version").out.startswith("ringback ")
    assert "version" in json.loads(ringback("version", "--json").out)
    assert not home.exists()


def test_settings_tell_value_and_origin_and_mask_secrets(
    ringback: Ringback, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "very-secret")
    rows = json.loads(ringback("settings", "--changed", "--json").out)["settings"]
    shown = {row["environment"]: (row["value"], row["origin"]) for row in rows}
    assert shown["TWILIO_AUTH_TOKEN"] == ("********", "environment")
    assert shown["RINGBACK_HOME"] == (str(home), "environment")
    assert "very-secret" not in ringback("settings").out


def test_an_unknown_setting_is_wrong_use_and_names_the_nearest(
    ringback: Ringback, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RINGBACK_PUBLIC_ULR", "https://x")
    done = ringback("settings")
    assert done.status == 2
    assert "RINGBACK_PUBLIC_URL" in done.err


def test_the_end_of_the_log_is_shown(ringback: Ringback, home: Path) -> None:
    assert ringback("logs").status == 1
    (home / "logs").mkdir(parents=True)
    entries = [{"timestamp": str(number), "level": "info", "event": "up"} for number in range(9)]
    text = "".join(json.dumps(entry) + "\n" for entry in entries)
    (home / "logs" / "ringback.jsonl").write_text(text)
    assert ringback("logs", "-n", "2").out == "7 info up\n8 info up\n"
    assert json.loads(ringback("logs", "-n", "1", "--json").out)["timestamp"] == "8"


def test_only_the_commands_own_token_is_ever_sent(
    ringback: Ringback, instance: ScriptedInstance
) -> None:
    instance.answer("GET", "/v1/notes", {"notes": []})
    assert TOKEN not in ringback("notes", "list").out


@pytest.mark.parametrize(
    ("words", "message", "cure"),
    [
        (("doctr",), "No such command 'doctr'.", "ringback doctor"),
        (("xyzzy",), "No such command 'xyzzy'.", "ringback --help"),
        (("people", "add"), "Missing argument 'name'.", "ringback people add --help"),
    ],
)
def test_wrong_words_are_told_as_every_error_is(
    ringback: Ringback, words: tuple[str, ...], message: str, cure: str
) -> None:
    done = ringback(*words)
    assert (done.status, done.out) == (2, "")
    assert done.err == f"✗ {message}\n  → {cure}\n"
    told = json.loads(ringback(*words, "--json").out)
    assert told == {"error": {"code": "invalid", "message": message, "cure": cure}}


def test_the_version_is_shown_by_flag_too(ringback: Ringback) -> None:
    assert ringback("--version").out == ringback("version").out


@pytest.mark.parametrize(
    "words",
    [("call", "hi", "--from", "+"), ("call", "hi", "--script", "a"), ("people", "add", " ")],
)
def test_what_can_never_be_is_refused_before_anybody_is_asked(
    ringback: Ringback, words: tuple[str, ...]
) -> None:
    done = ringback(*words)
    assert done.status == 2
    assert [line[:3] for line in done.err.splitlines()] == ["✗ " + done.err[2], "  →"]


def test_a_home_that_is_a_file_is_told(
    ringback: Ringback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.write_text("")
    monkeypatch.setenv("RINGBACK_HOME", str(file))
    done = ringback("notes", "list")
    assert done.status == 2
    assert f"✗ The home {file} is a file." in done.err
