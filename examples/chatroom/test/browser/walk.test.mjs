// The walk at the end of chapter 3 of the guide, done exactly as it is written: each ```console block is a
// command after "$ ", and what the console answers. Pids differ, but are the same where they are there.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { RawClient } from "./raw_client.mjs";
import { Pids, masked, polled, served } from "./support.mjs";

const prompt = "$ chatroom --console ";

/** The commands of the chapter, each with its answer. */
function steps() {
  const text = readFileSync(process.env.WALK, "utf8");
  const blocks = [...text.matchAll(/^```console\n(.*?)^```$/gms)].map(([, body]) => body);
  return blocks.flatMap((block) => {
    const [before, ...commands] = `\n${block}`.split(`\n${prompt}`);
    assert.equal(before, "", `a block begins with "${prompt}":\n${block}`);
    return commands.map((one) => {
      const [line, ...answer] = one.trimEnd().split("\n");
      return { line, answer: answer.join("\n") };
    });
  });
}

/** Waits until another process has the name. */
const replaced = (server, name, former) =>
  polled(() => server.console(`whereis ${name}`),
    (answer) => /^<\d+\.\d+>$/.test(answer.trim()) && answer !== former);

/** Chats until the message is in: who sends in the gap is told so, or has to join again. */
async function say(tab, body) {
  const once = async () => {
    await tab.join();
    await tab.submit("join", { username: "walker" });
    return JSON.stringify(await tab.submit("send_message", { body }));
  };
  // A view that dies under a request answers nothing.
  const given_up = () => new Promise((done) => setTimeout(done, 1_000, "no answer").unref());
  await polled(() => Promise.race([once(), given_up()]), (reply) => reply.includes(body));
}

served("chapter 3: kill it and watch it come back", async (server) => {
  const walk = steps();
  const victims = walk.flatMap(({ line }) => line.match(/^exit (\S+) kill$/)?.[1] ?? []);
  assert.deepEqual(victims, ["chatroom.pubsub", "chatroom.repo.3", "chatroom.repo"]);
  const pids = new Pids();
  let tab;
  for (const { line, answer } of walk) {
    const victim = line.match(/^exit (\S+) kill$/)?.[1];
    const former = victim && await server.console(`whereis ${victim}`);
    const said = () => server.console(line);
    if (victim) {
      const got = await said();
      pids.check(line, answer, got);
      await replaced(server, victim, former);
      await say(tab, `after ${victim}`);
    } else {
      // A child that is just being started is not in the list yet.
      const got = await polled(said, (now) => masked(now) === masked(answer))
        .catch(said);
      pids.check(line, answer, got);
    }
    // The chapter opens its tab when it has shown the whole tree, which has none.
    if (!tab) {
      tab = await RawClient.open(server);
      await say(tab, "before");
    }
  }
  tab.end();
  const page = await (await fetch(server.url)).text();
  for (const victim of victims) assert.ok(page.includes(`after ${victim}`), victim);
});
