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
  // A typed conversation is no call: the button still starts one.
  const isCall = state.mode === "voice";
  const phase = isCall ? state.phase : "idle";
  const isBusy = phase === "connecting" || phase === "thinking" || phase === "reconnecting";
  const words = isCall && state.isMuted && !isBusy && phase !== "speaking" ? "Muted" : WORDS[phase];

  return (
    <div className={isLarge ? "flex flex-col items-center gap-9" : "flex flex-col items-center gap-4"}>
      <div
        className={`talk ${isLarge ? "size-40 sm:size-44" : "size-20"} transition-[height,width] duration-300`}
        data-phase={phase}
        ref={element}
      >
        <span className="talk-ring" />
        <span className="talk-ring" />
        <span className="talk-ring" />
        <button
          aria-label={isCall ? "End the conversation" : "Start to talk"}
          aria-pressed={isCall}
          className="talk-button"
          onClick={() => (isCall ? talk.hangUp() : void talk.startVoice())}
          title={isCall ? "End the conversation" : "Start to talk"}
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
            <MicrophoneIcon size={isLarge ? 60 : 32} />
          )}
        </button>
        {isBusy && <span aria-hidden="true" className="talk-spinner" />}
      </div>
      <p
        aria-live="polite"
        className={isLarge ? "text-lg font-semibold" : "text-sm font-semibold text-muted"}
        data-testid="phase"
        role="status"
      >
        {words}
      </p>
    </div>
  );
}
