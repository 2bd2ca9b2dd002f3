/** Runs beside the loudspeaker: plays PCM at 16 kHz without gaps, and says which marks were heard. */

const RATE_HZ = 16000;
const LEVEL_BLOCKS = 8; // how often the level is told

class Playback extends AudioWorkletProcessor {
  constructor() {
    super();
    this.queue = []; // Float32Array of sound, or { mark }
    this.at = 0; // in the first piece, as a fraction when the rates differ
    this.last = 0;
    this.step = RATE_HZ / sampleRate;
    this.energy = 0;
    this.blocks = 0;
    this.isPlaying = false;
    this.port.onmessage = (event) => this.obey(event.data);
  }

  obey(order) {
    if (order.pcm) this.queue.push(Float32Array.from(order.pcm, (sample) => sample / 32768));
    else if (order.mark !== undefined) this.queue.push({ mark: order.mark });
    else if (order.clear) {
      this.queue = [];
      this.at = 0;
      this.last = 0;
    }
  }

  process(_inputs, [channels]) {
    const out = channels[0];
    for (let index = 0; index < out.length; index += 1) {
      out[index] = this.next();
      this.energy += out[index] * out[index];
    }
    this.blocks += 1;
    if (this.blocks === LEVEL_BLOCKS) this.tell(out.length);
    return true;
  }

  next() {
    for (;;) {
      const piece = this.queue[0];
      if (piece === undefined) {
        this.last *= 0.9; // fades instead of clicking
        return this.last;
      }
      if (piece.mark !== undefined) {
        this.port.postMessage({ mark: piece.mark });
        this.queue.shift();
      } else if (this.at >= piece.length) {
        this.at -= piece.length;
        this.queue.shift();
      } else {
        return this.sampleOf(piece);
      }
    }
  }

  sampleOf(piece) {
    const index = Math.floor(this.at);
    const fraction = this.at - index;
    const sample = piece[index];
    const following = index + 1 < piece.length ? piece[index + 1] : sample;
    this.at += this.step;
    this.last = sample + (following - sample) * fraction;
    return this.last;
  }

  tell(blockSamples) {
    const level = Math.sqrt(this.energy / (blockSamples * LEVEL_BLOCKS));
    const isPlaying = this.queue.length > 0;
    if (isPlaying || this.isPlaying) this.port.postMessage({ level, isPlaying });
    this.isPlaying = isPlaying;
    this.energy = 0;
    this.blocks = 0;
  }
}

registerProcessor("ringback-playback", Playback);
