/** What is wrong, and what helps. */

import { RingbackError } from "@ringback/sdk";

import { MicrophoneTrouble } from "./sound";

export interface Trouble {
  kind: "microphone" | "insecure" | "line";
  message: string;
  cure: string;
}

export const AWAY_TOO_LONG: Trouble = {
  kind: "line",
  message: "The line was away for too long.",
  cure: "This is a new conversation; what was said before is kept.",
};

export function troubleOf(failure: unknown): Trouble {
  if (failure instanceof MicrophoneTrouble) {
    return { kind: "microphone", message: failure.message, cure: failure.cure };
  }
  if (failure instanceof RingbackError) {
    return { kind: "line", message: failure.message, cure: failure.cure };
  }
  return {
    kind: "line",
    message: "The sound can't be started.",
    cure: "Reload the page. If that does not help, try another browser or type instead.",
  };
}
