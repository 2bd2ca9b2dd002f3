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

/** What was said or typed, in words. */
export interface Heard {
  type: "heard";
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

export type ServerMessage = Welcome | VoiceStarted | Heard | Said | TurnEnded | Mark | Clear | Closed | Error | Pong;
