import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

import { Live, RingbackError } from "@ringback/sdk";
import { NodeWebSocket } from "@ringback/sdk/node";

import { FakeRingback, until } from "./server.mjs";

const WELCOME = { type: "welcome", wire: 1, conversation_id: "c", name: "Sam", resumed: false };

let fake;
let live;

beforeEach(async () => {
  fake = await FakeRingback.start();
});

afterEach(async () => {
  live?.close();
  live = undefined;
  await fake.stop();
});

function make(handlers = {}, options = {}) {
  live = new Live({
    url: fake.url,
    credential: () => ({ token: "secret" }),
    WebSocket: NodeWebSocket,
    handlers,
    ...options,
  });
  return live;
}

test("it says hello with its wire, mode and credential, and is welcomed", async () => {
  await make({}, { mode: "chat", client: "test/1" }).connect();
  assert.equal(live.state, "open");
  assert.deepEqual(fake.hellos, [
    { type: "hello", wire: 1, client: "test/1", mode: "chat", token: "secret" },
  ]);
});

test("captions come to their handlers", async () => {
  const seen = [];
  const note = (message) => seen.push(message.type);
  await make({ onHeard: note, onSaid: note, onTurnEnded: note }).connect();
  const [line] = fake.lines;
  line.tell({ type: "heard", turn_id: "t", text: "hi" });
  line.tell({ type: "said", turn_id: "t", text: "hello", index: 0 });
  line.tell({ type: "turn_ended", turn_id: "t", heard: "hi", said: "hello", sources: [] });
  await until(() => seen.length === 3);
  assert.deepEqual(seen, ["heard", "said", "turn_ended"]);
});

test("a chat's reply comes word by word", async () => {
  const seen = [];
  await make({
    onTyping: (message) => seen.push(message.type),
    onWritten: (message) => seen.push(message.text),
  }).connect();
  const [line] = fake.lines;
  line.tell({ type: "typing", turn_id: "t" });
  line.tell({ type: "written", turn_id: "t", text: "Good" });
  line.tell({ type: "written", turn_id: "t", text: " day." });
  await until(() => seen.length === 3);
  assert.deepEqual(seen, ["typing", "Good", " day."]);
});

test("what happens to a reply and to growing words comes to its handlers", async () => {
  const seen = [];
  const note = (message) => seen.push(message.type);
  await make({
    onPartial: note,
    onInterrupted: note,
    onResumed: note,
    onSpoken: note,
    onTurnClosed: note,
  }).connect();
  const kinds = ["partial_heard", "interrupted", "resumed", "spoken", "turn_closed"];
  for (const type of kinds) fake.lines[0].tell({ type, turn_id: "t" });
  await until(() => seen.length === kinds.length);
  assert.deepEqual(seen, kinds);
});

test("a message of a type that came later is left alone", async () => {
  const seen = [];
  await make({ onSaid: (message) => seen.push(message.text) }).connect();
  fake.lines[0].tell({ type: "dance" });
  fake.lines[0].tell({ type: "said", turn_id: "t", text: "on", index: 0 });
  await until(() => seen.length === 1);
});

test("microphone sound leaves in frames of 20 ms with a rising sequence", async () => {
  await make().connect();
  live.sendPcm(Int16Array.from({ length: 500 }, () => 7));
  live.sendPcm(Int16Array.from({ length: 500 }, () => 7));
  await until(() => fake.sounds.length === 3);
  assert.deepEqual(
    fake.sounds.map((frame) => [frame.readUInt8(0), frame.readUInt32BE(4), frame.length]),
    [0, 1, 2].map((sequence) => [1, sequence, 648]),
  );
  assert.equal(fake.sounds[0].readInt16LE(8), 7);
});

test("speech comes as samples", async () => {
  const heard = [];
  await make({ onAudio: (samples) => heard.push(...samples) }).connect();
  fake.lines[0].speak([1, -2, 32767]);
  await until(() => heard.length === 3);
  assert.deepEqual(heard, [1, -2, 32767]);
});

test("a mark is answered when it was played, and once", async () => {
  let played;
  await make({ onMark: (_name, call) => (played = call) }).connect();
  fake.lines[0].tell({ type: "mark", name: "m1" });
  await until(() => played);
  assert.deepEqual(fake.received, []);
  played();
  played();
  live.sendText("after");
  await until(() => fake.received.length === 2);
  assert.deepEqual(fake.received, [
    { type: "mark", name: "m1" },
    { type: "text", text: "after" },
  ]);
});

test("a clear empties the player and answers what was pending", async () => {
  let isCleared = false;
  await make({ onMark: () => undefined, onClear: () => (isCleared = true) }).connect();
  fake.lines[0].tell({ type: "mark", name: "m1" });
  fake.lines[0].tell({ type: "clear" });
  await until(() => fake.received.length === 1);
  assert.ok(isCleared);
  assert.deepEqual(fake.received, [{ type: "mark", name: "m1" }]);
});

