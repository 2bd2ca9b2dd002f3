"""`ringback call`: a whole phone call, simulated, over the same sockets that Twilio uses."""

import asyncio
import re
from pathlib import Path
from typing import Annotated, Any

import typer

from backend.cli.called import here
from backend.cli.instance import Instance, instance
from backend.cli.late import load
from backend.cli.output import Answer, AsJson, note, show_json, show_lines
from backend.kernel.errors import Invalid
from backend.platform.settings import load_settings

VOUCHED = "TN-Validation-Passed-A"
NOBODYS_NUMBER = "+15005550006"  # a number of Twilio's own for tests: nobody can be rung on it

_NUMBER = re.compile(r"\+?\d{2,15}|anonymous")

app = typer.Typer(add_completion=False)


@app.command()
def call(  # noqa: PLR0913, PLR0917 (one argument a flag)
    say: Annotated[
        list[str] | None, typer.Argument(help="What to say, one turn each; spoken by a voice.")
    ] = None,
    wav: Annotated[
        list[Path] | None, typer.Option(help="A WAV file to say first; several may be given.")
    ] = None,
    number: Annotated[
        str | None, typer.Option("--from", help=f"Who rings; {NOBODYS_NUMBER} unless given.")
    ] = None,
    vouched: Annotated[
        bool, typer.Option("--vouched", help="The network vouches for the number.")
    ] = False,
    script: Annotated[
        list[Path] | None,
        typer.Option(help="A call that is written down, with what is expected of it; see docs."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Save both sides as a stereo WAV.")] = None,
    play: Annotated[bool, typer.Option("--play", help="Hear the call.")] = False,
    as_json: AsJson = False,
) -> None:
    """Ring the companion, say something, hear it out and hang up. No key is needed."""
    if number is not None and not _NUMBER.fullmatch(number):
        raise Invalid(f"{number} is no number that rings.", cure=f"--from {NOBODYS_NUMBER}")
    if script:
        if say or wav or play:
            raise Invalid("A script says by itself what is said.", cure="ringback call --script F")
        given: dict[str, object] = {"number": number} if number else {}
        if vouched:
            given["vouched"] = True
        _rehearse(script, given, out=out, as_json=as_json)
        return
    settings = load_settings().settings
    spoken = load("speak")(settings, wav or [], say or [])
    with instance() as running:
        wanted = {"spoken": spoken, "number": number or NOBODYS_NUMBER, "out": out, "play": play}
        told = asyncio.run(_ring(running, wanted, verdict=VOUCHED if vouched else ""))
    if as_json:
        show_json(told)
    else:
        show_lines(_lines(told))


def _rehearse(
    files: list[Path], given: dict[str, object], *, out: Path | None, as_json: bool
) -> None:
    """Play calls that are written down; the exit status says whether all went as expected."""
    # All are read before one is played; a flag is stronger than what is written down.
    scripts = [_with_caller(load("read_script")(file), given) for file in files]
    if out is not None and len(files) > 1:
        raise Invalid("Several calls don't fit into one file.", cure="--out with one --script")
    with instance() as running:
        door = running.get("/v1/phone/simulator")
        told = [load("rehearse")(running, door, script, out=out) for script in scripts]
    if as_json:
        show_json({"calls": told, "is_passed": all(call["is_passed"] for call in told)})
    else:
        show_lines(line for call in told for line in load("script_lines")(call))
    if not all(call["is_passed"] for call in told):
        raise typer.Exit(1)


def _with_caller(script: Any, given: dict[str, object]) -> Any:  # Any: a Script, loaded late
    return script.model_copy(update={"caller": script.caller.model_copy(update=given)})


async def _ring(running: Instance, wanted: dict[str, object], *, verdict: str) -> Answer:
    door = running.get("/v1/phone/simulator")
    note("Ringing …")
    told = await load("call")(
        running.url, door["secret"], door.get("public_url") or "", verdict=verdict, **wanted
    )
    record = kept(running, str(told["call_sid"]))
    known = {"number": wanted["number"], "assurance": record.get("assurance", "")}
    return {**told, **known, "turns": record.get("turns", [])}


def kept(running: Instance, call_sid: str) -> Answer:
    """Return the call with its words, as far as the instance has kept it."""
    for call in running.get("/v1/calls", {"limit": 20}).get("calls", []):
        if call.get("carrier_ref") == call_sid:
            found: Answer = running.get(f"/v1/calls/{call['id']}")
            return found
    return {}


def _lines(told: Answer) -> list[str]:
    lines = []
    for turn in told["turns"]:
        lines += [f"You       {turn.get('heard', '')}", f"Ringback  {turn.get('said', '')}"]
    if told["greeting_ms"] is not None:
        lines.append(f"Greeted after {told['greeting_ms']} ms.")
    if told["reply_ms"]:
        waits = ", ".join(f"{wait} ms" for wait in told["reply_ms"])
        lines.append(f"From your last word to the first sound: {waits}.")
    lines.append("Ringback hung up." if told["hung_up_by"] == "ringback" else "You hung up.")
    if told["out"]:
        lines.append(f"Saved: {told['out']} (left you, right Ringback)")
    if told["assurance"] == "stranger":
        lines.append(f"Nobody is known by {told['number']}, so nothing is kept or told.")
        lines.append(here(f"  → ringback people add NAME --number {told['number']}"))
    elif told["assurance"] == "claimed":
        lines.append("A number alone can be forged, so notes are taken and nothing is told.")
        lines.append("  → add --vouched: the network vouches for the number")
    return lines
