// Who is in the room, as the others see it: tabs that come, go, load again, and lose what they live on.
import assert from "node:assert/strict";
import { RawClient } from "./raw_client.mjs";
import {
  children, frames_of, live, people_of, polled, scenario, served, shows_people,
} from "./support.mjs";

const grace = 3_000;

/** Another tab of the same visitor. */
async function another_tab(world, of) {
  const page = await of.context().newPage();
  world.pages.push(page);
  await page.goto(world.running.url);
  await live(page);
  return page;
}

/** A visitor without a name, who sees the others and whose frames are counted. */
async function watcher(world) {
  const page = await world.visitor();
  page.frames = frames_of(page);
  await page.goto(world.running.url);
  await live(page);
  return page;
}

/** Looks at the people of the page all through a time of grace: they are always these. */
async function stays(page, people) {
  const end = Date.now() + grace + 500;
  while (Date.now() < end) {
    assert.deepEqual((await people_of(page)).slice(1), people);
    await new Promise((done) => setTimeout(done, 10));
  }
}

/**
 * From now on notes whether `page` loses its connection or its view, however shortly: it may be back
 * within milliseconds. Returns what waits until it was lost and is there again.
 */
async function rejoins(page) {
  await page.evaluate(() => {
    const is_connected = () =>
      document.querySelector("[data-phx-main]").classList.contains("phx-connected");
    window.was_down = false;
    new MutationObserver(() => {
      window.was_down ||= !is_connected();
      window.is_back = window.was_down && is_connected();
    }).observe(document, { subtree: true, attributes: true, attributeFilter: ["class"] });
  });
  return () => page.waitForFunction(() => window.is_back, null, { polling: 20 });
}

scenario("[C-032] a line per name, with the number of its tabs, however many", async (world) => {
  await world.server();
  const bob = await world.join("Bob");
  await shows_people(bob, ["Bob: 1 tab"]);
  const ann = await world.join("Ann");
  const tabs = [await another_tab(world, ann), await another_tab(world, ann)];
  for (const page of [bob, ann, ...tabs]) await shows_people(page, ["Ann: 3 tabs", "Bob: 1 tab"]);
  const list = bob.getByRole("list", { name: "People (2)" });
  assert.equal(await list.getByRole("listitem").count(), 2);
  assert.ok(await bob.locator(".person .tabs", { hasText: "3 tabs" }).isVisible());
  // Who has no name sees them too, with the first page already.
  const reader = await world.visitor({ javaScriptEnabled: false });
  await reader.goto(world.running.url);
  await shows_people(reader, ["Ann: 3 tabs", "Bob: 1 tab"]);
  for (const page of tabs) await page.close();
  await shows_people(bob, ["Ann: 1 tab", "Bob: 1 tab"]);
  await ann.click("text=Leave");
  await shows_people(bob, ["Bob: 1 tab"]);
});

served("[C-032] a tab that takes another name is there under that one only", async (server) => {
  const tab = await RawClient.open(server);
  await tab.join();
  for (const username of ["Ann", "Bob"]) await tab.submit("join", { username });
  const page = await polled(async () => (await fetch(server.url)).text(),
    (html) => html.includes('<span class="person-name">Bob</span>'));
  assert.ok(page.includes("People (1)"), page);
  tab.end();
});

scenario("[C-033] a join is told at once, a leave after the time of grace", async (world) => {
  await world.server();
  const bob = await watcher(world);
  await shows_people(bob, []);
  const ann = await world.join("Ann");
  await shows_people(bob, ["Ann: 1 tab"]);
  const left = Date.now();
  await ann.close();
  await shows_people(bob, []);
  assert.ok(Date.now() - left >= grace - 100, "not before the time of grace");
});

scenario("[C-033] a reload, and a connection that is lost, make no noise", async (world) => {
  await world.server();
  const bob = await watcher(world);
  const ann = await world.join("Ann");
  await shows_people(bob, ["Ann: 1 tab"]);
  const quiet = bob.frames.length;
  await ann.reload();
  await live(ann);
  await stays(bob, ["Ann: 1 tab"]);
  await ann.evaluate(() => window.liveSocket.disconnect(() => window.liveSocket.connect()));
  await live(ann);
  await stays(bob, ["Ann: 1 tab"]);
  assert.deepEqual(bob.frames.slice(quiet).filter((frame) => frame.includes('"diff"')), []);
});

for (const what of ["view", "transport"]) {
  scenario(`[C-034] a ${what} that is killed makes no noise, and is missed when its tab goes`,
    async (world) => {
      const server = await world.server();
      const bob = await watcher(world);
      const supervisor = what === "view" ? "chatroom.endpoint.views" : "chatroom.endpoint.sockets";
      const before = await children(server, supervisor);
      const ann = await world.join("Ann");
      await shows_people(bob, ["Ann: 1 tab"]);
      // The views and transports of Ann; to kill all of hers is to kill the right one.
      const hers = (await children(server, supervisor)).filter((pid) => !before.includes(pid));
      const back = await rejoins(ann);
      for (const pid of hers) await server.console(`exit ${pid} kill`);
      await back();
      await stays(bob, ["Ann: 1 tab"]);
      await shows_people(ann, ["Ann: 1 tab"]);
      await ann.close();
      await shows_people(bob, []);
    }, { allow: /WebSocket connection to .* failed|ERR_/ });
}

for (const victim of ["chatroom.presence", "chatroom.pubsub"]) {
  scenario(`[C-034] nobody leaves or comes when ${victim} is killed, and then it goes on`,
    async (world) => {
      const server = await world.server();
      const bob = await watcher(world);
      const ann = await world.join("Ann");
      const second = await another_tab(world, ann);
      await shows_people(bob, ["Ann: 2 tabs"]);
      await server.console(`exit ${victim} kill`);
      await stays(bob, ["Ann: 2 tabs"]);
      const cyd = await world.join("Cyd");
      for (const page of [bob, ann, cyd]) await shows_people(page, ["Ann: 2 tabs", "Cyd: 1 tab"]);
      await second.close();
      await cyd.close();
      for (const page of [bob, ann]) await shows_people(page, ["Ann: 1 tab"]);
    });
}

scenario("[C-034] all who were there are there again after a restart of the endpoint", async (world) => {
  const server = await world.server();
  const ann = await world.join("Ann");
  const bob = await world.join("Bob");
  await shows_people(ann, ["Ann: 1 tab", "Bob: 1 tab"]);
  const back = await Promise.all([ann, bob].map(rejoins));
  await server.console("exit chatroom.endpoint kill");
  await Promise.all(back.map((waits) => waits()));
  for (const page of [ann, bob]) await shows_people(page, ["Ann: 1 tab", "Bob: 1 tab"]);
  await stays(ann, ["Ann: 1 tab", "Bob: 1 tab"]);
}, { allow: /WebSocket connection to .* failed|ERR_/ });
