/** One conversation as the page shows it: joins the line, the microphone and the loudspeaker. */

import { Live, type LiveState, RingbackError, type wire } from "@ringback/sdk";

import { ticket } from "./api";
import { MicrophoneTrouble, SoundDesk } from "./sound";

export type Phase =
  | "idle"
  | "connecting"
  | "listening"
  | "hearing"
  | "thinking"
  | "speaking"
  | "reconnecting";

export interface Line {
  id: string;
  who: "you" | "companion";
  text: string;
  sources: wire.Source[];
  /** Typed here and not yet confirmed by Ringback. */
  isPending: boolean;
}

export interface Trouble {
  kind: "microphone" | "insecure" | "line";
  message: string;
  cure: string;
}

export interface TalkState {
  phase: Phase;
  mode: "none" | "voice" | "chat";
  isMuted: boolean;
  lines: readonly Line[];
  trouble: Trouble | undefined;
}

const LINES_MAX = 200; // older ones are in the memory
const HEARING_MS_MAX = 8_000; // a cough starts a voice and never becomes words
const VOICE_MS_MAX = 2_500; // so long a voice may take to begin after its turn was kept
const CHAT_IDLE_MS_MAX = 10 * 60_000;

export const QUIET: TalkState = {
  phase: "idle",
  mode: "none",
  isMuted: false,
  lines: [],
  trouble: undefined,
};

export class Talk {
  /** Called some 50 times a second while a microphone or a voice is on: kept out of the state. */
  onLevel: (level: number) => void = () => undefined;
  onTurnEnded: () => void = () => undefined;

  readonly #url: string;
  readonly #listeners = new Set<() => void>();
  #state: TalkState = QUIET;
  #live: Live | undefined;
  #desk: SoundDesk | undefined;
  #run = 0; // which conversation: what an earlier one still reports is not ours
  #isAnswering = false; // between the words heard and the end of their turn
  #isPlaying = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lineNumber = 0;
  readonly #ended = new Map<string, wire.TurnEnded>(); // of this conversation
  readonly #sent = new Set<string>(); // of the typed lines

