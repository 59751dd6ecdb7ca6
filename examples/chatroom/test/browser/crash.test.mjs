// Things are killed while people chat. Nobody loads a page again, nothing that was sent is lost.
import assert from "node:assert/strict";
import { RawClient } from "./raw_client.mjs";
import { children, frames_of, say, scenario, shows } from "./support.mjs";

const usable_within = 2000;

/** Marks a page, so that a page load is noticed: it forgets the mark. */
const mark = (page) => page.evaluate(() => (window.not_loaded_again = true));
const is_marked = (page) => page.evaluate(() => window.not_loaded_again === true);

scenario("a view that is killed is back by itself, with name, messages and draft", async (world) => {
  const server = await world.server();
  const ann = await world.join("Ann");
  const frames = frames_of(ann);
  await ann.reload();
  await ann.waitForSelector("[data-phx-main].phx-connected #body");
  const [anns_view] = await children(server, "chatroom.endpoint.views");
  const bob = await world.visitor();
  const bobs_frames = frames_of(bob);
  await bob.goto(server.url);
  await bob.waitForSelector("[data-phx-main].phx-connected");
  await say(ann, "before");
  await shows(bob, ["before"]);
  await ann.fill("#body", "half a sent");
  await ann.waitForFunction(() => !document.querySelector("#send.phx-change-loading"));
  for (const page of [ann, bob]) await mark(page);
  const quiet = bobs_frames.length;

  const rejoined = ann.waitForFunction(() => {
    const view = document.querySelector("[data-phx-main]");
    window.was_down ||= view.classList.contains("phx-error");
    return window.was_down && view.classList.contains("phx-connected");
  }, null, { polling: 20 });
  const killed_at = Date.now();
  await server.console(`exit ${anns_view} kill`);
  await rejoined;
  assert.ok(Date.now() - killed_at < usable_within, "usable again within two seconds");

  assert.equal(await ann.inputValue("#body"), "half a sent");
  assert.equal(await ann.textContent("#me"), "Ann");
  await shows(ann, ["before"]);
  assert.ok(frames.some((frame) => frame.includes("phx_error")), "the client was told");
  assert.equal(bobs_frames.length, quiet, "no other tab noticed");
  await ann.press("#body", "Enter");
  await shows(bob, ["before", "half a sent"]);
  await shows(ann, ["before", "half a sent"]);
  for (const page of [ann, bob]) assert.ok(await is_marked(page), "no page was loaded again");
});

for (const victim of ["chatroom.pubsub", "chatroom.pubsub.topics", "chatroom.pubsub.follower",
  "chatroom.presence", "chatroom.repo.1", "chatroom.repo.pool", "chatroom.repo", "chatroom.telemetry",
  "chatroom.telemetry.metrics"]) {
  scenario(`the chat works again after a kill of ${victim}`, async (world) => {
    const server = await world.server();
    const ann = await world.join("Ann");
    const bob = await world.join("Bob");
    for (const page of [ann, bob]) await mark(page);
    await say(ann, "before");
    await shows(bob, ["before"]);
    const before = await server.console(`whereis ${victim}`);

    await server.console(`exit ${victim} kill`);
    const killed_at = Date.now();
    // Whoever sends in the gap is told that it did not work, keeps the text, and sends again.
    await bob.fill("#body", "after");
    while ((await bob.inputValue("#body")) !== "") {
      assert.ok(Date.now() - killed_at < usable_within, "usable again within two seconds");
      await bob.press("#body", "Enter");
      await bob.waitForFunction(() => !document.querySelector("#send.phx-submit-loading"));
    }
    await shows(bob, ["before", "after"]);
    await shows(ann, ["before", "after"]);
    assert.notEqual(await server.console(`whereis ${victim}`), before);
    for (const page of [ann, bob]) assert.ok(await is_marked(page), "no page was loaded again");
    const late = await world.open();
    await shows(late, ["before", "after"]);
  });
}

scenario("messages that were acknowledged survive kill -9 of the server", async (world) => {
  const server = await world.server();
  const ann = await world.join("Ann");
  const sent = [];
  for (let i = 0; i < 20; ++i) {
    await say(ann, `message ${i}`);
    sent.push(`message ${i}`);
  }
  await ann.fill("#body", "not sent yet");
  await mark(ann);
  await server.end("SIGKILL");
  await ann.waitForSelector("[data-phx-main].phx-client-error");
  await server.launch();
  await ann.waitForSelector("[data-phx-main].phx-connected");
  await shows(ann, sent);
  assert.equal(await ann.inputValue("#body"), "not sent yet");
  assert.equal(await ann.textContent("#me"), "Ann");
  await ann.press("#body", "Enter");
  await shows(ann, [...sent, "not sent yet"]);
  assert.ok(await is_marked(ann), "no page was loaded again");
}, { allow: /WebSocket connection to .* failed|ERR_CONNECTION_REFUSED/ });

scenario("[C-054] a tab that was away is shown all that it has missed", async (world) => {
  const server = await world.server();
  const ann = await world.join("Ann");
  await mark(ann);
  await say(ann, "before");
  await ann.evaluate(() => window.liveSocket.disconnect());
  const bob = await RawClient.open(server, { page: await RawClient.named(server, "Bob") });
  await bob.join();
  // More than a newcomer would see.
  const missed = Array.from({ length: 120 }, (_, i) => `missed ${i}`);
  for (const body of missed) await bob.submit("send_message", { body });
  bob.end();
  await ann.evaluate(() => window.liveSocket.connect());
  await shows(ann, ["before", ...missed]);
  await say(ann, "after");
  await shows(ann, ["before", ...missed, "after"]);
  assert.ok(await is_marked(ann), "no page was loaded again");
});
