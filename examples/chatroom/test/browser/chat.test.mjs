// People chat: two tabs, history, injection, the forms.
import assert from "node:assert/strict";
import { join } from "node:path";
import { join_as, live, say, scenario, shows } from "./support.mjs";

scenario("two people talk and see each other's messages once and in order", async (world) => {
  await world.server();
  const ann = await world.join("Ann");
  const bob = await world.join("Bob");
  await say(ann, "hello Bob");
  await shows(bob, ["hello Bob"]);
  await say(bob, "hello Ann");
  await shows(ann, ["hello Bob", "hello Ann"]);
  for (let i = 0; i < 5; ++i) {
    await say(ann, `from Ann ${i}`);
    await say(bob, `from Bob ${i}`);
  }
  const all = ["hello Bob", "hello Ann"];
  for (let i = 0; i < 5; ++i) all.push(`from Ann ${i}`, `from Bob ${i}`);
  await shows(ann, all);
  await shows(bob, all);
  const late = await world.open();
  await shows(late, all);
  assert.equal(await late.textContent("#m-1 .author"), "Ann");
  assert.match(await late.getAttribute("#m-1 time", "datetime"), /^\d{4}-\d\d-\d\dT.*\.\d{3}Z$/);
  assert.match(await late.textContent("#m-1 time"), /^\d\d:\d\d$/);
});

scenario("own messages stand apart from those of others", async (world) => {
  await world.server();
  const ann = await world.join("Ann");
  const bob = await world.join("Bob");
  await say(ann, "mine");
  await shows(bob, ["mine"]);
  assert.equal(await ann.locator(".message.own").count(), 1);
  assert.equal(await bob.locator(".message.own").count(), 0);
});

scenario("markup in names and messages is shown as text, live and after a reload", async (world) => {
  await world.server();
  const nasty = ["<b>x</b>", "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>",
    "{{x}} &amp; ' \" `", "</li></ol><h1>owned</h1>"];
  const ann = await world.join("<b>Ann</b>");
  const bob = await world.join("Bob");
  for (const text of nasty) await say(ann, text);
  await shows(bob, nasty);
  await bob.reload();
  await live(bob);
  await shows(bob, nasty);
  assert.equal(await bob.textContent("#m-1 .author"), "<b>Ann</b>");
  assert.equal(await ann.textContent("#me"), "<b>Ann</b>");
  for (const page of [ann, bob]) {
    assert.equal(await page.locator("#messages b, #messages script, #messages img").count(), 0);
    assert.equal(await page.locator("h1").count(), 1);
  }
});

scenario("the first page is complete without any script", async (world) => {
  await world.server();
  const ann = await world.join("Ann");
  await say(ann, "for readers");
  const reader = await world.visitor({ javaScriptEnabled: false });
  await reader.goto(world.running.url);
  await shows(reader, ["for readers"]);
  assert.equal(await reader.locator("h1").textContent(), "Lobby");
  await reader.fill("#username", "Reader");
  await reader.click("text=Join");
  await reader.waitForSelector("#me");
  assert.equal(await reader.textContent("#me"), "Reader");
});

scenario("the server checks the name, says why, and keeps what was typed", async (world) => {
  await world.server();
  const page = await world.open();
  await page.click("text=Join");
  await page.waitForSelector("#username-error:has-text(\"can't be blank\")");
  await page.fill("#username", "a".repeat(21));
  await page.click("text=Join");
  await page.waitForSelector("#username-error:has-text('at most 20 characters')");
  assert.equal(await page.inputValue("#username"), "a".repeat(21));
  assert.equal(await page.getAttribute("#username", "aria-describedby"), "username-error");
  await join_as(page, "  Ann  ");
  assert.equal(await page.textContent("#me"), "Ann");
});

scenario("the server checks the message, says why, and keeps what was typed", async (world) => {
  await world.server();
  const page = await world.join("Ann");
  await page.press("#body", "Enter");
  await page.waitForSelector("#body-error:has-text(\"can't be blank\")");
  await page.fill("#body", "x".repeat(501));
  await page.press("#body", "Enter");
  await page.waitForSelector("#body-error:has-text('at most 500 characters')");
  assert.equal(await page.inputValue("#body"), "x".repeat(501));
  await say(page, "short enough");
  await shows(page, ["short enough"]);
  assert.equal(await page.textContent("#body-error"), "");
});

