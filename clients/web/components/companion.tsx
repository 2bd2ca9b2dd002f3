"use client";

import { useEffect, useState, useSyncExternalStore } from "react";

import { useMemories } from "@/lib/memories";
import { useNews } from "@/lib/news";
import { useNotes } from "@/lib/notes";
import type { Places } from "@/lib/session";
import { QUIET, Talk } from "@/lib/talk";

import { LeaveIcon, Logo, MemoryIcon, NoteIcon, TalkIcon } from "./icons";
import { MemoryList } from "./memory-list";
import { NotesList } from "./notes-list";
import { TalkPanel } from "./talk-panel";

type View = "talk" | "memory" | "notes";

interface Properties {
  name: string;
  places: Places;
  onLeave: () => void;
  onLapse: () => void;
}

export function Companion({ name, places, onLeave, onLapse }: Properties) {
  const [talk] = useState(() => new Talk(places.live));
  const state = useSyncExternalStore(talk.subscribe, talk.snapshot, () => QUIET);
  const [view, setView] = useState<View>("talk");
  const [turns, setTurns] = useState(0);
  const { news, isReachable } = useNews(onLapse);
  const memories = useMemories(news + turns);
  const notes = useNotes(places.sync);

  useEffect(() => {
    talk.onTurnEnded = () => setTurns((count) => count + 1);
    const hangUp = () => talk.hangUp();
    window.addEventListener("pagehide", hangUp);
    window.addEventListener("online", talk.retry);
    return () => {
      window.removeEventListener("pagehide", hangUp);
      window.removeEventListener("online", talk.retry);
      talk.hangUp();
    };
  }, [talk]);

  // On a phone one of the three is shown at a time; on a wide screen all of them.
  const shown = (wanted: View) => (view === wanted ? "flex" : "hidden lg:flex");
  const card = "lg:rounded-[1.75rem] max-lg:border-0 max-lg:shadow-none max-lg:bg-transparent";

  return (
    <div className="mx-auto flex h-dvh max-w-[90rem] flex-col">
      <Header isReachable={isReachable} name={name} onLeave={onLeave} />
      <main className="grid min-h-0 flex-1 grid-cols-1 gap-5 lg:grid-cols-[minmax(0,1fr)_23.5rem] lg:px-6 lg:pb-6">
        <TalkPanel className={`${shown("talk")} ${card}`} name={name} state={state} talk={talk} />
        <div className={`min-h-0 flex-col gap-5 ${view === "talk" ? "hidden lg:flex" : "flex"}`}>
          <MemoryList className={`${shown("memory")} flex-[1.25] ${card}`} memories={memories} />
          <NotesList className={`${shown("notes")} flex-1 ${card}`} {...notes} />
        </div>
      </main>
      <Tabs onChange={setView} view={view} />
    </div>
  );
}

function Header({
  name,
  isReachable,
  onLeave,
}: {
  name: string;
  isReachable: boolean;
  onLeave: () => void;
}) {
  return (
    <header className="flex h-16 flex-none items-center gap-3 px-4 lg:px-7">
      <Logo size={34} />
      <h1 className="text-xl font-bold tracking-tight">Ringback</h1>
      <div className="ml-auto flex items-center gap-2">
        <p
          className={`flex items-center gap-2 rounded-full px-3 py-1.5 text-sm font-medium ${isReachable ? "text-muted" : "bg-alert text-alert-ink"}`}
          role="status"
        >
          <span
            aria-hidden="true"
            className={`size-2 rounded-full ${isReachable ? "bg-listening" : "bg-thinking"}`}
          />
          {isReachable ? "Connected" : "Offline. Trying again…"}
        </p>
        <button
          aria-label={`Sign ${name} out of this browser`}
          className="icon-button"
          onClick={onLeave}
          title="Sign out"
          type="button"
        >
          <LeaveIcon />
        </button>
      </div>
    </header>
  );
}

const VIEWS = [
  { view: "talk", words: "Talk", Icon: TalkIcon },
  { view: "memory", words: "Memory", Icon: MemoryIcon },
  { view: "notes", words: "Notes", Icon: NoteIcon },
] as const;

function Tabs({ view, onChange }: { view: View; onChange: (view: View) => void }) {
  return (
    <nav
      aria-label="Parts of the page"
      className="flex flex-none border-t border-line bg-panel pb-[env(safe-area-inset-bottom)] lg:hidden"
    >
      {VIEWS.map(({ view: own, words, Icon }) => (
        <button
          aria-current={view === own ? "page" : undefined}
          className={`flex h-14 flex-1 flex-col items-center justify-center gap-0.5 text-xs font-semibold -outline-offset-4 ${view === own ? "text-call" : "text-muted"}`}
          key={own}
          onClick={() => onChange(own)}
          type="button"
        >
          <Icon />
          {words}
        </button>
      ))}
    </nav>
  );
}
