// The chatroom with many tabs: what they leave behind when they go, and what they lose when one server
// takes over from another. TABS says how many come and go; there are fewer under sanitizers.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { RawClient } from "./raw_client.mjs";
import { Server, masked, polled, served } from "./support.mjs";

const tab_count = Number(process.env.TABS ?? 10_000);
const metrics_token = "a token of the tests";

/** Calls `work(0)` to `work(count - 1)`, so many at a time. */
async function in_parallel(count, width, work) {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: width }, worker));
}

const descriptors = (server) => readdirSync(`/proc/${server.child.pid}/fd`).length;

/** The same while nobody asks it anything: what was just asked may not be closed yet. */
async function descriptors_at_rest(server) {
  let least = Infinity;
  for (let i = 0; i < 20; ++i) {
    least = Math.min(least, descriptors(server));
    await new Promise((done) => setTimeout(done, 5));
  }
  return least;
}

/** Memory of the program in KiB. */
const resident = (server) =>
  Number(readFileSync(`/proc/${server.child.pid}/status`, "utf8").match(/VmRSS:\s+(\d+)/)[1]);

/** All processes of the runtime, as of the last measurement. */
async function process_count(server) {
  const headers = { authorization: `Bearer ${metrics_token}`, connection: "close" };
  const text = await (await fetch(new URL("/metrics", server.url), { headers })).text();
  return Number(text.match(/^vm_system_counts_process_count (\d+)/m)[1]);
}

// How tabs go. Some are cut off before their join is answered.
const goings = [
  ["closes", (tab) => tab.close()],
  ["is reset", (tab) => tab.socket.resetAndDestroy()],
  ["closes its half only", (tab) => tab.socket.end()],
  ["leaves, then closes", async (tab) => {
    assert.equal((await tab.push("phx_leave", {}))[4].status, "ok");
    tab.close();
  }],
  ["is reset while it joins again", (tab) => {
    tab.join();
    tab.socket.write("", () => tab.socket.resetAndDestroy());
  }],
];

served(`[C-071] ${tab_count} tabs come and go, and nothing of them is left`, async (server) => {
  const measurement_period = 10_000;
  const started = Date.now();
  const measured = async (times) => {
    const wait = started + times * measurement_period + 500 - Date.now();
    if (wait > 0) await new Promise((done) => setTimeout(done, wait));
    return process_count(server);
  };
  const page = await RawClient.visit(server);
  const come = async (count) => {
    const tabs = [];
    await in_parallel(count, 200, async () => {
      const tab = await RawClient.open(server, { page });
      assert.equal(tab.status, 101);
      assert.equal((await tab.join())[4].status, "ok");
      tabs.push(tab);
    });
    return tabs;
  };
  const tree = () => server.console("tree");
  // What is opened at its first use, such as the files of a database connection, stays open.
  const empty = await tree();
  for (const tab of await come(Math.min(1000, tab_count))) tab.end();
  await polled(tree, (now) => masked(now) === masked(empty));
  const processes = await measured(1);
  const before = await tree();
  const open_before = await descriptors_at_rest(server);
  const memory = resident(server);

  const opened_at = Date.now();
  const tabs = await come(tab_count);
  const per_tab = (resident(server) - memory) / tab_count;
  console.log(`${tab_count} tabs in ${Date.now() - opened_at} ms, ${per_tab.toFixed(1)} KiB each`);
  assert.ok(descriptors(server) >= open_before + tab_count);

  const closing_at = Date.now();
  await in_parallel(tab_count, 200, (i) => goings[i % goings.length][1](tabs[i]));
  // The server closes a connection whose WebSocket is closed; the other side of it follows.
  await polled(tree, (now) => now === before);
  await polled(() => descriptors(server), (now) => now === open_before);
  console.log(`gone in ${Date.now() - closing_at} ms`);
  await measured(Math.ceil((Date.now() - started) / measurement_period));
  await polled(() => process_count(server), (now) => now === processes);
  for (const tab of tabs) tab.end();
}, { METRICS_TOKEN: metrics_token });

/** A tab that comes again when its server sends it away, and sees to it that nothing is missing. */
class Tab extends RawClient {
  shown = new Map();
  last = 0;
  page_is_new = true;

  static async at(server, page, former) {
    const tab = await Tab.open(server, { page });
    assert.equal(tab.status, 101);
    if (former) [tab.shown, tab.last] = [former.shown, former.last];
    const answer = await tab.join(undefined, { seen: String(tab.last) });
    assert.equal(answer[4].status, "ok", JSON.stringify(answer));
    return tab;
  }

