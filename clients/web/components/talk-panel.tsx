"use client";

import type { Talk, TalkState } from "@/lib/talk";
import { greeting } from "@/lib/words";

import { Composer } from "./composer";
import { MicrophoneIcon, MutedIcon } from "./icons";
import { TalkButton } from "./talk-button";
import { Transcript } from "./transcript";
import { TroubleCard } from "./trouble";

const SUGGESTIONS = [
  "Remember that Anna's birthday is on the fourth of May",
  "Take a note: buy oat milk",
  "When is Anna's birthday?",
];

interface Properties {
  talk: Talk;
  state: TalkState;
  name: string;
  className: string;
}

export function TalkPanel({ talk, state, name, className }: Properties) {
  const isFresh = state.lines.length === 0;
  const send = (text: string) => void talk.sendText(text);
  return (
    <section aria-label="Talk" className={`panel min-h-0 flex-col overflow-hidden ${className}`}>
      {isFresh ? (
        <Welcome name={name} onSuggest={send} state={state} talk={talk} />
      ) : (
        <Transcript lines={state.lines} phase={state.phase} />
      )}
      <div className="flex flex-col gap-5 px-4 pt-4 pb-4 sm:px-8 lg:pb-6">
        {state.trouble && (
          <TroubleCard onDismiss={() => talk.dismissTrouble()} trouble={state.trouble} />
        )}
        {!isFresh && <Dock state={state} talk={talk} />}
        <Composer onSend={send} />
      </div>
    </section>
  );
}

function Welcome({
  name,
  talk,
  state,
  onSuggest,
}: Pick<Properties, "name" | "talk" | "state"> & { onSuggest: (text: string) => void }) {
  return (
    <div className="flex min-h-0 flex-1 flex-col items-center justify-center gap-10 overflow-y-auto px-5 py-8 text-center">
      <div>
        <h2 className="font-serif text-4xl sm:text-5xl">{greeting(name)}</h2>
        <p className="mt-3 text-lg text-muted">What is on your mind?</p>
      </div>
      <TalkButton isLarge state={state} talk={talk} />
      {state.mode === "none" ? (
        <div className="flex max-w-2xl flex-wrap justify-center gap-2">
          {SUGGESTIONS.map((words) => (
            <button
              className="button-quiet text-left text-[0.95rem] font-medium! text-muted!"
              key={words}
              onClick={() => onSuggest(words)}
              type="button"
            >
              “{words}”
            </button>
          ))}
        </div>
      ) : (
        <MuteButton state={state} talk={talk} />
      )}
    </div>
  );
}

/** The button below a conversation, with what belongs to a call beside it. */
function Dock({ talk, state }: Pick<Properties, "talk" | "state">) {
  return (
    <div className="grid grid-cols-[1fr_auto_1fr] items-center gap-6">
      <span />
      <TalkButton isLarge={false} state={state} talk={talk} />
      <div className="flex justify-start pb-9">
        <MuteButton state={state} talk={talk} />
      </div>
    </div>
  );
}

function MuteButton({ talk, state }: Pick<Properties, "talk" | "state">) {
  if (state.mode !== "voice") return null;
  return (
    <button
      aria-pressed={state.isMuted}
      className={`button-quiet ${state.isMuted ? "border-thinking! text-thinking!" : ""}`}
      onClick={() => talk.mute(!state.isMuted)}
      type="button"
    >
      {state.isMuted ? <MutedIcon /> : <MicrophoneIcon />}
      {state.isMuted ? "Muted" : "Mute"}
    </button>
  );
}
