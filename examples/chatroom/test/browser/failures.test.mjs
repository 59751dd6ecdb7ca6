// Parts of the chatroom fail, and raw clients see what that means for them: which answers they get, what
// goes on, what is gone.
import assert from "node:assert/strict";
import { RawClient } from "./raw_client.mjs";
import { children, polled, run, served } from "./support.mjs";

const views = "chatroom.endpoint.views";
const sockets = "chatroom.endpoint.sockets";

/** Waits until another process has the name. */
const replaced = (server, name, former) =>
  polled(() => server.console(`whereis ${name}`),
    (answer) => /^<\d+\.\d+>$/.test(answer.trim()) && answer !== former);

async function beats(client) {
  assert.equal((await client.push("heartbeat", {}, "phoenix", null))[4].status, "ok");
}

async function chatter(server, name) {
  const client = await RawClient.open(server, { page: await RawClient.named(server, name) });
  assert.equal((await client.join())[4].status, "ok");
  return client;
}

const says = async (client, body) =>
  JSON.stringify((await client.submit("send_message", { body }))[4]);

served("[C-073] a WebSocket's death ends its view, a view's death leaves its WebSocket", async (server) => {
  // As of the answer to the one who killed it; what the console takes to show it is in the figure too.
  const until_gone = async (way) => {
    const since = Date.now();
    await way();
    await polled(() => children(server, views), (left) => left.length === 0);
    return Date.now() - since;
  };
  const figures = [];
  for (let i = 0; i < 5; ++i) {
    const tab = await RawClient.open(server);
    await tab.join();
    const [transport] = (await children(server, sockets)).slice(-1);
    figures.push(await until_gone(() => server.console(`exit ${transport} kill`)));
    assert.equal(await tab.closed, undefined, "no goodbye");
  }
  for (let i = 0; i < 5; ++i) {
    const tab = await RawClient.open(server);
    await tab.join();
    figures.push(await until_gone(() => tab.socket.resetAndDestroy()));
  }
  console.log(`views were gone within ${figures.join(", ")} ms`);

  const tab = await RawClient.open(server);
  await tab.join();
  const [view] = await children(server, views);
  await server.console(`exit ${view} kill`);
  await tab.frame((frame) => frame[3] === "phx_error");
  await beats(tab);
  assert.equal((await tab.join())[4].status, "ok");
  tab.end();
});

served("[C-074] PubSub is killed: every view subscribes again, and nobody is disturbed", async (server) => {
  const tabs = await Promise.all(Array.from({ length: 50 }, (_, i) => chatter(server, `tab ${i}`)));
  const before = await children(server, views);
  const former = await server.console("whereis chatroom.pubsub");
  await server.console("exit chatroom.pubsub kill");
  // Whether it hears of this at once or reads it later: everybody gets it.
  assert.match(await says(tabs[0], "in between"), /in between/);
  await replaced(server, "chatroom.pubsub", former);
  assert.match(await says(tabs[1], "afterwards"), /afterwards/);
  for (const tab of tabs) {
    for (const body of ["in between", "afterwards"]) {
      await tab.frame((frame) => JSON.stringify(frame[4]).includes(body));
    }
  }
  assert.deepEqual(await children(server, views), before);
  for (const tab of tabs) tab.end();
});

served("[C-075] the pool is killed: what runs is answered with an error, then all works again", async (server) => {
  const tabs = await Promise.all(Array.from({ length: 20 }, (_, i) => chatter(server, `tab ${i}`)));
  const stored = [];
  const refused = [];
  let goes_on = true;
  let next = 0;
  const writing = tabs.map(async (tab) => {
    let told = false;
    while (goes_on) {
      const body = `message ${++next}.`;
      // Always an answer: that it is sent, or why it is not, unless the page says that already.
      const reply = await says(tab, body);
      if (/message-sent/.test(reply)) {
        stored.push(body);
        told = false;
      } else {
        if (!told) assert.match(reply, /the database/);
        refused.push(reply);
        told = true;
      }
    }
  });
  await polled(() => stored.length, (count) => count > 20);
  const before = await children(server, views);
  const former = await server.console("whereis chatroom.repo.pool");
  await server.console("exit chatroom.repo.pool kill");
  await polled(() => refused.length, (count) => count > 0);
  await replaced(server, "chatroom.repo.pool", former);
  const enough = stored.length + 20;
  await polled(() => stored.length, (count) => count > enough);
  goes_on = false;
  await Promise.all(writing);
  assert.deepEqual(await children(server, views), before);
  // Everybody was shown what was stored.
  for (const body of stored) {
    await tabs[0].frame((frame) => JSON.stringify(frame[4]).includes(body));
  }
  for (const tab of tabs) tab.end();
});

const metrics_token = "a token of the tests";

served("[C-076] Telemetry is killed: the chat goes on, and its counters start again", async (server) => {
  const posted = async () => {
    const headers = { authorization: `Bearer ${metrics_token}`, connection: "close" };
    const answer = await fetch(new URL("/metrics", server.url), { headers });
    const line = (await answer.text()).match(/^chatroom_message_posted\w* (\d+)/m);
    return Number(line?.[1] ?? 0);
  };
  const tab = await chatter(server, "Ann");
  for (let i = 0; i < 5; ++i) assert.match(await says(tab, `before ${i}`), /before/);
  assert.equal(await posted(), 5);
  const endpoint = async () =>
    [...await children(server, views), ...await children(server, "chatroom.supervisor")];
  const before = await endpoint();
  const former = await server.console("whereis chatroom.telemetry.metrics");
  await server.console("exit chatroom.telemetry kill");
  assert.match(await says(tab, "in between"), /in between/);
  await replaced(server, "chatroom.telemetry.metrics", former);
  const since = await posted();
  assert.ok(since <= 1, `${since} messages counted`);
  assert.match(await says(tab, "afterwards"), /afterwards/);
  assert.equal(await posted(), since + 1);
  const changed = (await endpoint()).filter((each) => !before.includes(each));
  assert.equal(changed.length, 1, "only Telemetry is another one");
  tab.end();
}, { METRICS_TOKEN: metrics_token });

served("[C-077] a part that fails too often ends the program in order, with its reason", async (server) => {
  const tab = await RawClient.open(server);
  await tab.join();
  while (server.child.exitCode === null) {
    const { code } = await run(["--console", "exit chatroom.pubsub kill"], server.env);
    if (code !== 0) break;
  }
  const { code } = await server.over();
  assert.equal(code, 1, server.log.join("\n"));
  assert.equal(await tab.closed, 1012);
  const at = (pattern) => server.log.findIndex((line) => pattern.test(line));
  const order = [/reached_max_restart_intensity/, /chatroom\.supervisor stops "chatroom\.endpoint"/,
    /chatroom\.supervisor stops "chatroom\.repo"/, /chatroom\.supervisor stops "chatroom\.telemetry"/];
  const places = order.map(at);
  assert.ok(places.every((place) => place >= 0), server.log.join("\n"));
  assert.deepEqual([...places].sort((a, b) => a - b), places, server.log.join("\n"));
});
