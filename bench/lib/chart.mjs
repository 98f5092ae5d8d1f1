// The chart: one panel a row, one bar a peer, as plain SVG.

import { show } from "./stats.mjs";

const WIDTH = 1180;
const COLUMNS = 2;
const GAP = 28;
const MARGIN = 30;
const PANEL = (WIDTH - 2 * MARGIN - (COLUMNS - 1) * GAP) / COLUMNS;
const LABEL = 205;
const VALUE = 110;
const BAR = 17;
const INK = "#1f2430";
const FAINT = "#7a8194";

const colours = [
  [/^simdream\/fast/, "#0b3d91"],
  [/^simdream/, "#2f6fed"],
  [/^(length|batch|hidden) \d/, "#2f6fed"],
  [/^PyTorch/, "#e2803b"],
  [/^jax-js/, "#4f9d69"],
  [/^tfjs/, "#d9a514"],
  [/^ONNX/, "#8b6bb8"],
];

const colourOf = (peer) => colours.find(([pattern]) => pattern.test(peer))?.[1] ?? "#9aa1b2";
const escaped = (text) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

function text(x, y, content, { size = 12, fill = INK, anchor = "start", weight = 400 } = {}) {
  return `<text x="${x}" y="${y}" font-size="${size}" fill="${fill}" text-anchor="${anchor}" font-weight="${weight}">${escaped(content)}</text>`;
}

/** How long a bar is: what the reader compares. Growth shows time a step. */
const figure = (row, { value }) => (grows(row) && value ? 1000 / value : value);

const grows = (row) => row.unit === "steps/s";

function panel(row, x, y) {
  const unit = grows(row) ? "ms a step" : (row.unit ?? "");
  const growth = row.exponent === undefined ? "" : `: exponent ${row.exponent.toFixed(2)}`;
  const out = [
    text(x, y + 13, `${row.name}${growth}`, { weight: 600, size: 13 }),
    text(x + PANEL, y + 13, unit, { fill: FAINT, anchor: "end" }),
  ];
  const values = row.results.map((result) => figure(row, result));
  const most = Math.max(...values.filter((value) => value !== undefined));
  for (const [i, result] of row.results.entries()) {
    const top = y + 22 + i * (BAR + 5);
    const middle = top + BAR - 4.5;
    out.push(text(x + LABEL - 8, middle, result.peer, { anchor: "end" }));
    if (values[i] === undefined) {
      const reason = short(result.skipped ?? "");
      out.push(text(x + LABEL, middle, `not available: ${reason}`, { fill: FAINT, size: 11 }));
      continue;
    }
    const length = Math.max(1, (values[i] / most) * (PANEL - LABEL - VALUE));
    out.push(
      `<rect x="${x + LABEL}" y="${top}" width="${length.toFixed(1)}" height="${BAR}" rx="2" fill="${colourOf(result.peer)}"/>`,
      text(x + LABEL + length + 6, middle, `${show(values[i])}${comparison(result)}`, {
        size: 11.5,
      }),
    );
  }
  return out;
}

function comparison({ ratio, beyond }) {
  if (beyond !== undefined) return `  (+ ${show(beyond)})`;
  return ratio === undefined ? "" : `  (× ${show(ratio)})`;
}

const short = (reason) => (reason.length > 54 ? `${reason.slice(0, 53)}…` : reason);

const heightOf = (row) => 22 + row.results.length * (BAR + 5) + 22;

/** The whole report as one SVG document. */
export function chart(report) {
  const { machine, date, quick, clock } = report;
  const out = [];
  let y = MARGIN;
  const line = (content, options) => {
    y += 18;
    out.push(text(MARGIN, y, content, options));
  };
  line("simdream and its peers", { size: 20, weight: 700 });
  line(
    `${date.slice(0, 10)}, ${machine.cpu}, ${machine.cores} cores, load ${machine.load[0].toFixed(1)}, ` +
      `Node ${machine.engine.node}${quick ? ", quick run" : ""}; medians by ${clock} time`,
    { fill: FAINT },
  );
  line(
    "(× n): how many times as fast simdream is; for sizes, how many times as large the other is",
    { fill: FAINT },
  );
  for (const group of report.groups) {
    y += 24;
    line(group.title, { size: 16, weight: 700 });
    y += 12;
    for (let i = 0; i < group.rows.length; i += COLUMNS) {
      const rows = group.rows.slice(i, i + COLUMNS);
      for (const [column, row] of rows.entries()) {
        out.push(...panel(row, MARGIN + column * (PANEL + GAP), y));
      }
      y += Math.max(...rows.map(heightOf));
    }
  }
  const height = y + MARGIN;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    ...out,
    "</svg>",
    "",
  ].join("\n");
}
