// Runs the contestants in turn and writes down what they took. Called by scripts/bench, which has built them.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build, compile_erlang, contestants, machine, program, root } from "./contestants.mjs";
import { report, write_page } from "./page.mjs";
import { compilations, levels, patience, workloads } from "./plan.mjs";
import { disagreements, parse_line } from "./results.mjs";

const kept = join(root, "docs/performance/results.json");
const scratch = join(build, "bench");

function refuse(what) {
  console.error(`bench: ${what}; --help says how to ask`);
  process.exit(2);
}

function options(args) {
  const chosen = { runs: 5, threads: [1, 2], divisor: 1, workloads: undefined, contestants: undefined,
    page: false };
  const value = (name) => args.shift() ?? refuse(`${name} needs a value`);
  const list = (name, known) => {
    const names = value(name).split(",");
    for (const each of names) if (!known.includes(each)) refuse(`${name}: there is no "${each}"; there are: ${known.join(", ")}`);
    return names;
  };
  const count = (name, most) => {
    const text = value(name);
    if (!/^[1-9]\d*$/.test(text) || Number(text) > most) refuse(`${name} ${text}: expected a number from 1 to ${most}`);
    return Number(text);
  };
  while (args.length > 0) {
    const option = args.shift();
    if (option === "--workloads") chosen.workloads = list(option, [...workloads.map((w) => w.name), "compile"]);
    else if (option === "--contestants") chosen.contestants = list(option, Object.keys(contestants));
    else if (option === "--threads") chosen.threads = list(option, ["1", "2"]).map(Number);
    else if (option === "--runs") chosen.runs = count(option, 99);
    else if (option === "--divide") chosen.divisor = count(option, 1e6);
    else if (option === "--quick") Object.assign(chosen, { runs: 1, divisor: 20 });
    else if (option === "--page") chosen.page = true;
    else refuse(`there is no option ${option}`);
  }
  return chosen;
}

/** Runs a command under the measuring program; returns what it printed and what it took. */
function measure(command) {
  const file = join(scratch, "measured.json");
  rmSync(file, { force: true });
  const run = spawnSync(program("otp_bench_measure"), [`${patience}`, file, ...command],
    { encoding: "utf8", maxBuffer: 1 << 26 });
  const took = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : { code: run.status };
  return { ...took, output: run.stdout, errors: (run.stderr ?? "").trim() };
}

/** Keeps what there is, in case the rest is interrupted. */
function save(data) {
  const text = `${JSON.stringify(data).replaceAll("},{", "},\n{")}\n`;
  writeFileSync(join(scratch, "results.json"), text);
  return text;
}

const seconds_since = (begin) => (performance.now() - begin) / 1000;

function run_all(chosen) {
  mkdirSync(scratch, { recursive: true });
  compile_erlang();
  const data = { date: new Date().toISOString().slice(0, 10), machine: machine(), runs: chosen.runs,
    divisor: chosen.divisor, versions: {}, contestants: [], missing: {}, samples: [], compilations: [], failures: [] };

  const can = {};
  for (const who of chosen.contestants ?? Object.keys(contestants)) {
    if (contestants[who].is_here()) {
      data.contestants.push(who);
      can[who] = new Set(contestants[who].workloads());
    } else {
      data.missing[who] = "it is not installed";
      console.error(`bench: ${contestants[who].title} is missing and left out`);
    }
  }
  for (const who of new Set(["otp", ...data.contestants])) data.versions[who] = contestants[who].version();

  const jobs = [];
  const wanted = (name) => chosen.workloads === undefined || chosen.workloads.includes(name);
  for (const w of workloads.filter((each) => wanted(each.name))) {
    for (const threads of w.threads.filter((t) => chosen.threads.includes(t))) {
      for (let run = 1; run <= chosen.runs; ++run) {
        for (const who of data.contestants) {
          if (can[who].has(w.name) && !w.without?.[who]) jobs.push({ w, threads, run, who });
        }
      }
    }
  }
  const begin = performance.now();
  const failed = new Set();
  jobs.forEach(({ w, threads, run, who }, i) => {
    const what = `${w.name} ${who} on ${threads}`;
    if (failed.has(what)) return;
    const took = measure(contestants[who].command(w.name, threads, chosen.divisor));
    const line = parse_line(took.output);
    if (took.code !== 0 || !line) {
      failed.add(what);
      const why = took.code === 124 ? `not done after ${patience} s` : `ended with ${took.code}: ${took.errors.split("\n")[0]}`;
      data.failures.push(`${what}: ${why}`);
      console.error(`bench: ${data.failures.at(-1)}`);
      return;
    }
    data.samples.push({ contestant: who, ...line, wall: took.wall, cpu: took.user + took.system,
      most_bytes: took.most_bytes });
    save(data);
    const left = seconds_since(begin) / (i + 1) * (jobs.length - i - 1);
    console.error(`[${i + 1}/${jobs.length}] ${what}, run ${run}: ${line.ns.toFixed(1)} ns; ${
      left < 90 ? `${Math.ceil(left)} s` : `${Math.ceil(left / 60)} min`} left`);
  });
  data.failures.push(...disagreements(data));

  if (wanted("compile") && (data.contestants.includes("otp"))) compile_all(data, chosen);
  return data;
}

function compile_all(data, chosen) {
  for (let run = 1; run <= chosen.runs; ++run) {
    for (const c of compilations) {
      if (c.needs && !existsSync(c.needs)) continue;
      for (const level of levels) {
        const source = join(root, "bench/compile", `${c.source ?? c.name}.cpp`);
        const took = measure([data.machine.compiler_path, "-std=c++20", level, "-I", join(root, "include"),
          ...(c.flags ?? []), "-c", source, "-o", join(scratch, "compiled.o")]);
        if (took.code !== 0) data.failures.push(`compiling ${c.name}: ${took.errors.split("\n")[0]}`);
        else data.compilations.push({ name: c.name, level, cpu: took.user + took.system, most_bytes: took.most_bytes });
      }
    }
    console.error(`compile times, run ${run} of ${chosen.runs}`);
  }
}

const args = process.argv.slice(2);
const only_check = args[0] === "--check";  // scripts/bench asks before it builds
if (only_check) args.shift();
const chosen = options(args);
if (only_check) process.exit(0);
if (chosen.page) {
  if (!existsSync(kept)) refuse("--page: there is no docs/performance/results.json yet");
  write_page(JSON.parse(readFileSync(kept, "utf8")));
  process.exit(0);
}
const data = run_all(chosen);
// A part of the whole is not what the page is about.
const whole = !chosen.workloads && !chosen.contestants && chosen.divisor === 1 && chosen.threads.length === 2;
console.log(report(data, !whole));
const text = save(data);
if (whole) {
  mkdirSync(join(root, "docs/performance"), { recursive: true });
  writeFileSync(kept, text);
  write_page(data);
  console.log("Written: docs/performance.md, docs/performance/*.svg, docs/performance/results.json");
} else {
  console.log("Written: build/release/bench/results.json. docs/performance.md is written by whole runs only.");
}
process.exit(data.failures.length > 0 ? 1 : 0);
