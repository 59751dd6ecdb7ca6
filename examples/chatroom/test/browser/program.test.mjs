// The program as an operator sees it: start, stop, configuration, console, plain HTTP.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { RawClient } from "./raw_client.mjs";
import { Server, freePort, polled, run, served } from "./support.mjs";

function in_directory(name, body) {
  test(name, { timeout: 60_000 }, async () => {
    const directory = mkdtempSync(join(tmpdir(), "chatroom-"));
    try {
      await body(directory);
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });
}

for (const signal of ["SIGTERM", "SIGINT"]) {
  served(`${signal} stops the tree in reverse order and the exit code is 0`, async (server) => {
    const { code } = await server.end(signal);
    assert.equal(code, 0, server.log.join("\n"));
    const stopped = ["chatroom.endpoint", "chatroom.presence", "chatroom.pubsub", "chatroom.repo", "chatroom.telemetry"];
    const positions = stopped.map((name) =>
      server.log.findIndex((line) => line.includes(`chatroom.supervisor stops "${name}"`)));
    assert.ok(positions.every((at) => at >= 0), server.log.join("\n"));
    assert.deepEqual([...positions].sort((a, b) => a - b), positions, server.log.join("\n"));
  });
}

in_directory("a taken port is one clear line and a non-zero exit code", async (directory) => {
  const holder = createServer();
  await new Promise((done) => holder.listen(0, "127.0.0.1", done));
  const port = String(holder.address().port);
  const result = await run([], { PORT: port, DATABASE_PATH: join(directory, "chat.db") });
  await new Promise((done) => holder.close(done));
  assert.notEqual(result.code, 0);
  assert.equal(lines_with(result, /port/).length, 1, result.printed);
  assert.match(result.printed, new RegExp(`127\\.0\\.0\\.1 port ${port}: Address already in use`));
});

in_directory("a database that cannot be written is one clear line", async (directory) => {
  const path = join(directory, "missing", "chat.db");
  const result = await run([], { PORT: String(await freePort()), DATABASE_PATH: path });
  assert.notEqual(result.code, 0);
  assert.equal(lines_with(result, /missing\/chat\.db/).length, 1, result.printed);
});

in_directory("[C-302] a file in which no migration can run is one clear line", async (directory) => {
  const path = join(directory, "chat.db");
  writeFileSync(path, "this is no database ".repeat(500));
  const result = await run([], { PORT: String(await freePort()), DATABASE_PATH: path });
  assert.notEqual(result.code, 0);
  assert.equal(lines_with(result, /chat\.db.*not a database/).length, 1, result.printed);
});

in_directory("an unknown configuration key is one clear line", async (directory) => {
  const file = join(directory, "chatroom.toml");
  writeFileSync(file, "prot = 4010\n");
  const result = await run(["--config", file], { DATABASE_PATH: join(directory, "chat.db") });
  assert.notEqual(result.code, 0);
  assert.equal(lines_with(result, /prot/).length, 1, result.printed);
  const option = await run(["--prot", "4010"]);
  assert.notEqual(option.code, 0);
});

function lines_with(result, pattern) {
  return result.printed.split("\n").filter((line) => pattern.test(line));
}

test("[C-112] it takes as many descriptors as it may have, whatever the shell gives it", async () => {
  const server = new Server();
  try {
    await server.prepare();
    await server.launch("ulimit -S -n 100");
    const limits = readFileSync(`/proc/${server.child.pid}/limits`, "utf8");
    const [, soft, hard] = limits.match(/^Max open files +(\d+) +(\d+)/m);
    assert.equal(soft, hard);
    assert.notEqual(soft, "100");
  } finally {
    await server.end("SIGTERM");
    server.remove();
  }
});

served("the console shows the tree, in the order of the mission", async (server) => {
  const answer = await server.console("which_children chatroom.supervisor");
  const names = [...answer.matchAll(/^chatroom\.\w+/gm)].map(([name]) => name);
  assert.deepEqual(names,
    ["chatroom.telemetry", "chatroom.repo", "chatroom.pubsub", "chatroom.presence", "chatroom.endpoint"]);
  assert.match(await server.console("applications"), /chatroom/);
  assert.match(await server.console("whereis chatroom.pubsub"), /<0\.\d+>/);
  assert.match(await server.console("get_state chatroom.telemetry.metrics"), /chatroom\.repo\.query/);
});

/** The value of one line of the Prometheus text. */
function value_of(text, series) {
  const line = text.split("\n").find((each) => each.startsWith(`${series} `));
  assert.ok(line, `${series} is not in\n${text}`);
  return Number(line.slice(series.length + 1));
}

const metrics_token = "a token of the tests";

served("/metrics tells Prometheus, and nobody without the token", async (server) => {
  const get = (authorization) =>
    fetch(new URL("/metrics", server.url), { headers: authorization ? { authorization } : {} });
  for (const wrong of [undefined, "Bearer", "Bearer wrong", `Basic ${metrics_token}`]) {
    const refused = await get(wrong);
    assert.equal(refused.status, 401);
    assert.equal(refused.headers.get("www-authenticate"), "Bearer");
  }
  await fetch(server.url);
  const answer = await get(`Bearer ${metrics_token}`);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  const text = await answer.text();
  assert.ok(value_of(text,
    'chatroom_repo_query_total_time_seconds_count{source="newest_messages",result="ok"}') >= 1);
  assert.ok(value_of(text,
    'chatroom_endpoint_request_duration_seconds_bucket{method="GET",status="401",le="+Inf"}') >= 1);
  assert.ok(value_of(text, "vm_memory_rss_bytes") > 1_000_000);
  assert.ok(value_of(text, "vm_system_counts_process_count") >= 1);
  assert.ok(value_of(text, "vm_run_queue_length") >= 0);
}, { METRICS_TOKEN: metrics_token });

served("without a token there is no /metrics", async (server) => {
  const headers = { authorization: "Bearer " };
  assert.equal((await fetch(new URL("/metrics", server.url), { headers })).status, 404);
});

served("HTTP: health, files with ETag, 404, 405, HEAD, hostile paths", async (server) => {
  const get = (path, options) => fetch(new URL(path, server.url), options);
  assert.equal(await (await get("/healthz")).text(), "ok\n");
  const home = await get("/");
  assert.equal(home.status, 200);
  assert.match(home.headers.get("content-security-policy"), /default-src 'self'/);
  assert.match(home.headers.get("set-cookie"), /HttpOnly; SameSite=Lax/);
  const script = (await home.text()).match(/src="([^"]+)"/)[1];
  const file = await get(script);
  assert.equal(file.headers.get("content-type"), "text/javascript; charset=utf-8");
  assert.match(file.headers.get("cache-control"), /immutable/);
  const etag = file.headers.get("etag");
  assert.equal((await get(script, { headers: { "if-none-match": etag } })).status, 304);
  const head = await get(script, { method: "HEAD" });
  assert.equal(head.headers.get("content-length"), String((await file.arrayBuffer()).byteLength));
  assert.equal((await get("/nowhere")).status, 404);
  assert.equal((await get("/healthz", { method: "POST" })).status, 405);
  for (const path of ["/assets/..%2f..%2fetc/passwd", "/assets/%00", "/%5c..%5c"]) {
    assert.equal((await get(path)).status, 404);
  }
  const post = (body) => get("/session", {
    method: "POST",
    redirect: "manual",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body,
  });
  assert.equal((await post("username=eve")).status, 403);
  assert.equal((await post("x".repeat(2_000_000)).catch(() => ({ status: 413 }))).status, 413);
});

