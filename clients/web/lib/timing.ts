/** Where the time and the money of a turn went, as bars on one axis and in words. */

import type { wire } from "@ringback/sdk";

export type Timing = Pick<wire.TurnEnded, "spans" | "engines"> &
  Partial<Omit<wire.TurnClosed, "type" | "turn_id" | "spans" | "engines">>;

export type Stage = "hearing" | "mind" | "keeping" | "voice";

export interface Bar {
  name: string;
  stage: Stage;
  fromMs: number;
  toMs: number;
  /** Of the axis, in percent. */
  left: number;
  width: number;
  /** It lasts longer than the axis. */
  goesOn: boolean;
  /** Where it was silent for a while, in percent of the axis. */
  gaps: { left: number; width: number }[];
  /** Where it was cut off, in percent of the axis. */
  cutAt: number | undefined;
}

// In the order in which a turn runs; a stage that is not named here follows.
const STAGES: Record<string, [words: string, stage: Stage]> = {
  end_of_turn: ["End of turn", "hearing"],
  transcribe_audio: ["Transcribing", "hearing"],
  generate_embedding: ["Embedding", "mind"],
  retrieve_relevant: ["Remembering", "mind"],
  respond: ["Thinking", "mind"],
  extract_concepts: ["Names", "mind"],
  commit: ["Keeping", "keeping"],
  first_sound: ["First sound", "voice"],
  speaking: ["Speaking", "voice"],
};
const ORDER = Object.keys(STAGES);
const SPEAKING = "speaking";
// Speech lasts so long that it would hide all the rest: the axis goes on only for this much of the
// stages' time, or further when there is a cut to be seen.
const SPOKEN_SHARE = 1.4;
const CUT_SHARE = 4;
const TICKS_MAX = 4;

// As `Why` in backend/conversation/hearing/happenings.py; of others the name itself is told.
const WHY: Record<string, string> = {
  complete: "the sentence was complete",
  question: "it was a question",
  farewell: "it was a goodbye",
  "short answer": "it was a short answer",
  brief: "it was a short remark",
  "whole number": "the number was complete",
  unsure: "it may have been all",
  doubtful: "the words were doubtful",
  unfinished: "it sounded unfinished",
  dictating: "the dictation paused",
  nothing: "there were no words in it",
  silence: "the words were not known yet",
  longest: "nobody may speak longer in one breath",
};

const PORTS: Record<string, string> = { hearing: "ears", mind: "mind", speaking: "voice" };

/** Read the timeline out of what is told of a turn; an older Ringback may tell less. */
export function timingOf(message: wire.TurnEnded | wire.TurnClosed): Timing | undefined {
  const { spans = {}, engines = {} } = message;
  if (Object.keys(spans).length === 0) return undefined;
  return message.type === "turn_ended" ? { spans, engines } : { ...message, spans, engines };
}

/** Return the stages as bars, in the order in which they run, and how long their axis is. */
export function waterfall(timing: Timing): { bars: Bar[]; axisMs: number } {
  const spans = Object.entries(timing.spans)
    .flatMap(([name, [from, to]]) => (from === undefined || to === undefined ? [] : [{ name, from, to }]))
    .sort((one, other) => place(one.name) - place(other.name) || one.from - other.from);
  const { begin, end } = axis(spans, timing.interrupted ? CUT_SHARE : SPOKEN_SHARE);
  const share = (ms: number) => {
    return Math.max(0, Math.min(100, ((ms - begin) / Math.max(1, end - begin)) * 100));
  };
  const piece = (from: number, to: number) => ({ left: share(from), width: share(to) - share(from) });
  const bars = spans.map(({ name, from, to }): Bar => {
    const [words, stage] = STAGES[name] ?? [name.replaceAll("_", " "), "mind"];
    const isSpeech = name === SPEAKING;
    const held = isSpeech ? (timing.held ?? []) : [];
    const cut = isSpeech ? timing.interrupted?.at_ms : undefined;
    return {
      name: words,
      stage,
      fromMs: from,
      toMs: to,
      ...piece(from, to),
      goesOn: to > end + 1,
      gaps: held.map(({ at_ms, ms }) => piece(at_ms, at_ms + ms)),
      cutAt: cut !== undefined && cut <= end + 1 ? share(cut) : undefined,
    };
  });
  return { bars, axisMs: end - begin };
}

