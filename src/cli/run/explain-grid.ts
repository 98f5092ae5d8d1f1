// Which cells a cell of a grid was drawn from.

import { influence } from "../../entries/insight.js";
import type { GridModel, GridSet } from "../../entries/node.js";
import { GridPath } from "../../models/grids/path.js";
import { UsageError } from "../errors.js";
import type { ExplainWords } from "../show/explain-words.js";
import { percent } from "../show/format.js";
import type { Part } from "../show/page.js";
import { escaped, FONTS } from "../show/svg.js";
import { type Explained, rounded } from "./explained.js";

/** Cells that are shown. */
const SHOWN = 6;
const CELL = 18;
/** Cells of the path that are looked at where none is asked for; each is tried with others before it. */
const FIRST = 600;
/** Cells around one that are drawn, to each side. */
const AROUND = 12;

/** @param wanted the cell, from 0; by default those that depend most on others */
export async function explainGrid(
  model: GridModel,
  set: GridSet,
  wanted: readonly [x: number, y: number] | undefined,
  w: ExplainWords,
): Promise<Explained> {
  const grid = set.grids[0];
  const { width, height } = grid;
  if (wanted && (wanted[0] >= width || wanted[1] >= height)) {
    const got = `${wanted[0]},${wanted[1]}`;
    throw new UsageError(`--cell must be in a grid of ${width} × ${height}, from 0,0, got ${got}`);
  }
  const path = new GridPath(model.config.order, width, height);
  const at = wanted && wanted[1] * width + wanted[0];
  const all = width * height;
  // What comes later has no say.
  const first =
    at === undefined
      ? Math.min(FIRST, all, "context" in model.config ? model.config.context : FIRST)
      : 1 + Array.from({ length: all }, (_, t) => path.cell(t)).indexOf(at);
  const { of, logProbs } = await influence(model, set, { first });
  const sums = of.map((row) => row.reduce((sum, one) => sum + one, 0));
  const order = Array.from(sums.keys()).sort((a, b) => sums[b] - sums[a] || a - b);
  const shown = at === undefined ? order.slice(0, SHOWN) : [at];
  const symbol = (cell: number) => set.symbols[grid.cells[cell]];
  const draw = (cell: number, alone = false) => {
    const most = Math.max(1e-9, ...of[cell]);
    const [own, line] = [cell % width, Math.floor(cell / width)];
    const [left, top] = [Math.max(0, own - AROUND), Math.max(0, line - AROUND)];
    const [right, bottom] = [
      Math.min(width, own + AROUND + 1),
      Math.min(height, line + AROUND + 1),
    ];
    const cells = Array.from(of[cell], (weight, i) => {
      const [column, row] = [i % width, Math.floor(i / width)];
      if (column < left || column >= right || row < top || row >= bottom) return "";
      const [x, y] = [(column - left) * CELL, (row - top) * CELL];
      const colour = /^#[0-9a-f]{6}/i.test(symbol(i)) ? symbol(i).slice(0, 7) : undefined;
      const ground = colour
        ? `<rect x="${x + 5}" y="${y + 5}" width="8" height="8" fill="${colour}"/>`
        : `<text x="${x + CELL / 2}" y="${y + 13}" text-anchor="middle">${escaped(symbol(i).slice(0, 2))}</text>`;
      const title = `${column}, ${row}: ${weight.toFixed(3)}`;
      return `<rect x="${x}" y="${y}" width="${CELL}" height="${CELL}" fill="#d97706" fill-opacity="${(weight / most).toFixed(2)}"><title>${title}</title></rect>${ground}`;
    });
    const [x, y] = [(own - left) * CELL, (line - top) * CELL];
    const [W, H] = [(right - left) * CELL + 2, (bottom - top) * CELL + 2];
    return `<svg xmlns="http://www.w3.org/2000/svg" width="${W}" height="${H}" viewBox="-1 -1 ${W} ${H}" font-family="${FONTS}" font-size="13">${alone ? `<rect x="-1" y="-1" width="${W}" height="${H}" fill="#fff"/>` : ""}
${cells.filter((one) => one !== "").join("\n")}
<rect x="${x}" y="${y}" width="${CELL}" height="${CELL}" fill="none" stroke="#2563eb" stroke-width="2"/>
</svg>
`;
  };
  const parts = shown.map((cell): Part => {
    const [x, y] = [cell % width, Math.floor(cell / width)];
    const caption = w.cell(x, y, symbol(cell), percent(Math.exp(logProbs[cell])));
    return { svg: draw(cell), alt: caption, caption };
  });
  return {
    of: `${width} × ${height}`,
    sections: [
      {
        title: w.cells,
        parts: [
          ...parts,
          { text: w.cellsNote, tone: "note" },
          ...(at === undefined ? [{ text: w.cellsMost(first, all), tone: "note" } as const] : []),
        ],
      },
      {
        title: w.distance,
        parts: [{ bars: byDistance(of, width) }, { text: w.distanceNote, tone: "note" }],
      },
    ],
    json: {
      ...{ width, height, logProbs: rounded(logProbs) },
      cells: shown.map((cell) => ({
        ...{ x: cell % width, y: Math.floor(cell / width), symbol: symbol(cell) },
        influence: rounded(of[cell]),
      })),
    },
    svg: draw(shown[0], true),
  };
}

/** Mean influence by the larger of the distances along both axes. */
function byDistance(of: readonly Float32Array[], width: number) {
  const sums: { sum: number; count: number }[] = [];
  for (const [cell, row] of of.entries()) {
    for (const [other, weight] of row.entries()) {
      if (other === cell || weight === 0) continue;
      const dx = Math.abs((cell % width) - (other % width));
      const dy = Math.abs(Math.floor(cell / width) - Math.floor(other / width));
      const at = Math.max(dx, dy);
      sums[at] ??= { sum: 0, count: 0 };
      sums[at].sum += weight;
      sums[at].count++;
    }
  }
  return sums.flatMap((one, distance) =>
    one && distance <= 12 ? [{ name: String(distance), value: one.sum / one.count }] : [],
  );
}
