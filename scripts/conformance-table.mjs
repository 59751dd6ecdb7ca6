#!/usr/bin/env node
// Writes docs/conformance.md: every row of OTP's behaviour (tests/conformance/rows.tsv) with the tests
// that name it, and what we do differently on purpose (tests/conformance/differences.tsv).
//
//   scripts/conformance-table.mjs           writes the page
//   scripts/conformance-table.mjs --check   fails if the page is not what it would write
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, dirname, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const page = join(root, "docs/conformance.md");

function table(name) {
  const [head, ...lines] = readFileSync(join(root, "tests/conformance", name), "utf8").trim().split("\n");
  const keys = head.split("\t");
  return lines.map((line) => Object.fromEntries(line.split("\t").map((cell, i) => [keys[i], cell])));
}

function* sources(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sources(path);
    else if (entry.name.endsWith(".cpp")) yield path;
  }
}

// The letters L and R stand for other rows in the tests of supervision than in those of processes. A
// test of both says SL and SR for those of supervision.
const of_supervision = /supervisor|supervision|child|dynamic|application|program|pg|partition|telemetry|pubsub|restart/;

// A test names its rows in its tags or its title, a scenario or race in a comment line that begins with
// "Rows:"; and a row may name a scenario.
function named_rows() {
  const named = new Map();
  const add = (id, file, test) => {
    const [, prefix, row] = /^(S(?=[LR]-))?(.*)$/.exec(id);
    const ambiguous = row.startsWith("L-") || row.startsWith("R-");
    const supervision = prefix !== undefined || of_supervision.test(file);
    const key = ambiguous ? `${supervision ? "supervision" : "processes"}/${row}` : row;
    if (!named.has(key)) named.set(key, []);
    named.get(key).push(test);
  };
  for (const folder of ["tests", "examples"]) {
    for (const path of sources(join(root, folder))) {
      const text = readFileSync(path, "utf8");
      const file = relative(root, path);
      for (const [, title, tags] of text.matchAll(/TEST_CASE\(\s*"((?:[^"\\]|\\.)*)"\s*(?:,\s*((?:"[^"]*"\s*)+))?\)/g)) {
        for (const [id] of (title + (tags ?? "")).matchAll(/S?[A-Z]-\d{3}/g)) add(id, file, { file, title });
      }
      for (const [, list] of text.matchAll(/^\/\/ Rows: (.*)$/gm)) {
        for (const [id] of list.matchAll(/S?[A-Z]-\d{3}/g)) add(id, file, { file, title: "" });
      }
    }
  }
  return named;
}

function rows() {
  const named = named_rows();
  const differences = new Map(table("differences.tsv").map((d) => [`${d.file}/${d.id}`, d]));
  return table("rows.tsv").map((row) => {
    const tests = [...(named.get(row.id) ?? named.get(`${row.file}/${row.id}`) ?? [])];
    for (const [, scenario] of row["what must happen"].matchAll(/\[([a-z]+_[a-z_]+)\]/g)) {
      const file = `tests/conformance/${scenario}.cpp`;
      if (existsSync(join(root, file)) && !tests.some((t) => t.file === file)) tests.push({ file, title: "" });
    }
    const difference = differences.get(`${row.file}/${row.id}`);
    const state = difference?.state ?? (tests.length > 0 ? "same" : "no test yet");
    return { ...row, tests, state, reason: difference?.reason ?? "" };
  });
}

const cell = (text) => text.replaceAll("|", "\\|").replaceAll("<", "&lt;");

function shown_tests(row) {
  const [first] = row.tests;
  if (!first) return "";
  const more = row.tests.length > 1 ? ` and ${row.tests.length - 1} more` : "";
  const kind = first.file.startsWith("tests/races/") ? "race" : "scenario";
  const name = first.title === "" ? kind : cell(first.title);
  return `[${name}](../${first.file})${more}`;
}

function write(all) {
  const count = (need, state) => all.filter((r) => r.need === need && r.state === state).length;
  const lines = [
    "# Conformance",
    "",
    "<!-- Written by scripts/conformance-table.mjs from the tests. Do not edit. -->",
    "",
    "What Erlang/OTP 25 and Elixir 1.14 do, row by row, and where this library is tested to do the same.",
    "*same*: a test shows it. *different*: on purpose, for the reason given. *not applicable*: C++ has",
    "no counterpart. *no test yet*: nothing is claimed.",
    "",
    "| | same | different | not applicable | no test yet |",
    "|---|---|---|---|---|",
  ];
  for (const need of ["must", "should", "skip"]) {
    const counts = ["same", "different", "not applicable", "no test yet"].map((s) => count(need, s));
    lines.push(`| ${need} | ${counts.join(" | ")} |`);
  }
  let area = "";
  for (const row of all) {
    if (row.area !== area) {
      area = row.area;
      lines.push("", `## ${area}`, "", "| row | need | situation | what must happen | here | test |", "|---|---|---|---|---|---|");
    }
    const here = row.reason === "" ? row.state : `${row.state}: ${cell(row.reason)}`;
    lines.push(`| ${row.id} | ${row.need} | ${cell(row.situation)} | ${cell(row["what must happen"])} | ${here} | ${shown_tests(row)} |`);
  }
  return lines.join("\n") + "\n";
}

const text = write(rows());
if (process.argv[2] === "--check") {
  if (readFileSync(page, "utf8") !== text) {
    console.error("docs/conformance.md is not what the tests say: run scripts/conformance-table.mjs");
    process.exit(1);
  }
} else {
  writeFileSync(page, text);
}
