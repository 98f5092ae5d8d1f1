// Which cells of a grid another cell was drawn from.

import type { GridSet } from "../data/grids/grid-set.js";
import type { Grid } from "../data/grids/parts.js";
import { checkKeys, checkNumber, InvalidInputError } from "../host/errors.js";
import type { GridModel } from "../models/grids/grid-model.js";
import type { AnyGridNetwork } from "../models/grids/grid-network.js";
import { Tape } from "../nn/tape.js";
import { insideOf, kindOf } from "./inside.js";

/** Options of `influence`. */
export interface InfluenceOptions {
  /** Number of the grid. Default 0. */
  readonly index?: number;
  /** Other symbols that are tried in each cell, the commonest of the grid first. Default 3. */
  readonly alternatives?: number;
  /** How many cells of the path are looked at, from its first; what is said of all others is 0. Default: all. */
  readonly first?: number;
}

/** What cells of a grid say of others. */
export interface Influence {
  readonly width: number;
  readonly height: number;
  /** ln p of each cell, row by row, given those before it on the path. */
  readonly logProbs: Float32Array<ArrayBuffer>;
  /**
   * For each cell, row by row, for each other: the mean absolute change of ln p of the cell where the other has another symbol, in
   * nats; 0 of those that come after it.
   */
  readonly of: readonly Float32Array[];
}

/** Grids side by side, and their cells at most. */
const [ROWS, SIDE_BY_SIDE] = [64, 65_536];
/** Cells that are looked at. */
const MOST = 4096;

/**
 * Which cells each cell of a grid was drawn from: how much less or more likely it would be if they were others (occlusion; Zeiler and
 * Fergus, "Visualizing and Understanding Convolutional Networks", 2014).
 * @throws InvalidInputError for other models, and for more than 4,096 cells or a Transformer's context
 */
export async function influence(
  model: GridModel,
  grids: GridSet,
  options: InfluenceOptions = {},
): Promise<Influence> {
  checkKeys("influence", options, ["index", "alternatives", "first"]);
  if (kindOf(model) !== "GridModel") throw new InvalidInputError("influence is for a GridModel");
  const { featuresOf, GridPath, batchOf, learnedBy } = await import("./grid-reading.js");
  const { config, symbols, labels } = model;
  const setup = { config, symbols, labels };
  const learned = learnedBy(setup, grids);
  const index = checkNumber("index", options.index ?? 0, {
    ...{ integer: true, min: 0, max: learned.set.grids.length - 1 },
  });
  const alternatives = checkNumber("alternatives", options.alternatives ?? 3, {
    ...{ integer: true, min: 1, max: 4096 },
  });
  const grid = learned.set.grids[index];
  const network = insideOf(model).network as unknown as AnyGridNetwork;
  const cells = grid.cells.length;
  const most = Math.min(MOST, network.context ?? MOST);
  const first = checkNumber("first", options.first ?? cells, { integer: true, min: 1 });
  const N = Math.min(first, cells);
  if (N > most) {
    const got = `${N} of this one: give first`;
    throw new InvalidInputError(`influence: ${most} cells of a grid may be looked at, not ${got}`);
  }
  const features = featuresOf(setup);
  const path = new GridPath(config.order, grid.width, grid.height);
  const said = learned.places.subarray(index * learned.columns, (index + 1) * learned.columns);
  /** ln p of every cell of some grids, along the path. */
  const logProbs = (some: readonly Grid[]): Float32Array[] =>
    network.machine.scoped(() => {
      const windows = some.map((one) => ({ grid: one, path, from: 0, to: N, labels: said }));
      const batch = batchOf(windows, features);
      const { data } = network.loss(new Tape(network.machine), batch, undefined).losses;
      return some.map((_, b) =>
        Float32Array.from({ length: N }, (_, t) => -data[t * some.length + b]),
      );
    });
  const [own] = logProbs([grid]);
  const others = commonest(grid, symbols.length);
  const variants = Array.from({ length: N }, (_, t) => {
    const cell = path.cell(t);
    const tried = others.filter((symbol) => symbol !== grid.cells[cell]).slice(0, alternatives);
    return tried.map((symbol) => {
      const cells = grid.cells.slice();
      cells[cell] = symbol;
      return { cell, from: t + 1, weight: 1 / tried.length, grid: { ...grid, cells } };
    });
  }).flat();
  const of = Array.from({ length: cells }, () => new Float32Array(cells));
  const rows = Math.max(1, Math.min(ROWS, Math.floor(SIDE_BY_SIDE / N)));
  for (let i = 0; i < variants.length; i += rows) {
    const some = variants.slice(i, i + rows);
    for (const [b, changed] of logProbs(some.map((one) => one.grid)).entries()) {
      const { cell, from, weight } = some[b];
      for (let t = from; t < N; t++)
        of[path.cell(t)][cell] += weight * Math.abs(changed[t] - own[t]);
    }
  }
  const byCell = new Float32Array(cells);
  own.forEach((p, t) => {
    byCell[path.cell(t)] = p;
  });
  return { width: grid.width, height: grid.height, logProbs: byCell, of };
}

/** Symbols, those that a grid has most often first. */
function commonest({ cells }: Grid, symbols: number): number[] {
  const counts = new Int32Array(symbols);
  for (const cell of cells) counts[cell]++;
  return Array.from(counts.keys()).sort((a, b) => counts[b] - counts[a] || a - b);
}