served("[C-106][C-305] a request has an id, in its answer and in what is logged for it", async (server) => {
  const ask = (id) => fetch(server.url, { headers: { "x-request-id": id, connection: "close" } });
  const id = "the-id-that-a-proxy-gave";
  assert.equal((await ask(id)).headers.get("x-request-id"), id);
  assert.match((await ask("short")).headers.get("x-request-id"), /^[\w-]{20}$/);
  // The next connection finds no database, so the page has no history.
  writeFileSync(server.env.DATABASE_PATH, "this is no database ".repeat(500));
  for (const beside of ["-wal", "-shm"]) rmSync(server.env.DATABASE_PATH + beside, { force: true });
  await server.console("exit chatroom.repo.1 kill");
  const logged = () => server.log.flatMap((line) => (line.startsWith("{") ? [JSON.parse(line)] : []))
    .find((event) => /the history cannot be read/.test(event.message));
  await polled(async () => {
    await ask(id);
    return logged();
  }, (event) => event !== undefined);
  assert.equal(logged().metadata.request_id, id);
  assert.equal(logged().level, "warning");
  assert.match(logged().pid, /^<0\.\d+>$/);
}, { CHATROOM_LOG_FORMAT: "json", POOL_SIZE: "1" });

served("a raw client joins, chats, and is answered in the LiveView way", async (server) => {
  const client = await RawClient.open(server);
  assert.equal(client.status, 101);
  const [join_ref, ref, topic, event, { status, response }] = await client.join();
  assert.deepEqual([join_ref, ref, topic, event, status], ["1", "1", client.topic, "phx_reply", "ok"]);
  assert.equal(response.liveview_version, "1.2.12");
  const refused = await client.submit("join", { username: "x".repeat(21) });
  assert.ok(JSON.stringify(refused).includes("at most 20 characters"));
  await client.submit("join", { username: "raw" });
  const sent = await client.submit("send_message", { body: "<b>hi</b>" });
  assert.ok(JSON.stringify(sent[4].response.diff).includes("&lt;b&gt;hi&lt;/b&gt;"));
  const long = await client.submit("send_message", { body: "x".repeat(501) });
  assert.deepEqual(long[4], { status: "ok", response: {} });
  const beat = await client.push("heartbeat", {}, "phoenix", null);
  assert.deepEqual(beat[4], { status: "ok", response: {} });
  const unmatched = await client.push("event", {}, "lv:other");
  assert.equal(unmatched[4].response.reason, "unmatched topic");
  assert.deepEqual((await client.push("phx_leave", {}, "lv:", null))[4].status, "ok");
  assert.equal((await client.push("phx_leave", {}))[4].status, "ok");
  await client.frame((frame) => frame[3] === "phx_close");
  client.end();
});

