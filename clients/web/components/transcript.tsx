"use client";

import { useEffect, useRef } from "react";

import type { Line, Lines } from "@/lib/lines";
import type { Phase, TalkState } from "@/lib/talk";
import { channel, moment } from "@/lib/words";

import { Waterfall } from "./waterfall";

const NEAR_PX = 120; // who has scrolled further up reads, and is not pulled down

interface Properties {
  lines: Lines;
  partial: TalkState["partial"];
  phase: Phase;
}

export function Transcript({ lines, partial, phase }: Properties) {
  const box = useRef<HTMLDivElement>(null);
  const isNear = useRef(true);

  useEffect(() => {
    const element = box.current;
    if (element && isNear.current) element.scrollTop = element.scrollHeight;
  }, [lines, partial, phase]);

  // The same when the room changes: a phone is turned, or its keyboard opens.
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => {
      if (isNear.current) element.scrollTop = element.scrollHeight;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  return (
    <div
      aria-label="The conversation"
      aria-live="polite"
      className="fading min-h-0 flex-1 overflow-y-auto overscroll-contain px-4 py-6 sm:px-8"
      onScroll={({ currentTarget: at }) => {
        isNear.current = at.scrollHeight - at.scrollTop - at.clientHeight < NEAR_PX;
      }}
      ref={box}
      role="log"
      tabIndex={0}
    >
      <div className="mx-auto flex min-h-full max-w-2xl flex-col justify-end gap-5">
        {lines.map((line) =>
          line.who === "you" ? <Yours key={line.id} line={line} /> : <Theirs key={line.id} line={line} />,
        )}
        {partial && <Growing words={partial} />}
        {phase === "thinking" && (
          <p aria-label="Thinking" className="dots arrive h-6" role="img">
            <span />
            <span />
            <span />
          </p>
        )}
      </div>
    </div>
  );
}

function Yours({ line }: { line: Line }) {
  return (
    <p
      className={`arrive max-w-[85%] self-end rounded-3xl rounded-br-lg bg-raised px-4 py-2.5 break-words whitespace-pre-wrap ${line.isPending ? "text-muted" : ""}`}
      data-who="you"
    >
      <span className="sr-only">You: </span>
      {line.text}
    </p>
  );
}

/** What is being said now: settled words as they stay, the others paler. Whoever speaks hears
 * themselves, so it is not read aloud. */
function Growing({ words }: { words: NonNullable<TalkState["partial"]> }) {
  return (
    <p aria-live="off" className="growing arrive" data-testid="partial">
      <span className="sr-only">You are saying: </span>
      <span data-words="stable">{words.stable}</span>
      {words.stable && words.guess && " "}
      <span className="growing-guess" data-words="guess">
        {words.guess}
      </span>
    </p>
  );
}

function Theirs({ line }: { line: Line }) {
  return (
    <div className="arrive max-w-[92%] self-start" data-who="companion">
      <p className="font-serif text-[1.3rem] leading-snug break-words whitespace-pre-wrap">
        <span className="sr-only">Ringback: </span>
        {line.text}
        {line.unheard && <Unheard isAll={!line.text} words={line.unheard} />}
      </p>
      {line.delivery !== "plain" && (
        <p aria-live="off" className="delivery" data-testid="delivery">
          {line.delivery === "held" ? "Paused while you speak" : "Going on"}
        </p>
      )}
      {line.sources.length > 0 && <Sources sources={line.sources} />}
      {line.timing && <Waterfall timing={line.timing} />}
    </div>
  );
}

/** The tail of a reply that was cut off: nobody heard it, and Ringback knows. */
function Unheard({ words, isAll }: { words: string; isAll: boolean }) {
  return (
    <>
      {!isAll && " "}
      <span className="cut-here">{isAll ? "not heard" : "interrupted here"}</span>{" "}
      <del className="unheard">
        <span className="sr-only">not heard: </span>
        {words}
      </del>
    </>
  );
}

function Sources({ sources }: Pick<Line, "sources">) {
  return (
    <ul aria-label="Known from" className="mt-2.5 flex flex-col gap-1.5">
      {sources.map((source) => (
        <li className="border-l-2 border-call/60 pl-3 text-sm text-muted" key={source.message_id}>
          <q className="text-ink/85">{source.text}</q>{" "}
          <span className="whitespace-nowrap">
            {[moment(source.when), channel(source.channel)].filter(Boolean).join(" · ")}
          </span>
        </li>
      ))}
    </ul>
  );
}
