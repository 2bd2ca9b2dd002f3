/** The lines of a conversation as the page shows them, and how they change. */

import type { wire } from "@ringback/sdk";

import type { Timing } from "./timing";

/** A reply is held while somebody speaks into it; then it goes on, or is over. */
export type Delivery = "plain" | "held" | "going-on";

export interface Line {
  id: string;
  who: "you" | "companion";
  text: string;
  /** The rest of a reply that was cut off: nobody heard it. */
  unheard: string;
  delivery: Delivery;
  sources: readonly wire.Source[];
  timing: Timing | undefined;
  /** Typed here and not yet confirmed by Ringback. */
  isPending: boolean;
}

export type Lines = readonly Line[];

const LINES_MAX = 200; // older ones are in the memory

export function newLine(id: string, who: Line["who"], text: string): Line {
  return {
    id,
    who,
    text,
    unheard: "",
    delivery: "plain",
    sources: [],
    timing: undefined,
    isPending: false,
  };
}

export function appended(lines: Lines, line: Line): Lines {
  return [...lines, line].slice(-LINES_MAX);
}

export function changed(lines: Lines, id: string, change: Partial<Line>): Lines {
  return lines.map((line) => (line.id === id ? { ...line, ...change } : line));
}

export function lineOf(lines: Lines, id: string): Line | undefined {
  return lines.find((line) => line.id === id);
}

/** Put heard words into the conversation: where they stood since they were typed, or at its end. */
export function withHeard(lines: Lines, message: wire.Heard): Lines {
  const line = newLine(`${message.turn_id}-heard`, "you", message.text);
  const pending = lines.find((one) => one.isPending && one.text === message.text.trim());
  if (pending) return lines.map((one) => (one === pending ? line : one));
  return message.text ? appended(lines, line) : lines;
}

/** What happens to a line that is shown; what comes before it is shown waits for it. */
export class Replies {
  readonly #early = new Map<string, Partial<Line>>();

  change(lines: Lines, id: string, change: Partial<Line>): Lines {
    if (lineOf(lines, id)) return changed(lines, id, change);
    this.#early.set(id, { ...this.#early.get(id), ...change });
    return lines;
  }

  /** Show a reply, or change the words of one that is shown. */
  show(lines: Lines, id: string, words: Partial<Line>): Lines {
    if (lineOf(lines, id)) return changed(lines, id, words);
    const early = this.#early.get(id);
    this.#early.delete(id);
    return appended(lines, { ...newLine(id, "companion", ""), ...early, ...words });
  }

  clear(): void {
    this.#early.clear();
  }
}
