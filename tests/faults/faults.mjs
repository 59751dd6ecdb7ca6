// Reads the fault files, and writes the headers in which those rules can be broken one at a time. Used
// by the build (CMakeLists.txt) and by scripts/faults.
//
//   node faults.mjs --check      fails if a fault does not fit the headers as they are
//   node faults.mjs FOLDER       writes a copy of include/ with the switches into FOLDER
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const headers = join(here, "../../include");

class Mistake extends Error {}

/** The faults, and the edits that make them possible, in the order of the files. */
export function read_faults() {
  const faults = [];
  const edits = [];
  for (const file of readdirSync(here).filter((name) => name.endsWith(".faults")).sort()) {
    const lines = readFileSync(join(here, file), "utf8").split("\n");
    let header = null;
    for (let i = 0; i < lines.length; ++i) {
      const line = lines[i];
      const wrong = (why) => new Mistake(`${file}:${i + 1}: ${why}`);
      const until = (mark) => {
        const text = [];
        while (lines[++i] !== mark) {
          if (i >= lines.length) throw wrong(`the block is not closed with ${mark}`);
          text.push(lines[i]);
        }
        return text.join("\n");
      };
      if (line === "" || line.startsWith("#")) continue;
      const fault = /^fault (\S+)\s+([A-Z]-\d{3})\s+(.*)$/.exec(line);
      const by = /^  by (.*)$/.exec(line);
      const edit = /^edit (\S+)$/.exec(line);
      if (fault) {
        faults.push({ name: fault[1], row: fault[2], what: fault[3], by: [] });
      } else if (by && faults.length > 0) {
        faults.at(-1).by.push(...by[1].split(/\s+/));
      } else if (edit) {
        header = edit[1];
      } else if (line === "<<<<" && header) {
        const at = i + 1;
        edits.push({ header, at: `${file}:${at}`, original: until("===="), broken: until(">>>>") });
      } else {
        throw wrong("expected `fault NAME ROW description`, `  by ...`, `edit HEADER` or <<<<");
      }
    }
  }
  const names = new Set();
  for (const { name } of faults) {
    if (names.has(name)) throw new Mistake(`${name} is there twice`);
    names.add(name);
  }
  const used = new Set(edits.flatMap((e) => [...e.broken.matchAll(/"([a-z]+\/[a-z_]+)"/g)].map((m) => m[1])));
  for (const name of names) if (!used.has(name)) throw new Mistake(`${name}: no edit has FAULT("${name}")`);
  for (const name of used) if (!names.has(name)) throw new Mistake(`FAULT("${name}") is no fault of the files`);
  return { faults, edits };
}

/** The text of each header that has switches. */
function broken_headers(edits) {
  const texts = new Map();
  for (const { header, at, original, broken } of edits) {
    const before = texts.get(header) ?? readFileSync(join(headers, "otp", header), "utf8");
    const parts = before.split(original);
    if (parts.length !== 2) {
      throw new Mistake(`${at}: this text is ${parts.length - 1} times in otp/${header}, expected once:\n${original}\n` +
        "The header was changed: change the fault with it.");
    }
    texts.set(header, parts.join(broken.replaceAll("FAULT(", "::otp::detail::fault(")));
  }
  return texts;
}

const fault_header = `// Written by tests/faults/faults.mjs: whether a rule is broken in this run.
#pragma once

#include <cstdlib>
#include <string_view>

namespace otp::detail {

inline bool fault(std::string_view name) noexcept {
  static const char* const chosen = std::getenv("OTP_FAULT");
  return chosen != nullptr && name == chosen;
}

}  // namespace otp::detail
`;

function write_headers(folder) {
  const texts = broken_headers(read_faults().edits);
  mkdirSync(folder, { recursive: true });
  cpSync(headers, folder, { recursive: true, preserveTimestamps: true });
  writeFileSync(join(folder, "otp/detail/fault.hpp"), fault_header);
  for (const [header, text] of texts) {
    writeFileSync(join(folder, "otp", header),
      text.replace("#pragma once\n", "#pragma once\n\n#include <otp/detail/fault.hpp>\n"));
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [what] = process.argv.slice(2);
  try {
    if (what === "--check") {
      const { faults, edits } = read_faults();
      broken_headers(edits);
      console.log(`${faults.length} faults fit the headers`);
    } else if (what && !what.startsWith("-")) {
      write_headers(what);
    } else {
      throw new Mistake("usage: node faults.mjs --check | FOLDER");
    }
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    console.error(`faults: ${error.message}`);
    process.exit(1);
  }
}
