"""`ringback export` and `ringback import`: the file, the preview, the job's end, a refusal."""

import json
import stat
from pathlib import Path

import pytest

from tests.fakes.scripted_instance import ScriptedInstance
from tests.unit.backend.cli.conftest import Ringback

FOUND = {
    "kind": "claude",
    "messages": 3,
    "conversations": 1,
    "assistants": 1,
    "memories": 0,
    "undated": 0,
    "first": "2024-01-02T03:04:05Z",
    "last": "2024-01-03T03:04:05Z",
    "tables": {},
    "problems": 1,
    "shown": [{"line": 7, "why": "not JSON"}],
    "dry_run": True,
    "job_id": None,
}
STARTED = FOUND | {"dry_run": False, "job_id": "j1"}
RESULT = {
    "added": {"messages": 2},
    "known": 1,
    "forgotten": 1,
    "passed_over": 1,
    "unconfirmed": 0,
    "conflicts": 0,
    "conflicts_at": [],
}
JOB = {"id": "j1", "state": "done", "error": "", "progress": 1.0, "result": RESULT}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "conversations.json"
    file.write_text("[]")
    return file


def test_a_dry_run_shows_what_would_come_and_what_cannot_be_read(
    ringback: Ringback, instance: ScriptedInstance, file: Path
) -> None:
    instance.answer("POST", "/v1/import", FOUND)
    done = ringback("import", str(file), "--dry-run")
    assert (done.status, done.err) == (0, "")
    for told in ("claude: 3 messages in 1 conversations", "line 7: not JSON", "--dry-run"):
        assert told in done.out
    assert json.loads(ringback("import", str(file), "--dry-run", "--json").out) == FOUND


def test_what_was_forgotten_comes_only_when_it_is_asked_for(
    ringback: Ringback, instance: ScriptedInstance, file: Path
) -> None:
    instance.answer("POST", "/v1/import", STARTED)
    instance.answer("GET", "/v1/jobs/j1", JOB)
    assert "1 were forgotten here, and stay so; --again brings" in ringback("import", str(file)).out
    assert ringback("import", str(file), "--again").status == 0
    queries = [path for _, path, _ in instance.asked if path.startswith("/v1/import")]
    assert len(queries) == 2


def test_an_import_is_followed_to_its_end(
    ringback: Ringback, instance: ScriptedInstance, file: Path
) -> None:
    instance.answer("POST", "/v1/import", STARTED)
    instance.answer("GET", "/v1/jobs/j1", JOB)
    done = ringback("import", str(file), "--from", "claude", "--lenient")
    assert done.status == 0
    assert "New: 2 messages. Here before: 1." in done.out
    assert "1 were forgotten here" in done.out
    assert json.loads(ringback("import", str(file), "--json").out) == STARTED | {"job": JOB}


def test_an_import_that_failed_says_so(
    ringback: Ringback, instance: ScriptedInstance, file: Path
) -> None:
    instance.answer("POST", "/v1/import", STARTED)
    instance.answer("GET", "/v1/jobs/j1", JOB | {"state": "dead", "error": "damaged"})
    done = ringback("import", str(file))
    assert done.status == 1
    assert "damaged" in done.err


def test_a_file_that_is_not_there_is_wrong_use(
    ringback: Ringback, instance: ScriptedInstance, tmp_path: Path
) -> None:
    done = ringback("import", str(tmp_path / "none.json"))
    assert done.status == 2
    assert "can't be read" in done.err


def test_an_export_is_written_whole_or_not_at_all(
    ringback: Ringback, instance: ScriptedInstance, tmp_path: Path
) -> None:
    file = tmp_path / "all.zip"
    instance.answer("GET", "/v1/export", {"error": {"code": "busy", "message": "x"}}, status=503)
    assert ringback("export", str(file)).status == 1
    assert not file.exists()
    instance.answer("GET", "/v1/export", {"bytes": "of a ZIP file"})
    done = ringback("export", str(file), "--json")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600  # it is not sealed: nobody else reads it
    assert json.loads(done.out) == {"file": str(file), "bytes": file.stat().st_size}
    assert ringback("export", str(file)).status == 1  # it is there already


def test_an_import_that_was_called_off_says_why(
    ringback: Ringback, instance: ScriptedInstance, file: Path
) -> None:
    instance.answer("POST", "/v1/import", STARTED)
    instance.answer("GET", "/v1/jobs/j1", JOB | {"result": {"called_off": True}})
    done = ringback("import", str(file))
    assert done.status == 0
    assert "was forgotten meanwhile" in done.out


def test_numbers_that_wait_to_be_confirmed_are_told(
    ringback: Ringback, instance: ScriptedInstance, file: Path
) -> None:
    instance.answer("POST", "/v1/import", STARTED)
    instance.answer("GET", "/v1/jobs/j1", JOB | {"result": RESULT | {"unconfirmed": 2}})
    assert "2 numbers wait for you: ringback people list" in ringback("import", str(file)).out


def test_an_upload_that_breaks_off_says_how_to_go_on(
    ringback: Ringback, instance: ScriptedInstance, file: Path
) -> None:
    file.write_text("what this instance hangs up on")
    done = ringback("import", str(file))
    assert done.status == 1
    assert f"ringback import {file}" in done.err


def test_an_import_that_failed_names_the_job_that_goes_on(
    ringback: Ringback, instance: ScriptedInstance, file: Path
) -> None:
    instance.answer("POST", "/v1/import", STARTED)
    instance.answer("GET", "/v1/jobs/j1", JOB | {"state": "dead", "error": "damaged"})
    assert "ringback jobs retry j1" in ringback("import", str(file)).err


def test_a_number_that_waits_has_a_star_and_the_way_to_confirm_it(
    ringback: Ringback, instance: ScriptedInstance
) -> None:
    anna = {
        "id": "p1", "name": "Anna", "role": "household", "zone": "UTC", "memory": "the owner's",
        "numbers": [], "unconfirmed": ["+15005550007"],
    }  # fmt: skip
    instance.answer("GET", "/v1/people", {"people": [anna]})
    shown = ringback("people", "list").out
    assert "+15005550007 *" in shown
    assert "ringback people add NAME --number NUMBER" in shown


def test_what_is_not_as_it_seems_is_said(
    ringback: Ringback, instance: ScriptedInstance, file: Path
) -> None:
    result = RESULT | {"conflicts": 2, "conflicts_at": [7, 9]}
    instance.answer("POST", "/v1/import", STARTED | {"undated": 4})
    instance.answer("GET", "/v1/jobs/j1", JOB | {"result": result})
    told = ringback("import", str(file)).out
    assert "4 without a date of their own" in told
    assert "✗ 2 have an id that is here in other words, which stay: line 7, 9" in told
