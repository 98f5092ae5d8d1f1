// How grids become batches: whole ones, or windows of whole lines of long ones, and a validation.

import type { GridSet } from "../../data/grids/grid-set.js";
import { groupsOfTwins, SYMMETRIES, underSymmetry } from "../../data/grids/twins.js";
import { drawNames, everyNth, orderOf } from "../../data/order.js";
import { cutColumns } from "../../data/time-major.js";
import type { Key } from "../../host/key.js";
import { inTurns } from "../../host/pieces.js";
import { type Rules, resolve } from "../../host/rules.js";
import type { TrainingData } from "../../train/data.js";
import type { TrainingOptions } from "../../train/options.js";
import type { DataOptions } from "../../train/progress.js";
import type { StepBatch } from "../../train/shards.js";
import { PATIENCE } from "../base/suited.js";
import { gridFacts } from "./config.js";
import { suitedGridBatch, suitedGridRun, WINDOW } from "./defaults.js";
import type { GridFeatures } from "./features.js";
import type { AnyGridNetwork } from "./grid-network.js";
import { GridPath } from "./path.js";
import { measureGrids } from "./score.js";
import { batchOf, type GridWindow, type LearnedGrids, windowOf } from "./windows.js";

/** How `fit` makes batches of grids. */
export interface GridDataOptions {
  /** Grids, or windows of them, of a batch. Default: some 4,000 cells, at least 4 rows and at most 64. */
  readonly batch?: number;
  /**
   * Cells that are learned at a time: of larger grids as many whole lines as have no more, other ones each time. Features are
   * those of the whole grid. Default 512, or what a Transformer's context holds.
   */
  readonly window?: number;
  /**
   * Under which symmetries a grid is learned, another each time: `mirror`, left to right, or `all` eight, turned by quarters and
   * mirrored. For symbols that look the same from all sides. Default `none`.
   */
  readonly symmetries?: "none" | "mirror" | "all";
  /**
   * Fraction kept for validation, 0 to 0.9, drawn by the seed; grids of one group, and those that are equal or nearly so, stay
   * together. Default 0.
   */
  readonly val?: number;
  /** Of grids with labels, 0 to 1: the fraction of which each label is not said, so that `generate` can do without. Default 0.1. */
  readonly labelDropout?: number;
}

/** Options of `GridModel.fit`. */
export interface GridFitOptions extends TrainingOptions, GridDataOptions {}

/** What each option may be. */
export const gridDataRules: Rules<GridDataOptions> = {
  batch: { type: "integer", min: 1, max: 1e6, value: 16, fits: true },
  window: { type: "integer", min: 1, max: 2 ** 20, value: WINDOW, fits: true },
  symmetries: { type: "choice", of: ["none", "mirror", "all"], value: "none" },
  val: { type: "number", min: 0, max: 0.9, value: 0 },
  labelDropout: { type: "number", min: 0, max: 1, value: 0.1 },
};

export const gridDataKeys: readonly string[] = Object.keys(gridDataRules);

/** Keys of a run's data. */
const [ORDER, SPLIT, OFFSET, SYMMETRY, UNSAID] = [0, 1, 2, 3, 4];
/** Cells of two grids that are the same in twins. */
const ALIKE = 0.95;
/** Symmetries of each choice. */
const symmetries = { none: 1, mirror: 2, all: SYMMETRIES } as const;

/** @throws InvalidInputError */
export function gridData(
  network: AnyGridNetwork,
  learned: LearnedGrids,
  given: GridDataOptions,
  key: Key,
  begun: DataOptions | undefined,
): TrainingData {
  const { set, order, columns, places } = learned;
  const { cells, largest } = gridFacts(set);
  const window = Math.min(WINDOW, network.context ?? WINDOW);
  const usual = { window, batch: suitedGridBatch(Math.min(largest, window), set.length) };
  const o = resolve(gridDataRules, given, begun ?? usual);
  const { batch, val, labelDropout } = o;
  const most = Math.min(o.window, network.context ?? o.window);
  const all = Array.from({ length: set.length }, (_, i) => i);
  const held = val > 0 ? heldOut(set, val, key) : [];
  const train = all.filter((i) => !held[i]);
  const validation = all.filter((i) => held[i]);
  const cellsOf = (some: readonly number[]) =>
    some.reduce((sum, i) => sum + set.grids[i].cells.length, 0);
  // A large grid stands in an epoch as often as it has windows.
  const entries = Int32Array.from(
    train.flatMap((i) => {
      const { width, height } = set.grids[i];
      return Array<number>(Math.ceil((width * height) / most)).fill(i);
    }),
  );
  const rows = Math.min(batch, entries.length);
  const drawn = orderOf(entries.length, rows, key.fold(ORDER));
  const { steps, lr } = suitedGridRun(cells, network);
  const labelsOf = (i: number) => places.subarray(i * columns, (i + 1) * columns);
  return {
    fingerprint: set.fingerprint(),
    options: { ...o },
    rows,
    examples: () => ({
      ...{ count: set.length, what: "grids" },
      ...{ of: entries, rows: drawn.rows },
    }),
    carries: false,
    carried: [],
    defaults: { steps: Math.max(steps, drawn.epoch), lr, patience: PATIENCE },
    pass: { batches: drawn.epoch, targets: cellsOf(train) },
    validationTargets: cellsOf(validation),
    ...(val > 0 && {
      validate: async (breathe: () => Promise<void>, mostTargets: number) => {
        const some = everyNth(validation, cellsOf(validation) / mostTargets);
        const { nats } = await inTurns(measureGrids(network, learned, some), breathe);
        return { loss: nats };
      },
    }),
    activations: async (rows, recompute) => {
      const steps = Math.min(largest, most);
      return { bytes: await network.activationBytes(rows, steps, recompute), steps };
    },
    batch(index) {
      const own = drawn.rows(index);
      const { length } = own;
      const [offsets, turned, unsaid] = [
        key.fold(OFFSET).fold(index).uniform(length),
        key.fold(SYMMETRY).fold(index).integers(length, symmetries[o.symmetries]),
        key
          .fold(UNSAID)
          .fold(index)
          .uniform(Math.max(1, length * columns)),
      ];
      const windows = Array.from(own, (entry, r) => {
        const i = entries[entry];
        const said = labelsOf(i).map((place, c) =>
          unsaid[r * columns + c] < labelDropout ? -1 : place,
        );
        const grid = turned[r] === 0 ? set.grids[i] : underSymmetry(set.grids[i], turned[r]);
        return windowOf(grid, new GridPath(order, grid.width, grid.height), most, offsets[r], said);
      });
      return stepBatchOf(windows, learned.features);
    },
  };
}

function stepBatchOf(windows: readonly GridWindow[], features: GridFeatures): StepBatch {
  const batch = batchOf(windows, features);
  const { inputs, targets, steps, rows } = batch;
  const K = features.size;
  return {
    targets: windows.reduce((sum, { from, to }) => sum + to - from, 0),
    rows,
    cut: (from, to) => ({
      ...{ steps, rows: to - from, continues: false },
      inputs: cutColumns(inputs, rows * K, steps, from * K, to * K),
      targets: cutColumns(targets, rows, steps, from, to),
    }),
  };
}

/** For each grid whether it is kept for validation. @param key of the run's data @throws InvalidInputError */
export function heldOut(set: GridSet, fraction: number, key: Key): boolean[] {
  const names = groupsOfTwins(set, ALIKE, undefined);
  const held = drawNames("grids", names, fraction, key.fold(SPLIT));
  return names.map((name) => held.has(name));
}
