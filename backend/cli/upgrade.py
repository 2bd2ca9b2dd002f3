"""`ringback upgrade`: the newest version, with a backup of everything made first."""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from backend.cli.called import here
from backend.cli.instance import instance
from backend.cli.output import AsJson, note, show_json, show_lines
from backend.cli.service import restart_if_installed
from backend.cli.steps import run_step
from backend.kernel.errors import Conflict, NotConfigured, Unavailable
from backend.platform.home import Home
from backend.platform.settings import load_settings

BACKUP_S_MAX = 1800.0
STEP_S_MAX = 1800.0
ROOT = Path(__file__).parents[2]

app = typer.Typer(add_completion=False)


@app.command()
def upgrade(
    check: Annotated[
        bool, typer.Option("--check", help="Only say whether there is something newer.")
    ] = False,
    without_backup: Annotated[
        bool, typer.Option("--without-backup", help="Make none: there is nothing to lose.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Back everything up, then bring Ringback to its newest version and restart its service."""
    way = _way()
    before = way.version()
    news = way.news()
    if check or not news:
        told = {"version": before, "is_newest": not news, "news": news}
        _show(told, _news_lines(before, news), as_json=as_json)
        return
    way.check()
    backup = None if without_backup else _backed_up()
    note(f"Updating from {before} …")
    update(way, backup)
    restarted = restart_if_installed()
    told = {"from": before, "to": way.version(), "backup": backup, "restarted": restarted}
    _show(told, _done_lines(told, way.way_back(before)), as_json=as_json)


def update(way: "Checkout | Installed", backup: str | None) -> None:
    """Update; when that fails, say what is still there of the backup."""
    try:
        way.update()
    except Unavailable as failure:
        if backup is None:
            raise
        cure = "; ".join(filter(None, (failure.cure, f"the backup {backup} is kept")))
        raise Unavailable(failure.message, cure=cure) from failure


class Checkout:
    """A clone of the repository: it moves forward with its branch, never over somebody's work."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def version(self) -> str:
        """Return the commit that is in use."""
        return self._git("rev-parse", "--short", "HEAD")

    def news(self) -> list[str]:
        """Return the titles of what is newer, the newest first."""
        if not self._git("for-each-ref", "--format=%(upstream:short)", self._branch()):
            raise NotConfigured(
                f"The branch in {self._root} follows no other, so nothing newer can be known.",
                cure="git branch --set-upstream-to origin/main",
            )
        self._git("fetch", "--quiet")
        return self._git("log", "--format=%s", "HEAD..@{upstream}").splitlines()

    def check(self) -> None:
        """Refuse to go on over changes that only this machine has."""
        changed = self._git("status", "--porcelain", "--untracked-files=no")
        if changed:
            raise Conflict(
                f"{len(changed.splitlines())} files of {self._root} were changed here.",
                cure="git stash (or commit them), then ringback upgrade again",
            )

    def update(self) -> None:
        """Go forward, and install what the new version needs."""
        self._git("merge", "--ff-only", "--quiet", "@{upstream}")
        _step([str(self._root / "infra" / "setup" / "environment"), "run"], self._root)
        _step([str(self._root / "infra" / "setup" / "web")], self._root)

    def way_back(self, version: str) -> str:
        """Return how to undo it."""
        return f"git -C {self._root} checkout {version} && make -C {self._root} setup"

    def _branch(self) -> str:
        return f"refs/heads/{self._git('branch', '--show-current') or 'HEAD'}"

    def _git(self, *words: str) -> str:
        return _step(["git", *words], self._root)


class Installed:
    """A package, by uv's tools or by pip."""

    def version(self) -> str:
        """Return the release that is in use."""
        said = _step([sys.executable, "-m", "backend.cli", "version"], Path(sys.prefix))
        return said.rpartition(" ")[2]

    def news(self) -> list[str]:
        """Only the installer knows: it is asked by installing."""
        return ["the newest release, if there is one"]

    def check(self) -> None:
        """Nothing here is anybody's work."""

    def update(self) -> None:
        """Have the installer fetch the newest release."""
        if "uv" in Path(sys.prefix).parts and shutil.which("uv"):
            _step(["uv", "tool", "upgrade", "ringback"], Path(sys.prefix))
        else:
            pip = [sys.executable, "-m", "pip", "install", "--upgrade", "ringback"]
            _step(pip, Path(sys.prefix))

    def way_back(self, version: str) -> str:
        """Return how to undo it."""
        return f"{sys.executable} -m pip install ringback=={version}"


def _way() -> Checkout | Installed:
    if not (ROOT / "pyproject.toml").exists():
        return Installed()
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        raise NotConfigured(
            f"{ROOT} is a copy of the source that nothing updates.",
            cure="unpack the new version beside it; the home stays where it is",
        )
    return Checkout(ROOT)


def _backed_up() -> str | None:
    """Make a backup, unless there is nothing yet to lose."""
    settings = load_settings().settings
    home = Home(settings.home)
    is_new = not (settings.database_url.get_secret_value() or home.database_file.exists())
    if is_new and home.running() is None:
        return None
    note("Backing up first …")
    with instance(home) as running:
        made = running.post("/v1/backups", seconds_max=BACKUP_S_MAX)
    return str(made["id"])


def _step(command: Sequence[str], folder: Path) -> str:
    cure = "mend what it says, then ringback upgrade again"
    return run_step(command, cure=cure, seconds_max=STEP_S_MAX, folder=folder)


def _news_lines(version: str, news: Sequence[str]) -> list[str]:
    if not news:
        return [f"✓ {version} is the newest version."]
    return [f"{len(news)} newer than {version}:", *(f"  {title}" for title in news[:20])]


def _done_lines(told: dict[str, object], way_back: str) -> list[str]:
    lines = [f"✓ From {told['from']} to {told['to']}."]
    if told["backup"]:
        lines.append(f"  Backup {told['backup']} holds everything as it was.")
    lines.append(
        "  The service runs the new version."
        if told["restarted"]
        else here("  Start it anew: Ctrl-C where it runs, then ringback up")
    )
    return [*lines, f"  Way back: {way_back}"]


def _show(told: dict[str, object], lines: list[str], *, as_json: bool) -> None:
    if as_json:
        show_json(told)
    else:
        show_lines(lines)
