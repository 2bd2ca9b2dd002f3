#!/usr/bin/env node
/**
 * A phone app without a screen: pairs, plays WAV files or typed text into a live conversation, prints
 * captions as JSON lines and writes the speech it heard.
 *
 *   node talk.mjs --url http://127.0.0.1:7464 --code K7QM-2PXA --wav question.wav --out heard.wav
 */

import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";

import { Framer, Live, pair, SilentPlayer } from "@ringback/sdk";
import { NodeWebSocket, readWav, writeWav } from "@ringback/sdk/node";

const USAGE = `usage: talk.mjs --url URL (--code CODE | --token TOKEN | --token-file FILE)
               [--wav FILE]… [--text WORDS]… [--out FILE] [--name NAME] [--timeout SECONDS]
  --code        a pairing code (ringback devices pair); with --token-file its token is kept there
  --wav         spoken into the line, one turn each, in order; then every --text is typed
  --out         what was heard, as a WAV file`;

const FRAME_MS = 20;
const GREETING_MS_MAX = 8_000; // whoever does not greet by then will not
const VOICE_MS_MAX = 10_000; // so long a voice may take to begin after its turn was kept
const PAUSE_MS = 1_000; // quiet for so long after a reply: it is our turn

function usage(message) {
  process.stderr.write(`${message}\n${USAGE}\n`);
  process.exit(2);
}

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        url: { type: "string" },
        code: { type: "string" },
        token: { type: "string" },
        "token-file": { type: "string" },
        wav: { type: "string", multiple: true, default: [] },
        text: { type: "string", multiple: true, default: [] },
        out: { type: "string" },
        name: { type: "string", default: "talk.mjs" },
        timeout: { type: "string", default: "120" },
      },
    });
    if (!values.url) usage("--url is missing.");
    return values;
  } catch (failure) {
    return usage(failure.message);
  }
}

const print = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function deviceToken(options) {
  if (options.token) return options.token;
  if (options.code) {
    const device = await pair(options.url, options.code, options.name);
    print({ type: "paired", id: device.id, person: device.person });
    if (options["token-file"]) await writeFile(options["token-file"], device.token, { mode: 0o600 });
    return device.token;
  }
  if (options["token-file"]) return (await readFile(options["token-file"], "utf8")).trim();
  return usage("Give --code, --token or --token-file.");
}

/** Sends 20 ms every 20 ms: what is to be said, else silence, as a microphone does. */
class Microphone {
  #frames = [];
  #sent = 0;
  #silence = new Int16Array((16_000 * FRAME_MS) / 1000);

  start(live) {
    const begun = performance.now();
    this.timer = setInterval(() => {
      // By the clock, not by the timer's own pace, which drifts.
      for (const due = (performance.now() - begun) / FRAME_MS; this.#sent < due; this.#sent += 1) {
        live.sendPcm(this.#frames.shift() ?? this.#silence);
      }
    }, FRAME_MS);
  }

  say(samples) {
    this.#frames.push(...new Framer().push(samples));
  }

  stop() {
    clearInterval(this.timer);
  }
}

async function main() {
  const options = readArguments();
  const turns = [
    ...(await Promise.all(options.wav.map(async (path) => ({ wav: await readWav(path) })))),
    ...options.text.map((text) => ({ text })),
  ];
  const token = await deviceToken(options);

  const player = new SilentPlayer();
  const microphone = new Microphone();
  let ended = 0; // turns that are committed
  let isOver = false;
  let spoken = 0; // pieces of speech

  const live = new Live({
    url: options.url,
    credential: () => ({ token }),
    client: "talk.mjs/0.1",
    reconnects: false,
    WebSocket: NodeWebSocket,
    handlers: {
      onWelcome: print,
      onVoiceStarted: () => print({ type: "voice_started" }),
      onHeard: print,
      onSaid: print,
      onTurnEnded: (message) => {
        ended += 1;
        print(message);
      },
      onAudio: (samples) => {
        spoken += 1;
        player.play(samples);
      },
      onMark: (_name, played) => player.mark(played),
      onClear: () => player.clear(),
      onError: ({ code, message, cure }) => print({ type: "error", code, message, cure }),
      onClosed: (reason) => {
        isOver = true;
        print({ type: "closed", reason });
      },
    },
  });

  const deadline = Date.now() + Number(options.timeout) * 1000;
  const until = async (isReached, ms = Number.POSITIVE_INFINITY) => {
    const last = Math.min(deadline, Date.now() + ms);
    while (!isOver && !isReached() && Date.now() < last) await sleep(FRAME_MS);
    return isReached();
  };
  const quiet = async () => {
    let since = Date.now();
    return until(() => {
      if (!player.isQuiet) since = Date.now();
      return Date.now() - since > PAUSE_MS;
    });
  };

  await live.connect();
  microphone.start(live);
  await until(() => spoken > 0, turns.length > 0 && turns[0].wav ? GREETING_MS_MAX : 0);
  await quiet();
  let isAnswered = true;
  for (const [index, turn] of turns.entries()) {
    const before = spoken;
    if (turn.wav) microphone.say(turn.wav);
    else live.sendText(turn.text);
    isAnswered &&= await until(() => ended > index);
    await until(() => spoken > before, VOICE_MS_MAX);
    await quiet();
  }
  live.close();
  microphone.stop();
  if (options.out) await writeWav(options.out, player.recording());
  if (!isAnswered) {
    process.stderr.write("Not every turn was answered in time.\n");
    process.exitCode = 1;
  }
}

main().catch((failure) => {
  process.stderr.write(`${failure.message}${failure.cure ? `\n${failure.cure}` : ""}\n`);
  process.exitCode = 1;
});
