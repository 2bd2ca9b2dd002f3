/** A Ringback that says what a test tells it to, on a real socket. */

import { once } from "node:events";
import { createServer } from "node:http";

import { WebSocketServer } from "ws";

export class FakeRingback {
  static async start() {
    const fake = new FakeRingback();
    fake.http = createServer((request, response) => fake.answer(request, response));
    fake.sockets = new WebSocketServer({ server: fake.http, path: "/v1/live" });
    fake.sockets.on("connection", (socket) => fake.connected(socket));
    fake.http.listen(0, "127.0.0.1");
    await once(fake.http, "listening");
    return fake;
  }

  hellos = [];
  received = []; // text messages after hello
  sounds = []; // binary messages
  lines = [];
  onHello = (line) => line.tell({ type: "welcome", wire: 1, conversation_id: "c", name: "Sam" });
  rest = () => ({ status: 404, body: { error: { code: "missing", message: "None.", cure: "" } } });

  get url() {
    return `http://127.0.0.1:${this.http.address().port}`;
  }

  async answer(request, response) {
    let body = "";
    for await (const piece of request) body += piece;
    const { status, body: answer } = this.rest(request, body && JSON.parse(body));
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(JSON.stringify(answer));
  }

  connected(socket) {
    const line = {
      socket,
      tell: (message) => socket.send(JSON.stringify(message)),
      speak: (samples) => {
        const frame = Buffer.alloc(8 + samples.length * 2);
        frame.writeUInt8(2, 0);
        samples.forEach((sample, index) => frame.writeInt16LE(sample, 8 + index * 2));
        socket.send(frame);
      },
    };
    this.lines.push(line);
    socket.on("message", (data, isBinary) => {
      if (isBinary) this.sounds.push(data);
      else this.understood(line, JSON.parse(data.toString()));
    });
  }

  understood(line, message) {
    if (message.type !== "hello") this.received.push(message);
    else {
      this.hellos.push(message);
      this.onHello(line, this.hellos.length);
    }
  }

  async stop() {
    for (const socket of this.sockets.clients) socket.terminate();
    this.sockets.close();
    this.http.closeAllConnections();
    this.http.close();
    await once(this.http, "close");
  }
}

/** Wait until something is so. */
export async function until(isSo, what = "it") {
  for (let tries = 0; tries < 500; tries += 1) {
    if (isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`${what} did not happen`);
}
