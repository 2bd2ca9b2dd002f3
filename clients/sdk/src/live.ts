/** One live conversation: speech and text in, speech and captions out, over `WS /v1/live`. */

import { RingbackError } from "./errors.js";
import { Backlog, Framer, packSound, readSpeech } from "./sound.js";
import { CloseCode, SOUND_RATE_HZ, WIRE } from "./wire.js";
import type {
  Credential,
  LiveHandlers,
  LiveOptions,
  LiveSocket,
  LiveSocketMaker,
  LiveState,
} from "./options.js";
import type { ClientMessage, Closed, Error as ServerError, Hello, ServerMessage, Welcome } from "./wire.js";

const OPEN = 1;
const CONNECT_MS_MAX = 15_000;
const PING_MS = 15_000;
const SILENCE_MS_MAX = 40_000; // two pings without an answer: the line is dead
const RETRY_FIRST_MS = 400;
const RETRY_LAST_MS = 8_000;
const UNSENT_MS_MAX = 6_000; // of the ten seconds that Ringback takes at once
const BACKLOG_BYTES_MAX = 8 * SOUND_RATE_HZ * 2; // eight seconds: older words would come too late

/** The server gave a reason that trying again does not change. */
const FINAL = new Set<number>([
  CloseCode.GOODBYE,
  CloseCode.TOO_LARGE,
  CloseCode.GARBAGE,
  CloseCode.UNAUTHORISED,
  CloseCode.FORBIDDEN,
  CloseCode.UNKNOWN_WIRE,
  CloseCode.FLOOD,
]);

