/** The notes, as the shared Yjs document `notes` holds them: edited here, by voice and elsewhere. */

"use client";

import { useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";

import { ticket } from "./api";

export interface Note {
  id: string;
  text: string;
  isDone: boolean;
  createdAt: number;
}

export type NotesState = "opening" | "live" | "offline";

const RETRY_FIRST_MS = 500;
const RETRY_LAST_MS = 10_000;

export class Notes {
  readonly #document = new Y.Doc();
  readonly #root = this.#document.getMap("notes");
  readonly #provider: WebsocketProvider;
  readonly #listeners = new Set<() => void>();
  #notes: readonly Note[] = [];
  #state: NotesState = "opening";
  #attempts = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;

  constructor(url: string) {
    // No broadcast channel: another tab may be of another person.
    this.#provider = new WebsocketProvider(
      `${url.replace(/^http/, "ws")}/sync`,
      "notes",
      this.#document,
      { connect: false, disableBc: true },
    );
    this.#root.observeDeep(() => this.#changed());
    this.#provider.on("sync", (isSynced: boolean) => {
      if (isSynced) {
        this.#attempts = 0;
        this.#enter("live");
      }
    });
    this.#provider.on("connection-close", () => this.#dropped());
    void this.#connect();
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  notes = (): readonly Note[] => this.#notes;
  state = (): NotesState => this.#state;

  add(text: string): void {
    const words = text.trim();
    if (!words) return;
    this.#document.transact(() => {
      const note = new Y.Map<unknown>();
      note.set("text", new Y.Text(words));
      note.set("done", false);
      note.set("created_at", Date.now());
      this.#root.set(newId(), note);
    });
  }

  setDone(id: string, isDone: boolean): void {
    const note = this.#root.get(id);
    if (note instanceof Y.Map) note.set("done", isDone);
  }

  /** Change only what differs, so that what another device writes meanwhile is kept. */
  setText(id: string, text: string): void {
    const note = this.#root.get(id);
    if (!(note instanceof Y.Map)) return;
    const shared = note.get("text");
    if (!(shared instanceof Y.Text)) {
      note.set("text", new Y.Text(text));
      return;
    }
    const before = shared.toString();
    let begin = 0;
    while (begin < before.length && begin < text.length && before[begin] === text[begin]) begin += 1;
    let end = 0;
    const most = Math.min(before.length, text.length) - begin;
    while (end < most && before[before.length - 1 - end] === text[text.length - 1 - end]) end += 1;
    this.#document.transact(() => {
      shared.delete(begin, before.length - begin - end);
      shared.insert(begin, text.slice(begin, text.length - end));
    });
  }

  remove(id: string): void {
    this.#root.delete(id);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#provider.destroy();
    this.#document.destroy();
  }

  // ── the line ───────────────────────────────────────────────────────────────────────────────
  async #connect(): Promise<void> {
    try {
      const token = await ticket("documents");
      if (this.#isClosed) return;
      this.#provider.params = { token };
      this.#provider.connect();
    } catch {
      this.#dropped();
    }
  }

  #dropped(): void {
    // A ticket opens one socket: the provider must not try again by itself with the old one.
    // (`disconnect()` would report this same close once more, and without end.)
    this.#provider.shouldConnect = false;
    if (this.#isClosed) return;
    this.#enter("offline");
    clearTimeout(this.#timer);
    const longest = Math.min(RETRY_LAST_MS, RETRY_FIRST_MS * 2 ** this.#attempts);
    this.#attempts += 1;
    this.#timer = setTimeout(() => void this.#connect(), longest / 2 + (Math.random() * longest) / 2);
  }

  // ── what is shown ──────────────────────────────────────────────────────────────────────────
  #changed(): void {
    this.#notes = [...this.#root.entries()]
      .map(([id, value]) => readNote(id, value))
      .sort((one, other) => other.createdAt - one.createdAt || one.id.localeCompare(other.id));
    this.#tell();
  }

  #enter(state: NotesState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

// `crypto.randomUUID` is missing on pages that came over plain HTTP.
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function readNote(id: string, value: unknown): Note {
  if (!(value instanceof Y.Map)) return { id, text: String(value), isDone: false, createdAt: 0 };
  const createdAt = value.get("created_at");
  return {
    id,
    text: String(value.get("text") ?? ""),
    isDone: value.get("done") === true,
    createdAt: typeof createdAt === "number" ? createdAt : 0,
  };
}

const NONE: readonly Note[] = [];

/** Open the notes for as long as the page shows them. */
export function useNotes(url: string): {
  shared: Notes | undefined;
  notes: readonly Note[];
  state: NotesState;
} {
  const [shared, setShared] = useState<Notes>();

  useEffect(() => {
    const opened = new Notes(url);
    setShared(opened);
    return () => opened.close();
  }, [url]);

  const subscribe = useMemo(() => shared?.subscribe ?? (() => () => undefined), [shared]);
  const notes = useSyncExternalStore(subscribe, shared?.notes ?? (() => NONE), () => NONE);
  const state = useSyncExternalStore(
    subscribe,
    shared?.state ?? (() => "opening" as const),
    () => "opening" as const,
  );
  return { shared, notes, state };
}
