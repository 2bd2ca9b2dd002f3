"""`ringback forget member`, `ringback people remove --forget`: ends a memory that nobody reaches.

Counts are shown and never a word: what a member has told stays theirs when they are gone.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

import typer

from backend.cli.instance import Instance, instance
from backend.cli.output import AsJson, short, show_json, show_lines, show_table
from backend.kernel.errors import Invalid, Missing

FORGET_S_MAX = 600.0  # a whole life takes longer than one sentence
ENDING_MIN = 6  # characters of an id that name one

DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would go; change nothing.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask: there is no way back.")]
Json = Mapping[str, Any]  # Any: JSON, as the instance gave it


def member(
    who: Annotated[str, typer.Argument(help="Their name, or the end of the id.")] = "",
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Forget the memory that a removed member has left; without a name, list these."""
    with instance() as running:
        found: list[Json] = running.get("/v1/people/removed")["memories"]
        if who:
            left = _left(found, who)
            if dry_run or not yes:
                weigh(running, left, as_json=as_json and dry_run)
            if dry_run:
                return
            if not yes:
                confirm()
            end(running, left, as_json=as_json)
            return
    if as_json:
        show_json({"memories": found})
        return
    rows = [
        (short(each["id"]), each["name"] or "-", each["state"], sum(each["stores"].values()))
        for each in found
    ]
    show_table(("Id", "Name", "State", "Rows"), rows, empty="No removed member has left anything.")


def weigh(running: Instance, user: Json, *, as_json: bool) -> None:
    """Show how much would go."""
    path = f"/v1/people/{user['id']}/forget?dry_run=true"
    counted = running.post(path, seconds_max=FORGET_S_MAX)
    if as_json:
        show_json(counted)
    else:
        show_lines(_counted(counted))


def end(running: Instance, user: Json, *, as_json: bool) -> None:
    """Forget all that a removed member has told."""
    done = running.post(f"/v1/people/{user['id']}/forget", seconds_max=FORGET_S_MAX)
    if as_json:
        show_json(done)
        return
    show_lines(
        [
            f"✓ Forgotten: what {user['name'] or 'they'} had told.",
            "  Servers and sound follow by a job; it is done when this lists it no more:",
            "  ringback forget member",
        ]
    )


def confirm() -> None:
    """Ask a person whether they mean it; who is none says so by an option."""
    if not sys.stdin.isatty():
        raise Invalid("There is no way back, so this must be wished for.", cure="--yes")
    typer.confirm("Forget all of this? There is no way back", abort=True, err=True)


def _counted(counted: Json) -> Iterator[str]:
    if not counted["stores"]:
        yield "There is nothing."
        return
    yield "This would go; what it says is theirs alone:"
    for name, count in counted["stores"].items():
        yield f"  {count:>7}  {name}"
    yield counted["undo"]


def _left(found: Sequence[Json], who: str) -> Json:
    wanted = who.strip().casefold()
    for each in found:
        is_end = len(wanted) >= ENDING_MIN and each["id"].endswith(wanted)
        if each["name"].casefold() == wanted or is_end:
            return each
    raise Missing(f"No removed member called {who} has left anything.", cure="ringback people list")
