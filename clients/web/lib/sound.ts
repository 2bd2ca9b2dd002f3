/** The microphone and the loudspeaker of the page, each with a worklet of its own. */

const RATE_HZ = 16_000;

/** Why there is no microphone, in words that say what helps. */
export class MicrophoneTrouble extends Error {
  readonly cure: string;

  constructor(message: string, cure: string) {
    super(message);
    this.name = "MicrophoneTrouble";
    this.cure = cure;
  }
}

export interface SoundHandlers {
  onFrame: (pcm: Int16Array) => void;
  onMicrophoneLevel: (level: number) => void;
  onSpeechLevel: (level: number, isPlaying: boolean) => void;
  /** The microphone was unplugged or taken away. */
  onLost: () => void;
}

export class SoundDesk {
  readonly #context: AudioContext;
  readonly #stream: MediaStream;
  readonly #capture: AudioWorkletNode;
  readonly #playback: AudioWorkletNode;
  readonly #played = new Map<number, () => void>();
  #marks = 0;

  private constructor(
    context: AudioContext,
    stream: MediaStream,
    source: AudioNode,
    handlers: SoundHandlers,
  ) {
    this.#context = context;
    this.#stream = stream;
    this.#capture = new AudioWorkletNode(context, "ringback-capture", { numberOfOutputs: 0 });
    this.#playback = new AudioWorkletNode(context, "ringback-playback", {
      numberOfInputs: 0,
      outputChannelCount: [1],
    });
    source.connect(this.#capture);
    this.#playback.connect(context.destination);
    this.#capture.port.onmessage = (event: MessageEvent<{ pcm: Int16Array; level: number }>) => {
      handlers.onFrame(event.data.pcm);
      handlers.onMicrophoneLevel(event.data.level);
    };
    this.#playback.port.onmessage = (
      event: MessageEvent<{ mark: number } | { level: number; isPlaying: boolean }>,
    ) => {
      if ("mark" in event.data) this.#reached(event.data.mark);
      else handlers.onSpeechLevel(event.data.level, event.data.isPlaying);
    };
    for (const track of stream.getAudioTracks()) track.onended = handlers.onLost;
  }

  /** Ask for the microphone and set everything up; to be called from a click. */
  static async open(handlers: SoundHandlers): Promise<SoundDesk> {
    const stream = await askForMicrophone();
    try {
      const { context, source } = await connect(stream);
      return new SoundDesk(context, stream, source, handlers);
    } catch (failure) {
      for (const track of stream.getTracks()) track.stop();
      throw failure;
    }
  }

  play(pcm: Int16Array): void {
    this.#playback.port.postMessage({ pcm }, [pcm.buffer]);
  }

  mark(played: () => void): void {
    this.#marks += 1;
    this.#played.set(this.#marks, played);
    this.#playback.port.postMessage({ mark: this.#marks });
  }

  clear(): void {
    this.#played.clear();
    this.#playback.port.postMessage({ clear: true });
  }

  mute(isMuted: boolean): void {
    this.#capture.port.postMessage({ isMuted });
  }

  close(): void {
    for (const track of this.#stream.getTracks()) {
      track.onended = null;
      track.stop();
    }
    this.#capture.port.onmessage = null;
    this.#playback.port.onmessage = null;
    void this.#context.close().catch(() => undefined);
  }

  #reached(mark: number): void {
    this.#played.get(mark)?.();
    this.#played.delete(mark);
  }
}

async function askForMicrophone(): Promise<MediaStream> {
  if (navigator.mediaDevices === undefined) {
    throw new MicrophoneTrouble(
      "This browser gives the page no microphone.",
      "Open the page over HTTPS or from this machine, or type instead.",
    );
  }
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: {
        channelCount: 1,
        // Without it the companion would hear itself from the loudspeaker.
        echoCancellation: true,
        noiseSuppression: true,
        autoGainControl: true,
      },
    });
  } catch (failure) {
    throw microphoneTrouble((failure as DOMException).name);
  }
}

function microphoneTrouble(name: string): MicrophoneTrouble {
  if (name === "NotAllowedError" || name === "SecurityError") {
    return new MicrophoneTrouble(
      "The microphone is blocked for this page.",
      "Click the icon left of the address, allow the microphone, and press the button again.",
    );
  }
  if (name === "NotFoundError") {
    return new MicrophoneTrouble(
      "No microphone was found.",
      "Plug one in and press the button again, or type instead.",
    );
  }
  return new MicrophoneTrouble(
    "The microphone can't be opened.",
    "Another program may be using it. Close that one, or type instead.",
  );
}

async function connect(
  stream: MediaStream,
): Promise<{ context: AudioContext; source: MediaStreamAudioSourceNode }> {
  let context = new AudioContext({ sampleRate: RATE_HZ, latencyHint: "interactive" });
  let source: MediaStreamAudioSourceNode;
  try {
    source = context.createMediaStreamSource(stream);
  } catch {
    // Firefox joins no stream to a context of another rate: the worklets then convert.
    await context.close();
    context = new AudioContext({ latencyHint: "interactive" });
    source = context.createMediaStreamSource(stream);
  }
  await context.audioWorklet.addModule("/worklets/capture.js");
  await context.audioWorklet.addModule("/worklets/playback.js");
  if (context.state === "suspended") await context.resume();
  return { context, source };
}
