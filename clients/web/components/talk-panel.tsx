"use client";

import type { Talk, TalkState } from "@/lib/talk";
import { greeting } from "@/lib/words";

import { Composer } from "./composer";
import { MicrophoneIcon, MutedIcon } from "./icons";
import { LevelMeters } from "./levels";
import { PhaseWords, TalkButton } from "./talk-button";
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
        <Transcript lines={state.lines} partial={state.partial} phase={state.phase} />
      )}
      <div className="flex flex-col gap-4 px-4 pt-3 pb-4 sm:px-8 lg:pb-6">
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
  const isCall = state.mode === "voice";
  return (
    <div className="flex min-h-0 flex-1 overflow-y-auto px-5 py-8 text-center">
      <div className="m-auto flex flex-col items-center gap-10">
        <div>
          <h2 className="font-serif text-4xl sm:text-5xl">{greeting(name)}</h2>
          <p className="mt-3 text-lg text-muted">What is on your mind?</p>
        </div>
        <div className="flex flex-col items-center gap-10 pt-3">
          <TalkButton isLarge state={state} talk={talk} />
          <PhaseWords className="text-lg font-semibold" state={state} />
        </div>
        {isCall && <CallButtons state={state} talk={talk} />}
        {!isCall && !window.isSecureContext && !state.trouble && (
          <button
            className="-mt-6 text-sm text-muted underline"
            onClick={() => void talk.startVoice()}
            type="button"
          >
            Over plain HTTP the microphone is shut. Why, and what helps?
          </button>
        )}
        {!isCall && !state.trouble && <Suggestions onSuggest={onSuggest} />}
      </div>
    </div>
  );
}

function Suggestions({ onSuggest }: { onSuggest: (text: string) => void }) {
  return (
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
  );
}

/** The button below a conversation, between what happens and what else belongs to a call. */
function Dock({ talk, state }: Pick<Properties, "talk" | "state">) {
  return (
    <div className="flex flex-col gap-2">
      {state.mode === "voice" && <LevelMeters isMuted={state.isMuted} talk={talk} />}
      <div className="grid grid-cols-[minmax(0,1fr)_auto_auto] items-center gap-5 py-2 sm:grid-cols-[minmax(0,1fr)_auto_minmax(0,1fr)] sm:gap-8">
        <PhaseWords className="text-right text-[0.95rem] font-semibold" state={state} />
        <TalkButton isLarge={false} state={state} talk={talk} />
        <CallButtons state={state} talk={talk} />
      </div>
    </div>
  );
}

function CallButtons({ talk, state }: Pick<Properties, "talk" | "state">) {
  if (state.mode !== "voice") return <span className="h-11" />;
  const mute = state.isMuted ? "Let it hear you again" : "Mute the microphone";
  return (
    <div className="flex items-center gap-2">
      <button
        aria-label={mute}
        aria-pressed={state.isMuted}
        className={`icon-button size-11! border border-line ${state.isMuted ? "bg-alert! text-alert-ink!" : ""}`}
        onClick={() => talk.mute(!state.isMuted)}
        title={mute}
        type="button"
      >
        {state.isMuted ? <MutedIcon /> : <MicrophoneIcon />}
      </button>
      <button
        className="button-quiet h-11 text-call!"
        onClick={() => talk.hangUp()}
        title="End the conversation"
        type="button"
      >
        End
      </button>
    </div>
  );
}
