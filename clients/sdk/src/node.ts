/** What Node 20 needs besides: a WebSocket, and sound files. */

import { readFile, writeFile } from "node:fs/promises";

import { WebSocket } from "ws";

import { RingbackError } from "./errors.js";
import type { LiveSocketMaker } from "./options.js";
import { SOUND_RATE_HZ } from "./wire.js";

/** Node 20 has no WebSocket of its own; this is the one of `ws`. */
export const NodeWebSocket = WebSocket as unknown as LiveSocketMaker;

const WAV_HEADER_BYTES = 44;
const PCM = 1;

/** Read a 16-bit PCM WAV file of any rate and number of channels as mono at 16 kHz. */
export async function readWav(path: string): Promise<Int16Array> {
  const file = await readFile(path);
  if (file.toString("latin1", 0, 4) !== "RIFF" || file.toString("latin1", 8, 12) !== "WAVE") {
    throw new RingbackError(`${path} is not a WAV file.`, { code: "invalid" });
  }
  let format: { channels: number; rateHz: number } | undefined;
  for (let at = 12; at + 8 <= file.length; ) {
    const name = file.toString("latin1", at, at + 4);
    const begin = at + 8;
    const size = Math.min(file.readUInt32LE(at + 4), file.length - begin);
    if (name === "fmt ") format = readFormat(file.subarray(begin, begin + size), path);
    if (name === "data" && format) return toMono(file.subarray(begin, begin + size), format);
    at = begin + size + (size % 2);
  }
  throw new RingbackError(`${path} holds no sound.`, { code: "invalid" });
}

/** Write mono PCM16 at 16 kHz as a WAV file. */
export async function writeWav(path: string, samples: Int16Array): Promise<void> {
  const file = Buffer.alloc(WAV_HEADER_BYTES + samples.length * 2);
  file.write("RIFF", 0, "latin1");
  file.writeUInt32LE(file.length - 8, 4);
  file.write("WAVEfmt ", 8, "latin1");
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(PCM, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(SOUND_RATE_HZ, 24);
  file.writeUInt32LE(SOUND_RATE_HZ * 2, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write("data", 36, "latin1");
  file.writeUInt32LE(samples.length * 2, 40);
  samples.forEach((sample, index) => file.writeInt16LE(sample, WAV_HEADER_BYTES + index * 2));
  await writeFile(path, file);
}

function readFormat(chunk: Buffer, path: string): { channels: number; rateHz: number } {
  const extensible = 0xfffe;
  const kind = chunk.readUInt16LE(0);
  if ((kind !== PCM && kind !== extensible) || chunk.readUInt16LE(14) !== 16) {
    throw new RingbackError(`${path} is not 16-bit PCM.`, {
      code: "invalid",
      cure: `sox ${path} -b 16 -r 16000 -c 1 mono.wav`,
    });
  }
  return { channels: chunk.readUInt16LE(2), rateHz: chunk.readUInt32LE(4) };
}

function toMono(data: Buffer, format: { channels: number; rateHz: number }): Int16Array {
  const frames = Math.floor(data.length / 2 / format.channels);
  const mono = new Float32Array(frames);
  for (let frame = 0; frame < frames; frame += 1) {
    let sum = 0;
    for (let channel = 0; channel < format.channels; channel += 1) {
      sum += data.readInt16LE((frame * format.channels + channel) * 2);
    }
    mono[frame] = sum / format.channels;
  }
  return resample(mono, format.rateHz);
}

/** Average what lies under each new sample: plain, and without aliasing to speak of for speech. */
function resample(samples: Float32Array, rateHz: number): Int16Array {
  const step = rateHz / SOUND_RATE_HZ;
  const result = new Int16Array(Math.floor(samples.length / step));
  for (let index = 0; index < result.length; index += 1) {
    const from = index * step;
    const until = Math.max(from + 1, from + step);
    let sum = 0;
    let weight = 0;
    for (let at = Math.floor(from); at < until && at < samples.length; at += 1) {
      const share = Math.min(at + 1, until) - Math.max(at, from);
      sum += (samples[at] ?? 0) * share;
      weight += share;
    }
    result[index] = Math.round(weight > 0 ? sum / weight : 0);
  }
  return result;
}