export class Live {
  readonly #options: LiveOptions;
  readonly #handlers: LiveHandlers;
  #socket: LiveSocket | undefined;
  #state: LiveState = "closed";
  #framer = new Framer();
  #sequence = 0;
  #conversation = ""; // that is gone on with when the line comes back
  #unsent = new Backlog(UNSENT_MS_MAX);
  #pendingMarks = new Set<string>();
  #attempts = 0;
  #lastHeardAt = 0;
  #closedReason = "";
  #lastError: RingbackError | undefined;
  #timers = new Set<ReturnType<typeof setTimeout>>();
  #heartbeat: ReturnType<typeof setInterval> | undefined;
  #opened: { resolve: () => void; reject: (failure: RingbackError) => void } | undefined;

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#handlers = options.handlers ?? {};
  }

  get state(): LiveState {
    return this.#state;
  }

  /** Why the line is not open, while it is tried again. */
  get trouble(): RingbackError | undefined {
    return this.#state === "waiting" ? this.#lastError : undefined;
  }

  /** Open the line; done when Ringback welcomes us. */
  connect(): Promise<void> {
    if (this.#state !== "closed") return Promise.reject(new RingbackError("It is open already."));
    this.#attempts = 0;
    this.#closedReason = "";
    this.#conversation = this.#options.resume ?? "";
    const opened = new Promise<void>((resolve, reject) => {
      this.#opened = { resolve, reject };
    });
    void this.#dial();
    return opened;
  }

  /** Send microphone sound, PCM16 at 16 kHz, of any length.
   *
   * While a line is coming back the last seconds of it are kept, and sent when the conversation
   * goes on: a sentence may well outlast a tunnel. */
  sendPcm(samples: Int16Array): void {
    const isAway = this.#state !== "open" || this.#socket?.readyState !== OPEN;
    for (const frame of this.#framer.push(samples)) {
      if (!isAway) this.#sendSound(frame);
      else if (this.#conversation && this.#state !== "closed") this.#unsent.push(frame);
    }
  }

  /** Try now instead of later, as when a network has come back. */
  retry(): void {
    if (this.#state === "waiting") void this.#dial();
  }

  /** Send typed words; says whether they left. */
  sendText(text: string): boolean {
    return this.#send({ type: "text", text });
  }

  /** Hang up: the conversation ends on both sides. */
  close(): void {
    if (this.#state === "closed") return;
    this.#send({ type: "bye" });
    this.#end("caller");
  }

  // ── connecting ─────────────────────────────────────────────────────────────────────────────
  async #dial(): Promise<void> {
    this.#enter("connecting");
    this.#lastError = undefined;
    let credential: Credential;
    try {
      credential = await this.#options.credential();
    } catch (failure) {
      const told = failure instanceof RingbackError ? failure : new RingbackError(String(failure));
      if (told.status >= 400 && told.status < 500 && told.status !== 429) this.#fail(told);
      else this.#retry(told);
      return;
    }
    if (this.#isState("connecting")) this.#open(credential);
  }

  #open(credential: Credential): void {
    const Socket = this.#options.WebSocket ?? (globalThis.WebSocket as unknown as LiveSocketMaker);
    if (Socket === undefined) {
      this.#fail(
        new RingbackError("This platform has no WebSocket.", {
          cure: 'import { NodeWebSocket } from "@ringback/sdk/node"',
        }),
      );
      return;
    }
    const socket = new Socket(`${this.#options.url.replace(/^http/, "ws").replace(/\/$/, "")}/v1/live`);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    this.#framer = new Framer();
    this.#sequence = 0;
    this.#later(CONNECT_MS_MAX, () => {
      if (this.#socket === socket && this.#state === "connecting") socket.close();
    });
    socket.onopen = () => {
      const hello: Hello = {
        type: "hello",
        wire: WIRE,
        client: this.#options.client ?? "ringback-sdk",
        mode: this.#options.mode ?? "voice",
        ...(this.#conversation && { resume: this.#conversation }),
        ...credential,
      };
      socket.send(JSON.stringify(hello));
    };
    socket.onmessage = (event: { data: unknown }) => {
      if (this.#socket === socket) this.#receive(event.data);
    };
    socket.onclose = (event: { code: number; reason: string }) => {
      if (this.#socket === socket) this.#dropped(event.code);
    };
    socket.onerror = () => undefined; // `close` follows, with all that is known
  }

  #dropped(code: number): void {
    this.#socket = undefined;
    this.#stopHeartbeat();
    // What is not heard yet would be heard too late: Ringback says it again when it goes on.
    if (this.#state === "open" && code !== CloseCode.GOODBYE) this.#handlers.onClear?.();
    this.#pendingMarks.clear();
    if (code === CloseCode.GOODBYE || this.#closedReason) {
      this.#end(this.#closedReason || "goodbye");
      return;
    }
    const failure =
      this.#lastError ?? new RingbackError("The line to Ringback dropped.", { code: "dropped" });
    if (FINAL.has(code)) this.#fail(failure);
    else this.#retry(failure);
  }

  #retry(failure: RingbackError): void {
    if (this.#options.reconnects === false) {
      this.#fail(failure);
      return;
    }
    this.#lastError = failure;
    this.#enter("waiting");
    const longest = Math.min(RETRY_LAST_MS, RETRY_FIRST_MS * 2 ** this.#attempts);
    this.#attempts += 1;
    // Half of it by chance: after a restart not everybody comes back in the same moment.
    this.#later(longest / 2 + (Math.random() * longest) / 2, () => {
      if (this.#state === "waiting") void this.#dial();
    });
  }

  #fail(failure: RingbackError): void {
    const opened = this.#opened;
    this.#opened = undefined;
    this.#handlers.onError?.(failure);
    this.#end(failure.code);
    opened?.reject(failure);
  }

  #end(reason: string): void {
    const socket = this.#socket;
    this.#socket = undefined;
    this.#stopHeartbeat();
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    socket?.close(CloseCode.GOODBYE);
    this.#conversation = "";
    this.#unsent.take();
    if (this.#state === "closed") return;
    this.#enter("closed");
    this.#opened?.reject(new RingbackError("The line was closed.", { code: reason }));
    this.#opened = undefined;
    this.#handlers.onClosed?.(reason);
  }

  #enter(state: LiveState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#handlers.onState?.(state);
  }

  #isState(state: LiveState): boolean {
    return this.#state === state;
  }

  // ── receiving ──────────────────────────────────────────────────────────────────────────────
  #receive(data: unknown): void {
    this.#lastHeardAt = Date.now();
    if (typeof data === "string") {
      this.#understand(JSON.parse(data) as ServerMessage);
      return;
    }
    const speech = readSpeech(data as ArrayBuffer);
    if (speech !== undefined) this.#handlers.onAudio?.(speech);
  }

  #understand(message: ServerMessage): void {
    switch (message.type) {
      case "welcome":
        return this.#welcomed(message);
      case "mark":
        return this.#marked(message.name);
      case "clear":
        return this.#cleared();
      case "closed":
        return this.#overheardEnd(message);
      case "error":
        return this.#refused(message);
      default:
        return this.#tell(message);
    }
  }

  /** Pass on what is told. A type that came after us is left alone: the wire allows it. */
  #tell(message: ServerMessage): void {
    switch (message.type) {
      case "voice_started":
        return this.#handlers.onVoiceStarted?.();
      case "partial_heard":
        return this.#handlers.onPartial?.(message);
      case "heard":
        return this.#handlers.onHeard?.(message);
      case "typing":
        return this.#handlers.onTyping?.(message);
      case "written":
        return this.#handlers.onWritten?.(message);
      case "said":
        return this.#handlers.onSaid?.(message);
      case "interrupted":
        return this.#handlers.onInterrupted?.(message);
      case "resumed":
        return this.#handlers.onResumed?.(message);
      case "spoken":
        return this.#handlers.onSpoken?.(message);
      case "turn_ended":
        return this.#handlers.onTurnEnded?.(message);
      case "turn_closed":
        return this.#handlers.onTurnClosed?.(message);
      default:
    }
  }

  #welcomed(message: Welcome): void {
    this.#attempts = 0;
    this.#enter("open");
    this.#startHeartbeat();
    this.#conversation = message.conversation_id;
    const unsent = this.#unsent.take();
    // To a conversation that begins anew old words would be an interruption of its greeting.
    if (message.resumed) for (const sound of unsent) this.#sendSound(sound);
    this.#handlers.onWelcome?.(message);
    this.#opened?.resolve();
    this.#opened = undefined;
  }

  #marked(name: string): void {
    this.#pendingMarks.add(name);
    const played = () => this.#answerMark(name);
    if (this.#handlers.onMark) this.#handlers.onMark(name, played);
    else played();
  }

  #cleared(): void {
    this.#handlers.onClear?.();
    for (const name of [...this.#pendingMarks]) this.#answerMark(name);
  }

  #answerMark(name: string): void {
    if (this.#pendingMarks.delete(name)) this.#send({ type: "mark", name });
  }

  #overheardEnd(message: Closed): void {
    this.#closedReason = message.reason;
  }

  #refused(message: ServerError): void {
    const { code, cure } = message;
    this.#lastError = new RingbackError(message.message, { code, cure });
    // Before the welcome it is why the socket will close, and is told then.
    if (this.#state === "open") this.#handlers.onError?.(this.#lastError);
  }

  // ── sending ────────────────────────────────────────────────────────────────────────────────
  #sendSound(samples: Int16Array): void {
    const socket = this.#socket;
    if (socket === undefined || socket.bufferedAmount > BACKLOG_BYTES_MAX) return;
    socket.send(packSound(this.#sequence, samples));
    this.#sequence += 1;
  }

  #send(message: ClientMessage): boolean {
    if (this.#state !== "open" || this.#socket?.readyState !== OPEN) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  #startHeartbeat(): void {
    this.#stopHeartbeat();
    this.#lastHeardAt = Date.now();
    this.#heartbeat = setInterval(() => {
      if (Date.now() - this.#lastHeardAt > SILENCE_MS_MAX) {
        const socket = this.#socket;
        this.#dropped(0);
        socket?.close();
      } else {
        this.#send({ type: "ping" });
      }
    }, PING_MS);
  }

  #stopHeartbeat(): void {
    clearInterval(this.#heartbeat);
    this.#heartbeat = undefined;
  }

  #later(delayMs: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, delayMs);
    this.#timers.add(timer);
  }
}
