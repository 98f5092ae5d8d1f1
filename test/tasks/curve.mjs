// The curve of chrF against the length of the source, with attention and without, as an SVG.
//
//   node test/tasks/curve.mjs out docs/translation.svg      (out: the folder of translation.mjs)

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const [out, target] = process.argv.slice(2);
if (target === undefined) throw new Error("usage: curve.mjs <out> <picture.svg>");
const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP, MOST] = [640, 320, 56, 52, 36, 30];
const lines = [
  { kind: "luong", name: "attention (Luong, general)", colour: "#1f6feb" },
  { kind: "none", name: "no attention", colour: "#9a6700" },
].map((line) => ({
  ...line,
  curve: JSON.parse(readFileSync(join(out, `${line.kind}.json`), "utf8")).curve,
}));
const count = lines[0].curve.length;
const x = (i) => LEFT + ((i + 0.5) / count) * (WIDTH - LEFT - 16);
const y = (chrF) => TOP + (1 - chrF / MOST) * (HEIGHT - TOP - BOTTOM);
const text = (at, down, anchor, content) =>
  `<text x="${at.toFixed(1)}" y="${down.toFixed(1)}" text-anchor="${anchor}">${content}</text>`;

const parts = [0, 10, 20, 30].flatMap((value) => [
  `<line x1="${LEFT}" x2="${WIDTH - 16}" y1="${y(value)}" y2="${y(value)}" stroke="#d0d7de"/>`,
  text(LEFT - 8, y(value) + 4, "end", value),
]);
lines[0].curve.forEach(({ words, sources }, i) => {
  const [from, to] = words.split(" to ");
  const range = to === "99" ? `${from}+` : from === to ? from : `${from}–${to}`;
  parts.push(text(x(i), HEIGHT - BOTTOM + 16, "middle", range));
  parts.push(`<g fill="#6e7781">${text(x(i), HEIGHT - BOTTOM + 30, "middle", sources)}</g>`);
});
parts.push(
  text(WIDTH / 2, HEIGHT - 6, "middle", "words of the English source (below: held-out sources)"),
);
parts.push(text(LEFT - 8, TOP - 14, "end", "chrF"));
lines.forEach(({ name, colour, curve }, i) => {
  const points = curve.map(({ chrF }, j) => [x(j), y(chrF)]);
  const path = points.map((point) => point.map((value) => value.toFixed(1)).join(",")).join(" ");
  parts.push(`<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="2"/>`);
  for (const [cx, cy] of points) {
    parts.push(`<circle cx="${cx.toFixed(1)}" cy="${cy.toFixed(1)}" r="3" fill="${colour}"/>`);
  }
  parts.push(`<g fill="${colour}">${text(WIDTH - 20, TOP - 16 + 16 * i, "end", name)}</g>`);
});
writeFileSync(
  target,
  `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" ` +
    `viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12" fill="#1f2328">\n` +
    "<title>chrF against the length of the source, with attention and without</title>\n" +
    `<rect width="100%" height="100%" fill="#ffffff"/>\n${parts.join("\n")}\n</svg>\n`,
);
