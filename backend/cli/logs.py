"""`ringback logs`: what the instance wrote down about its running."""

import json
import subprocess
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from backend.cli.instance import own_home
from backend.cli.output import AsJson, plain
from backend.kernel.errors import Missing

LOG_NAME = "ringback.jsonl"
SHOWN_FIRST = ("timestamp", "level", "event", "logger")

app = typer.Typer(add_completion=False)


@app.command()
def logs(
    lines: Annotated[int, typer.Option("--lines", "-n", help="How many.", min=1, max=100_000)] = 50,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Stay and show more.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show the end of the log. Nobody's words are in it."""
    file = own_home().path / "logs" / LOG_NAME
    if not file.exists():
        raise Missing(f"There is no log at {file} yet.", cure="ringback up")
    with file.open(encoding="utf-8", errors="replace") as stream:
        for line in deque(stream, maxlen=lines):
            _show(line, as_json=as_json)
    if follow:
        _follow(file, as_json=as_json)


def _follow(file: Path, *, as_json: bool) -> None:
    # tail follows the name through a rotation, and it sleeps better than we would.
    command = ["tail", "-n", "0", "-F", str(file)]
    with (
        subprocess.Popen(  # noqa: S603 (a fixed command and our own path)
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as tail,
        suppress(KeyboardInterrupt),
    ):
        assert tail.stdout is not None
        for line in tail.stdout:
            _show(line, as_json=as_json)


def _show(line: str, *, as_json: bool) -> None:
    if as_json:
        typer.echo(line.rstrip("\n"))
        return
    try:
        entry = json.loads(line)
    except ValueError:
        typer.echo(plain(line.rstrip("\n")))
        return
    first = " ".join(str(entry.pop(name)) for name in SHOWN_FIRST if name in entry)
    rest = " ".join(f"{name}={value}" for name, value in entry.items())
    typer.echo(plain(f"{first} {rest}".rstrip()))
