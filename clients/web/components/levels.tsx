"use client";

import { type RefObject, useEffect, useRef } from "react";

import type { Levels, Talk } from "@/lib/talk";

const STILL_MS = 250; // between two pictures for who wants less motion

/** How loud a voice looks: the ear hears in decibels, and so do the meters. */
function shown(level: number): number {
  if (level <= 0) return 0;
  const decibels = 20 * Math.log10(level);
  return Math.max(0, Math.min(1, (decibels + 50) / 38));
}

/** Give an element `--level`, 0 to 1, with each picture for as long as a call lasts. */
export function useLevel(
  talk: Talk,
  element: RefObject<HTMLElement | null>,
  pick: (levels: Levels) => number,
  isOn: boolean,
): void {
  const picked = useRef(pick);
  useEffect(() => {
    if (!isOn) return;
    const isStill = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    let level = 0;
    let drawn = -1;
    let drawnAt = 0;
    let frame = 0;
    const draw = (now: number) => {
      frame = requestAnimationFrame(draw);
      level = Math.max(shown(picked.current(talk.levels)), level * 0.85 - 0.004, 0); // falls softly
      const rounded = Math.round(level * 100) / 100;
      if (rounded === drawn || (isStill && now - drawnAt < STILL_MS)) return;
      drawn = rounded;
      drawnAt = now;
      element.current?.style.setProperty("--level", String(rounded));
    };
    frame = requestAnimationFrame(draw);
    const meter = element.current;
    return () => {
      cancelAnimationFrame(frame);
      meter?.style.setProperty("--level", "0");
    };
  }, [talk, element, isOn]);
}

/** Two meters: what the microphone hears, and the companion's voice. Both are measured here. */
export function LevelMeters({ talk, isMuted }: { talk: Talk; isMuted: boolean }) {
  return (
    <div className="meters" data-testid="meters">
      <Meter pick={(levels) => levels.you} talk={talk} who="you" words={isMuted ? "Muted" : "You"} />
      <Meter pick={(levels) => levels.companion} talk={talk} who="companion" words="Ringback" />
    </div>
  );
}

function Meter({
  talk,
  who,
  words,
  pick,
}: {
  talk: Talk;
  who: "you" | "companion";
  words: string;
  pick: (levels: Levels) => number;
}) {
  const element = useRef<HTMLDivElement>(null);
  useLevel(talk, element, pick, true);
  return (
    <div aria-hidden="true" className="meter" data-meter={who} ref={element}>
      <span>{words}</span>
      <span className="meter-scale">
        <span className="meter-level" />
      </span>
    </div>
  );
}
