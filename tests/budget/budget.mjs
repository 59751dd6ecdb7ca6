// Compares what operations cost with what they may cost, in figures that do not depend on the speed of
// the machine: see README.md. scripts/budget and ctest call it.
//
//   node budget.mjs check PROGRAM LOAD...   fails when a load, or "sizes", costs more than budget.json says
//   node budget.mjs record PROGRAM          writes budget.json anew
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const file = join(dirname(fileURLToPath(import.meta.url)), "budget.json");
const margin = 1.1; // of instructions: how often the loop looks at the clock depends on the machine
const native_times = 20000;
const counted_times = [1000, 5000];

/** What `program` with `args` prints. */
function output(program, args) {
  return execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
}

/** The addresses of the program's instructions that lock a cache line. */
function locked_addresses(program) {
  const locked = new Set();
  const text = execFileSync("objdump", ["-d", "--no-show-raw-insn", program], { maxBuffer: 1 << 30 }).toString();
  for (const line of text.split("\n")) {
    const found = /^\s*([0-9a-f]+):\s+(lock\b|xchg .*\()/.exec(line);
    if (found) locked.add(parseInt(found[1], 16));
  }
  return locked;
}

/**
 * Instructions, and locked ones of the program itself, in a run under callgrind. The loop's look after
 * timers and I/O is left out: how often it comes is a matter of time.
 */
function counted(program, load, times, locked) {
  const folder = mkdtempSync(join(tmpdir(), "otp-budget-"));
  try {
    const out = join(folder, "out");
    execFileSync(
      "valgrind",
      ["--tool=callgrind", "--dump-instr=yes", "--compress-pos=no", "--compress-strings=no",
       "--toggle-collect=otp::detail::worker::poll()", "--collect-atstart=yes",
       `--callgrind-out-file=${out}`, program, load, String(times)],
      { stdio: ["ignore", "ignore", "pipe"] });
    let instructions = 0;
    let atomics = 0;
    let of_program = false;
    let is_call = false;
    for (const line of readFileSync(out, "utf8").split("\n")) {
      if (line.startsWith("ob=")) of_program = line.endsWith(`/${program.split("/").at(-1)}`);
      if (line.startsWith("calls=")) {
        is_call = true;
        continue;
      }
      const found = /^0x([0-9a-f]+) \S+ (\d+)$/.exec(line);
      if (!found) continue;
      if (is_call) {
        is_call = false; // what the called function cost: it is counted there
        continue;
      }
      instructions += Number(found[2]);
      if (of_program && locked.has(parseInt(found[1], 16))) atomics += Number(found[2]);
    }
    return { instructions, atomics };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What one operation of `load` costs; the start of the program cancels out. */
function cost(program, load, locked) {
  const asked = Number(output(program, [load, String(native_times)]));
  const [few, many] = counted_times.map((times) => counted(program, load, times, locked));
  const each = (key) => (many[key] - few[key]) / (counted_times[1] - counted_times[0]);
  return {
    allocations: Math.round((asked / native_times) * 100) / 100,
    instructions: Math.round(each("instructions")),
    atomics: Math.round(each("atomics") * 10) / 10,
  };
}

function sizes(program) {
  const lines = output(program, ["sizes"]).trim().split("\n");
  return Object.fromEntries(lines.map((line) => line.split(" ")).map(([name, bytes]) => [name, Number(bytes)]));
}

/** Prints `what` beside what it may be. False: it is too much. */
function compare(name, key, is, may, limit) {
  const fits = is <= limit;
  console.log(`${name}: ${is} ${key}, recorded ${may}${fits ? "" : ` — too many: at most ${limit}`}`);
  return fits;
}

const [verb, program, ...loads] = process.argv.slice(2);
if (verb === "record" && program && loads.length === 0) {
  const locked = locked_addresses(program);
  const budget = { sizes: sizes(program), loads: {} };
  for (const load of Object.keys(JSON.parse(readFileSync(file, "utf8")).loads)) {
    budget.loads[load] = cost(program, load, locked);
    console.log(load, budget.loads[load]);
  }
  writeFileSync(file, `${JSON.stringify(budget, null, 2)}\n`);
} else if (verb === "check" && program && loads.length > 0) {
  const budget = JSON.parse(readFileSync(file, "utf8"));
  let good = true;
  for (const load of loads) {
    if (load === "sizes") {
      for (const [name, bytes] of Object.entries(sizes(program))) {
        good = compare(name, "bytes", bytes, budget.sizes[name], budget.sizes[name]) && good;
      }
      continue;
    }
    const may = budget.loads[load];
    if (!may) throw new Error(`budget.json has no load "${load}"; it has: ${Object.keys(budget.loads).join(" ")}`);
    const is = cost(program, load, locked_addresses(program));
    good = compare(load, "allocations", is.allocations, may.allocations, may.allocations) && good;
    good = compare(load, "instructions", is.instructions, may.instructions, Math.round(may.instructions * margin)) && good;
    good = compare(load, "atomic instructions", is.atomics, may.atomics, Math.round((may.atomics + 0.2) * 10) / 10) && good;
  }
  if (!good) {
    console.log("An operation costs more than it did. If that is meant, record it: scripts/budget --record");
    process.exit(1);
  }
} else {
  console.error("usage: budget.mjs check PROGRAM LOAD... | budget.mjs record PROGRAM");
  process.exit(2);
}
