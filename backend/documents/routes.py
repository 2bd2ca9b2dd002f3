"""The notes' door for those who don't speak Yjs: each change is an edit of the document."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from fastapi import APIRouter, Depends, Request
from pycrdt import Doc
from pydantic import BaseModel, Field

from backend.documents.schemas.notes import (
    DOCUMENT,
    NOTE_CHARACTERS_MAX,
    add_note,
    mark_note,
    remove_note,
)
from backend.documents.service import Documents
from backend.documents.types import Note
from backend.kernel.clock import Instant
from backend.kernel.errors import Missing
from backend.kernel.people import Actor
from backend.platform.web import Caller

SCOPE = "documents"


class Gate(Protocol):
    """What stands in front of a route; trust's guard is one."""

    def require(self, scope: str) -> Callable[[Request], Awaitable[Actor]]:
        """Return the dependency that lets only actors with this scope through."""
        ...


class NewNote(BaseModel):
    """A note to be taken."""

    text: str = Field(min_length=1, max_length=NOTE_CHARACTERS_MAX, pattern=r"\S")


class Marked(BaseModel):
    """Whether a note is done."""

    done: bool


class ShownNote(BaseModel):
    """A note."""

    id: str
    text: str
    done: bool
    created_at: int


class ShownNotes(BaseModel):
    """All notes, oldest first."""

    notes: list[ShownNote]


def router(documents: Documents, *, guard: Gate) -> APIRouter:
    """Return the routes; each acts on the caller's own document."""
    routes = APIRouter(tags=["notes"], dependencies=[Depends(guard.require(SCOPE))])

    @routes.get("/v1/notes")
    async def list_notes(actor: Caller) -> ShownNotes:
        """List the notes as the document itself has them."""
        notes = await documents.read_notes(actor.owner_id)
        return ShownNotes(notes=[_shown(note) for note in notes])

    @routes.post("/v1/notes", status_code=201)
    async def take_note(wanted: NewNote, actor: Caller) -> ShownNote:
        """Take a note."""
        note_id, text = documents.new_id(), documents.cleaned(wanted.text)
        made_at: list[Instant] = []

        def change(doc: Doc[Any], at: Instant) -> None:
            add_note(doc, note_id, text, at)
            made_at.append(at)

        await documents.edit_alone(actor, DOCUMENT, change)
        return ShownNote(id=note_id, text=text, done=False, created_at=made_at[0])

    @routes.patch("/v1/notes/{note_id:path}", status_code=204)
    async def mark(note_id: str, wanted: Marked, actor: Caller) -> None:
        """Mark a note as done or open."""

        def change(doc: Doc[Any], _: Instant) -> None:
            if not mark_note(doc, note_id, is_done=wanted.done):
                raise Missing("There is no such note.")

        await documents.edit_alone(actor, DOCUMENT, change)

    @routes.delete("/v1/notes/{note_id:path}", status_code=204)
    async def remove(note_id: str, actor: Caller) -> None:
        """Take a note off the list."""

        def change(doc: Doc[Any], _: Instant) -> None:
            if not remove_note(doc, note_id):
                raise Missing("There is no such note.")

        await documents.edit_alone(actor, DOCUMENT, change)

    return routes


def _shown(note: Note) -> ShownNote:
    return ShownNote(id=note.id, text=note.text, done=note.is_done, created_at=note.created_at)