scenario("after sending, the field is empty and has the focus", async (world) => {
  await world.server();
  const page = await world.join("Ann");
  await page.fill("#body", "by button");
  await page.click("text=Send");
  await shows(page, ["by button"]);
  await page.waitForFunction(() => document.activeElement.id === "body");
  assert.equal(await page.inputValue("#body"), "");
});

// The client leaves what is in a focused field as it is.
scenario("the field is emptied also if it had the focus again before the answer", async (world) => {
  await world.server();
  const page = await world.visitor();
  let let_through;
  const focused = new Promise((resolve) => (let_through = resolve));
  await page.routeWebSocket(/live/, (socket) => {
    const server = socket.connectToServer();
    server.onMessage(async (frame) => {
      if (String(frame).includes("message-sent")) await focused;
      socket.send(frame);
    });
  });
  await page.goto(world.running.url);
  await live(page);
  await join_as(page, "Ann");
  await page.fill("#body", "in a hurry");
  await page.press("#body", "Enter");
  await page.waitForSelector("#send.phx-submit-loading");
  await page.focus("#body");
  let_through();
  await shows(page, ["in a hurry"]);
  await page.waitForFunction(() => document.querySelector("#body").value === "");
});

scenario("a newcomer sees the newest fifty messages, oldest first", async (world) => {
  await world.server();
  const ann = await world.join("Ann");
  for (let i = 1; i <= 60; ++i) await say(ann, `message ${i}`);
  const late = await world.open();
  await shows(late, Array.from({ length: 50 }, (_, i) => `message ${i + 11}`));
  const atEnd = await late.$eval("#messages", (list) =>
    list.scrollHeight - list.scrollTop - list.clientHeight < 40);
  assert.ok(atEnd, "the newest message is in sight");
});

scenario("whoever has scrolled up stays there and is told of news", async (world) => {
  await world.server();
  const ann = await world.join("Ann");
  for (let i = 1; i <= 30; ++i) await say(ann, `message ${i}`);
  const bob = await world.join("Bob");
  await bob.$eval("#messages", (list) => (list.scrollTop = 0));
  await bob.waitForFunction(() => document.querySelector("#messages").scrollTop === 0);
  await say(ann, "news");
  await bob.click("text=New messages");
  await bob.waitForFunction(() => {
    const list = document.querySelector("#messages");
    return list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  });
});

scenario("leaving forgets the name", async (world) => {
  await world.server();
  const page = await world.join("Ann");
  await page.click("text=Leave");
  await page.waitForSelector("#username");
  await live(page);
  assert.equal(await page.locator("#me").count(), 0);
});

scenario("the page fits a phone and has a dark side", async (world) => {
  await world.server();
  const ann = await world.join("Ann");
  await say(ann, "A long word: " + "x".repeat(200));
  const phone = await world.join("Bob", {
    viewport: { width: 320, height: 600 },
    colorScheme: "dark",
  });
  await shows(phone, ["A long word: " + "x".repeat(200)]);
  const overflow = await phone.evaluate(() =>
    document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(overflow, 0);
});

// README shows this picture; it is taken anew whenever SHOWCASE names a directory.
if (process.env.SHOWCASE) {
  scenario("the showcase", async (world) => {
    await world.server();
    const ada = await world.join("Ada Lovelace", { deviceScaleFactor: 2 });
    const joe = await world.join("Joe Armstrong");
    const grace = await world.join("Grace Hopper", { colorScheme: "dark", deviceScaleFactor: 2 });
    await say(joe, "Someone just killed the PubSub process. Did you notice?");
    await say(ada, "No. My tab kept what I was typing :)");
    await say(joe, "The supervisor brought it back before I could finish this sentence.");
    await say(joe, "Let it crash!");
    await say(grace, "A ship in port is safe, but that is not what ships are built for.");
    await say(ada, "And all of it in C++20: one process per tab, on Boost.Asio.");
    const all = 6;
    for (const page of [ada, grace]) {
      await page.waitForFunction((n) => document.querySelectorAll(".message").length === n, all);
    }
    await ada.screenshot({ path: join(process.env.SHOWCASE, "chatroom-light.png") });
    await grace.screenshot({ path: join(process.env.SHOWCASE, "chatroom-dark.png") });
  });
}
