/** Binary frames: an eight-byte header and PCM16 at 16 kHz, little-endian. */

import {
  HEADER_BYTES,
  SOUND_BYTES_MAX,
  SOUND_FRAME_BYTES,
  SOUND_RATE_HZ,
  SoundKind,
} from "./wire.js";

export const FRAME_SAMPLES = SOUND_FRAME_BYTES / 2;
const PIECE_SAMPLES = SOUND_BYTES_MAX / 2;
export const SAMPLES_PER_MS = SOUND_RATE_HZ / 1000;

/** Put microphone sound behind its header. */
export function packSound(sequence: number, samples: Int16Array): ArrayBuffer {
  const message = new ArrayBuffer(HEADER_BYTES + samples.length * 2);
  const view = new DataView(message);
  view.setUint8(0, SoundKind.MICROPHONE);
  view.setUint32(4, sequence >>> 0);
  for (let index = 0; index < samples.length; index += 1) {
    view.setInt16(HEADER_BYTES + index * 2, samples[index] ?? 0, true);
  }
  return message;
}

/** Read the speech out of a binary frame; nothing when it is of a kind that we don't know. */
export function readSpeech(message: ArrayBuffer): Int16Array | undefined {
  if (message.byteLength < HEADER_BYTES) return undefined;
  const view = new DataView(message);
  if (view.getUint8(0) !== SoundKind.SPEECH || view.getUint8(1) !== 0) return undefined;
  const samples = new Int16Array((message.byteLength - HEADER_BYTES) >> 1);
  for (let index = 0; index < samples.length; index += 1) {
    samples[index] = view.getInt16(HEADER_BYTES + index * 2, true);
  }
  return samples;
}

/** Collects sound of any length and gives it back in frames of 20 ms. */
export class Framer {
  #rest = new Int16Array(0);

  /** Add sound; return the whole frames that it completes. */
  push(samples: Int16Array): Int16Array[] {
    const all = new Int16Array(this.#rest.length + samples.length);
    all.set(this.#rest);
    all.set(samples, this.#rest.length);
    const frames: Int16Array[] = [];
    let begin = 0;
    for (; begin + FRAME_SAMPLES <= all.length; begin += FRAME_SAMPLES) {
      frames.push(all.slice(begin, begin + FRAME_SAMPLES));
    }
    this.#rest = all.slice(begin);
    return frames;
  }
}

/** Keeps the last sound that could not be sent, and gives it back in as few pieces as may be. */
export class Backlog {
  readonly #samplesMax: number;
  #samples: Int16Array[] = [];
  #length = 0;

  constructor(msMax: number) {
    this.#samplesMax = msMax * SAMPLES_PER_MS;
  }

  push(samples: Int16Array): void {
    this.#samples.push(samples);
    this.#length += samples.length;
    while (this.#length > this.#samplesMax) this.#length -= this.#samples.shift()?.length ?? 0;
  }

  /** Return everything, in pieces that fit a message, and keep nothing. */
  take(): Int16Array[] {
    const all = new Int16Array(this.#length);
    let at = 0;
    for (const piece of this.#samples) {
      all.set(piece, at);
      at += piece.length;
    }
    this.#samples = [];
    this.#length = 0;
    const pieces: Int16Array[] = [];
    for (let begin = 0; begin < all.length; begin += PIECE_SAMPLES) {
      pieces.push(all.slice(begin, begin + PIECE_SAMPLES));
    }
    return pieces;
  }
}
