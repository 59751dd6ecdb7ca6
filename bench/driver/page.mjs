// Writes what a run has shown: the table on the terminal, and the generated part of docs/performance.md
// with its charts.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bars } from "./bars.mjs";
import { bar_chart } from "./chart.mjs";
import { contestants, root } from "./contestants.mjs";
import { compilations, levels, workloads } from "./plan.mjs";
import { lookup, median } from "./results.mjs";

const page = join(root, "docs/performance.md");
const folder = join(root, "docs/performance");
const begin = "<!-- scripts/bench writes what follows -->";
const end = "<!-- scripts/bench wrote what precedes -->";

const number = (v) =>
  v === undefined ? "–" : Math.abs(v) >= 100 ? Math.round(v).toLocaleString("en") : v >= 10 ? v.toFixed(1) : v.toFixed(2);

function table(head, rows, align) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, i) => (align?.[i] ?? (i === 0 ? "---" : "---:")))), ...rows.map(line)]
    .join("\n");
}

function compile_times(data) {
  return (name, level) => {
    const samples = data.compilations?.filter((c) => c.name === name && c.level === level) ?? [];
    if (samples.length === 0) return undefined;
    return { cpu: median(samples.map((s) => s.cpu)), most_bytes: median(samples.map((s) => s.most_bytes)) };
  };
}

// The wall time of timers that fire is that of the timers, so what they cost is their CPU time.
const by_cpu = "W9a";

function result_rows(get, names, threads) {
  const row = (label, workload, pick) => [label, ...names.map((name) => {
    const r = get(workload, name, threads);
    return r ? pick(r) : "–";
  })];
  const wall = (r) => number(r.ns) + (r.runs > 1 ? ` <small>${number(r.least)}…${number(r.most)}</small>` : "");
  return workloads.filter((w) => w.threads.includes(threads))
    .flatMap((w) => [row(w.name, w.name, wall),
      ...(w.name === by_cpu ? [row(`${w.name}, CPU`, w.name, (r) => number(r.cpu_ns))] : [])])
    .filter(([, ...cells]) => cells.some((c) => c !== "–"));
}

// One row for each bar, the thread counts side by side.
function bar_rows(all) {
  const value = (b) => (b.unit === "×" ? `${b.value >= 10 ? b.value.toFixed(1) : b.value.toFixed(2)}×` : `${number(b.value)} ${b.unit}`);
  const limit = (b) => `${b.at_least ? "≥" : "≤"} ${b.unit === "×" ? `${b.limit}×` : `${b.limit.toLocaleString("en")} ${b.unit}`}`;
  const cell = (b) => (b === undefined ? "" : b.value === undefined ? "–" : `${value(b)} ${b.met ? "met" : "**not met**"}`);
  return [...new Set(all.map((b) => b.what))].map((what) => {
    const [one, two] = [1, 2].map((threads) => all.find((b) => b.what === what && b.threads === threads));
    return [what, limit(one ?? two), cell(one), cell(two)];
  });
}

function figure_rows(get) {
  const keys = ["W6", "W6_link", "suspended", "latency50", "latency90", "wakeup", "idle"];
  return keys.flatMap((workload) => Object.keys(contestants).map((who) => [workload, who, get(workload, who, 1)]))
    .filter(([, , r]) => r && Object.keys(r.figures).length > 0)
    .map(([workload, who, r]) => [workload, contestants[who].title,
      Object.entries(r.figures).map(([k, v]) => `${k} ${number(v)}`).join(", ")]);
}

function charts(get, names) {
  const made = [];
  const groups = (list, threads, pick) => list.map((workload) => ({
    label: workload,
    bars: names.map((who) => {
      const value = pick(get(workload, who, threads));
      return { contestant: who, title: contestants[who].title, value, text: number(value) };
    }),
  }));
  const add = (file, title, unit, list) => {
    const svg = bar_chart({ title, unit, groups: list });
    if (!svg) return;
    writeFileSync(join(folder, file), svg);
    made.push({ file, title });
  };
  const messages = ["W1", "W2a", "W2b", "W2c", "W3a", "W3b", "W4", "W4b", "W5a", "W5b", "W7", "W8"];
  const rest = ["W9b", "W9c", "W10a1k", "W10a10k", "W10b", "W10b_stop", "W11_lookup", "W11_call", "W11_pubsub"];
  for (const threads of [1, 2]) {
    const on = `${threads} thread${threads > 1 ? "s" : ""}`;
    add(`messages-${threads}.svg`, `Messages, calls and processes: ns per operation, ${on}`, "ns",
      groups(messages, threads, (r) => r?.ns));
    add(`services-${threads}.svg`, `Timers, supervision, names: ns per operation, ${on}`, "ns",
      groups(rest, threads, (r) => r?.ns));
  }
  add("memory.svg", "Bytes of an idle process", "bytes", groups(["W6", "W6_link"], 1, (r) => r?.figures.bytes));
  return made;
}

