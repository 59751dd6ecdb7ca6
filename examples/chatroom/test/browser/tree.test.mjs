// The supervision tree: it is the one of the README, starts in that order and stops in reverse, and any
// process of the endpoint may be killed.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { RawClient } from "./raw_client.mjs";
import { polled, served } from "./support.mjs";

/** The lines of a drawn tree: how deep each is, and its name. */
const drawn = (text) => [...text.matchAll(/^([ │├└─]*)(chatroom\S*)/gm)].map(([, branch, name]) =>
  ({ depth: branch.length / 3, name }));

/** The children of each supervisor, in their order. */
function children_of(tree) {
  const children = new Map();
  const path = [];
  for (const { depth, name } of tree) {
    path[depth] = name;
    const parent = path[depth - 1];
    if (depth > 0) children.set(parent, [...(children.get(parent) ?? []), name]);
  }
  return children;
}

/** What the log says that the supervisors did, in its order: pairs of supervisor and child. */
const done = (log, pattern) => log.map((line) => line.match(pattern)).filter(Boolean)
  .map(([, supervisor, child]) => ({ supervisor, child }));

const is_one_of_many = (name) => /\.\d+$/.test(name);

/** The whole tree as it is now, with the registered name of its top. */
async function tree_of(server) {
  const [, ...rest] = drawn(await server.console("tree"));
  return [{ depth: 0, name: "chatroom.supervisor" }, ...rest];
}

served("[C-070] the tree is the one of the README", async (server) => {
  const [, block] = readFileSync(process.env.README, "utf8").match(/^```\n(.*?)^```$/ms);
  // The migrator has done its work when the tree is up.
  const documented = drawn(block).filter(({ name }) => name !== "chatroom.repo.migrator");
  assert.deepEqual((await tree_of(server)).filter(({ name }) => !is_one_of_many(name)), documented);
});

served("[C-070] everything starts in the order of the tree and stops in reverse", async (server) => {
  await server.logged(/ is running, /);
  const children = children_of(await tree_of(server));
  assert.equal((await server.end()).code, 0, server.log.join("\n"));
  const started = done(server.log, /supervisor (\S+) <\S+> started "(.+?)"/);
  const stopped = done(server.log, /\] (\S+) <\S+> \S+ stops "(.+?)"/);
  for (const [supervisor, names] of children) {
    const of = (list) => list.filter((each) => each.supervisor === supervisor)
      .map(({ child }) => child);
    assert.deepEqual(of(started), names, `started by ${supervisor}`);
    // The drainer closes the door before anything else stops; the rest is the reverse.
    const door = supervisor === "chatroom.endpoint"
      ? ["chatroom.endpoint.acceptors", "chatroom.endpoint.listener"] : [];
    const others = names.filter((name) => !door.includes(name));
    assert.deepEqual(of(stopped), [...door, ...others.reverse()], `stopped by ${supervisor}`);
  }
  // One at a time: whatever is below a supervisor has started before it, and nobody else meanwhile.
  const whole = (name) => [...(children.get(name) ?? []).flatMap(whole), name];
  assert.deepEqual(started.map(({ child }) => child), whole("chatroom.supervisor").slice(0, -1));
});

for (const victim of ["acceptors.1", "acceptors", "listener", "static", "drainer"]) {
  served(`[C-070] a kill of chatroom.endpoint.${victim} disconnects nobody, and it is back`,
    async (server) => {
      const name = `chatroom.endpoint.${victim}`;
      const tab = await RawClient.open(server);
      await tab.join();
      await tab.submit("join", { username: "ann" });
      const before = await tree_of(server);
      const former = await server.console(`whereis ${name}`);
      await server.console(`exit ${name} kill`);
      await polled(() => server.console(`whereis ${name}`),
        (now) => /^<\d+\.\d+>$/.test(now.trim()) && now !== former);
      // Whose tab is open chats on; whoever comes now gets the page with its files, and may chat too.
      const sent = await tab.submit("send_message", { body: "still here" });
      assert.ok(JSON.stringify(sent).includes("still here"));
      await server.answers();
      const page = await (await fetch(server.url)).text();
      assert.ok(page.includes("still here"));
      const script = page.match(/src="([^"]+)"/)[1];
      assert.equal((await fetch(new URL(script, server.url))).status, 200);
      const late = await RawClient.open(server);
      assert.equal((await late.join())[4].status, "ok");
      assert.deepEqual(await polled(() => tree_of(server), (now) => now.length === before.length),
        before);
      for (const each of [tab, late]) each.end();
      assert.equal((await server.end()).code, 0, server.log.join("\n"));
      assert.ok(server.log.some((line) => /draining: /.test(line)), server.log.join("\n"));
    });
}

for (const victim of ["views", "sockets", ""]) {
  const name = ["chatroom.endpoint", victim].filter(Boolean).join(".");
  served(`[C-070] a kill of ${name} is over at once: whoever comes then chats`, async (server) => {
    const before = await tree_of(server);
    const tab = await RawClient.open(server);
    await tab.join();
    await server.console(`exit ${name} kill`);
    await tab.closed;
    await polled(() => tree_of(server), (now) => now.length === before.length);
    await server.answers();
    const late = await RawClient.open(server);
    await late.join();
    await late.submit("join", { username: "ann" });
    const sent = await late.submit("send_message", { body: "back again" });
    assert.ok(JSON.stringify(sent).includes("back again"));
    late.end();
    assert.equal((await server.end()).code, 0, server.log.join("\n"));
  });
}
