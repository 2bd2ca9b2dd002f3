/** One conversation as the page shows it: joins the line, the microphone and the loudspeaker. */

import {
  joinPartial,
  Live,
  type LiveState,
  type PartialWords,
  RingbackError,
  type wire,
} from "@ringback/sdk";

import { ticket } from "./api";
import { appended, type Delivery, type Line, lineOf, newLine, Replies, withHeard } from "./lines";
import { MicrophoneTrouble, SoundDesk } from "./sound";
import { timingOf } from "./timing";
import { AWAY_TOO_LONG, type Trouble, troubleOf } from "./trouble";

export type Phase =
  | "idle"
  | "connecting"
  | "listening"
  | "hearing"
  | "thinking"
  | "speaking"
  | "reconnecting";

export interface TalkState {
  phase: Phase;
  mode: "none" | "voice" | "chat";
  isMuted: boolean;
  lines: readonly Line[];
  /** What is being said into the microphone, as far as it was understood. */
  partial: PartialWords | undefined;
  trouble: Trouble | undefined;
}

/** How loud both voices are now, as root mean squares: read with each picture, never a state. */
export interface Levels {
  you: number;
  companion: number;
}

const HEARING_MS_MAX = 2_500; // a cough starts a voice and never becomes words
const VOICE_LEVEL = 0.012; // louder than this somebody still speaks
const VOICE_MS_MAX = 2_500; // so long a voice may take to begin after its turn was kept
const CHAT_IDLE_MS_MAX = 10 * 60_000;

export const QUIET: TalkState = {
  phase: "idle",
  mode: "none",
  isMuted: false,
  lines: [],
  partial: undefined,
  trouble: undefined,
};

export class Talk {
  readonly levels: Levels = { you: 0, companion: 0 };
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
  #conversation = ""; // of this run, once it was welcomed
  readonly #replies = new Replies(); // of this run
  readonly #ended = new Set<string>(); // replies whose turn is kept
  readonly #growing = new Set<string>(); // replies that come word by word
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
        onMicrophoneLevel: (level) => {
          this.levels.you = level;
        },
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
    const line = { ...newLine(id, "you", words), isPending: true };
    this.#set({ lines: appended(this.#state.lines, line), trouble: undefined });
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

  /** The network is back: do not wait for the next attempt. */
  retry = (): void => this.#live?.retry();

  dismissTrouble(): void {
    this.#set({ trouble: undefined });
  }

