"""`ringback phone`: set the telephone up, ring and text people, and see what became of it."""

import asyncio
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from backend.cli.called import here
from backend.cli.instance import Instance, instance
from backend.cli.output import (
    Answer,
    AsJson,
    note,
    short,
    show_json,
    show_lines,
    show_table,
    when,
)
from backend.kernel.clock import SECOND
from backend.kernel.errors import Invalid, RingbackError
from backend.platform.clock import SystemClock

FOLLOW_S_MAX = 3600.0
LOOK_EVERY_S = 0.5
NO_COUNTRY_CURE = (
    "  → set RINGBACK_PHONE__COUNTRIES=US,CA, or TWILIO_PHONE_NUMBER for its own country"
)
REACHED = frozenset({"completed", "delivered", "voicemail"})
SAID = {
    "waiting": "waits",
    "sending": "on its way to Twilio",
    "unknown": "Twilio did not answer; asking what became of it",
    "accepted": "Twilio has it",
    "ringing": "rings",
    "answered": "answered",
    "sent": "sent",
    "completed": "✓ they were spoken to",
    "delivered": "✓ delivered",
    "voicemail": "✓ a machine took the message",
    "busy": "✗ busy",
    "no-answer": "✗ nobody answered",
    "failed": "✗ failed",
    "refused": "✗ refused",
    "cancelled": "✗ called off",
}

