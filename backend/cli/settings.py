"""`ringback settings`: every setting, its value and where it came from."""

from typing import Annotated

import typer

from backend.cli.output import AsJson, show_json, show_table
from backend.platform.settings import load_settings

NONE = "No setting is called like that, or none is changed. All of them: ringback settings"

app = typer.Typer(add_completion=False)


@app.command("settings")
def show_settings(
    part: Annotated[str, typer.Argument(help="Only names that contain this.")] = "",
    changed: Annotated[
        bool, typer.Option("--changed", help="Only what is not the default.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show every setting, its value and where it came from; secrets are masked."""
    rows = [
        row
        for row in load_settings().rows()
        if part.lower() in f"{row['name']} {row['environment']}".lower()
        and not (changed and row["origin"] == "default")
    ]
    if as_json:
        show_json({"settings": rows})
        return
    columns = ("Setting", "Value", "From")
    shown = [(row["environment"], row["value"] or "-", row["origin"]) for row in rows]
    show_table(columns, shown, empty=NONE)
