"""`ringback owner link`: the owner's way in, anew."""

import typer

from backend.cli.instance import instance
from backend.cli.output import AsJson, show_json, show_lines
from backend.kernel.errors import NotConfigured

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def owner() -> None:
    """The owner's way in."""


@app.command()
def link(as_json: AsJson = False) -> None:
    """Make a one-use link that opens the page as the owner."""
    with instance(only_running=True) as running:
        made = running.post("/v1/owner/link")
    if not made.get("url"):
        raise NotConfigured("The instance gave no link.", cure="ringback doctor")
    if as_json:
        show_json(made)
    else:
        show_lines([made["url"], "It works once, within a day."])