/** Return round moments along the axis, each with its place in percent and its words. */
export function ticks(axisMs: number): { at: number; words: string }[] {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, axisMs) / TICKS_MAX));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => axisMs / one <= TICKS_MAX) ?? axisMs;
  const isSeconds = axisMs >= 1_000;
  return Array.from({ length: Math.floor(axisMs / step) + 1 }, (_, index) => {
    const ms = index * step;
    const words = isSeconds ? `${Number((ms / 1_000).toFixed(3))} s` : `${Number(ms.toFixed(2))} ms`;
    return { at: (ms / Math.max(1, axisMs)) * 100, words: index === 0 ? "0" : words };
  });
}

interface Span {
  name: string;
  from: number;
  to: number;
}

/** Return where the axis begins and ends: what is spoken gets only so much of it. */
function axis(spans: readonly Span[], spokenShare: number): { begin: number; end: number } {
  const begin = Math.min(...spans.map(({ from }) => from));
  const last = Math.max(...spans.map(({ to }) => to));
  const stages = spans.filter(({ name }) => name !== SPEAKING).map(({ to }) => to);
  if (stages.length === 0) return { begin, end: last };
  return { begin, end: Math.min(last, begin + (Math.max(...stages) - begin) * spokenShare) };
}

function place(name: string): number {
  const at = ORDER.indexOf(name);
  return at < 0 ? ORDER.length : at;
}

/** Say in a few words how fast the answer came: from the last of their voice to the first of ours. */
export function summary(timing: Timing): string {
  const answered = timing.spans.first_sound?.[1];
  const since = timing.spans.end_of_turn?.[0] ?? timing.spans.first_sound?.[0];
  const cost = dollars(timing.cost_micros ?? 0);
  const quick = answered === undefined || since === undefined ? "" : `Answered in ${duration(answered - since)}`;
  return [quick || "How this turn went", cost].filter(Boolean).join(" · ");
}

/** Return what there is to say of a turn beside its bars. */
export function remarks(timing: Timing): [label: string, words: string][] {
  const said: [string, string][] = [];
  const engines = Object.entries(timing.engines).map(([port, name]) => {
    return `${PORTS[port] ?? port} ${name}`;
  });
  if (engines.length > 0) said.push(["Engines", engines.join(", ")]);
  if (timing.end) {
    const { why, silence_ms } = timing.end;
    said.push(["Your turn ended", `${WHY[why] ?? why}, after ${duration(silence_ms)} of silence`]);
  }
  if (typeof timing.confidence === "number") {
    said.push(["Heard with", `${Math.round(timing.confidence * 100)} % confidence`]);
  }
  const guesses = (timing.speculated ?? []).map(guess);
  if (guesses.length > 0) said.push(["Worked ahead", guesses.join("; ")]);
  return [...said, ...disturbances(timing)];
}

function disturbances(timing: Timing): [string, string][] {
  const said: [string, string][] = [];
  const cut = timing.interrupted;
  if (cut) {
    const words = `${cut.heard_words} words were heard, ${cut.unheard_words} were not`;
    said.push(["Interrupted", `at ${duration(cut.at_ms)}: ${words}`]);
  }
  for (const { at_ms, ms } of timing.held ?? []) {
    said.push(["Paused", `at ${duration(at_ms)} for ${duration(ms)}, then went on`]);
  }
  if (timing.filler) said.push(["Filled", "said a few words while the answer was made"]);
  const returns = timing.resumed_line ?? 0;
  if (returns > 0) said.push(["Line", `lost and back ${returns === 1 ? "once" : `${returns} times`}`]);
  if (timing.cost_micros !== undefined) {
    said.push(["Cost", dollars(timing.cost_micros) || "nothing"]);
  }
  return said;
}

function guess(part: wire.Speculation): string {
  const spent = [duration(part.ms), dollars(part.cost_micros)].filter(Boolean).join(", ");
  return `${part.what} ${part.outcome} (${spent})`;
}

/** Say a length of time as it is read best. */
export function duration(ms: number): string {
  if (ms < 1) return ms > 0 ? `${ms.toFixed(1)} ms` : "0 ms";
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

/** Say a cost; nothing when there was none. */
export function dollars(micros: number): string {
  if (micros <= 0) return "";
  return `$${(micros / 1_000_000).toFixed(micros < 1_000_000 ? 4 : 2)}`;
}
