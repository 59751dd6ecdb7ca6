// Bundles the browser's side and writes it as a C++ source file.
//   node build.mjs OUTPUT.cpp      (run beside node_modules)
import { build } from "esbuild";
import { readFileSync, writeFileSync } from "node:fs";

const [output] = process.argv.slice(2);

async function bundled(entry) {
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    external: ["/assets/*"],
    target: ["es2020"],
    legalComments: "none",
    logLevel: "warning",
  });
  return Buffer.from(result.outputFiles[0].contents);
}

const files = [
  ["app.js", await bundled("app.js")],
  ["app.css", await bundled("app.css")],
  ["icon.svg", readFileSync("icon.svg")],
];
const client = JSON.parse(readFileSync("node_modules/phoenix_live_view/package.json", "utf8"));

const lines = [
  "// Written by assets/build.mjs; not to be edited.",
  '#include "web/pages/built_in.hpp"',
  "",
  "namespace chatroom::pages {",
  "namespace {",
  "",
];
files.forEach(([, content], i) => {
  lines.push(`constexpr unsigned char file_${i}[] = {`);
  for (let at = 0; at < content.length; at += 32) {
    lines.push("  " + [...content.subarray(at, at + 32)].join(",") + ",");
  }
  lines.push("};", "");
});
lines.push(
  "std::string_view text(const unsigned char* data, std::size_t size) {",
  "  return {reinterpret_cast<const char*>(data), size};",
  "}",
  "",
  "const built_in_file files[] = {",
  ...files.map(([name], i) => `  {"${name}", text(file_${i}, sizeof file_${i})},`),
  "};",
  "",
  "}  // namespace",
  "",
  "std::span<const built_in_file> built_in_files() { return files; }",
  `std::string_view live_view_version() { return "${client.version}"; }`,
  "",
  "}  // namespace chatroom::pages",
  "",
);
writeFileSync(output, lines.join("\n"));
