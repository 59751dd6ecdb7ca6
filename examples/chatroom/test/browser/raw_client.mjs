// A client of the chatroom that is no browser: it loads a page, opens its WebSocket and says what it is
// told to say, however wrong.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { connect } from "node:net";
import { connect as tls_connect } from "node:tls";

/** One channel conversation without a browser. */
export class RawClient {
  frames = [];
  waiting = [];
  ref = 1;

  /** Loads the page as a browser would: what its tabs need to open their WebSockets. */
  static async visit(server, cookie) {
    const headers = { connection: "close", ...(cookie && { cookie }) };
    const page = await fetch(server.url, { headers });
    const html = await page.text();
    return {
      cookie: cookie ?? page.headers.get("set-cookie").split(";")[0],
      topic: `lv:${html.match(/<div id="(phx-[^"]+)"/)[1]}`,
      session: html.match(/data-phx-session="([^"]+)"/)[1],
      csrf: html.match(/name="csrf-token" content="([^"]+)"/)[1],
    };
  }

  /** The page of a visitor who has given a name. */
  static async named(server, username) {
    const { cookie, csrf } = await this.visit(server);
    const answer = await fetch(new URL("/session", server.url), {
      method: "POST",
      redirect: "manual",
      headers: { connection: "close", cookie },
      body: new URLSearchParams({ username, _csrf_token: csrf }),
    });
    return this.visit(server, answer.headers.get("set-cookie").split(";")[0]);
  }

  /** Opens the WebSocket of a page, which is loaded for it unless there is one. */
  static async open(server, { origin, vsn = "2.0.0", page } = {}) {
    const client = new this();
    const { csrf, ...known } = page ?? await this.visit(server);
    Object.assign(client, known);
    await client.connect(server, `_csrf_token=${encodeURIComponent(csrf)}&vsn=${vsn}`, origin);
    return client;
  }

  // Node 18 has no WebSocket client; this one knows what the tests need of RFC 6455.
  async connect(server, query, origin = server.url.slice(0, -1)) {
    const key = "dGhlIHNhbXBsZSBub25jZQ==";
    const open = server.url.startsWith("https:") ? tls_connect : connect;
    this.socket = open(server.port, "127.0.0.1");
    this.closed = new Promise((done) => (this.gone = done));
    let input = Buffer.alloc(0);
    let status;
    const upgraded = new Promise((done, fail) => {
      this.socket.on("error", fail);
      this.socket.on("close", () => {
        done(status);
        this.gone(undefined);
      });
      this.socket.on("data", (data) => {
        input = Buffer.concat([input, data]);
        if (status === undefined) {
          const end = input.indexOf("\r\n\r\n");
          if (end < 0) return;
          const header = input.subarray(0, end).toString();
          input = input.subarray(end + 4);
          status = Number(header.split(" ")[1]);
          if (status === 101) {
            const accept = createHash("sha1")
              .update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest("base64");
            assert.ok(header.includes(accept));
          }
          done(status);
        }
        input = this.take(input);
      });
    });
    this.socket.write(`GET /live/websocket?${query} HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n` +
      `Origin: ${origin}\r\nCookie: ${this.cookie}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${key}\r\n\r\n`);
    this.status = await upgraded;
  }

  take(input) {
    for (;;) {
      if (input.length < 2) return input;
      let length = input[1] & 0x7f;
      let at = 2;
      if (length === 126) [length, at] = [input.readUInt16BE(2), 4];
      else if (length === 127) [length, at] = [Number(input.readBigUInt64BE(2)), 10];
      if (input.length < at + length) return input;
      const payload = input.subarray(at, at + length);
      const opcode = input[0] & 0x0f;
      if (opcode === 8) this.gone(payload.length >= 2 ? payload.readUInt16BE(0) : 1005);
      if (opcode === 1) {
        const frame = JSON.parse(payload.toString());
        this.keep(frame);
        this.waiting = this.waiting.filter((one) => !one(frame));
      }
      input = input.subarray(at + length);
    }
  }

  keep(frame) {
    this.frames.push(frame);
  }

  write(text, opcode = 1) {
    const payload = Buffer.from(text);
    const long = payload.length > 65_535;
    const header = payload.length < 126
      ? Buffer.from([0x80 | opcode, 0x80 | payload.length])
      : Buffer.alloc(long ? 10 : 4);
    if (payload.length >= 126) {
      header[0] = 0x80 | opcode;
      header[1] = 0x80 | (long ? 127 : 126);
      if (long) header.writeBigUInt64BE(BigInt(payload.length), 2);
      else header.writeUInt16BE(payload.length, 2);
    }
    // A mask of zeros is a mask.
    this.socket.write(Buffer.concat([header, Buffer.alloc(4), payload]));
  }

  /** Resolves with the first frame from now on, or already here, that `matches`. */
  frame(matches) {
    const known = this.frames.find(matches);
    if (known) return Promise.resolve(known);
    return new Promise((done) => this.waiting.push((frame) => {
      if (!matches(frame)) return false;
      done(frame);
      return true;
    }));
  }

  /** Sends an event and returns its reply. */
  async push(event, payload, topic = this.topic, join_ref = this.join_ref) {
    const ref = String(this.ref++);
    if (event === "phx_join") this.join_ref = join_ref = ref;
    this.write(JSON.stringify([join_ref ?? null, ref, topic, event, payload]));
    return this.frame((frame) => frame[1] === ref && frame[3] === "phx_reply");
  }

  join(session = this.session, params = {}) {
    return this.push("phx_join", { url: "http://x/", params, session, static: "", sticky: false });
  }

  submit(event, fields) {
    return this.push("event", { type: "form", event, value: String(new URLSearchParams(fields)) });
  }

  /** Closes the WebSocket as a browser does. */
  close() {
    this.write(Buffer.from([1000 >> 8, 1000 & 0xff]), 8);
  }

  end() {
    this.socket.destroy();
  }
}
