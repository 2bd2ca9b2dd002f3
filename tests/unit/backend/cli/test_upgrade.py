"""`ringback upgrade`: a clone goes forward with its branch, and never over somebody's work."""

import subprocess
from pathlib import Path

import pytest

from backend.cli.upgrade import Checkout, update
from backend.kernel.errors import Conflict, NotConfigured, Unavailable

SETUP = "#!/bin/sh\necho done >> made\n"


def git(folder: Path, *words: str) -> str:
    who = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    done = subprocess.run(
        ["git", *who, *words], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def commit(folder: Path, title: str, name: str, content: str) -> None:
    (folder / name).write_text(content)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", title)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    setup = folder / "infra" / "setup"
    setup.mkdir(parents=True)
    for script in ("environment", "web"):
        (setup / script).write_text(SETUP)
        (setup / script).chmod(0o755)
    git(folder, "init", "-q", "-b", "main")
    commit(folder, "First", "file", "1")
    return folder


@pytest.fixture
def clone(source: Path, tmp_path: Path) -> Path:
    git(tmp_path, "clone", "-q", str(source), "clone")
    return tmp_path / "clone"


def test_a_clone_knows_what_is_newer_and_goes_there(source: Path, clone: Path) -> None:
    commit(source, "A better greeting", "file", "2")
    way = Checkout(clone)
    before = way.version()
    assert way.news() == ["A better greeting"]
    way.update()
    assert (clone / "file").read_text() == "2"
    assert (clone / "made").read_text().splitlines() == ["done", "done"]
    assert way.news() == []
    assert before in way.way_back(before)


def test_somebodys_own_changes_stop_it(clone: Path) -> None:
    (clone / "file").write_text("mine")
    with pytest.raises(Conflict, match="1 files"):
        Checkout(clone).check()
    assert (clone / "file").read_text() == "mine"


def test_a_branch_that_went_its_own_way_is_not_merged(source: Path, clone: Path) -> None:
    commit(source, "Theirs", "file", "2")
    commit(clone, "Mine", "own", "1")
    way = Checkout(clone)
    way.news()
    with pytest.raises(Unavailable, match="failed"):
        way.update()
    assert git(clone, "log", "--format=%s", "-1") == "Mine"


def test_a_branch_that_follows_nothing_says_how_to_make_it_follow(source: Path) -> None:
    with pytest.raises(NotConfigured) as caught:
        Checkout(source).news()
    assert "--set-upstream-to" in caught.value.cure


def test_whoever_only_looks_is_told_of_no_backup(clone: Path, source: Path) -> None:
    source.rename(source.with_name("away"))
    with pytest.raises(Unavailable) as caught:
        Checkout(clone).news()
    assert "backup" not in caught.value.cure


@pytest.mark.parametrize("backup", [None, "b-1"])
def test_an_update_that_fails_names_the_backup_that_was_made(
    source: Path, clone: Path, backup: str | None
) -> None:
    commit(source, "Theirs", "file", "2")
    commit(clone, "Mine", "own", "1")
    way = Checkout(clone)
    way.news()
    with pytest.raises(Unavailable) as caught:
        update(way, backup)
    assert ("the backup b-1 is kept" in caught.value.cure) is (backup is not None)
