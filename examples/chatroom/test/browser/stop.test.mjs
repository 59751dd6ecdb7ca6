// How the program stops and how it is configured anew: what the tabs hear, what an operator sees.
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { RawClient } from "./raw_client.mjs";
import { Server } from "./support.mjs";

/** A test with a running server, which is removed after it. */
function served(name, env, body) {
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

const get = (server, path) => fetch(new URL(path, server.url), { headers: { connection: "close" } });

/** Waits until the log has such a line. */
async function logged(server, pattern) {
  while (!server.log.some((line) => pattern.test(line))) {
    await new Promise((done) => setTimeout(done, 5));
  }
}

served("SIGTERM: /readyz says 503 while all goes on, then tabs are sent away", { CHATROOM_PRE_STOP: "5s" },
  async (server) => {
    assert.equal((await get(server, "/readyz")).status, 200);
    const tab = await RawClient.open(server);
    await tab.join();
    const ended = server.end("SIGTERM");
    await logged(server, /everything goes on/);
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
  });

served("tabs are sent away in batches, and each hears 1012",
  { CHATROOM_DRAIN_BATCH: "3", CHATROOM_DRAIN_INTERVAL: "50ms" }, async (server) => {
    const tabs = await Promise.all(Array.from({ length: 10 }, () => RawClient.open(server)));
    await Promise.all(tabs.map((tab) => tab.join()));
    const ended = server.end("SIGTERM");
    for (const tab of tabs) assert.equal(await tab.closed, 1012);
    assert.equal((await ended).code, 0, server.log.join("\n"));
    assert.ok(server.log.some((line) => /draining: 10 tabs/.test(line)), server.log.join("\n"));
  });

served("SIGINT does not wait", { CHATROOM_PRE_STOP: "30s" }, async (server) => {
  assert.equal((await server.end("SIGINT")).code, 0, server.log.join("\n"));
  assert.ok(!server.log.some((line) => /everything goes on/.test(line)), server.log.join("\n"));
});

served("a second signal ends the program at once and says who held it up", { CHATROOM_PRE_STOP: "30s" },
  async (server) => {
    const ended = server.end("SIGTERM");
    await logged(server, /everything goes on/);
    server.child.kill("SIGTERM");
    assert.equal((await ended).code, 1, server.log.join("\n"));
    assert.ok(server.log.some((line) => /forced to end by a second signal/.test(line)));
    assert.ok(server.log.some((line) => /application chatroom: /.test(line)), server.log.join("\n"));
  });

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
    await logged(server, /the configuration stays as it is: pre_stop: "later" is not valid/);
    write("pool_size = 3\npre_stop = \"0s\"\n");
    server.child.kill("SIGHUP");
    await logged(server, /pool_size has changed; that takes effect at the next start/);
    await logged(server, /the configuration was read again/);
    assert.equal((await server.end("SIGTERM")).code, 0);
    assert.ok(!server.log.some((line) => /everything goes on/.test(line)), server.log.join("\n"));
  } finally {
    await server.end("SIGKILL");
    server.remove();
  }
});
