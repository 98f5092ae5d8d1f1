// What a decoder attended to, as a picture: a row a token of the answer, a column a token of the source.

import type { Alignment } from "../../entries/node.js";
import { escaped, FONTS, textWidth, visible } from "./svg.js";

/** Sizes in pixels. */
const CELL = 30;
const FONT = 14;
const GAP = 8;
const HEAD = 26;

/** An SVG file. Darker is more; every cell tells its weight when pointed at. */
export function heatMap({ source, target, weights }: Alignment): string {
  const tops = source.map(visible);
  const sides = target.map((token) => (token === "" ? "end" : visible(token)));
  const narrow = Math.max(...tops.map(width)) <= CELL;
  const left = HEAD + Math.max(...sides.map(width)) + GAP;
  const top = HEAD + GAP + (narrow ? FONT : Math.max(...tops.map(width)));
  const right = left + CELL * tops.length;
  const bottom = top + CELL * sides.length;
  const middle = (i: number) => CELL * i + CELL / 2;
  const cells = weights.flatMap((row, t) =>
    Array.from(row, (weight, s) => {
      const [x, y] = [left + CELL * s, top + CELL * t];
      const title = `${sides[t]} ← ${tops[s]}: ${weight.toFixed(3)}`;
      return (
        `<rect x="${x}" y="${y}" width="${CELL}" height="${CELL}" fill-opacity="${weight.toFixed(3)}">` +
        `<title>${escaped(title)}</title></rect>`
      );
    }),
  );
  const columnLabels = tops.map((token, s) => {
    const [x, y] = [left + middle(s), top - GAP];
    const turn = narrow
      ? `x="${x}" y="${y}" text-anchor="middle"`
      : `transform="translate(${x + FONT / 3} ${y}) rotate(-90)"`;
    return `<text ${turn}>${escaped(token)}</text>`;
  });
  const rowLabels = sides.map((token, t) => {
    const style = t === sides.length - 1 ? ' font-style="italic"' : "";
    return `<text x="${left - GAP}" y="${top + middle(t) + FONT / 3}" text-anchor="end"${style}>${escaped(token)}</text>`;
  });
  const grid = [
    ...Array.from({ length: tops.length + 1 }, (_, s) => `M${left + CELL * s} ${top}V${bottom}`),
    ...Array.from({ length: sides.length + 1 }, (_, t) => `M${left} ${top + CELL * t}H${right}`),
  ].join("");
  const [across, down] = [(left + right) / 2, (top + bottom) / 2];
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${right + HEAD}" height="${bottom + HEAD}" ` +
      `viewBox="0 0 ${right + HEAD} ${bottom + HEAD}" font-family="${FONTS}" font-size="${FONT}">`,
    `<rect width="100%" height="100%" fill="#fff"/>`,
    `<g fill="#0b4f9c">`,
    ...cells,
    `</g>`,
    `<path d="${grid}" stroke="#ccc" fill="none"/>`,
    `<g fill="#111" xml:space="preserve">`,
    ...columnLabels,
    ...rowLabels,
    `</g>`,
    `<g fill="#777" font-size="${FONT - 2}" text-anchor="middle">`,
    `<text x="${across}" y="${FONT}">source</text>`,
    `<text transform="translate(${FONT} ${down}) rotate(-90)">answer</text>`,
    `</g>`,
    `</svg>`,
  ].join("\n")}\n`;
}

function width(text: string): number {
  return textWidth(text, FONT);
}