served("a second join of a topic closes the first", async (server) => {
  const client = await RawClient.open(server);
  await client.join();
  const second = await client.join();
  assert.equal(second[4].status, "ok");
  const close = client.frames.find((frame) => frame[3] === "phx_close");
  assert.deepEqual(close.slice(0, 2), ["1", "1"]);
  client.end();
});

served("joins with a bad session are refused, and twenty clients see one order", async (server) => {
  const clients = await Promise.all(Array.from({ length: 20 }, () => RawClient.open(server)));
  const forged = await clients[0].join("forged");
  assert.equal(forged[4].response.reason, "stale");
  const others = await clients[0].join(clients[1].session);
  assert.equal(others[4].response.reason, "unauthorized");
  await Promise.all(clients.map((client) => client.join()));
  await Promise.all(clients.map((client, i) => client.submit("join", { username: `n${i}` })));
  await Promise.all(clients.flatMap((client, i) =>
    [0, 1, 2].map((n) => client.submit("send_message", { body: `b-${i}-${n}` }))));
  const order = async (client) => {
    const seen = () => client.frames
      .map((frame) => JSON.stringify(frame[4])).join("\n").match(/\bm-\d+(?=",-1,-200)/g) ?? [];
    await client.frame(() => new Set(seen()).size === 60);
    return seen();
  };
  const wanted = Array.from({ length: 60 }, (_, i) => `m-${i + 1}`);
  for (const client of clients) assert.deepEqual(await order(client), wanted);
  for (const client of clients) client.end();
});

served("upgrades from elsewhere and of other versions are refused", async (server) => {
  for (const options of [{ origin: "http://evil.example" }, { vsn: "1.0.0" }]) {
    const client = await RawClient.open(server, options);
    assert.equal(client.status, 403);
    client.end();
  }
});

for (const [what, code, send] of [
  ["text that is not JSON", 1007, (client) => client.write("hello")],
  ["text that is not UTF-8", 1007, (client) => client.write(Buffer.from([0xff, 0xfe]))],
  ["an object", 1008, (client) => client.write("{}")],
  ["four members", 1008, (client) => client.write('[null,"1","t","e"]')],
  ["a numeric ref", 1008, (client) => client.write('[1,1,"t","e",{}]')],
  ["deep nesting", 1007, (client) => client.write("[".repeat(10_000))],
  ["a binary frame", 1003, (client) => client.write("\x00\x01", 2)],
  ["a frame of 65 KiB", 1009, (client) => client.write("x".repeat(65 * 1024 + 1))],
]) {
  served(`${what} closes the connection with ${code}, and the server goes on`, async (server) => {
    const client = await RawClient.open(server);
    send(client);
    assert.equal(await client.closed, code);
    assert.equal((await fetch(new URL("/healthz", server.url))).status, 200);
    client.end();
  });
}

served("processes of a page go when the page goes", async (server) => {
  const client = await RawClient.open(server);
  await client.join();
  assert.match(await server.console("which_children chatroom.endpoint.views"), /<0\.\d+>/);
  client.end();
  let left;
  do left = await server.console("which_children chatroom.endpoint.views");
  while (/<0\.\d+>/.test(left));
});
