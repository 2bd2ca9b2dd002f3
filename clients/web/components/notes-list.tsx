"use client";

import { type FormEvent, useState } from "react";

import type { Note, Notes, NotesState } from "@/lib/notes";

import { BinIcon, PlusIcon } from "./icons";
import { Empty, Section } from "./section";

const STATES: Record<NotesState, string> = {
  opening: "Opening…",
  live: "Live on all devices",
  offline: "Offline: kept here until it is back",
};

const CHARACTERS_MAX = 2_000;

interface Properties {
  shared: Notes | undefined;
  notes: readonly Note[];
  state: NotesState;
  className: string;
}

export function NotesList({ shared, notes, state, className }: Properties) {
  return (
    <Section
      aside={
        <span className="flex items-center gap-1.5 text-xs text-muted" role="status">
          <span
            aria-hidden="true"
            className={`size-2 rounded-full ${state === "live" ? "bg-listening" : "bg-thinking"}`}
          />
          {STATES[state]}
        </span>
      }
      className={className}
      title="Notes"
    >
      <AddNote onAdd={(text) => shared?.add(text)} />
      {notes.length === 0 && state !== "opening" && (
        <Empty>
          No notes. Say <em>“Take a note: buy oat milk”</em>, or write one here.
        </Empty>
      )}
      <ul className="flex flex-col px-2 pb-3" data-testid="notes">
        {notes.map((note) => (
          <Row key={note.id} note={note} shared={shared} />
        ))}
      </ul>
    </Section>
  );
}

function AddNote({ onAdd }: { onAdd: (text: string) => void }) {
  const [text, setText] = useState("");
  const add = (event: FormEvent) => {
    event.preventDefault();
    onAdd(text);
    setText("");
  };
  return (
    <form className="flex items-center gap-2 px-5 pt-1 pb-2" onSubmit={add}>
      <label className="sr-only" htmlFor="new-note">
        New note
      </label>
      <input
        autoComplete="off"
        className="field py-2!"
        id="new-note"
        maxLength={CHARACTERS_MAX}
        onChange={(event) => setText(event.target.value)}
        placeholder="New note"
        value={text}
      />
      <button aria-label="Add the note" className="icon-button" disabled={!text.trim()} type="submit">
        <PlusIcon />
      </button>
    </form>
  );
}

function Row({ note, shared }: { note: Note; shared: Notes | undefined }) {
  const [draft, setDraft] = useState<string>();

  const keep = () => {
    const text = draft?.trim();
    if (text && text !== note.text) shared?.setText(note.id, text);
    setDraft(undefined);
  };

  return (
    <li className="arrive group flex items-center gap-1 rounded-2xl pl-3 hover:bg-raised/60 focus-within:bg-raised/60">
      <input
        aria-label={`Done: ${note.text}`}
        checked={note.isDone}
        className="size-5 flex-none accent-(--listening)"
        onChange={(event) => shared?.setDone(note.id, event.target.checked)}
        type="checkbox"
      />
      <input
        aria-label="The note's words"
        className={`min-w-0 flex-1 rounded-lg bg-transparent px-2 py-2.5 ${note.isDone ? "text-muted line-through" : ""}`}
        maxLength={CHARACTERS_MAX}
        onBlur={keep}
        onChange={(event) => setDraft(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") event.currentTarget.blur();
          if (event.key === "Escape") setDraft(undefined);
        }}
        value={draft ?? note.text}
      />
      <button
        aria-label={`Delete: ${note.text}`}
        className="icon-button opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 [@media(hover:none)]:opacity-100"
        onClick={() => shared?.remove(note.id)}
        title="Delete"
        type="button"
      >
        <BinIcon />
      </button>
    </li>
  );
}
