/** Words that are still being said: those that stay, and those that are a guess. */

import type { PartialHeard } from "./wire.js";

export interface PartialWords {
  /** No later word changes these. */
  stable: string;
  /** What follows them, as far as it was understood by now. */
  guess: string;
}

/** Join what was known of an utterance with what is told of it now. */
export function joinPartial(known: PartialWords | undefined, told: PartialHeard): PartialWords {
  const words = wordsOf(told.text);
  const stable = wordsOf(known?.stable ?? "");
  if (!told.is_stable) {
    return { stable: stable.join(" "), guess: words.slice(stable.length).join(" ") };
  }
  // More words are settled: of the guess that went beyond them the rest is still the best we have.
  const whole = [...stable, ...wordsOf(known?.guess ?? "")];
  return { stable: words.join(" "), guess: whole.slice(words.length).join(" ") };
}

function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter(Boolean);
}
