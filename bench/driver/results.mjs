// The samples of a run, and what is read from them: medians and their spread.

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Reads a RES line; nothing if there is none. */
export function parse_line(text) {
  const line = text.split("\n").find((each) => each.startsWith("RES\t"));
  if (!line) return undefined;
  const [, workload, , threads, parameters, operations, seconds, ns, , , extra] = line.split("\t");
  const figures = Object.fromEntries((extra ?? "").split(" ").map((pair) => pair.split("=")));
  const { checksum, ...rest } = figures;
  return {
    workload, threads: Number(threads), parameters, operations: Number(operations),
    seconds: Number(seconds), ns: Number(ns), checksum,
    figures: Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, Number(value)])),
  };
}

/** `samples` of one contestant in one workload and thread count. */
function summary(samples) {
  const of = (pick) => samples.map(pick);
  const ns = of((s) => s.ns);
  const figures = {};
  for (const key of Object.keys(samples[0].figures)) figures[key] = median(of((s) => s.figures[key]));
  return {
    ns: median(ns), least: Math.min(...ns), most: Math.max(...ns), runs: samples.length,
    cpu_ns: median(of((s) => s.cpu * 1e9 / s.operations)),
    most_bytes: median(of((s) => s.most_bytes)),
    parameters: samples[0].parameters, figures,
  };
}

/** Looks up results: `get(workload, contestant, threads)` is a summary, or nothing. */
export function lookup(data) {
  const groups = new Map();
  for (const s of data.samples) {
    const key = `${s.workload}/${s.contestant}/${s.threads}`;
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(s);
  }
  const summaries = new Map([...groups].map(([key, samples]) => [key, summary(samples)]));
  return (workload, contestant, threads) => summaries.get(`${workload}/${contestant}/${threads}`);
}

/** What is wrong with checksums: contestants, and runs of one, must agree. */
export function disagreements(data) {
  const sums = new Map();
  for (const s of data.samples) {
    if (s.workload === "control") continue;  // depends on the number of threads
    const base = s.workload.replace(/_(raw|body|third|kills|work)$/, "");
    if (!sums.has(base)) sums.set(base, new Map());
    const of = sums.get(base);
    if (!of.has(s.checksum)) of.set(s.checksum, new Set());
    of.get(s.checksum).add(s.contestant);
  }
  return [...sums].filter(([workload, of]) => of.size > 1 && !workload.startsWith("latency"))
    .map(([workload, of]) =>
      `${workload}: ${[...of].map(([sum, who]) => `${[...who].join(", ")} say ${sum}`).join("; ")}`);
}