  // A page begins where the last one ended, or before; then ids come one after the other, each once.
  keep(frame) {
    for (const [, id] of JSON.stringify(frame[4]).matchAll(/"m-(\d+)",-1,-200/g)) {
      const next = Number(id);
      const expected = this.last + 1;
      if (this.page_is_new) assert.ok(next <= expected || this.last === 0, `${next} after ${this.last}`);
      else assert.equal(next, expected);
      this.page_is_new = false;
      this.last = next;
    }
  }
}

/** A server with the same database as another one. */
async function beside(other, env) {
  const server = new Server();
  await server.prepare({ ...env, DATABASE_PATH: other.env.DATABASE_PATH });
  await server.launch();
  return server;
}

function with_two(name, env, body) {
  test(name, { timeout: 120_000 }, async () => {
    const first = await Server.start(env);
    let second;
    try {
      second = await beside(first, env);
      await body(first, second);
    } finally {
      for (const server of [second, first]) {
        await server?.end("SIGKILL");
        server?.remove();
      }
    }
  });
}

with_two("[C-303] tabs of one server hear of messages that another one stores", {}, async (first, second) => {
  const [here, there] = await Promise.all([first, second].map((server) => RawClient.open(server)));
  await Promise.all([here.join(), there.join()]);
  for (const [from, to, body] of [[here, there, "one"], [there, here, "two"], [here, there, "three"]]) {
    await from.submit("join", { username: "Ann" });
    await from.submit("send_message", { body });
    await to.frame((frame) => JSON.stringify(frame[4]).includes(`>${body}<`) ||
      JSON.stringify(frame[4]).includes(`"${body}"`));
  }
  here.end();
  there.end();
});

const moving = 1000;  // tabs
const senders = 10;
const most_messages = 190;  // so that a newcomer can ask for all of them at once

with_two(`[C-303] ${moving} tabs move to another server while people write, and nobody loses a message`,
  { CHATROOM_PRE_STOP: "1s", CHATROOM_DRAIN_BATCH: "200", CHATROOM_DRAIN_INTERVAL: "300ms" },
  async (first, second) => {
    const page = await RawClient.visit(first);
    const tabs = [];
    await in_parallel(moving, 100, async (i) => (tabs[i] = await Tab.at(first, page)));
    assert.equal(first.log.filter((line) => /\[error\]/.test(line)).length, 0);

    const stored = new Map();  // what was acknowledged
    let tried = 0;
    let moved = 0;
    const told = [];
    const write = async (i) => {
      while (tried < most_messages && (moved < moving || stored.size < most_messages / 2)) {
        const tab = tabs[i];
        const body = `message ${++tried}`;
        const answered = (async () => {
          await tab.submit("join", { username: `tab ${i}` });
          return tab.submit("send_message", { body });
        })();
        const reply = await Promise.race([answered, tab.closed]);
        const id = JSON.stringify(reply?.[4] ?? "").match(/"m-(\d+)",-1,-200/)?.[1];
        if (id !== undefined) stored.set(body, Number(id));
        await new Promise((done) => setTimeout(done, 300 + 400 * Math.random()));
      }
    };
    const stay = async (i) => {
      told.push(await tabs[i].closed);
      // As a load balancer: who is not ready gets nobody.
      tabs[i] = await Tab.at(second, page, tabs[i]);
      ++moved;
    };
    const writing = Array.from({ length: senders }, (_, i) => write(i * (moving / senders)));
    const staying = Array.from({ length: moving }, (_, i) => stay(i));
    await polled(() => stored.size, (size) => size >= 20);
    const stopped_at = Date.now();
    const ended = first.end("SIGTERM");
    await polled(async () => (await fetch(new URL("/readyz", first.url))).status, (status) => status === 503);
    const settled = await Promise.race([Promise.all([...writing, ...staying]), ended.then(() => "ended")]);
    if (settled === "ended") await Promise.all([...writing, ...staying]);
    const { code } = await ended;
    console.log(`all moved and the first server ended within ${Date.now() - stopped_at} ms, ` +
      `${tried} messages were written`);
    assert.equal(code, 0, first.log.join("\n"));
    assert.deepEqual(new Set(told), new Set([1012]));

    // What a newcomer reads from the database is what everybody has seen.
    const newcomer = await RawClient.open(second);
    const [, , , , { response }] = await newcomer.join(undefined, { seen: "1" });
    const rows = JSON.stringify(response);
    const newest = Math.max(...[...rows.matchAll(/"m-(\d+)",-1,-200/g)].map(([, id]) => Number(id)));
    assert.ok(newest >= stored.size && newest <= tried, `${stored.size} <= ${newest} <= ${tried}`);
    for (const [body, id] of stored) {
      if (id > 1) assert.ok(rows.includes(`"${body}"`), `acknowledged and lost: ${body}`);
    }
    await polled(() => tabs.filter((tab) => tab.last !== newest).length, (behind) => behind === 0);
    for (const tab of [...tabs, newcomer]) tab.end();
  });
