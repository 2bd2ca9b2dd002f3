"""Log lines reach stderr and the home, without words and without secrets."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from backend.kernel.errors import Unavailable
from backend.platform.home import Home
from backend.platform.settings import LogSettings, Settings
from backend.platform.telemetry.logs import LOG_NAME, configure_logs, get_logger

WORDS = "my sister Anna has her birthday on the fourth of May"
TOKEN = "q" * 43


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    for handler in list(root.handlers):
        if handler not in handlers:
            root.removeHandler(handler)
            handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(home: Home) -> list[dict[str, Any]]:
    content = (home.path / "logs" / LOG_NAME).read_text()
    return [json.loads(line) for line in content.splitlines()]


def fail(message: str) -> Exception:
    try:
        int(message)  # its error repeats what it was given, as many do
    except ValueError as failure:
        return failure
    raise AssertionError


def test_no_words_and_no_secrets_reach_a_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home = Home(tmp_path)
    configure_logs(Settings(), home)
    log = get_logger("test")
    log.info("turn_ended", text=WORDS, heard=WORDS, turn_id="t", authorization=f"Bearer {TOKEN}")
    log.info("asked", **{"pii.name": "Anna", "address": "http://x/?token=" + TOKEN})
    log.error("failed", failure=fail(WORDS))
    try:
        int(WORDS)
    except ValueError:
        log.exception("failed")
        logging.getLogger("a.library").exception("could not send %s", TOKEN)
    everything = capsys.readouterr().err + str(lines(home))
    for secret in ("Anna", "birthday", TOKEN):
        assert secret not in everything
    assert "turn_ended" in everything
    assert [line["event"] for line in lines(home)][:1] == ["turn_ended"]


def test_a_failure_is_told_by_kind_and_place_and_ours_by_its_message(tmp_path: Path) -> None:
    home = Home(tmp_path)
    configure_logs(Settings(), home)
    get_logger("test").error("failed", failure=fail("x"))
    get_logger("test").error("failed", failure=Unavailable("The provider is away."))
    foreign, ours = lines(home)
    assert foreign["error"] == "ValueError"
    assert foreign["where"][-1].startswith("test_logs.py:")
    assert (ours["error"], ours["reason"]) == ("Unavailable", "The provider is away.")


def test_a_line_says_when_where_and_how_grave(tmp_path: Path) -> None:
    home = Home(tmp_path)
    configure_logs(Settings(), home)
    get_logger("test").warning("happened", count=3)
    [line] = lines(home)
    assert (line["event"], line["level"], line["logger"]) == (
        "happened",
        "warning",
        "ringback.test",
    )
    assert line["count"] == 3
    assert line["timestamp"].endswith("Z")


def test_the_level_holds_and_libraries_only_warn(tmp_path: Path) -> None:
    home = Home(tmp_path)
    configure_logs(Settings(logs=LogSettings(level="warning")), home)
    get_logger("test").info("quiet")
    logging.getLogger("a.library").info("quiet too")
    get_logger("test").warning("loud")
    assert [line["event"] for line in lines(home)] == ["loud"]


def test_the_files_are_bounded_and_their_owners_alone(tmp_path: Path) -> None:
    home = Home(tmp_path)
    configure_logs(Settings(logs=LogSettings(file_bytes=64 << 10, files=2)), home)
    for number in range(2000):
        get_logger("test").info("filling", count=number, much="x y " * 40)
    files = list((tmp_path / "logs").iterdir())
    assert len(files) == 2
    assert sum(file.stat().st_size for file in files) <= 130 << 10
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
