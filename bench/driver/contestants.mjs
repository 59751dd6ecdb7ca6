// Who takes part, how each is started, and which version it is.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

export const root = join(import.meta.dirname ?? new URL(".", import.meta.url).pathname, "../..");
export const build = join(root, "build/release");
export const program = (name) => join(build, "bin", name);
const beam = join(build, "bench/erlang");

function output(command, ...args) {
  try {
    return execFileSync(command, args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return "";
  }
}

function defined(header, name) {
  if (!existsSync(header)) return "";
  return new RegExp(`#\\s*define ${name}\\s+"?([\\w.]+)"?`).exec(readFileSync(header, "utf8"))?.[1] ?? "";
}

function cpp(name, title, version) {
  const binary = program(name);
  return {
    title,
    version,
    is_here: () => existsSync(binary),
    workloads: () => output(binary, "--list").split("\n"),
    command: (workload, threads, divisor) =>
      [binary, "--threads", `${threads}`, "--divide", `${divisor}`, workload],
  };
}

function boost_version() {
  return defined("/usr/include/boost/version.hpp", "BOOST_LIB_VERSION").replaceAll("_", ".");
}
function caf_version() {
  const number = Number(defined("/usr/include/caf/config.hpp", "CAF_VERSION"));
  return number ? `${Math.floor(number / 10000)}.${Math.floor(number / 100) % 100}.${number % 100}` : "";
}
function otp_release() {
  return output("erl", "-noshell", "-eval",
    'V=filename:join([code:root_dir(),"releases",erlang:system_info(otp_release),"OTP_VERSION"]),' +
    '{ok,B}=file:read_file(V),io:put_chars(B),halt().');
}

/** In the order of the tables. */
export const contestants = {
  otp: cpp("otp_bench", "otp", () => output("git", "-C", root, "describe", "--always", "--dirty")),
  erlang: {
    title: "Erlang",
    version: otp_release,
    is_here: () => output("erl", "-noshell", "-eval", "io:put_chars(\"yes\"),halt().") === "yes" &&
      existsSync(join(beam, "bench.beam")),
    workloads: () => erl(1, "list").split("\n"),
    command: (workload, threads, divisor) => erl_command(threads, workload, `${divisor}`),
  },
  caf: cpp("otp_bench_caf", "CAF", caf_version),
  asio: cpp("otp_bench_asio", "Asio strand", boost_version),
  mpsc: cpp("otp_bench_mpsc", "bare queue", () => ""),
};

function erl_command(threads, ...args) {
  return ["erl", "+S", `${threads}:${threads}`, "+P", "4000000", "-noshell", "-pa", beam,
    "-run", "bench", "main", ...args];
}
function erl(threads, ...args) {
  const [command, ...rest] = erl_command(threads, ...args);
  return output(command, ...rest);
}

/** Compiles the Erlang programs, if there is a compiler; C++ is built by scripts/bench. */
export function compile_erlang() {
  mkdirSync(beam, { recursive: true });
  const sources = join(root, "bench/erlang");
  const files = readdirSync(sources).filter((f) => f.endsWith(".erl")).map((f) => join(sources, f));
  output("erlc", "-o", beam, ...files);
}

/** The machine, for the page. */
export function machine() {
  const cpu = readFileSync("/proc/cpuinfo", "utf8");
  const memory = Number(/MemTotal:\s+(\d+)/.exec(readFileSync("/proc/meminfo", "utf8"))[1]);
  const cache = readFileSync(join(build, "CMakeCache.txt"), "utf8");
  const compiler = /CMAKE_CXX_COMPILER:\w+=(.*)/.exec(cache)[1];
  return {
    cpu: /model name\s*: (.*)/.exec(cpu)?.[1] ?? "unknown",
    processors: (cpu.match(/^processor\s*:/gm) ?? []).length,
    virtual: /^flags.*\bhypervisor\b/m.test(cpu),
    memory_gib: Math.round(memory / 2 ** 20),
    system: /PRETTY_NAME="(.*)"/.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? "Linux",
    kernel: output("uname", "-r"),
    compiler: output(compiler, "--version").split("\n")[0],
    flags: /CMAKE_CXX_FLAGS_RELEASE:\w+=(.*)/.exec(cache)[1],
    compiler_path: compiler,
  };
}
