"""`ringback notes`: the list that all devices share."""

from typing import Annotated

import typer

from backend.cli.instance import instance
from backend.cli.output import AsJson, show_json, show_lines, show_table

app = typer.Typer(no_args_is_help=True, add_completion=False)


@app.callback()
def notes() -> None:
    """The list of notes that all devices share."""


@app.command("list")
def list_notes(as_json: AsJson = False) -> None:
    """Show the notes."""
    with instance() as running:
        found = running.get("/v1/notes")
    if as_json:
        show_json(found)
        return
    rows = [("✓" if note.get("done") else "·", note["text"], note["id"]) for note in found["notes"]]
    show_table(("", "Note", "Id"), rows, empty="There are no notes.")


@app.command()
def add(
    text: Annotated[list[str], typer.Argument(help="What to note.")], as_json: AsJson = False
) -> None:
    """Take a note."""
    with instance() as running:
        made = running.post("/v1/notes", {"text": " ".join(text)})
    if as_json:
        show_json(made)
    else:
        show_lines(["✓ Noted."])


@app.command()
def done(
    note_id: Annotated[str, typer.Argument(help="Its id, from the list.")],
    undo: Annotated[bool, typer.Option("--undo", help="It is still to do.")] = False,
    as_json: AsJson = False,
) -> None:
    """Tick a note off."""
    with instance() as running:
        running.patch(f"/v1/notes/{note_id}", {"done": not undo})
    if as_json:
        show_json({"id": note_id, "done": not undo})
    else:
        show_lines(["✓ Open again." if undo else "✓ Done."])


@app.command()
def remove(
    note_id: Annotated[str, typer.Argument(help="Its id, from the list.")],
    as_json: AsJson = False,
) -> None:
    """Take a note off the list."""
    with instance() as running:
        running.delete(f"/v1/notes/{note_id}")
    if as_json:
        show_json({"removed": note_id})
    else:
        show_lines(["✓ Removed."])
