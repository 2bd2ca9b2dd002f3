/** A player without a loudspeaker: knows by the clock what would have been heard. */

import { SAMPLES_PER_MS } from "./sound.js";

interface Waiting {
  at: number; // samples before it
  played: () => void;
  timer: ReturnType<typeof setTimeout>;
}

/** For tests and recordings; a page or an app plays on real loudspeakers instead. */
export class SilentPlayer {
  #heard: Int16Array[] = []; // everything that was or will be heard, in order
  #samples = 0;
  #endsAt = 0; // when, by the clock, all of it has been heard
  #waiting = new Set<Waiting>();

  /** Whether everything has been heard. */
  get isQuiet(): boolean {
    return Date.now() >= this.#endsAt && this.#waiting.size === 0;
  }

  /** Append sound to what is played. */
  play(samples: Int16Array): void {
    const now = Date.now();
    this.#heard.push(samples);
    this.#samples += samples.length;
    this.#endsAt = Math.max(now, this.#endsAt) + samples.length / SAMPLES_PER_MS;
  }

  /** Call back once everything before has been heard. */
  mark(played: () => void): void {
    const wait = Math.max(0, this.#endsAt - Date.now());
    const waiting: Waiting = {
      at: this.#samples,
      played,
      timer: setTimeout(() => {
        this.#waiting.delete(waiting);
        played();
      }, wait),
    };
    this.#waiting.add(waiting);
  }

  /** Drop what has not been heard yet; whoever waits for a mark is not called any more. */
  clear(): void {
    const unheard = Math.max(0, Math.floor((this.#endsAt - Date.now()) * SAMPLES_PER_MS));
    const all = this.recording();
    const heard = all.slice(0, Math.max(0, all.length - unheard));
    this.#heard = [heard];
    this.#samples = heard.length;
    this.#endsAt = Date.now();
    for (const waiting of this.#waiting) clearTimeout(waiting.timer);
    this.#waiting.clear();
  }

  /** Return everything that was played and not dropped. */
  recording(): Int16Array {
    const all = new Int16Array(this.#samples);
    let at = 0;
    for (const piece of this.#heard) {
      all.set(piece, at);
      at += piece.length;
    }
    return all;
  }
}
