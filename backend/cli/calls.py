"""`ringback calls`: what was said on calls, how long each part took, and calls as they come."""

import re
import shutil
import textwrap
from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from backend.cli.instance import instance
from backend.cli.output import (
    AsJson,
    ago,
    is_wide,
    note,
    show_json,
    show_lines,
    show_table,
    when,
)
from backend.cli.watching import watched
from backend.cli.waterfall import dollars, remarks, seconds, waterfall
from backend.kernel.errors import Conflict, Invalid
from backend.platform.clock import SystemClock

app = typer.Typer(no_args_is_help=True, add_completion=False)

SHORT_ID = 13  # of a UUIDv7: its whole time, to the millisecond
COLUMNS_MAX = 100
AGO = re.compile(r"(\d+)\s*([mhd])")
MICROS = {"m": 60_000_000, "h": 3_600_000_000, "d": 86_400_000_000}

CallName = Annotated[str, typer.Argument(help='The id, its beginning, or "last".')]
Shown = Mapping[str, Any]  # Any: JSON, as the instance gave it


class Direction(StrEnum):
    """Who rang."""

    IN = "in"
    OUT = "out"


@app.callback()
def calls() -> None:
    """What was said on calls, and how long each part of it took."""


@app.command("list")
def list_calls(
    limit: Annotated[int, typer.Option("--limit", "-n", help="How many.", min=1, max=200)] = 20,
    who: Annotated[str, typer.Option("--with", help="A name, or the end of a number.")] = "",
    direction: Annotated[Direction | None, typer.Option(help="Who rang.")] = None,
    since: Annotated[str, typer.Option(help="A day (2026-11-20), or 90m, 12h, 7d ago.")] = "",
    all_lines: Annotated[
        bool, typer.Option("--all", help="Texts, app, page and keyboard as well.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show calls, the newest first."""
    query: dict[str, str | int] = {"limit": limit, "carrier": "any" if all_lines else "phone"}
    if who:
        query["number" if who.removeprefix("+").isdecimal() else "person"] = who
    if direction:
        query["direction"] = direction.value
    with instance() as running:
        if since:
            query["since"] = _moment(since, now=SystemClock().now())
        found = running.get("/v1/calls", query)
    if as_json:
        show_json(found)
        return
    columns = (
        "Id",
        "When" if is_wide() else "Ago",
        "Who",
        "Way",
        "Lasted",
        "Turns",
        "Cost",
        "Ended by",
    )
    rows = [_row(call) for call in found["calls"]]
    show_table(columns, rows, empty="There was no call yet. Try one: ringback call")


@app.command()
def show(call: CallName = "last", as_json: AsJson = False) -> None:
    """Draw a call: each turn's stages as bars on one axis, and what they cost."""
    with instance() as running:
        found = running.get(f"/v1/calls/{call}")
    if as_json:
        show_json(found)
        return
    columns = min(shutil.get_terminal_size().columns, COLUMNS_MAX)
    show_lines(drawing(found, columns=columns))


@app.command()
def recording(
    call: CallName,
    to: Annotated[Path | None, typer.Option("--to", help="The file; else CALL.wav here.")] = None,
    as_json: AsJson = False,
) -> None:
    """Save a call's sound: the caller on the left, the companion on the right."""
    with instance() as running:
        call_id = str(running.get(f"/v1/calls/{call}")["id"])
        file = to or Path(f"call-{call_id[:SHORT_ID]}.wav")
        try:
            with file.open("xb") as stream:
                size = running.save(f"/v1/calls/{call_id}/recording", stream)
        except FileExistsError:
            raise Conflict(f"{file} is there already.", cure="--to ANOTHER-FILE") from None
        except BaseException:
            file.unlink(missing_ok=True)  # half a recording is none
            raise
    if as_json:
        show_json({"id": call_id, "file": str(file), "bytes": size})
    else:
        show_lines([f"✓ {file} ({size / 1_000_000:.1f} MB)"])


@app.command()
def watch(
    after: Annotated[
        int | None, typer.Option(help="Begin behind this event instead of now; 0: all.", min=0)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Follow calls as they happen, until Ctrl-C; a lost connection is taken up again."""
    with instance(only_running=True) as running:
        note("Watching … Ctrl-C ends it.")
        for event in watched(running, after):
            if as_json:
                show_json(event)
            else:
                show_lines(told(event))


def drawing(call: Shown, *, columns: int) -> Iterator[str]:
    """Yield a call as people read it."""
    yield f"Call {call['id']}"
    yield from _wrapped(_heading(call), columns, indent="  ")
    for number, turn in enumerate(call["turns"], 1):
        yield ""
        yield from _turn(number, turn, columns=columns)
    if not call["turns"]:
        yield "  Nothing was said on it."


def told(event: Shown) -> Iterator[str]:
    """Yield an event of the live feed as people read it."""
    payload, words = event.get("payload", {}), event.get("words", {})
    moment = when(str(event.get("at", "")))[-5:]
    kind = str(event.get("kind", ""))
    named = str(payload.get("conversation_id") or payload.get("delivery_id") or "")[:SHORT_ID]
    match kind:
        case "turn.committed":
            yield f"{moment} {named}  ← {words.get('heard') or '…'}"
            if words.get("said"):
                yield f"{'':{len(moment)}} {'':{len(named)}}  → {words['said']}"
        case "health.changed":
            state = "works again" if payload.get("ok") else f"is broken: {payload.get('detail')}"
            yield f"{moment} {payload.get('part')} {state}"
        case "feed.opened":
            return
        case _:
            facts = {
                k: v for k, v in payload.items() if not k.endswith("_id") and v not in ("", None)
            }
            rest = "  ".join(f"{name} {value}" for name, value in facts.items())
            yield f"{moment} {named or '-'}  {kind}  {rest}".rstrip()


def _row(call: Shown) -> tuple[object, ...]:
    return (
        str(call["id"])[:SHORT_ID],
        when(call["started_at"]) if is_wide() else ago(call["started_at"]),
        call.get("person") or call.get("remote") or "-",
        _way(call),
        _lasted(call),
        call.get("turns_taken", 0),
        dollars(int(call.get("cost_micros", 0))) or "-",
        call.get("ended_by") or ("-" if call.get("ended_at") else "goes on"),
    )


def _heading(call: Shown) -> str:
    who = str(call.get("person") or call.get("remote") or "a stranger")
    facts = [
        when(call["started_at"]),
        _way(call),
        f"{who} ({call['assurance']})",
        _lasted(call),
        f"ended by {call['ended_by']}" if call.get("ended_by") else "goes on",
        dollars(int(call.get("cost_micros", 0))),
        "recorded" if call.get("is_recorded") else "",
    ]
    return " · ".join(fact for fact in facts if fact)


def _turn(number: int, turn: Shown, *, columns: int) -> Iterator[str]:
    details = turn.get("details") or {}
    cost = dollars(int(turn.get("cost_micros", 0)))
    facts = [f"Turn {number}", when(turn["started_at"])[-5:], str(turn.get("engine", "")), cost]
    yield " · ".join(fact for fact in facts if fact)
    yield from _wrapped(f"← {turn['heard']}", columns, indent="  ", hang="    ")
    if turn.get("said"):
        yield from _wrapped(f"→ {turn['said']}", columns, indent="  ", hang="    ")
    if turn.get("unheard"):
        yield from _wrapped(f"✂ {turn['unheard']}", columns, indent="  ", hang="    ")
    for line in waterfall(turn.get("timeline") or {}, details, columns=columns - 2):
        yield f"  {line}"
    for remark in remarks(details):
        yield from _wrapped(f"  {remark}", columns, indent="", hang="    ")


def _wrapped(text: str, columns: int, *, indent: str, hang: str = "  ") -> list[str]:
    return textwrap.wrap(text, columns, initial_indent=indent, subsequent_indent=hang) or [indent]


def _way(call: Shown) -> str:
    way = str(call.get("carrier", ""))
    return f"{way}, we rang" if call.get("direction") == "out" else way


def _lasted(call: Shown) -> str:
    if not call.get("ended_at"):
        return ""
    begun, ended = (datetime.fromisoformat(call[name]) for name in ("started_at", "ended_at"))
    length_s = (ended - begun).total_seconds()
    if length_s < 60:
        return seconds(length_s * 1000)
    return f"{int(length_s // 60)}:{int(length_s % 60):02d} min"


def _moment(text: str, *, now: int) -> int:
    """Return a day or a distance in the past in microseconds since 1970."""
    ago = AGO.fullmatch(text.strip().lower())
    if ago is not None:
        return max(0, now - int(ago[1]) * MICROS[ago[2]])
    try:
        return max(0, int(datetime.fromisoformat(text).astimezone().timestamp() * 1_000_000))
    except ValueError:
        raise Invalid(f"{text} is no day.", cure="--since 2026-11-20, or --since 7d") from None