test("a dropped line comes back by itself, with a fresh credential", async () => {
  const states = [];
  let tickets = 0;
  await make(
    { onState: (state) => states.push(state) },
    { credential: () => ({ ticket: `ticket-${(tickets += 1)}` }) },
  ).connect();
  fake.lines[0].socket.terminate();
  await until(() => states.at(-1) === "open" && states.includes("waiting"), "the return");
  assert.deepEqual(states, ["connecting", "open", "waiting", "connecting", "open"]);
  assert.deepEqual(
    fake.hellos.map((hello) => hello.ticket),
    ["ticket-1", "ticket-2"],
  );
});

test("a line that comes back asks for its conversation, and forgets what was not heard", async () => {
  let cleared = 0;
  const played = [];
  await make({
    onClear: () => (cleared += 1),
    onMark: (_name, call) => played.push(call),
  }).connect();
  fake.lines[0].tell({ type: "mark", name: "before" });
  await until(() => played.length === 1);
  fake.onHello = (line) => line.tell({ ...WELCOME, resumed: true });
  fake.lines[0].socket.terminate();
  await until(() => fake.lines.length === 2 && live.state === "open", "the return");
  assert.deepEqual(
    fake.hellos.map((hello) => hello.resume),
    [undefined, "c"],
  );
  assert.equal(cleared, 1);
  played[0](); // too late: its sound belongs to the line before
  live.sendText("after");
  await until(() => fake.received.length === 1);
  assert.deepEqual(fake.received, [{ type: "text", text: "after" }]);
});

test("what is said while the line is away is sent when the conversation goes on", async () => {
  await make().connect();
  fake.onHello = (line) => line.tell({ ...WELCOME, resumed: true });
  fake.lines[0].socket.terminate();
  await until(() => live.state === "waiting", "the drop");
  for (let second = 0; second < 8; second += 1) live.sendPcm(new Int16Array(16_000).fill(second));
  await until(() => live.state === "open", "the return");
  live.sendPcm(new Int16Array(320).fill(9));
  await until(() => fake.sounds.at(-1)?.readInt16LE(8) === 9, "the sound after it");
  const kept = fake.sounds.slice(0, -1);
  assert.equal(kept.length, 30); // six seconds, in messages of 200 ms
  assert.equal(kept[0].readInt16LE(8), 2); // the last of them
  assert.deepEqual(
    fake.sounds.map((frame) => frame.readUInt32BE(4)),
    [...Array(31).keys()],
  );
});

test("a conversation that begins anew hears nothing of what was said before it", async () => {
  await make().connect();
  fake.onHello = (line) => line.tell({ ...WELCOME, conversation_id: "d", resumed: false });
  fake.lines[0].socket.terminate();
  await until(() => live.state === "waiting", "the drop");
  live.sendPcm(new Int16Array(16_000).fill(1));
  await until(() => live.state === "open", "the return");
  live.sendPcm(new Int16Array(320).fill(9));
  await until(() => fake.sounds.length > 0);
  assert.equal(fake.sounds[0].readInt16LE(8), 9);
});

test("after a hang-up the next conversation is a new one", async () => {
  await make().connect();
  live.close();
  await live.connect();
  assert.deepEqual(
    fake.hellos.map((hello) => hello.resume),
    [undefined, undefined],
  );
});

test("a line that waits is tried at once when somebody says so", async () => {
  await make().connect();
  fake.lines[0].socket.terminate();
  await until(() => live.state === "waiting", "the drop");
  live.retry();
  assert.equal(live.state, "connecting");
  await until(() => live.state === "open", "the return");
  assert.equal(fake.hellos.length, 2);
});

test("a reason that trying again does not change ends it, with what helps", async () => {
  fake.onHello = (line) => {
    line.tell({ type: "error", code: "unknown_wire", message: "No.", cure: "Update." });
    line.socket.close(4406);
  };
  const closed = [];
  await assert.rejects(make({ onClosed: (reason) => closed.push(reason) }).connect(), (failure) => {
    assert.ok(failure instanceof RingbackError);
    assert.deepEqual([failure.code, failure.cure], ["unknown_wire", "Update."]);
    return true;
  });
  assert.deepEqual([live.state, closed, fake.hellos.length], ["closed", ["unknown_wire"], 1]);
});

test("a goodbye of the other side is told with its reason", async () => {
  const closed = [];
  await make({ onClosed: (reason) => closed.push(reason) }).connect();
  fake.lines[0].tell({ type: "closed", reason: "goodbye" });
  fake.lines[0].socket.close(1000);
  await until(() => closed.length === 1);
  assert.deepEqual(closed, ["goodbye"]);
});

test("closing says bye", async () => {
  await make().connect();
  live.close();
  await until(() => fake.received.length === 1);
  assert.deepEqual(fake.received, [{ type: "bye" }]);
});

test("without reconnecting an unreachable server is an error", async () => {
  const url = fake.url.replace(/\d+$/, "1");
  await assert.rejects(make({}, { url, reconnects: false }).connect(), { code: "dropped" });
});

test("a refused credential is not asked for again and again", async () => {
  let asked = 0;
  const credential = () => {
    asked += 1;
    throw new RingbackError("No.", { code: "unauthorised", status: 401 });
  };
  await assert.rejects(make({}, { credential }).connect(), { code: "unauthorised" });
  assert.equal(asked, 1);
});