  constructor(url: string) {
    this.#url = url;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  snapshot = (): TalkState => this.#state;

  /** Begin to talk; to be called from a click, or browsers give no sound. */
  async startVoice(): Promise<void> {
    if (!window.isSecureContext) {
      this.#trouble({ kind: "insecure", message: "", cure: "" });
      return;
    }
    this.hangUp();
    const run = this.#begin("voice");
    try {
      const desk = await SoundDesk.open({
        onFrame: (pcm) => this.#live?.sendPcm(pcm),
        onMicrophoneLevel: (level) => this.#heardLevel(level),
        onSpeechLevel: (level, isPlaying) => this.#spokenLevel(level, isPlaying),
        onLost: () => this.#lostMicrophone(),
      });
      if (run !== this.#run) return desk.close(); // hung up while the browser was asking
      this.#desk = desk;
      await this.#connect("voice", run);
    } catch (failure) {
      if (run === this.#run) this.#fail(failure);
    }
  }

  /** Say something in writing: over the call if there is one, else over a line of its own. */
  async sendText(text: string): Promise<void> {
    const words = text.trim();
    if (!words) return;
    const id = `typed-${(this.#lineNumber += 1)}`;
    this.#append({ id, who: "you", text: words, sources: [], isPending: true });
    this.#set({ trouble: undefined });
    // While a line is opening or coming back the words wait: they are sent with its welcome.
    if (this.#live !== undefined) this.#sendWaiting();
    else if (this.#state.mode === "none") await this.#openChat();
  }

  mute(isMuted: boolean): void {
    this.#desk?.mute(isMuted);
    this.#set({ isMuted });
  }

  hangUp(): void {
    this.#run += 1;
    const live = this.#live;
    this.#live = undefined;
    live?.close();
    this.#quiet();
  }

  dismissTrouble(): void {
    this.#set({ trouble: undefined });
  }

  // ── opening and closing ────────────────────────────────────────────────────────────────────
  #begin(mode: "voice" | "chat"): number {
    this.#run += 1;
    this.#ended.clear();
    this.#set({ mode, phase: "connecting", trouble: undefined, isMuted: false });
    return this.#run;
  }

  async #openChat(): Promise<void> {
    const run = this.#begin("chat");
    try {
      await this.#connect("chat", run);
    } catch (failure) {
      if (run === this.#run) this.#fail(failure);
    }
  }

  async #connect(mode: "voice" | "chat", run: number): Promise<void> {
    const only = <Arguments extends unknown[]>(act: (...given: Arguments) => void) => {
      return (...given: Arguments) => {
        if (run === this.#run) act(...given);
      };
    };
    const live = new Live({
      url: this.#url,
      mode,
      client: "ringback-web/0.1",
      credential: async () => ({ ticket: await ticket("voice") }),
      handlers: {
        onState: only((state) => this.#entered(state)),
        onWelcome: only(() => this.#welcomed()),
        onVoiceStarted: only(() => this.#voiceStarted()),
        onHeard: only((message) => this.#heard(message)),
        onSaid: only((message) => this.#said(message, run)),
        onTurnEnded: only((message) => this.#turnEnded(message)),
        onAudio: only((pcm) => this.#desk?.play(pcm)),
        onMark: only((_name, played) => (this.#desk ? this.#desk.mark(played) : played())),
        onClear: only(() => this.#desk?.clear()),
        onError: only((failure) => this.#lineTrouble(failure)),
        onClosed: only((reason) => this.#closed(reason)),
      },
    });
    this.#live = live;
    await live.connect();
  }

  #welcomed(): void {
    this.#isAnswering = false;
    this.#set({ phase: "listening", trouble: undefined });
    this.#rest();
    this.#sendWaiting();
  }

  /** Send what was typed and has not left yet. What has left is never sent twice: should its
   * confirmation be lost with the line, Ringback has it all the same. */
  #sendWaiting(): void {
    for (const line of this.#state.lines) {
      if (!line.isPending || this.#sent.has(line.id)) continue;
      if (!this.#live?.sendText(line.text)) return;
      this.#sent.add(line.id);
      this.#answering();
    }
  }

  #entered(state: LiveState): void {
    if (state !== "waiting") return;
    this.#desk?.clear();
    this.#isPlaying = false;
    this.#isAnswering = false;
    const failure = this.#live?.trouble;
    this.#set({
      phase: "reconnecting",
      trouble:
        failure && failure.code !== "dropped" && failure.code !== "unreachable"
          ? { kind: "line", message: failure.message, cure: failure.cure }
          : this.#state.trouble,
    });
  }

  #closed(reason: string): void {
    this.#run += 1;
    this.#live = undefined;
    // What is still to be heard of a goodbye is let out first.
    const desk = this.#desk;
    if (reason === "goodbye" && desk && this.#isPlaying) {
      this.#desk = undefined;
      setTimeout(() => desk.close(), 2_000);
    }
    this.#quiet();
  }

  #quiet(): void {
    clearTimeout(this.#timer);
    this.#desk?.close();
    this.#desk = undefined;
    this.#isAnswering = false;
    this.#isPlaying = false;
    this.onLevel(0);
    this.#set({ phase: "idle", mode: "none", isMuted: false });
  }

  #fail(failure: unknown): void {
    const trouble = this.#state.trouble ?? troubleOf(failure);
    this.hangUp();
    this.#trouble(trouble);
  }

  #lineTrouble(failure: RingbackError): void {
    this.#trouble({ kind: "line", message: failure.message, cure: failure.cure });
  }

  #lostMicrophone(): void {
    this.#fail(new MicrophoneTrouble("The microphone is gone.", "Plug it in and start again."));
  }

  // ── what happens on the line ───────────────────────────────────────────────────────────────
  #voiceStarted(): void {
    if (this.#isAnswering) return;
    this.#set({ phase: "hearing" });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#state.phase === "hearing") this.#rest();
    }, HEARING_MS_MAX);
  }

  #heard(message: wire.Heard): void {
    const lines = [...this.#state.lines];
    const pending = lines.findIndex((line) => line.isPending && line.text === message.text.trim());
    const line: Line = {
      id: `${message.turn_id}-heard`,
      who: "you",
      text: message.text,
      sources: [],
      isPending: false,
    };
    if (pending >= 0) lines[pending] = line;
    else if (message.text) lines.push(line);
    this.#set({ lines: lines.slice(-LINES_MAX) });
    this.#answering();
  }

  #said(message: wire.Said, run: number): void {
    const id = saidId(run, message.turn_id);
    if (this.#state.mode === "chat" && this.#ended.has(id)) return; // it stands there as a whole
    const shown = this.#state.lines.find((line) => line.id === id);
    const text = shown ? `${shown.text.trimEnd()} ${message.text.trimStart()}` : message.text;
    this.#showReply(id, text);
  }

  /** The turn is kept. Its voice may not even have begun: captions then follow as it speaks. */
  #turnEnded(message: wire.TurnEnded): void {
    const run = this.#run;
    const id = saidId(run, message.turn_id);
    const shown = this.#state.lines.find((line) => line.id === id);
    this.#ended.set(id, message);
    this.#isAnswering = false;
    this.onTurnEnded();
    if (this.#state.mode !== "voice") {
      this.#showReply(id, message.said);
      this.#rest();
      return;
    }
    if (shown) this.#showReply(id, shown.text);
    if (this.#isPlaying) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      // No voice came: then it is read.
      const isMissing = !this.#state.lines.some((line) => line.id === id);
      if (run === this.#run && isMissing) this.#showReply(id, message.said);
      this.#rest();
    }, VOICE_MS_MAX);
  }

  #showReply(id: string, text: string): void {
    if (!text) return;
    const sources = this.#ended.get(id)?.sources ?? [];
    const line: Line = { id, who: "companion", text, sources, isPending: false };
    if (!this.#state.lines.some((known) => known.id === id)) {
      this.#append(line);
      return;
    }
    this.#set({ lines: this.#state.lines.map((known) => (known.id === id ? line : known)) });
  }

  #answering(): void {
    this.#isAnswering = true;
    clearTimeout(this.#timer);
    if (!this.#isPlaying) this.#set({ phase: "thinking" });
  }

  /** Go where nothing happens: to the voice that still plays, or to listening. */
  #rest(): void {
    clearTimeout(this.#timer);
    if (this.#state.phase === "reconnecting" || this.#state.mode === "none") return;
    this.#set({ phase: this.#isPlaying ? "speaking" : "listening" });
    if (this.#state.mode === "chat") {
      this.#timer = setTimeout(() => this.hangUp(), CHAT_IDLE_MS_MAX);
    }
  }

  #heardLevel(level: number): void {
    if (!this.#isPlaying) this.onLevel(level);
  }

  #spokenLevel(level: number, isPlaying: boolean): void {
    if (isPlaying) this.onLevel(level);
    if (isPlaying === this.#isPlaying) return;
    this.#isPlaying = isPlaying;
    if (isPlaying) {
      clearTimeout(this.#timer);
      this.#set({ phase: "speaking" });
    } else if (this.#isAnswering) {
      this.#set({ phase: "thinking" });
    } else {
      this.#rest();
    }
  }

  // ── state ──────────────────────────────────────────────────────────────────────────────────
  #append(line: Line): void {
    this.#set({ lines: [...this.#state.lines, line].slice(-LINES_MAX) });
  }

  #trouble(trouble: Trouble): void {
    this.#set({ trouble });
  }

  #set(change: Partial<TalkState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}

function saidId(run: number, turnId: string): string {
  return `${run}-${turnId}-said`;
}

function troubleOf(failure: unknown): Trouble {
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
