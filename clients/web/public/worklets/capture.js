/** Runs beside the microphone: mono PCM16 at 16 kHz in frames of 20 ms, and how loud it is. */

const RATE_HZ = 16000;
const FRAME_SAMPLES = 320;

class Capture extends AudioWorkletProcessor {
  constructor() {
    super();
    this.frame = new Int16Array(FRAME_SAMPLES);
    this.filled = 0;
    this.energy = 0;
    // Browsers that refuse a context at 16 kHz give their own rate: each new sample is then the
    // average of those under it, which for speech leaves no aliasing to speak of.
    this.step = sampleRate / RATE_HZ;
    this.sum = 0;
    this.weight = 0;
    this.isMuted = false;
    this.port.onmessage = (event) => {
      this.isMuted = event.data.isMuted;
    };
  }

  process([channels]) {
    const sound = channels?.[0];
    if (sound === undefined) return true;
    for (let index = 0; index < sound.length; index += 1) this.take(sound[index]);
    return true;
  }

  take(sample) {
    if (this.step === 1) {
      this.put(sample);
      return;
    }
    let left = 1;
    while (left > 0) {
      const share = Math.min(left, this.step - this.weight);
      this.sum += sample * share;
      this.weight += share;
      left -= share;
      if (this.weight < this.step - 1e-9) return;
      this.put(this.sum / this.step);
      this.sum = 0;
      this.weight = 0;
    }
  }

  put(sample) {
    const value = this.isMuted ? 0 : Math.max(-1, Math.min(1, sample));
    this.frame[this.filled] = value * 32767;
    this.energy += value * value;
    this.filled += 1;
    if (this.filled < FRAME_SAMPLES) return;
    const level = Math.sqrt(this.energy / FRAME_SAMPLES);
    const pcm = this.frame;
    this.port.postMessage({ pcm, level }, [pcm.buffer]);
    this.frame = new Int16Array(FRAME_SAMPLES);
    this.filled = 0;
    this.energy = 0;
  }
}

registerProcessor("ringback-capture", Capture);
