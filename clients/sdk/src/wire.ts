// Made from mobile_api/wire.py by `python -m mobile_api.wire_types`. Do not edit.

export const WIRE = 1;
export const HEADER_BYTES = 8;
export const SOUND_RATE_HZ = 16000;
export const SOUND_FRAME_BYTES = 640;
export const SOUND_BYTES_MAX = 6400;
export const TEXT_CHARACTERS_MAX = 4000;
export const MESSAGE_BYTES_MAX = 32768;
export const HELLO_WITHIN_S = 10;
export const SILENCE_S_MAX = 60;

/** Why the server closes: 1000 to 1013 as everywhere, from 4400 on like HTTP's statuses. */
export const CloseCode = {
  GOODBYE: 1000,
  GOING_AWAY: 1001,
  TOO_LARGE: 1009,
  FAILED: 1011,
  TRY_LATER: 1013,
  GARBAGE: 4400,
  UNAUTHORISED: 4401,
  FORBIDDEN: 4403,
  UNKNOWN_WIRE: 4406,
  SILENT: 4408,
  FLOOD: 4429,
} as const;

/** What a binary frame carries. */
export const SoundKind = {
  MICROPHONE: 1,
  SPEECH: 2,
} as const;

/** The first message: which wire, who, and whether with sound. Browsers show a ticket. */
export interface Hello {
  type: "hello";
  wire: number;
  client?: string;
  mode?: "voice" | "chat";
  resume?: string;
  token?: string | null;
  ticket?: string | null;
}

/** Something typed: it is answered like something said. */
export interface Text {
  type: "text";
  text: string;
}

/** Everything before the server's mark of this name has been played aloud. */
export interface MarkHeard {
  type: "mark";
  name: string;
}

/** The client hangs up. */
export interface Bye {
  type: "bye";
}

/** A sign of life from a client that sends no sound. */
export interface Ping {
  type: "ping";
}

/** The line is open. */
export interface Welcome {
  type: "welcome";
  wire: number;
  conversation_id: string;
  name: string;
  resumed: boolean;
}

/** Somebody began to speak into the microphone. */
export interface VoiceStarted {
  type: "voice_started";
}

/**
 * What somebody has said so far, while they still speak: all of it, each time anew.
 *
 * Stable words stay as they are; the others are a guess, and the next one replaces it.
 */
export interface PartialHeard {
  type: "partial_heard";
  text: string;
  is_stable: boolean;
}

/** What was said or typed, in words. */
export interface Heard {
  type: "heard";
  turn_id: string;
  text: string;
}

/** What was said is understood, and an answer is on its way. */
export interface Typing {
  type: "typing";
  turn_id: string;
}

/** In a chat: the next piece of the reply, as it comes. All of them make up the reply. */
export interface Written {
  type: "written";
  turn_id: string;
  text: string;
}

/** A phrase of the reply, as it goes out. */
export interface Said {
  type: "said";
  turn_id: string;
  text: string;
  index: number;
}

/** The reply fell silent, because somebody spoke; whether it goes on is not known yet. */
export interface Interrupted {
  type: "interrupted";
  turn_id: string;
}

/** It was only a cough or a nod: the reply goes on from the last word heard. */
export interface Resumed {
  type: "resumed";
  turn_id: string;
}

/** A reply is over, heard whole or cut off: together both parts are all of it. */
export interface Spoken {
  type: "spoken";
  turn_id: string;
  heard: string;
  unheard: string;
}

/** Where something that was recalled is known from. */
export interface Source {
  message_id: string;
  text: string;
  when: string;
  channel: string;
}

/** The turn is committed: from here on it is never lost. */
export interface TurnEnded {
  type: "turn_ended";
  turn_id: string;
  heard: string;
  said: string;
  sources: Source[];
  spans: Record<string, number[]>;
  engines: Record<string, string>;
}

/** Why what somebody said was taken to be all of it. */
export interface EndOfTurn {
  why: string;
  silence_ms: number;
}

/** Work that was done before anybody knew that it would be needed. */
export interface Speculation {
  what: string;
  ms: number;
  outcome: string;
  cost_micros: number;
}

/** Where a reply was cut off. */
export interface Interruption {
  at_ms: number;
  heard_words: number;
  unheard_words: number;
}

/** A while in which a reply was silent, and then went on. */
export interface Hold {
  at_ms: number;
  ms: number;
}

/** A turn's reply is over too: where its time and its money went. */
export interface TurnClosed {
  type: "turn_closed";
  turn_id: string;
  spans: Record<string, number[]>;
  engines: Record<string, string>;
  end: EndOfTurn | null;
  confidence: number | null;
  speculated: Speculation[];
  interrupted: Interruption | null;
  held: Hold[];
  filler: boolean;
  resumed_line: number;
  cost_micros: number;
}

/** Answer with the same `mark` when all sound before it has been played aloud. */
export interface Mark {
  type: "mark";
  name: string;
}

/** Drop all sound that is not yet played; answer the marks in it at once. */
export interface Clear {
  type: "clear";
}

/** The conversation is over; the socket closes next. */
export interface Closed {
  type: "closed";
  reason: string;
}

/** Something was refused or failed; `cure` says what helps. */
export interface Error {
  type: "error";
  code: string;
  message: string;
  cure: string;
}

/** The answer to a ping. */
export interface Pong {
  type: "pong";
}

export type ClientMessage = Hello | Text | MarkHeard | Bye | Ping;

export type ServerMessage = Welcome | VoiceStarted | PartialHeard | Heard | Typing | Written | Said | Interrupted | Resumed | Spoken | TurnEnded | TurnClosed | Mark | Clear | Closed | Error | Pong;
