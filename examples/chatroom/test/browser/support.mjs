// What every browser test needs: a server of its own, pages that notice every complaint of the
// browser, and a screenshot of every open page when a test fails.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { chromium } from "playwright-core";

const program = process.env.CHATROOM;
const screenshots = process.env.SCREENSHOTS ?? join(tmpdir(), "chatroom-screenshots");
const patience = 15_000;

export async function freePort() {
  const probe = createServer();
  await new Promise((done) => probe.listen(0, "127.0.0.1", done));
  const { port } = probe.address();
  await new Promise((done) => probe.close(done));
  return port;
}

/** Runs a program to its end and returns its exit code and what it printed. */
export function execute(file, args, env = {}, input = "") {
  return new Promise((done, fail) => {
    const child = spawn(file, args, { env: { ...process.env, ...env } });
    let printed = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => (printed += text));
    }
    const timer = setTimeout(() => child.kill("SIGKILL"), patience);
    child.on("error", fail);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      done({ code, signal, printed });
    });
    child.stdin.on("error", () => {});  // a program that has ended reads nothing
    child.stdin.end(input);
  });
}

/** The same for the chatroom. */
export const run = (args, env, input) => execute(program, args, env, input);

/** Asks until `good` likes what comes back, and returns that. */
export async function polled(ask, good) {
  const end = Date.now() + patience;
  for (;;) {
    const answer = await ask();
    if (good(answer)) return answer;
    assert.ok(Date.now() < end, `still not there after ${patience} ms; at last:\n${answer}`);
    await new Promise((done) => setTimeout(done, 5));
  }
}

const pid = /<\d+\.\d+>/g;

/** Text without its pids. */
export const masked = (text) => text.trimEnd().replaceAll(pid, "<pid>");

/** The pids of a chapter and those of the chatroom for which they stand, each for one all the way. */
export class Pids {
  real = new Map();

  /** Whether `text` is what is `written`; if so, what new pids stand for is kept. */
  match(written, text) {
    if (masked(written) !== masked(text)) return false;
    const theirs = text.match(pid) ?? [];
    const real = new Map(this.real);
    for (const [i, each] of (written.match(pid) ?? []).entries()) {
      if (!real.has(each) && [...real.values()].includes(theirs[i])) return false;
      if (!real.has(each)) real.set(each, theirs[i]);
      if (real.get(each) !== theirs[i]) return false;
    }
    this.real = real;
    return true;
  }

  /** The same, as a test of what `command` has said. */
  check(command, written, text) {
    if (this.match(written, text)) return;
    const known = written.replaceAll(pid, (each) => this.real.get(each) ?? each);
    assert.equal(text.trimEnd(), known.trimEnd(), command);
    assert.fail(`${command}: one process stands for two of the chapter:\n${text}`);
  }
}

/** A running chatroom with a database of its own. */
export class Server {
  log = [];

  static async start(env = {}) {
    const server = new Server();
    await server.prepare(env);
    await server.launch();
    return server;
  }

  /** Chooses where everything is. */
  async prepare(env = {}) {
    this.directory = mkdtempSync(join(tmpdir(), "chatroom-"));
    this.port = await freePort();
    this.env = {
      PORT: String(this.port),
      DATABASE_PATH: join(this.directory, "chat.db"),
      CHATROOM_CONSOLE_SOCKET: join(this.directory, "console"),
      ...env,
    };
  }

  /** Waits until it can be connected to. */
  async answers() {
    for (;;) {
      try {
        return await fetch(new URL("/healthz", this.url));
      } catch {
        await new Promise((done) => setTimeout(done, 5));
      }
    }
  }

  /** Waits until the log has such a line. */
  async logged(pattern) {
    const deadline = Date.now() + patience;
    while (!this.log.some((line) => pattern.test(line))) {
      assert.ok(Date.now() < deadline, `not logged: ${pattern}\n${this.log.join("\n")}`);
      await new Promise((done) => setTimeout(done, 5));
    }
  }

  /** Starts the program, also again after `end`, on the same port and database. `first` is a command of the
   *  shell that becomes the program. */
  launch(first = ":") {
    this.child = spawn("sh", ["-c", `${first} && exec "$0"`, program],
      { env: { ...process.env, ...this.env } });
    this.ended = new Promise((done) => {
      this.child.on("close", (code, signal) => done({ code, signal }));
    });
    return new Promise((ready, fail) => {
      setTimeout(() => fail(new Error(`the server is not ready\n${this.log.join("\n")}`)), patience)
        .unref();
      for (const stream of [this.child.stdout, this.child.stderr]) {
        createInterface({ input: stream }).on("line", (line) => {
          this.log.push(line);
          if (line.includes("is running, process")) ready();  // and its console answers
        });
      }
      this.ended.then(({ code, signal }) =>
        fail(new Error(`the server ended with ${code ?? signal}\n${this.log.join("\n")}`)));
    });
  }

  get url() {
    return `${this.env.TLS_CERTIFICATE ? "https" : "http"}://127.0.0.1:${this.port}/`;
  }

  /** Ends the program with a signal and returns its exit code and signal. */
  end(signal = "SIGTERM") {
    this.child.kill(signal);
    return this.over();
  }

