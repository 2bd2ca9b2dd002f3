"""`ringback rebuild`: makes a projection anew from the truth."""

from enum import StrEnum
from typing import Annotated

import typer

from backend.cli.instance import instance
from backend.cli.output import AsJson, show_json, show_lines

app = typer.Typer(add_completion=False)


class Projection(StrEnum):
    """What can be dropped and made anew."""

    VECTORS = "vectors"
    GRAPH = "graph"
    SEARCH = "search"
    NOTES = "notes"
    FACTS = "facts"
    UNFINISHED = "unfinished"


@app.command()
def rebuild(
    projection: Annotated[Projection, typer.Argument(help="What to make anew.")],
    as_json: AsJson = False,
) -> None:
    """Make vectors, graph, search, notes or facts anew from the database: nothing said is lost.

    "unfinished" carries on what died or was called off, and nothing else.
    """
    with instance() as running:
        started = running.post("/v1/rebuild", {"projection": projection.value})
    if as_json:
        show_json(started)
    else:
        show_lines([f"✓ {projection.value.capitalize()}: on the way. See: ringback jobs list"])
