// Charts as SVG, without a library: bars on a logarithmic axis, readable on light and dark pages.

const colours = { otp: "#c2410c", erlang: "#a21caf", caf: "#1d4ed8", asio: "#0f766e", mpsc: "#6b7280" };
const escape = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/**
 * Groups of bars. `groups` are { label, bars: [{ contestant, title, value, text }] }; missing bars are left
 * out. Returns the text of the file.
 */
export function bar_chart({ title, unit, groups }) {
  const shown = groups.map((g) => ({ ...g, bars: g.bars.filter((b) => b.value > 0) }))
    .filter((g) => g.bars.length > 0);
  const values = shown.flatMap((g) => g.bars.map((b) => b.value));
  if (values.length === 0) return undefined;
  const low = 10 ** Math.floor(Math.log10(Math.min(...values)));
  const high = 10 ** Math.ceil(Math.log10(Math.max(...values) * 1.001));
  const [left, right, row, gap, top] = [110, 90, 15, 12, 74];
  const width = 860;
  const x = (v) => left + ((Math.log10(v) - Math.log10(low)) / Math.log10(high / low)) * (width - left - right);

  const out = [];
  let y = top;
  for (const group of shown) {
    const middle = y + (group.bars.length * row) / 2 + 4;
    out.push(`<text class="label" x="${left - 10}" y="${middle}" text-anchor="end">${escape(group.label)}</text>`);
    for (const { contestant, value, text } of group.bars) {
      const w = Math.max(1, x(value) - left).toFixed(1);
      out.push(`<rect x="${left}" y="${y + 1}" width="${w}" height="${row - 3}" rx="2" fill="${colours[contestant]}"/>`,
        `<text class="value" x="${(x(value) + 5).toFixed(1)}" y="${y + row - 4}">${escape(text)}</text>`);
      y += row;
    }
    y += gap;
  }
  const height = y + 26;
  const lines = [];
  for (let v = low; v <= high * 1.001; v *= 10) {
    lines.push(`<line class="grid" x1="${x(v).toFixed(1)}" y1="${top - 6}" x2="${x(v).toFixed(1)}" y2="${y - gap + 4}"/>`,
      `<text class="axis" x="${x(v).toFixed(1)}" y="${y + 8}" text-anchor="middle">${v.toLocaleString("en")}</text>`);
  }
  const names = new Map(shown.flatMap((g) => g.bars.map((b) => [b.contestant, b.title])));
  const legend = [...names].map(([contestant, name], i) =>
    `<rect x="${left + i * 120}" y="44" width="11" height="11" rx="2" fill="${colours[contestant]}"/>` +
    `<text class="label" x="${left + i * 120 + 17}" y="54">${escape(name)}</text>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(title)}">
<style>
text { font-family: system-ui, sans-serif; fill: #1f2937; }
.title { font-size: 17px; font-weight: 600; } .label { font-size: 12px; }
.value, .axis { font-size: 10.5px; } .axis { fill: #6b7280; } .grid { stroke: #d1d5db; stroke-width: 1; }
.page { fill: #ffffff; }
@media (prefers-color-scheme: dark) {
  text { fill: #e5e7eb; } .axis { fill: #9ca3af; } .grid { stroke: #374151; } .page { fill: #111827; }
}
</style>
<rect class="page" width="${width}" height="${height}" rx="6"/>
<text class="title" x="${left}" y="28">${escape(title)}</text>
${legend.join("\n")}
${lines.join("\n")}
${out.join("\n")}
<text class="axis" x="${width - 8}" y="${y + 8}" text-anchor="end">${escape(unit)}, log</text>
</svg>
`;
}