/** Everything that is printed: sections of { title, text }. `part`: only some was measured, on purpose. */
function sections(data, part) {
  const get = lookup(data);
  const compile = compile_times(data);
  const names = Object.keys(contestants).filter((who) => data.contestants.includes(who));
  const missing = Object.keys(data.missing);
  const m = data.machine;
  const versions = names.map((who) => `${contestants[who].title} ${data.versions[who]}`.trim());
  const head = ["", ...names.map((who) => contestants[who].title)];
  const all = bars(get, compile).filter((b) => !part || b.value !== undefined);
  const met = all.filter((b) => b.met).length;
  const compiled = compilations.filter((c) => compile(c.name, "-O0"));
  return {
    names, get,
    parts: [
      { title: "Where and when", text: [
        `${data.date}, commit ${data.versions.otp}. ${m.cpu}, ${m.processors} processors${
          m.virtual ? " (virtual)" : ""}, ${m.memory_gib} GiB; ${m.system}, Linux ${m.kernel}; ${m.compiler}, ${m.flags}.`,
        `${versions.join(", ")}. ${missing.length > 0 ? `Missing: ${missing.map((who) =>
          `${contestants[who].title} (${data.missing[who]})`).join(", ")}.` : "Nobody was missing."}`,
        `Medians of ${data.runs} processes each, contestants in turn${
          data.divisor > 1 ? `; only 1/${data.divisor} of the work was done, so the figures are rough` : ""}.`,
      ].join("\n\n") },
      { title: "The bars", text: `${met} of ${all.length} are met${
        all.some((b) => b.met === undefined) ? `, ${all.filter((b) => b.met === undefined).length} were not measured` : ""}.\n\n` +
        table(["", "bar", "1 thread", "2 threads"], bar_rows(all)) },
      ...[1, 2].map((threads) => ({
        title: `Nanoseconds per operation, ${threads} thread${threads > 1 ? "s" : ""}`,
        text: table(head, result_rows(get, names, threads)) })),
      { title: "Memory, latency, idleness", text:
        table(["", "", "median of each figure"], figure_rows(get), ["---", "---", "---"]) },
      { title: "Compile time and memory", text: table(["", ...levels.map((l) => `${l}, CPU s`), ...levels.map((l) => `${l}, MiB`)],
        compiled.map((c) => [c.title, ...levels.map((l) => compile(c.name, l)?.cpu.toFixed(2) ?? "–"),
          ...levels.map((l) => number((compile(c.name, l)?.most_bytes ?? 0) / 2 ** 20))])) },
      ...(data.failures.length === 0 ? [] : [{ title: "Failed", text: data.failures.map((f) => `- ${f}`).join("\n") }]),
    ],
  };
}

/** For the terminal; `part` as above. */
export function report(data, part) {
  const plain = (text) => text.replaceAll(/<small>.*?<\/small>/g, "").replaceAll("**", "");
  return sections(data, part).parts.filter((s) => !/(^|\n)\|[-: |]+\|$/.test(s.text)).map((s) => `${s.title}\n\n${plain(s.text)}\n`).join("\n");
}

/** Writes the page and its charts; what people wrote outside of the markers stays. */
export function write_page(data) {
  mkdirSync(folder, { recursive: true });
  const { parts, get, names } = sections(data);
  const pictures = charts(get, names);
  const generated = [begin, "",
    ...parts.slice(0, 1).map((s) => `## ${s.title}\n\n${s.text}\n`),
    ...pictures.map((p) => `![${p.title}](performance/${p.file})\n`),
    ...parts.slice(1).map((s) => `## ${s.title}\n\n${s.text}\n`), end].join("\n");
  const old = existsSync(page) ? readFileSync(page, "utf8") : `# Performance\n\n${begin}\n${end}\n`;
  const [from, to] = [old.indexOf(begin), old.indexOf(end)];
  if (from < 0 || to < from) {
    throw new Error(`docs/performance.md lacks the lines "${begin}" and "${end}" between which the figures go`);
  }
  writeFileSync(page, old.slice(0, from) + generated + old.slice(to + end.length));
}
