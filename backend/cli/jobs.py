"""`ringback jobs`: the work between calls."""

from enum import StrEnum
from typing import Annotated

import typer

from backend.cli.instance import instance
from backend.cli.output import AsJson, show_json, show_table, when

app = typer.Typer(no_args_is_help=True, add_completion=False)


class State(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    LEASED = "leased"
    DONE = "done"
    DEAD = "dead"
    CANCELLED = "cancelled"


@app.callback()
def jobs() -> None:
    """The work between calls."""


@app.command("list")
def list_jobs(
    state: Annotated[State | None, typer.Option(help="Only those in this state.")] = None,
    limit: Annotated[int, typer.Option(help="How many at most.", min=1, max=500)] = 50,
    as_json: AsJson = False,
) -> None:
    """Show the newest jobs."""
    query: dict[str, str | int] = {"limit": limit} | ({"state": state.value} if state else {})
    with instance() as running:
        found = running.get("/v1/jobs", query)
    if as_json:
        show_json(found)
        return
    rows = [
        (
            job["name"],
            job["state"],
            job.get("attempts", 0),
            when(job.get("created_at")),
            job.get("error") or "-",
        )
        for job in found["jobs"]
    ]
    columns = ("Job", "State", "Tries", "Made", "Error")
    show_table(columns, rows, empty="There are no jobs.")
