// What spoke for what, as a picture: a row a token that was said, a column a token that was read.

import { escaped, FONTS, textWidth, visible } from "./svg.js";

/** Sizes in pixels. */
const CELL = 22;
const FONT = 13;
const GAP = 6;

/** What a map is of. */
export interface TokenMap {
  /** What was read, from left to right. */
  readonly columns: readonly string[];
  /** What was said, from top to bottom. */
  readonly rows: readonly string[];
  /** (rows, columns): orange above 0, blue below, the strongest as strong as can be. */
  readonly weights: readonly ArrayLike<number>[];
  /** A number below each row's token, such as a probability. */
  readonly notes?: readonly string[];
}

/**
 * An SVG; every cell tells its number when pointed at.
 * @param alone for a file of its own: on white
 */
export function tokenMap({ columns, rows, weights, notes }: TokenMap, alone = false): string {
  const tops = columns.map(named);
  const sides = rows.map((row, i) => `${named(row)}${notes ? ` ${notes[i]}` : ""}`);
  const width = (text: string) => textWidth(text, FONT);
  const left = Math.max(...sides.map(width)) + 2 * GAP;
  const top = Math.max(...tops.map(width)) + 2 * GAP;
  const [right, bottom] = [left + CELL * tops.length, top + CELL * sides.length];
  const most = Math.max(1e-12, ...weights.flatMap((row) => Array.from(row, Math.abs)));
  const cells = weights.flatMap((row, t) =>
    Array.from(row, (weight, s) => {
      const opacity = Math.abs(weight) / most;
      if (opacity < 0.005) return "";
      const [x, y] = [left + CELL * s, top + CELL * t];
      const title = `${sides[t]} ← ${tops[s]}: ${weight.toFixed(3)}`;
      return `<rect x="${x}" y="${y}" width="${CELL}" height="${CELL}" fill="${weight < 0 ? "#2563eb" : "#d97706"}" fill-opacity="${opacity.toFixed(2)}"><title>${escaped(title)}</title></rect>`;
    }),
  );
  const grid = [
    ...Array.from({ length: tops.length + 1 }, (_, s) => `M${left + CELL * s} ${top}V${bottom}`),
    ...Array.from({ length: sides.length + 1 }, (_, t) => `M${left} ${top + CELL * t}H${right}`),
  ].join("");
  const words = [
    ...tops.map((token, s) => {
      const x = left + CELL * s + CELL / 2 + FONT / 3;
      return `<text transform="translate(${x} ${top - GAP}) rotate(-90)">${escaped(token)}</text>`;
    }),
    ...sides.map(
      (token, t) =>
        `<text x="${left - GAP}" y="${top + CELL * t + CELL / 2 + FONT / 3}" text-anchor="end">${escaped(token)}</text>`,
    ),
  ];
  const [W, H] = [right + GAP, bottom + GAP];
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${W}" height="${H}" viewBox="0 0 ${W} ${H}" font-family="${FONTS}" font-size="${FONT}">`,
    ...(alone ? [`<rect width="100%" height="100%" fill="#fff"/>`] : []),
    ...cells.filter((cell) => cell !== ""),
    `<path d="${grid}" stroke="#888" stroke-opacity="0.4" fill="none"/>`,
    ...words,
    `</svg>`,
  ].join("\n")}\n`;
}

/** A token as it can be seen; the start of a document and the end of an answer have no text. */
function named(token: string): string {
  return token === "" ? "∅" : visible(token);
}
