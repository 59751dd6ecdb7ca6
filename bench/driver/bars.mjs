// The bars: what this library must reach, each computed from the results of one run.
//
// A bar is { what, threads, value, limit, at_least, met }: value and limit are numbers, `at_least` says
// which side is good, and `met` is undefined when a contestant is missing.

const both = [1, 2];

function bar(what, threads, value, limit, { at_least = true, unit = "×" } = {}) {
  const known = value !== undefined && Number.isFinite(value);
  return { what, threads, value: known ? value : undefined, limit, at_least, unit,
    met: known ? (at_least ? value >= limit : value <= limit) : undefined };
}

const peers = { erlang: "Erlang", caf: "CAF", asio: "the Asio strand" };

// How many times faster than each peer; W9a by CPU time, as its wall time is that of the timers.
const ratios = [
  { of: ["W1", "W4", "W4b"], erlang: 10, caf: 8, asio: 4 },
  { of: ["W2a", "W2b", "W2c"], erlang: 20, caf: 8 },
  { of: ["W3a", "W3b"], erlang: 5, caf: 3, asio: 1 },
  { of: ["W5a", "W5b"], erlang: 8, caf: 6 },
  { of: ["W7"], erlang: 8, caf: 4 },
  { of: ["W8"], erlang: 8, caf: 5 },
  { of: ["W9a"], erlang: 5, asio: 3, by: "cpu_ns" },
  { of: ["W9b", "W9c"], erlang: 5, asio: 3 },
  { of: ["W10a10k"], erlang: 40 },
  { of: ["W10a1k"], erlang: 10 },
  { of: ["W10b"], erlang: 15 },
];

// Measured elsewhere on a machine of this kind (2 virtual cores, Zen 3), ns per operation.
const constants = [
  { of: "W11_pubsub", peer: "Phoenix.PubSub (740 ns)", ns: 740, limit: 8 },
  { of: "W10a10k", peer: "agner (3,400 ns)", ns: 3400, limit: 2 },
  { of: "W10b", peer: "agner (1,700 ns)", ns: 1700, limit: 2 },
];

export function bars(get, compile) {
  const all = [];
  const our = (workload, threads) => get(workload, "otp", threads);
  const over = (a, b) => (a === undefined || b === undefined ? undefined : a / b);

  for (const { of, by = "ns", ...limits } of ratios) {
    for (const workload of of) {
      for (const threads of both) {
        for (const [peer, limit] of Object.entries(limits)) {
          const value = over(get(workload, peer, threads)?.[by], our(workload, threads)?.[by]);
          const how = by === "cpu_ns" ? " in CPU time" : "";
          all.push(bar(`${workload} against ${peers[peer]}${how}`, threads, value, limit));
        }
      }
    }
  }
  for (const { of, peer, ns, limit } of constants) {
    for (const threads of both) {
      all.push(bar(`${of} against ${peer}`, threads, over(ns, our(of, threads)?.ns), limit));
    }
  }

  // Two threads: how much faster than one, beside loops that share nothing.
  const speedup = (workload) => over(our(workload, 1)?.ns, our(workload, 2)?.ns);
  const machine = speedup("control");
  for (const workload of ["W4b", "W5b", "W2c_work"]) {
    all.push(bar(`${workload}: two threads, divided by what independent loops gain (${
      machine?.toFixed(2) ?? "?"}×)`, 2, over(speedup(workload), machine), 0.9));
  }
  for (const workload of ["W2c", "W8"]) {
    all.push(bar(`${workload}: two threads against one`, 2, speedup(workload), 0.8));
  }
  for (const workload of ["W1", "W2a"]) {
    all.push(bar(`${workload}: time on two threads against one`, 2, over(1, speedup(workload)), 1.2,
      { at_least: false }));
  }

  const most = (what, value, limit, unit) => all.push(bar(what, 1, value, limit, { at_least: false, unit }));
  const linked = our("W6_link", 1)?.figures;
  most("W6_link: bytes of an idle gen_server", linked?.bytes, 400, "B");
  most("W6_link: memory after all have ended, against before", over(linked?.rss_after, linked?.rss_before),
    1.1, "×");
  most("suspended: bytes of a process that waits in a call", our("suspended", 1)?.figures.bytes, 6144, "B");
  most("latency50: p99 beyond the longest handler and the machine's own p99",
    our("latency50", 1)?.figures.beyond_us, 20, "µs");
  most("idle: CPU of 100,000 servers and 1,000 slow timers", our("idle", 1)?.figures.cpu_percent, 0.5, "%");
  for (const level of ["-O0", "-O2"]) {
    for (const [name, way] of [["gen_server", "header-only"], ["gen_server_separate", "compiled once apart"]]) {
      most(`compile: a gen_server, ${way}, against two headers of Asio, ${level}, CPU time`,
        over(compile(name, level)?.cpu, compile("asio_includes", level)?.cpu), 1.5, "×");
    }
  }
  return all;
}
