// How the program stops and how it is configured anew: what the tabs hear, what an operator sees.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { RawClient } from "./raw_client.mjs";
import { Server, served } from "./support.mjs";

const get = (server, path) => fetch(new URL(path, server.url), { headers: { connection: "close" } });

served("SIGTERM: /readyz says 503 while all goes on, then tabs are sent away",
  async (server) => {
    assert.equal((await get(server, "/readyz")).status, 200);
    const tab = await RawClient.open(server);
    await tab.join();
    const ended = server.end("SIGTERM");
    await server.logged(/everything goes on/);
    const ready = await get(server, "/readyz");
    assert.equal(ready.status, 503);
    assert.equal(await ready.text(), "draining\n");
    // Who comes now is still welcome, and what is sent is still kept.
    assert.equal((await get(server, "/")).status, 200);
    await tab.submit("join", { username: "late" });
    const sent = await tab.submit("send_message", { body: "before the end" });
    assert.ok(JSON.stringify(sent).includes("before the end"));
    assert.equal(await tab.closed, 1012);
    assert.equal((await ended).code, 0, server.log.join("\n"));
    // The next one has it.
    await server.launch();
    assert.ok((await (await get(server, "/")).text()).includes("before the end"));
  }, { CHATROOM_PRE_STOP: "5s" });

served("tabs are sent away in batches, and each hears 1012", async (server) => {
  const tabs = await Promise.all(Array.from({ length: 10 }, () => RawClient.open(server)));
  await Promise.all(tabs.map((tab) => tab.join()));
  const ended = server.end("SIGTERM");
  for (const tab of tabs) assert.equal(await tab.closed, 1012);
  assert.equal((await ended).code, 0, server.log.join("\n"));
  assert.ok(server.log.some((line) => /draining: 10 tabs/.test(line)), server.log.join("\n"));
}, { CHATROOM_DRAIN_BATCH: "3", CHATROOM_DRAIN_INTERVAL: "50ms" });

served("SIGINT does not wait", async (server) => {
  assert.equal((await server.end("SIGINT")).code, 0, server.log.join("\n"));
  assert.ok(!server.log.some((line) => /everything goes on/.test(line)), server.log.join("\n"));
}, { CHATROOM_PRE_STOP: "30s" });

served("a second signal ends the program at once and says who held it up",
  async (server) => {
    const ended = server.end("SIGTERM");
    await server.logged(/everything goes on/);
    server.child.kill("SIGTERM");
    assert.equal((await ended).code, 1, server.log.join("\n"));
    assert.ok(server.log.some((line) => /forced to end by a second signal/.test(line)));
    assert.ok(server.log.some((line) => /application chatroom: /.test(line)), server.log.join("\n"));
  }, { CHATROOM_PRE_STOP: "30s" });

test("SIGHUP reads the file again, and keeps what was there when it is wrong", { timeout: 60_000 }, async () => {
  const server = await Server.start({ CHATROOM_LOG_LEVEL: "" });
  try {
    await server.end();
    server.env.CHATROOM_CONFIG = join(server.directory, "chatroom.toml");
    const write = (text) => writeFileSync(server.env.CHATROOM_CONFIG, text);
    write("pre_stop = \"1s\"\n");
    await server.launch();
    write("pre_stop = \"later\"\n");
    server.child.kill("SIGHUP");
    await server.logged(/the configuration stays as it is: pre_stop: "later" is not valid/);
    write("pool_size = 3\npre_stop = \"0s\"\n");
    server.child.kill("SIGHUP");
    await server.logged(/pool_size has changed; that takes effect at the next start/);
    await server.logged(/the configuration was read again/);
    assert.equal((await server.end("SIGTERM")).code, 0);
    assert.ok(!server.log.some((line) => /everything goes on/.test(line)), server.log.join("\n"));
  } finally {
    await server.end("SIGKILL");
    server.remove();
  }
});

test("a terminal that blocks holds nobody up, and the log says what it lost", { timeout: 60_000 }, async () => {
  const server = new Server();
  try {
    await server.prepare();
    // Nobody reads what it writes: the pipe is full after 64 KiB, then the queue.
    const child = spawn(process.env.CHATROOM, [], {
      env: { ...process.env, ...server.env, CHATROOM_LOG_QUEUE: "10" },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const ended = new Promise((done) => child.on("exit", (code, signal) => done({ code, signal })));
    try {
      await server.answers();
      // Each of these is told why it is refused, and the log is told too.
      for (let i = 0; i < 20; ++i) {
        await Promise.all(Array.from({ length: 50 }, async () => {
          const client = new RawClient();
          await client.connect(server, "vsn=2.0.0");
          client.write("hello");
          assert.equal(await client.closed, 1007);
          client.end();
        }));
      }
      assert.equal((await get(server, "/readyz")).status, 200);
      let log = "";
      child.stderr.setEncoding("utf8").on("data", (text) => (log += text));
      while (!/dropped \d+ log events/.test(log)) {
        await new Promise((done) => setTimeout(done, 5));
      }
      child.kill("SIGTERM");
      assert.equal((await ended).code, 0);
    } finally {
      child.kill("SIGKILL");
      await ended;
    }
  } finally {
    server.remove();
  }
});