  /** Waits for its end, and does not wait for ever. */
  async over() {
    const timer = setTimeout(() => this.child.kill("SIGKILL"), patience);
    const result = await this.ended;
    clearTimeout(timer);
    return result;
  }

  /** Says one line to the console of the running program and returns the answer. */
  async console(line) {
    const { code, printed } = await run(["--console", line], this.env);
    assert.equal(code, 0, printed);
    return printed;
  }

  remove() {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** A test with a running server, which is removed after it. */
export function served(name, body, env = {}) {
  test(name, { timeout: 60_000 }, async () => {
    const server = await Server.start(env);
    try {
      await body(server);
    } finally {
      await server.end("SIGKILL");
      server.remove();
    }
  });
}

/** Everything one test uses; ended and removed after it, whatever happens. */
export class World {
  pages = [];
  complaints = [];

  async server(env) {
    this.running = await Server.start(env);
    return this.running;
  }

  /** Opens a page in a browser profile of its own: another visitor. */
  async visitor(options = {}) {
    this.browser ??= await chromium.launch({
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox"],
    });
    const context = await this.browser.newContext({
      viewport: { width: 900, height: 700 },
      ...options,
    });
    context.setDefaultTimeout(patience);
    const page = await context.newPage();
    this.pages.push(page);
    const complain = (text) => this.complaints.push(text);
    page.on("pageerror", (error) => complain(`exception in the page: ${error.stack}`));
    page.on("dialog", (dialog) => {
      complain(`the page opened a dialog: ${dialog.message()}`);
      dialog.dismiss();
    });
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) complain(`console: ${message.text()}`);
    });
    return page;
  }

  /** Opens the chat and waits until the page is live. */
  async open(options) {
    const page = await this.visitor(options);
    await page.goto(this.running.url);
    await live(page);
    return page;
  }

  /** Opens the chat and joins it. */
  async join(name, options) {
    const page = await this.open(options);
    await join_as(page, name);
    return page;
  }

  async end(failed, name) {
    if (failed) {
      mkdirSync(screenshots, { recursive: true });
      const stem = name.replaceAll(/[^a-z0-9]+/gi, "-").toLowerCase();
      for (const [i, page] of this.pages.entries()) {
        const path = join(screenshots, `${stem}-${i + 1}.png`);
        await page.screenshot({ path }).catch(() => {});
        console.error(`screenshot: ${path}`);
      }
      console.error(this.running?.log.join("\n") ?? "");
    }
    await this.browser?.close();
    await this.running?.end("SIGKILL");
    this.running?.remove();
  }
}

/** A test with a world. It fails on any complaint of a browser, unless `allow` matches it. */
export function scenario(name, body, { allow = /(?!)/ } = {}) {
  test(name, { timeout: 90_000 }, async () => {
    const world = new World();
    let failed = true;
    try {
      await body(world);
      assert.deepEqual(world.complaints.filter((text) => !allow.test(text)), []);
      failed = false;
    } finally {
      await world.end(failed, name);
    }
  });
}

/** Waits until the page has joined its view. */
export async function live(page) {
  await page.waitForSelector("[data-phx-main].phx-connected");
}

export async function join_as(page, name) {
  await page.fill("#username", name);
  await page.click("text=Join");
  await page.waitForSelector("#body");
  await live(page);
}

export async function say(page, text) {
  await page.fill("#body", text);
  await page.press("#body", "Enter");
  await page.waitForFunction(() => document.querySelector("#body").value === "");
}

/** The people that the page shows, with the number of their tabs. */
export const people_of = (page) => page.evaluate(() => [
  document.querySelector("#people-title").textContent,
  ...[...document.querySelectorAll("#people .person")].map((one) =>
    [".person-name", ".tabs"].map((part) => one.querySelector(part).textContent).join(": ")),
]);

/** Waits until it shows exactly these. */
export async function shows_people(page, people) {
  const wanted = [`People (${people.length})`, ...people];
  await polled(() => people_of(page), (now) => isDeepStrictEqual(now, wanted)).catch(async () =>
    assert.deepEqual(await people_of(page), wanted));
}

/** Counts the messages that arrive on the page's WebSockets from now on. */
export function frames_of(page) {
  const frames = [];
  page.on("websocket", (socket) =>
    socket.on("framereceived", ({ payload }) => frames.push(String(payload))));
  return frames;
}

/** The pids of the children of a supervisor, in the order of their start. */
export async function children(server, supervisor) {
  const answer = await server.console(`which_children ${supervisor}`);
  return [...answer.matchAll(/<\d+\.\d+>/g)].map(([found]) => found);
}

/** Waits until the page shows exactly these bodies, in this order. */
export async function shows(page, bodies) {
  const read = () => page.$$eval("#messages .body", (all) => all.map((one) => one.textContent));
  await page
    .waitForFunction(
      (wanted) => {
        const shown = [...document.querySelectorAll("#messages .body")];
        return shown.length === wanted.length &&
          shown.every((one, i) => one.textContent === wanted[i]);
      },
      bodies,
    )
    .catch(() => {});
  assert.deepEqual(await read(), bodies);
}
