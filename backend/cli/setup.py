"""`ringback setup`: the few things a companion should know of its owner."""

import sys
from pathlib import Path
from typing import Annotated

import questionary
import typer

from backend.cli.called import here
from backend.cli.instance import Instance, instance
from backend.cli.output import AsJson, show_json, show_lines
from backend.kernel.errors import Invalid
from backend.platform.home import Home
from backend.platform.settings import load_settings

LOCAL_ZONE = Path("/etc/localtime")
NO_ZONE, AS_IT_IS = "UTC", "as it is"
VOICES = ("piper", "espeak")  # natural, and a small robotic one that some understand better

app = typer.Typer(add_completion=False)


@app.command()
def setup(
    name: Annotated[str | None, typer.Option(help="What the companion calls you.")] = None,
    zone: Annotated[str | None, typer.Option(help="Your time zone: Europe/Berlin.")] = None,
    voice: Annotated[
        str | None, typer.Option(help="The voice you like to hear: piper or espeak.")
    ] = None,
    number: Annotated[str | None, typer.Option(help="The number you ring from.")] = None,
    as_json: AsJson = False,
) -> None:
    """Tell the companion your name, zone, voice and number: by questions, or by flags."""
    if voice is not None and voice not in VOICES:
        raise Invalid(f"There is no voice {voice}.", cure=f"Choose from: {', '.join(VOICES)}.")
    answers = {"name": name, "zone": zone, "voice": voice, "number": number}
    if not any(answers.values()) and not sys.stdin.isatty():
        raise Invalid(
            "Without a terminal there is nobody to ask.",
            cure="ringback setup --name NAME --zone ZONE --voice VOICE --number +14155550123",
        )
    home = Home(load_settings().settings.home)
    is_up = home.running() is not None  # before the command starts one for itself
    with instance(home) as running:
        if not any(answers.values()):
            answers = _asked(_zone_kept(running))
        known = {what: answer for what, answer in answers.items() if answer}
        person = running.patch("/v1/people/owner", known)
    if as_json:
        show_json(person)
        return
    show_lines([f"✓ You are {person['name']}, your clock is {person['zone']}."])
    if person["numbers"]:
        show_lines([f"✓ Calls from {', '.join(person['numbers'])} are taken for yours."])
    way_on = "ringback talk" if is_up else "ringback up, then open the link that it prints."
    show_lines([here(f"  Next: {way_on}")])


def _zone_kept(running: Instance) -> str:
    """Return the owner's zone as it is known; empty when nobody has said it yet."""
    zones = [
        str(person["zone"])
        for person in running.get("/v1/people")["people"]
        if person["role"] == "owner"
    ]
    return zones[0] if zones and zones[0] != NO_ZONE else ""


def _asked(zone_kept: str) -> dict[str, str | None]:
    """Ask one thing after the other; an empty answer leaves a thing as it is."""
    name = questionary.text("What shall the companion call you?").unsafe_ask()
    zone = questionary.text("Your time zone?", default=zone_kept or local_zone()).unsafe_ask()
    choice = questionary.select("Which voice?", choices=[AS_IT_IS, *VOICES]).unsafe_ask()
    voice = None if choice == AS_IT_IS else choice
    number = questionary.text("The number you ring from (empty: none)?").unsafe_ask()
    return {"name": name, "zone": zone, "voice": voice, "number": number}


def local_zone() -> str:
    """Return the zone of this machine, as far as it says."""
    try:
        target = str(LOCAL_ZONE.readlink())
    except OSError:  # not a link: the zone's name is not kept
        return "UTC"
    return target.partition("zoneinfo/")[2] or "UTC"
