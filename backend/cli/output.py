"""Shows answers: to people as lines and tables, to scripts as one JSON object."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from backend.cli.called import here
from backend.kernel.clock import DAY, HOUR, MINUTE, SECOND
from backend.kernel.errors import RingbackError
from backend.platform.clock import SystemClock

Answer = Mapping[str, Any]  # Any: JSON, as the instance gave it

WHOLE = frozenset({"Id", "Ends", "Made", "Paired", "Last used", "When"})  # columns never folded

WIDE_COLUMNS = 120
SHORT_ID = 8
UNITS = (("d", DAY / SECOND), ("h", HOUR / SECOND), ("min", MINUTE / SECOND), ("s", 1.0))

AsJson = Annotated[bool, typer.Option("--json", help="One JSON object instead of text.")]


def show_json(answer: Answer) -> None:
    """Print one JSON object on a line of its own."""
    typer.echo(json.dumps(answer, ensure_ascii=False))


def show_lines(lines: Iterable[str]) -> None:
    """Print lines for people."""
    for line in lines:
        typer.echo(plain(line))


def show_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
    """Print a table for people, or the sentence for when there is nothing in it."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        # Folded, never cut: and what is to be copied, an id, stays in one piece.
        table.add_column(column, overflow="fold", no_wrap=column in WHOLE)
    for row in rows:
        table.add_row(*(plain(str(cell)) for cell in row))
    if not table.row_count:
        typer.echo(here(empty))
        return
    # Markup off: what somebody once said may well contain square brackets.
    Console(markup=False, highlight=False, emoji=False).print(table)


def show_error(error: RingbackError, *, as_json: bool) -> None:
    """Print what went wrong, and the way out when there is one."""
    if as_json:
        show_json({"error": {"code": code_of(error), "message": error.message, "cure": error.cure}})
        return
    typer.echo(f"✗ {plain(error.message)}", err=True)
    if error.cure:
        typer.echo(f"  → {plain(here(error.cure))}", err=True)


def show_warning(text: str) -> None:
    """Tell people and logs what went wrong and was mended, beside the answer."""
    typer.echo(f"⚠ {plain(text)}", err=True)


def code_of(error: RingbackError) -> str:
    """Return the error's code, or the instance's when it was the one that refused."""
    return str(getattr(error, "remote_code", error.code))


def note(text: str) -> None:
    """Tell people what is going on, beside the answer; scripts don't see it."""
    if sys.stderr.isatty():
        typer.echo(plain(text), err=True)


def plain(text: str) -> str:
    """Return text that can't steer the terminal, whoever wrote it."""
    return "".join(
        letter if letter.isprintable() or letter == "\n" else "\N{REPLACEMENT CHARACTER}"
        for letter in text
    )


def is_wide() -> bool:
    """Say whether a table has room for whole ids, moments and sentences."""
    return Console().width >= WIDE_COLUMNS


def short(written: str) -> str:
    """Return the end of an id, which is enough to name it: those of one moment begin alike."""
    return written[-SHORT_ID:]


def ago(moment: str | int | None) -> str:
    """Return how long ago a moment was, or how soon it comes, in the room of a word."""
    read = _read(moment)
    if read is None:
        return when(moment)
    left = read.timestamp() - SystemClock().now() / SECOND
    for name, seconds in UNITS:
        if abs(left) >= seconds:
            told = f"{abs(left) / seconds:.0f} {name}"
            return f"in {told}" if left > 0 else told
    return "now"


def day(moment: str | int | None) -> str:
    """Return the day of a moment, where a narrow table has no room for its minute."""
    return when(moment).partition(" ")[0]


def when(moment: str | int | None) -> str:
    """Return a moment as people read it, in the zone of this machine."""
    read = _read(moment)
    if read is None:
        return str(moment) if moment else "-"
    return read.astimezone().strftime("%Y-%m-%d %H:%M")


def _read(moment: str | int | None) -> datetime | None:
    """Return a moment as a clock's; None when it is none."""
    if isinstance(moment, int):  # microseconds
        return datetime.fromtimestamp(moment / SECOND, UTC)
    try:
        return datetime.fromisoformat(moment) if moment else None
    except ValueError:
        return None
