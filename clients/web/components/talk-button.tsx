"use client";

import { useRef } from "react";

import type { Phase, Talk, TalkState } from "@/lib/talk";

import { MicrophoneIcon } from "./icons";
import { useLevel } from "./levels";

const WORDS: Record<Phase, string> = {
  idle: "Tap to talk",
  connecting: "Connecting…",
  listening: "Listening",
  hearing: "Hearing you…",
  thinking: "Thinking…",
  speaking: "Speaking",
  reconnecting: "The line dropped. Reconnecting…",
};

/** What the button shows: a typed conversation is no call, and the button still starts one. */
function shownPhase(state: TalkState): Phase {
  return state.mode === "voice" || state.phase === "reconnecting" ? state.phase : "idle";
}

export function TalkButton({
  talk,
  state,
  isLarge,
}: {
  talk: Talk;
  state: TalkState;
  isLarge: boolean;
}) {
  const element = useRef<HTMLDivElement>(null);
  const isCall = state.mode === "voice";
  useLevel(talk, element, ({ you, companion }) => companion || you, isCall);
  const phase = isCall ? state.phase : "idle";
  const isBusy = phase === "connecting" || phase === "thinking" || phase === "reconnecting";
  const label = isCall ? "End the conversation" : "Start to talk";
  return (
    <div
      className={`talk flex-none ${isLarge ? "talk-large size-40 sm:size-44" : "size-18"}`}
      data-phase={phase}
      ref={element}
    >
      <span className="talk-ring" />
      <span className="talk-ring" />
      <span className="talk-ring" />
      <button
        aria-label={label}
        className="talk-button"
        onClick={() => (isCall ? talk.hangUp() : void talk.startVoice())}
        title={label}
        type="button"
      >
        {isCall ? (
          <span aria-hidden="true" className="bars">
            <span />
            <span />
            <span />
            <span />
            <span />
          </span>
        ) : (
          <MicrophoneIcon size={isLarge ? 60 : 30} />
        )}
      </button>
      {isBusy && <span aria-hidden="true" className="talk-spinner" />}
    </div>
  );
}

/** The same in words, which a screen reader speaks as they change. */
export function PhaseWords({ state, className }: { state: TalkState; className: string }) {
  const phase = shownPhase(state);
  const isQuiet = phase === "listening" || phase === "hearing";
  const goesOn = phase === "speaking" && state.lines.at(-1)?.delivery === "going-on";
  return (
    <p aria-live="polite" className={className} data-testid="phase" role="status">
      {state.isMuted && isQuiet ? "Muted" : goesOn ? "Going on" : WORDS[phase]}
    </p>
  );
}
