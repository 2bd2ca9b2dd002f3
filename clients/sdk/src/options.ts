/** How a live conversation is opened, and what it calls back with. */

import type { RingbackError } from "./errors.js";
import type {
  Heard,
  Interrupted,
  PartialHeard,
  Resumed,
  Said,
  Spoken,
  TurnClosed,
  TurnEnded,
  Typing,
  Welcome,
  Written,
} from "./wire.js";

/** What a socket must be able to do: a browser's, React Native's and `ws` are all of this shape. */
export interface LiveSocket {
  binaryType: string;
  readonly bufferedAmount: number;
  readonly readyState: number;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(message: string | ArrayBuffer): void;
  close(code?: number, reason?: string): void;
}

export type LiveSocketMaker = new (url: string) => LiveSocket;

/** A device's token, or a one-use ticket that is fetched anew for every connection. */
export type Credential = { token: string } | { ticket: string };

export type LiveState = "closed" | "connecting" | "open" | "waiting";

export interface LiveHandlers {
  onState?: (state: LiveState) => void;
  onWelcome?: (message: Welcome) => void;
  onVoiceStarted?: () => void;
  /** Words of somebody who still speaks: `joinPartial` joins what is told of them. */
  onPartial?: (message: PartialHeard) => void;
  onHeard?: (message: Heard) => void;
  /** An answer is on its way. */
  onTyping?: (message: Typing) => void;
  /** In a chat: the next piece of the reply; all of them make up the reply. */
  onWritten?: (message: Written) => void;
  onSaid?: (message: Said) => void;
  /** The reply fell silent; then either `onResumed` (a cough) or `onSpoken` (cut off) follows. */
  onInterrupted?: (message: Interrupted) => void;
  onResumed?: (message: Resumed) => void;
  /** A reply is over: what was heard of it, and what nobody heard. */
  onSpoken?: (message: Spoken) => void;
  onTurnEnded?: (message: TurnEnded) => void;
  /** The reply is over too: the turn's whole timeline. */
  onTurnClosed?: (message: TurnClosed) => void;
  /** Speech to play, after all that came before it. */
  onAudio?: (samples: Int16Array) => void;
  /** Call `played` once all sound before it was heard. Without this handler it is called at once. */
  onMark?: (name: string, played: () => void) => void;
  /** Drop all sound that was not heard yet; its marks are answered for you. */
  onClear?: () => void;
  onError?: (failure: RingbackError) => void;
  /** The conversation is over, and it is not tried again. */
  onClosed?: (reason: string) => void;
}

export interface LiveOptions {
  /** Ringback's address, as http:// or https://. */
  url: string;
  credential: () => Credential | Promise<Credential>;
  mode?: "voice" | "chat";
  /** Names the client in the server's logs, as "ringback-web/0.1". */
  client?: string;
  handlers?: LiveHandlers;
  /** Connect again when the line drops, and go on with the same conversation if it still waits. */
  reconnects?: boolean;
  /** Begin with a conversation that an earlier line left, by its `conversation_id`. */
  resume?: string;
  /** For platforms without a global WebSocket: `@ringback/sdk/node` has one for Node 20. */
  WebSocket?: LiveSocketMaker;
}
