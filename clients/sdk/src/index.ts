/** Talk to a Ringback companion from Node, a browser or React Native. */

export { RingbackError } from "./errors.js";
export { Live } from "./live.js";
export type {
  Credential,
  LiveHandlers,
  LiveOptions,
  LiveSocket,
  LiveSocketMaker,
  LiveState,
} from "./options.js";
export { pair, readPairingLink } from "./pair.js";
export type { PairedDevice } from "./pair.js";
export { joinPartial } from "./partial.js";
export type { PartialWords } from "./partial.js";
export { SilentPlayer } from "./player.js";
export { request } from "./rest.js";
export type { RestRequest } from "./rest.js";
export { Framer, FRAME_SAMPLES, packSound, readSpeech } from "./sound.js";
export * as wire from "./wire.js";