  // ── opening and closing ────────────────────────────────────────────────────────────────────
  #begin(mode: "voice" | "chat"): number {
    this.#run += 1;
    this.#ended.clear();
    this.#growing.clear();
    this.#replies.clear();
    this.#conversation = "";
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
        onWelcome: only((message) => this.#welcomed(message)),
        onVoiceStarted: only(() => this.#hearing()),
        onPartial: only((message) => this.#partial(message)),
        onHeard: only((message) => this.#heard(message)),
        onTyping: only(() => this.#answering()),
        onWritten: only((message) => this.#written(message)),
        onSaid: only((message) => this.#said(message, run)),
        onInterrupted: only((message) => this.#deliver(message, "held")),
        onResumed: only((message) => this.#resumed(message)),
        onSpoken: only((message) => this.#spoken(message)),
        onTurnEnded: only((message) => this.#turnEnded(message)),
        onTurnClosed: only((message) => this.#turnClosed(message)),
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

  #welcomed(message: wire.Welcome): void {
    const isNew = this.#conversation !== "" && this.#conversation !== message.conversation_id;
    this.#conversation = message.conversation_id;
    if (!message.resumed) this.#isAnswering = false;
    const isCut = isNew && this.#state.mode === "voice";
    this.#set({ phase: "listening", trouble: isCut ? AWAY_TOO_LONG : undefined });
    if (isNew) this.#deliverAll("plain");
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
    this.#isPlaying = false;
    this.levels.companion = 0;
    clearTimeout(this.#timer);
    const failure = this.#live?.trouble;
    this.#set({
      phase: "reconnecting",
      partial: undefined,
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
    this.levels.you = this.levels.companion = 0;
    this.#deliverAll("plain");
    this.#set({ phase: "idle", mode: "none", isMuted: false, partial: undefined });
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
  /** Somebody speaks. Whether it is a cough shows when no words come and it is quiet again. */
  #hearing(): void {
    if (this.#state.phase === "reconnecting") return;
    this.#set({ phase: "hearing" });
    let lastAt = Date.now();
    const look = () => {
      if (this.#state.phase !== "hearing") return;
      if (this.levels.you > VOICE_LEVEL) lastAt = Date.now();
      if (Date.now() - lastAt > HEARING_MS_MAX) {
        this.#set({ partial: undefined });
        this.#rest();
      } else this.#timer = setTimeout(look, HEARING_MS_MAX / 10);
    };
    clearTimeout(this.#timer);
    look();
  }

  #partial(message: wire.PartialHeard): void {
    this.#set({ partial: joinPartial(this.#state.partial, message) });
    if (!this.#isPlaying) this.#hearing();
  }

  #heard(message: wire.Heard): void {
    this.#set({ lines: withHeard(this.#state.lines, message), partial: undefined });
    this.#answering();
  }

  /** A chat's reply grows word by word. */
  #written(message: wire.Written): void {
    const id = saidId(this.#run, message.turn_id);
    this.#growing.add(id);
    const text = `${lineOf(this.#state.lines, id)?.text ?? ""}${message.text}`.trimStart();
    if (text) this.#show(id, { text });
  }

  #said(message: wire.Said, run: number): void {
    const id = saidId(run, message.turn_id);
    if (this.#growing.has(id)) return; // its words are there already
    if (this.#state.mode === "chat" && this.#ended.has(id)) return; // it stands there as a whole
    const shown = lineOf(this.#state.lines, id);
    const text = shown ? `${shown.text.trimEnd()} ${message.text.trimStart()}` : message.text;
    if (text) this.#show(id, { text });
  }

  #deliver(message: { turn_id: string }, delivery: Delivery): void {
    this.#change(saidId(this.#run, message.turn_id), { delivery });
  }

  #deliverAll(delivery: Delivery): void {
    this.#set({ lines: this.#state.lines.map((line) => ({ ...line, delivery })) });
  }

  /** It was no interruption: what seemed to be words were none. */
  #resumed(message: wire.Resumed): void {
    this.#deliver(message, "going-on");
    this.#set({ partial: undefined });
    this.#rest();
  }

  /** A reply is over. Of one that was cut off the page shows what was heard and what was not. */
  #spoken(message: wire.Spoken): void {
    const id = saidId(this.#run, message.turn_id);
    if (this.#state.mode !== "voice") return;
    const { heard, unheard } = message;
    const shown = lineOf(this.#state.lines, id)?.text ?? "";
    // A caption may have been lost with the line that carried it.
    const text = unheard || heard.length > shown.length ? heard : shown;
    if (text || unheard) this.#show(id, { text, unheard, delivery: "plain" });
  }

  /** The turn is kept. Its voice may not even have begun: captions then follow as it speaks. */
  #turnEnded(message: wire.TurnEnded): void {
    const run = this.#run;
    const id = saidId(run, message.turn_id);
    const isVoice = this.#state.mode === "voice";
    this.#ended.add(id);
    this.#isAnswering = false;
    this.onTurnEnded();
    const timing = isVoice ? timingOf(message) : undefined;
    this.#change(id, { sources: message.sources, ...(timing && { timing }) });
    if (!isVoice) {
      if (message.said) this.#show(id, { text: message.said });
      this.#rest();
      return;
    }
    if (this.#isPlaying || this.#state.phase === "hearing") return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      // No voice came: then it is read.
      const isMissing = lineOf(this.#state.lines, id) === undefined;
      if (run === this.#run && isMissing && message.said) this.#show(id, { text: message.said });
      this.#rest();
    }, VOICE_MS_MAX);
  }

  #turnClosed(message: wire.TurnClosed): void {
    const timing = this.#state.mode === "voice" ? timingOf(message) : undefined;
    if (timing) this.#change(saidId(this.#run, message.turn_id), { timing });
  }

  #show(id: string, words: Partial<Line>): void {
    this.#set({ lines: this.#replies.show(this.#state.lines, id, words) });
  }

  #change(id: string, change: Partial<Line>): void {
    this.#set({ lines: this.#replies.change(this.#state.lines, id, change) });
  }

  #answering(): void {
    this.#isAnswering = true;
    clearTimeout(this.#timer);
    if (!this.#isPlaying) this.#set({ phase: "thinking" });
  }

  /** Go where nothing new happens: to the voice that still plays, the mind, or to listening. */
  #rest(): void {
    clearTimeout(this.#timer);
    if (this.#state.phase === "reconnecting" || this.#state.mode === "none") return;
    const quiet = this.#isAnswering ? "thinking" : "listening";
    this.#set({ phase: this.#isPlaying ? "speaking" : quiet });
    if (this.#state.mode === "chat") {
      this.#timer = setTimeout(() => this.hangUp(), CHAT_IDLE_MS_MAX);
    }
  }

  #spokenLevel(level: number, isPlaying: boolean): void {
    this.levels.companion = isPlaying ? level : 0;
    if (isPlaying === this.#isPlaying) return;
    this.#isPlaying = isPlaying;
    if (isPlaying || this.#state.phase !== "hearing") this.#rest();
  }

  // ── state ──────────────────────────────────────────────────────────────────────────────────
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