_CLOCK = re.compile(r"(\d{1,2}):(\d{2})")
_IN = re.compile(r"\+(\d{1,4})([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}

app = typer.Typer(no_args_is_help=True, add_completion=False)

At = Annotated[str | None, typer.Option("--at", help="When: 18:30, +20m, or 2026-11-22T09:00.")]
Now = Annotated[bool, typer.Option("--now", help="In quiet hours, too.")]
Key = Annotated[str, typer.Option(help="The same key is the same call or text.")]
Wait = Annotated[bool, typer.Option("--wait", help="Follow it to its end.")]
Who = Annotated[str, typer.Argument(help="A number, +14155550123, or somebody's name.")]


@app.callback()
def phone() -> None:
    """The telephone: set it up, ring and text people."""


@app.command()
def call(  # noqa: PLR0913, PLR0917 (one argument a flag)
    who: Who,
    say: Annotated[str, typer.Argument(help="What the companion says first.")],
    voicemail: Annotated[str, typer.Option(help="For a machine; else it is told the same.")] = "",
    keys: Annotated[
        str, typer.Option(help="Pressed once it is answered, as 1ww2#; w waits half a second.")
    ] = "",
    at: At = None,
    now: Now = False,
    wait: Wait = False,
    key: Key = "",
    as_json: AsJson = False,
) -> None:
    """Ring somebody up; the companion says this, and then talks with them."""
    told = {"say": say, "voicemail": voicemail, "keys": keys}
    wanted = {"number": who, "now": now, "key": key} | told
    _reach("/v1/calls", wanted | _moment(at), wait=wait, as_json=as_json)


@app.command()
def text(  # noqa: PLR0913, PLR0917 (one argument a flag)
    who: Who,
    body: Annotated[str, typer.Argument(help="What to text.")],
    at: At = None,
    now: Now = False,
    wait: Wait = False,
    key: Key = "",
    as_json: AsJson = False,
) -> None:
    """Text somebody."""
    wanted = {"number": who, "body": body, "now": now, "key": key}
    _reach("/v1/texts", wanted | _moment(at), wait=wait, as_json=as_json)


@app.command()
def hangup(
    call_id: Annotated[str, typer.Argument(metavar="CALL", help="Its id, or Twilio's CA….")],
    as_json: AsJson = False,
) -> None:
    """End a call, or call it off while it waits."""
    with instance(only_running=True) as running:
        ended = running.post(f"/v1/calls/{call_id}/hangup")
    if as_json:
        show_json(ended)
    else:
        show_lines(["✓ Ended."])


@app.command()
def press(
    call_id: Annotated[str, typer.Argument(metavar="CALL", help="Its id, or Twilio's CA….")],
    keys: Annotated[str, typer.Argument(help="0-9 * #; w and W are pauses.")],
    as_json: AsJson = False,
) -> None:
    """Press keys on a call that is going on."""
    with instance(only_running=True) as running:
        pressed = running.post(f"/v1/calls/{call_id}/keys", {"keys": keys})
    if as_json:
        show_json(pressed)
    else:
        show_lines(["✓ Pressed."])


@app.command()
def status(as_json: AsJson = False) -> None:
    """Show the account, the number, where it points, and what was used today.

    Exits with 1 while the telephone is not configured: no account, number or public URL is set.
    """
    with instance() as running:
        told = running.get("/v1/phone")
        sent = running.get("/v1/deliveries", {"limit": 5})["deliveries"]
    if as_json:
        show_json({**told, "deliveries": sent})
    else:
        _show_status(told, sent)
    if not told["is_configured"]:
        raise typer.Exit(1)


def _show_status(told: Answer, sent: list[Answer]) -> None:
    _show_findings(told["findings"])
    used, caps = told["used"], told["caps"]
    show_lines(
        [
            f"Today: {used['calls']} of {caps['calls']} calls, {used['texts']} of {caps['texts']}"
            f" texts, {used['minutes']} of {caps['minutes']} minutes. On the line: {told['live']}.",
            f"May be reached: {', '.join(told['countries']) or 'no country yet'}."
            f" Quiet: {told['quiet_hours'] or 'never'}.",
            *([] if told["countries"] else [NO_COUNTRY_CURE]),
        ]
    )
    rows = [
        (
            short(each["id"]),
            each["kind"],
            each["name"] or each["number"],
            each["state"],
            each["reason"],
        )
        for each in sent
    ]
    if rows:
        show_table(("Id", "Kind", "To", "State", "Why"), rows, empty="")


@app.command()
def setup(
    number: Annotated[str | None, typer.Option(help="Which of the account's numbers.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Only look; change nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Point a Twilio number here, and name whatever would keep it from working."""
    with instance(only_running=True) as running:
        told = running.post("/v1/phone/setup", {"number": number, "check": check})
        if told["choices"] and not as_json:
            chosen = _chosen(told["choices"])
            told = running.post("/v1/phone/setup", {"number": chosen, "check": check})
    if as_json:
        show_json(told)
    else:
        _show_findings(told["findings"])
        show_lines(_closing(told))
    if not told["is_ready"]:
        raise typer.Exit(1)


# ── reaching somebody ────────────────────────────────────────────────────────────────────────────
def _reach(path: str, wanted: dict[str, Any], *, wait: bool, as_json: bool) -> None:
    with instance(only_running=True) as running:
        made = running.post(path, wanted)
        if wait:
            made = _followed(running, made, is_shown=not as_json)
    if as_json:
        show_json(made)
    elif not wait:
        show_lines(_promised(made))
    if wait and made["state"] not in REACHED:
        raise typer.Exit(1)


def _followed(running: Instance, made: Answer, *, is_shown: bool) -> Answer:
    """Show each state as it comes, to the last."""
    for step in _steps(running, made):
        made = step
        if is_shown:
            show_lines(_told(made))
        if made["state"] == "waiting" and made["attempts"] == 0 and made["held"]:
            note(f"Until {when(made['not_before'])}. Ctrl-C leaves it waiting.")
    return made


def _steps(running: Instance, made: Answer) -> Iterator[Answer]:
    clock = SystemClock()
    until = clock.monotonic() + FOLLOW_S_MAX
    shown = None
    while clock.monotonic() < until:
        seen = (made["state"], made["attempts"], made["answered_by"])
        if seen != shown:
            shown = seen
            yield made
        if made["is_final"]:
            return
        asyncio.run(clock.sleep(LOOK_EVERY_S))
        made = running.get(f"/v1/deliveries/{made['id']}")


def _told(made: Answer) -> list[str]:
    line = SAID.get(str(made["state"]), str(made["state"]))
    if made["state"] == "answered" and made["answered_by"]:
        line += f" by a {made['answered_by']}"
    if made["state"] == "waiting" and made["attempts"]:
        line = f"{made['reason']}: tried again at {when(made['not_before'])}"
    elif made["reason"]:
        line += f": {made['reason']}"
    if made["seconds"] and made["is_final"]:
        line += f" ({made['seconds']} s)"
    return [line, *([here(f"  → {made['cure']}")] if made["cure"] and made["is_final"] else [])]


def _promised(made: Answer) -> list[str]:
    if made["state"] != "waiting":
        return _told(made)
    if made["held"]:
        return [
            f"✓ It leaves at {when(made['not_before'])}, after their {made['held']}.",
            "  → --now does it at once.",
        ]
    return [f"✓ Promised: {made['id']}", here("  → ringback phone status")]


def _moment(at: str | None) -> dict[str, str]:
    """Read when something is wanted, by the clock of this machine."""
    if at is None:
        return {}
    here = datetime.fromtimestamp(SystemClock().now() / SECOND, UTC).astimezone()
    if match := _CLOCK.fullmatch(at):
        try:
            wanted = here.replace(hour=int(match[1]), minute=int(match[2]), second=0, microsecond=0)
        except ValueError:
            raise _no_time(at) from None
        return {"at": (wanted if wanted > here else wanted + timedelta(days=1)).isoformat()}
    if match := _IN.fullmatch(at):
        return {"at": (here + timedelta(**{_UNITS[match[2]]: int(match[1])})).isoformat()}
    try:
        return {"at": datetime.fromisoformat(at).astimezone().isoformat()}
    except ValueError:
        raise _no_time(at) from None


def _no_time(at: str) -> RingbackError:
    return Invalid(f"{at} is no time.", cure="--at 18:30, --at +20m or --at 2026-11-22T09:00")


# ── setting up ───────────────────────────────────────────────────────────────────────────────────
def _show_findings(findings: list[Answer]) -> None:
    signs = {"ok": "✓", "note": "·", "wrong": "✗"}
    for finding in findings:
        lines = [f"{signs.get(finding['level'], '·')} {finding['what']}"]
        lines += [f"  → {line}" for line in finding["cure"].splitlines()]
        show_lines(lines)


def _chosen(choices: list[str]) -> str:
    show_lines([f"{index}  {number}" for index, number in enumerate(choices, start=1)])
    wanted = str(typer.prompt("Which number shall it be", default="1"))
    if wanted.isdecimal() and 0 < int(wanted) <= len(choices):
        return choices[int(wanted) - 1]
    return wanted


def _closing(told: Answer) -> list[str]:
    if told["is_ready"] and told["number"]:
        return [f"The telephone is ready: call {told['number']}."]
    return ["The telephone is not ready yet: see the lines with ✗."]
