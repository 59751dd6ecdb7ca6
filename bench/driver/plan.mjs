// What is measured: which workloads, on how many threads, and what must not be measured.

const both = [1, 2];

/** name, what one operation is, threads, and the contestants that are left out with the reason. */
export const workloads = [
  { name: "control", unit: "loop", threads: both },
  { name: "W1", unit: "round trip", threads: both },
  { name: "W1_body", unit: "round trip", threads: both },
  { name: "W2a", unit: "call", threads: both },
  { name: "W2b", unit: "call", threads: both },
  { name: "W2c", unit: "call", threads: both },
  { name: "W2c_work", unit: "call", threads: both },
  { name: "W2a_third", unit: "call", threads: both },
  { name: "W2a_kills", unit: "call", threads: both },
  { name: "W2a_raw", unit: "call", threads: both },
  { name: "W2b_raw", unit: "call", threads: both },
  { name: "W2c_raw", unit: "call", threads: both },
  { name: "W3a", unit: "cast", threads: both },
  { name: "W3b", unit: "cast", threads: both },
  { name: "W3a_raw", unit: "message", threads: both },
  { name: "W3b_raw", unit: "message", threads: both },
  { name: "W4", unit: "hop", threads: both },
  { name: "W4b", unit: "hop", threads: both },
  { name: "W5a", unit: "life", threads: both },
  { name: "W5b", unit: "process", threads: both },
  { name: "W6", unit: "start", threads: [1] },
  { name: "W6_link", unit: "start", threads: [1] },
  { name: "W7", unit: "delivery", threads: both },
  { name: "W8", unit: "ping and pong", threads: both },
  { name: "W9a", unit: "timer", threads: both },
  { name: "W9b", unit: "timer", threads: both },
  { name: "W9c", unit: "timer", threads: both },
  { name: "W10a", unit: "restart", threads: both,
    without: { erlang: "its restarts take longer the more there were in the period: minutes" } },
  { name: "W10a10k", unit: "restart", threads: both },
  { name: "W10a1k", unit: "restart", threads: both },
  { name: "W10b", unit: "start", threads: both },
  { name: "W10b_stop", unit: "stop", threads: both },
  { name: "W11_lookup", unit: "look-up", threads: both },
  { name: "W11_call", unit: "call", threads: both },
  { name: "W11_pubsub", unit: "delivery", threads: both },
  { name: "suspended", unit: "process", threads: [1] },
  { name: "latency50", unit: "call", threads: [1] },
  { name: "latency90", unit: "call", threads: [1] },
  { name: "wakeup", unit: "cast", threads: [1] },
  { name: "idle", unit: "process", threads: [1] },
  { name: "telemetry", unit: "event", threads: [1] },
];

/** The programs whose compilation is timed: bench/compile/NAME.cpp. */
export const compilations = [
  { name: "gen_server", title: "otp, header-only" },
  { name: "gen_server_separate", source: "gen_server", title: "otp, compiled once apart",
    flags: ["-DOTP_SEPARATE_COMPILATION"] },
  { name: "caf", title: "CAF", needs: "/usr/include/caf/all.hpp" },
  { name: "asio", title: "by hand on Asio" },
  { name: "asio_includes", title: "two headers of Asio, nothing else" },
];
export const levels = ["-O0", "-O2"];

/** Seconds after which a run is given up. */
export const patience = 300;
