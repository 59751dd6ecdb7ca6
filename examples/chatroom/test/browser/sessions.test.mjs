// What the guide says at the console of the chatroom is what happens. In its chapters,
//
//     ```console session=NAME        has commands after `$ ` and below each what it prints
//     ```text log=NAME exit=CODE     has lines of that chatroom's log, in order, and its exit code
//
// All blocks of one name and chapter talk to the same chatroom, which has just been started. Lines are
// compared to the letter, but for pids: each pid of the chapter stands for one of the chatroom, always the
// same. A command that only looks is repeated until it shows what it should; one with `exit` is not.
// A chatroom without an `exit=` other than 0 is ended with SIGTERM.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Pids, Server, execute } from "./support.mjs";

const guide = process.env.GUIDE;
const patience = 15_000;

/** The sessions of a chapter, by name: commands with what they print, lines of the log, exit code. */
function sessions_of(chapter) {
  const sessions = new Map();
  const text = readFileSync(join(guide, chapter), "utf8");
  for (const [, kind, name, code, body] of
    text.matchAll(/^```(console session|text log)=(\w+)(?: exit=(\d+))?\n(.*?)^```$/gms)) {
    if (!sessions.has(name)) sessions.set(name, { steps: [], log: [], code: 0 });
    const session = sessions.get(name);
    if (kind === "text log") {
      session.log.push(...body.trimEnd().split("\n"));
      session.code = Number(code ?? 0);
      continue;
    }
    for (const step of body.split(/^\$ /m).slice(1)) {
      const [command, ...printed] = step.trimEnd().split("\n");
      session.steps.push({ command, printed: printed.join("\n") });
    }
  }
  return sessions;
}

async function follow(step, pids, env) {
  const command = step.command.replaceAll("build/release/bin/chatroom", '"$CHATROOM"');
  const deadline = Date.now() + patience;
  for (;;) {
    const { printed } = await execute("bash", ["-c", command], env);
    if (pids.match(step.printed, printed)) return;
    if (/\bexit \S+ \w/.test(command) || Date.now() > deadline) {
      return pids.check(step.command, step.printed, printed);
    }
  }
}

/** Finds the lines of the chapter in the log. What is said beside the log may come at any place in it. */
function compare_log(written, log, pids) {
  const stamp = /^\S+Z \[\w+\] /;
  const logged = log.filter((line) => stamp.test(line)).map((line) => line.replace(stamp, ""));
  const said = log.filter((line) => !stamp.test(line));
  let next = 0;
  for (const line of written) {
    if (said.some((each) => pids.match(line, each))) continue;
    while (next < logged.length && !pids.match(line, logged[next])) ++next;
    assert.ok(next++ < logged.length, `not in the log, or not here: ${line}\n${log.join("\n")}`);
  }
}

const chapters = readdirSync(guide).filter((name) => /^\d\d-.*\.md$/.test(name)).sort();
let found = 0;
for (const chapter of chapters) {
  for (const [name, session] of sessions_of(chapter)) {
    ++found;
    test(`${chapter}: ${name}`, { timeout: 120_000 }, async () => {
      const server = await Server.start();
      try {
        await server.logged(/ is running, /);  // the console is open
        const pids = new Pids();
        for (const step of session.steps) await follow(step, pids, server.env);
        const { code } = await (session.code === 0 ? server.end() : server.over());
        assert.equal(code, session.code, server.log.join("\n"));
        compare_log(session.log, server.log, pids);
      } finally {
        await server.end("SIGKILL");
        server.remove();
      }
    });
  }
}
test("the guide has sessions", () => assert.ok(found > 0, `none in ${chapters} of ${guide}`));
