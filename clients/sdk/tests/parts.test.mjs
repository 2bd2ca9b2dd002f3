import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { Framer, joinPartial, pair, readPairingLink, readSpeech, SilentPlayer } from "@ringback/sdk";
import { readWav, writeWav } from "@ringback/sdk/node";

import { FakeRingback } from "./server.mjs";

let folder;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "ringback-sdk-"));
});
after(() => rm(folder, { recursive: true }));

test("a pairing code becomes a device's token", async () => {
  const fake = await FakeRingback.start();
  let asked;
  fake.rest = (request, body) => {
    asked = [request.method, request.url, body];
    return { status: 201, body: { id: "d", token: "t", person: "Sam" } };
  };
  const device = await pair(`${fake.url}/`, "K7QM-2PXA", "Phone");
  await fake.stop();
  assert.deepEqual(device, { id: "d", token: "t", person: "Sam" });
  assert.deepEqual(asked, ["POST", "/v1/devices", { code: "K7QM-2PXA", name: "Phone" }]);
});

test("a refused code is an error with the server's words", async () => {
  const fake = await FakeRingback.start();
  await assert.rejects(pair(fake.url, "WRONG123", "Phone"), { code: "missing", message: "None." });
  await fake.stop();
});

test("a server that does not answer is an error of its own", async () => {
  await assert.rejects(pair("http://127.0.0.1:1", "K7QM2PXA", "Phone"), { code: "unreachable" });
});

test("a scanned code is read", () => {
  const link = "ringback://pair?url=https%3A%2F%2Fring.example%3A8443&code=K7QM2PXA";
  assert.deepEqual(readPairingLink(link), { url: "https://ring.example:8443", code: "K7QM2PXA" });
  assert.equal(readPairingLink("https://elsewhere.example"), undefined);
});

test("frames keep what does not fill one", () => {
  const framer = new Framer();
  assert.equal(framer.push(new Int16Array(319)).length, 0);
  assert.equal(framer.push(new Int16Array(322)).length, 2);
});

test("stable words stay, and the guess behind them is replaced", () => {
  const told = [
    ["I would", false],
    ["I would", true],
    ["I would like to", false],
    ["I would like", true],
    ["I would like two oat", false],
  ];
  const shown = [];
  let words;
  for (const [text, is_stable] of told) {
    words = joinPartial(words, { type: "partial_heard", text, is_stable });
    shown.push([words.stable, words.guess]);
  }
  assert.deepEqual(shown, [
    ["", "I would"],
    ["I would", ""],
    ["I would", "like to"],
    ["I would like", "to"],
    ["I would like", "two oat"],
  ]);
});

test("sound of another kind or stream is none of ours", () => {
  assert.equal(readSpeech(new ArrayBuffer(4)), undefined);
  assert.equal(readSpeech(Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 0, 1, 0).buffer), undefined);
  assert.equal(readSpeech(Uint8Array.of(2, 1, 0, 0, 0, 0, 0, 0, 1, 0).buffer), undefined);
  assert.deepEqual([...readSpeech(Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 1, 0).buffer)], [1]);
});

test("a WAV file is written and read back", async () => {
  const path = join(folder, "one.wav");
  await writeWav(path, Int16Array.of(0, 1000, -1000));
  assert.deepEqual([...(await readWav(path))], [0, 1000, -1000]);
});

test("stereo at 48 kHz becomes mono at 16 kHz", async () => {
  const path = join(folder, "stereo.wav");
  const frames = 480;
  const file = Buffer.alloc(44 + frames * 4);
  file.write("RIFF", 0);
  file.write("WAVEfmt ", 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(2, 22);
  file.writeUInt32LE(48_000, 24);
  file.writeUInt16LE(16, 34);
  file.write("data", 36);
  file.writeUInt32LE(frames * 4, 40);
  for (let frame = 0; frame < frames; frame += 1) {
    file.writeInt16LE(3000, 44 + frame * 4);
    file.writeInt16LE(1000, 46 + frame * 4);
  }
  await writeFile(path, file);
  const sound = await readWav(path);
  assert.equal(sound.length, 160);
  assert.ok(sound.every((sample) => sample === 2000));
});

test("something else is no WAV file, and the error says so", async () => {
  const path = join(folder, "text.wav");
  await writeFile(path, "not sound at all, but longer than a header would be, so it is read");
  await assert.rejects(readWav(path), { code: "invalid" });
});

test("a silent player hears marks in their time and forgets what was cleared", async () => {
  const player = new SilentPlayer();
  let isPlayed = false;
  player.play(new Int16Array(320)); // 20 ms
  player.mark(() => (isPlayed = true));
  assert.equal(isPlayed, false);
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.equal(isPlayed, true);
  player.play(new Int16Array(16_000 * 60));
  player.mark(() => assert.fail("it was cleared"));
  player.clear();
  assert.ok(player.isQuiet);
  assert.ok(player.recording().length < 16_000);
});
