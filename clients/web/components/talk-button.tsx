"use client";

import { type RefObject, useEffect, useRef } from "react";

import type { Phase, Talk, TalkState } from "@/lib/talk";

import { MicrophoneIcon } from "./icons";

const WORDS: Record<Phase, string> = {
  idle: "Tap to talk",
  connecting: "Connecting…",
  listening: "Listening",
  hearing: "Hearing you…",
  thinking: "Thinking…",
  speaking: "Speaking",
  reconnecting: "The line dropped. Coming back…",
};

/** How loud a voice looks: the ear hears in decibels, and so do the rings. */
function shown(level: number): number {
  if (level <= 0) return 0;
  const decibels = 20 * Math.log10(level);
  return Math.max(0, Math.min(1, (decibels + 50) / 38));
}

function useLevel(talk: Talk, element: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    let level = 0;
    let frame = 0;
    const draw = () => {
      frame = 0;
      element.current?.style.setProperty("--level", level.toFixed(3));
    };
    talk.onLevel = (heard) => {
      // Up at once, down softly.
      level = Math.max(shown(heard), level * 0.85 - 0.004, 0);
      frame ||= requestAnimationFrame(draw);
    };
    return () => {
      cancelAnimationFrame(frame);
      talk.onLevel = () => undefined;
    };
  }, [talk, element]);
}

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
  useLevel(talk, element);
  const isCall = state.mode === "voice";
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
  return (
    <p aria-live="polite" className={className} data-testid="phase" role="status">
      {state.isMuted && isQuiet ? "Muted" : WORDS[phase]}
    </p>
  );
}
