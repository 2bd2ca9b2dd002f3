"""`ringback devices`: phones and programs that are paired."""

import sys
from typing import Annotated

import segno
import typer

from backend.cli.instance import instance, person_named
from backend.cli.output import AsJson, day, show_json, show_lines, show_table
from backend.kernel.errors import Missing

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def devices() -> None:
    """Phones and programs that are paired with the instance."""


@app.command("list")
def list_devices(as_json: AsJson = False) -> None:
    """Show the paired devices."""
    with instance() as running:
        found = running.get("/v1/devices")
    if as_json:
        show_json(found)
        return
    rows = [
        (
            device["name"],
            day(device.get("created_at")),
            day(device.get("last_used_at")),
            device["id"],
        )
        for device in found["devices"]
    ]
    empty = "No device is paired. Pair one: ringback devices pair --name …"
    show_table(("Name", "Paired", "Last used", "Id"), rows, empty=empty)


@app.command()
def pair(
    name: Annotated[str, typer.Option(help="What to call the device.")] = "",
    person: Annotated[str | None, typer.Option(help="Whose device; the owner's if none.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a code that pairs one device, good for ten minutes."""
    with instance(only_running=True) as running:
        path = "/v1/devices/pairing"
        if person is not None:
            path = f"/v1/people/{person_named(running, person)['id']}/pairing"
        made = running.post(path, {"name": name} if name else None)
    if as_json:
        show_json(made)
        return
    if made.get("text") and sys.stdout.isatty():
        segno.make(made["text"], error="m").terminal(sys.stdout, compact=True)
    show_lines([f"Code: {made['code']}", "Type or scan it in the app within ten minutes."])


@app.command()
@app.command("remove", hidden=True)
def revoke(
    device: Annotated[str, typer.Argument(help="Its id or name.")], as_json: AsJson = False
) -> None:
    """Unpair a device at once."""
    with instance() as running:
        known = running.get("/v1/devices")["devices"]
        matching = [found for found in known if device in {found["id"], found["name"]}]
        if len(matching) != 1:
            why = "Several devices are" if matching else "No device is"
            raise Missing(f"{why} called {device}.", cure="Take its id from: ringback devices list")
        running.delete(f"/v1/devices/{matching[0]['id']}")
    if as_json:
        show_json({"revoked": matching[0]["id"]})
    else:
        show_lines([f"✓ {matching[0]['name']} opens nothing any more."])
