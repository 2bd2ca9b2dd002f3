"""`ringback notes`: the list that all devices share."""

from typing import Annotated, Any

import typer

from backend.cli.instance import Instance, instance
from backend.cli.output import AsJson, show_json, show_lines, show_table
from backend.kernel.errors import Conflict, Invalid, Missing

WHICH = "Its number in the list, some of its words, or the end of its id."
ENDING_MIN = 6  # characters of an id

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
    rows = [
        (number, "✓" if note.get("done") else "·", note["text"])
        for number, note in enumerate(found["notes"], start=1)
    ]
    empty = "There are no notes. Take one: ringback notes add …"
    show_table(("", "", "Note"), rows, empty=empty)


@app.command()
def add(
    text: Annotated[list[str], typer.Argument(help="What to note.")], as_json: AsJson = False
) -> None:
    """Take a note."""
    if not " ".join(text).strip():
        raise Invalid("A note needs words.", cure="ringback notes add buy oat milk")
    with instance() as running:
        made = running.post("/v1/notes", {"text": " ".join(text)})
    if as_json:
        show_json(made)
    else:
        noted = made.get("text", "")
        is_whole = noted in {"", " ".join(text)}
        show_lines(["✓ Noted." if is_whole else f"✓ Noted, without the secret: {noted}"])


@app.command()
def done(
    note: Annotated[str, typer.Argument(help=WHICH)],
    undo: Annotated[bool, typer.Option("--undo", help="It is still to do.")] = False,
    as_json: AsJson = False,
) -> None:
    """Tick a note off."""
    with instance() as running:
        meant = meant_note(running, note)
        running.patch(f"/v1/notes/{meant['id']}", {"done": not undo})
    if as_json:
        show_json({"id": meant["id"], "done": not undo})
    else:
        show_lines([f"✓ {'Open again' if undo else 'Done'}: {meant['text']}"])


@app.command()
def remove(
    note: Annotated[str, typer.Argument(help=WHICH)],
    as_json: AsJson = False,
) -> None:
    """Take a note off the list."""
    with instance() as running:
        meant = meant_note(running, note)
        running.delete(f"/v1/notes/{meant['id']}")
    if as_json:
        show_json({"removed": meant["id"]})
    else:
        show_lines([f"✓ Removed: {meant['text']}"])


def meant_note(running: Instance, named: str) -> dict[str, Any]:  # Any: a note, as it was given
    """Return the note of this number, id or text; a part of either will do when it is clear."""
    notes: list[dict[str, Any]] = running.get("/v1/notes")["notes"]
    wanted = named.strip().casefold()
    for number, note in enumerate(notes, start=1):
        if wanted in {str(number), note["id"], note["text"].casefold()}:
            return note
    found = [note for note in notes if wanted and wanted in note["text"].casefold()]
    if not found and len(wanted) >= ENDING_MIN:
        found = [note for note in notes if note["id"].endswith(wanted)]
    if len(found) == 1:
        return found[0]
    if found:
        raise Conflict(f"Several notes have the words {named}.", cure="ringback notes list")
    raise Missing(f"No note has the number or words {named}.", cure="ringback notes list")
