// What `generate` understands: grids are drawn, checked, drawn again where they fail, and repaired.

import { GridSet } from "../../data/grids/grid-set.js";
import type { Grid } from "../../data/grids/parts.js";
import { isCharacter, plainSymbol } from "../../data/grids/symbols.js";
import { RefusedError } from "../../host/error-classes.js";
import {
  checkKeys,
  checkNumber,
  checkSignal,
  describe,
  InvalidInputError,
  listed,
} from "../../host/errors.js";
import { eventLoop } from "../../host/event-loop.js";
import { Key, purposes } from "../../host/key.js";
import { inTurns } from "../../host/pieces.js";
import { type Rules, resolve } from "../../host/rules.js";
import { askedPlaces, type PictureLabels } from "../images/conditions.js";
import type { GridSetup } from "./config.js";
import { type DrawnGrid, drawGrids } from "./draw.js";
import type { GridFeatures } from "./features.js";
import type { AnyGridNetwork } from "./grid-network.js";
import { checkSize, GridPath } from "./path.js";
import { startRules } from "./rule-run.js";
import type { GivenCells, GridRules, RuleRun } from "./rules.js";

/** Whether a level will do, and where that is known, the column and the row where it fails. */
export type Playable = boolean | { readonly x: number; readonly y: number };

/** Options of `GridModel.generate`. */
export interface GridGenerateOptions {
  /** Default: that of what is given, or the median of the grids that the model was created for. Any size can be asked for. */
  readonly width?: number;
  readonly height?: number;
  /** Grids to draw; they advance together, and each has the bits it would have alone. Default 1. */
  readonly samples?: number;
  /** Sample i is drawn with seed + i. Default 0. */
  readonly seed?: number;
  /** Divides the logits: below 1 is safer, above 1 bolder; 0 takes the likeliest symbol each time. Default 1. */
  readonly temperature?: number;
  /** Only the k likeliest symbols. Default: all. */
  readonly topK?: number;
  /** Only the likeliest symbols whose probabilities reach p. Default 1. */
  readonly topP?: number;
  /** Only symbols at least minP times as likely as the likeliest. Default 0. */
  readonly minP?: number;
  /** What is said of the grids, as far as the model knows such labels. Default: nothing. */
  readonly labels?: PictureLabels;
  /**
   * Cells that are fixed: text, rows joined by "\n", in which `free` stands for a cell that is drawn; or for each cell, row by
   * row, the place of its symbol among the model's, or -1.
   */
  readonly given?: string | ArrayLike<number>;
  /** The character of `given` for cells that are drawn. Default "_". */
  readonly free?: string;
  /** What every grid keeps. */
  readonly rules?: GridRules;
  /**
   * Whether a grid will do; where it says a place instead of false, repairs are made there.
   * @param level rows joined by "\n", without channels; "" where symbols are not characters
   * @param grid the same as a set of one, with channels
   */
  readonly playable?: (level: string, grid: GridSet) => Playable | Promise<Playable>;
  /** How often a grid is drawn, at most, until it is playable. Default 20. */
  readonly tries?: number;
  /**
   * How often a part of it is drawn again after that, with the rest as it is: a square around where it fails, or one that is
   * drawn, with 1/3, 2/3, 3/3 and 4/3 of the shorter side by turns. Default 0.
   */
  readonly repairs?: number;
  /** What happens with grids that are not playable then: an error, or they are left out (`skip`). Default `error`. */
  readonly refused?: "error" | "skip";
  /** Ends the call before the next cell; it then throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/** What `generate` gives. */
export interface GeneratedGrids {
  readonly grids: GridSet;
  /** The seed of each: alone it gives the same grid. */
  readonly seeds: readonly number[];
  /** How often each was drawn. */
  readonly tries: readonly number[];
  /** How often a part of each was drawn again. */
  readonly repairs: readonly number[];
}

type Own = "width" | "height" | "topK" | "labels" | "given" | "rules" | "playable" | "signal";

/** What each option may be. */
const gridGenerationRules: Rules<GridGenerateOptions, Own> = {
  width: { type: "integer", min: 1, own: true },
  height: { type: "integer", min: 1, own: true },
  samples: { type: "integer", min: 1, max: 65536, value: 1 },
  seed: { type: "integer", min: 0, value: 0 },
  temperature: { type: "number", min: 0, max: 1e6, value: 1 },
  topK: { type: "integer", min: 1, max: 1e9, own: true },
  topP: { type: "number", min: 0, max: 1, above: true, value: 1 },
  minP: { type: "number", min: 0, max: 1, value: 0 },
  labels: { type: "other", own: true },
  given: { type: "other", own: true },
  free: { type: "text", value: "_" },
  rules: { type: "other", own: true },
  playable: { type: "other", own: true },
  tries: { type: "integer", min: 1, max: 1e6, value: 20 },
  repairs: { type: "integer", min: 0, max: 1e6, value: 0 },
  refused: { type: "choice", of: ["error", "skip"], value: "error" },
  signal: { type: "other", own: true },
};

/** The longest that drawing keeps the event loop waiting, in milliseconds. */
const YIELD_AFTER = 25;
/** Keys of a sample: its tries, and its repairs. */
const [TRY, REPAIR] = [0, 1];

/** A grid that does not do yet. */
interface Pending {
  readonly sample: number;
  tries: number;
  repairs: number;
  cells: Uint16Array;
  /** Where it fails, if that is known. */
  fails: { readonly x: number; readonly y: number } | undefined;
}

/** @throws InvalidInputError, RefusedError, or the signal's reason */
export async function generateGrids(
  network: AnyGridNetwork,
  { config, symbols, labels: columns }: GridSetup,
  features: GridFeatures,
  options: GridGenerateOptions,
): Promise<GeneratedGrids> {
  const o = checked(options, symbols, config);
  const { samples, seed, tries, repairs, width, height, playable, signal } = o;
  const places = askedPlaces(columns, options.labels);
  const path = new GridPath(config.order, width, height);
  const { machine } = network;
  const keys = Array.from({ length: samples }, (_, i) =>
    Key.fromSeed(machine, seed + i).fold(purposes.sample),
  );
  const breathe = breathing(signal);
  const draw = (grids: readonly DrawnGrid[]) =>
    inTurns(drawGrids(network, features, path, grids, places, o.choosing), breathe);
  const setOf = (cells: Uint16Array) => new GridSet({ symbols, grids: [{ width, height, cells }] });
  const fine = async (one: Pending) => {
    if (!playable) return true;
    const set = setOf(one.cells);
    const found = await playable(levelOf(set), set);
    signal?.throwIfAborted();
    one.fails = placeOf(found, width, height);
    return found === true;
  };
  const done: Pending[] = [];
  let pending = keys.map(
    (_, sample): Pending => ({
      ...{ sample, tries: 0, repairs: 0, fails: undefined },
      cells: new Uint16Array(0),
    }),
  );
  /** Draws all that are pending, and keeps those that do not do. */
  const round = async (gridOf: (one: Pending) => DrawnGrid) => {
    const drawn = await draw(pending.map(gridOf));
    const failed: Pending[] = [];
    for (const [i, one] of pending.entries()) {
      one.cells = drawn[i];
      ((await fine(one)) ? done : failed).push(one);
    }
    pending = failed;
  };
  const begun = o.start(o.given);
  while (pending.length > 0 && pending[0].tries < tries) {
    await round((one) => ({
      key: keys[one.sample].fold(TRY).fold(one.tries++),
      rules: begun?.copy(),
    }));
  }
  while (pending.length > 0 && pending[0].repairs < repairs) {
    await round((one) => {
      const key = keys[one.sample].fold(REPAIR).fold(one.repairs++);
      const kept = outside(one, width, height, key, o.given);
      const known = kept.map((symbol) => (typeof symbol === "number" ? symbol : -1));
      try {
        return { key, rules: o.start(kept), known };
      } catch (error) {
        // A part that is found no other filling for stays as it is: the next one is another.
        if (!(error instanceof InvalidInputError)) throw error;
        return { key, known: one.cells };
      }
    });
  }
  if (pending.length > 0 && (o.refused === "error" || done.length === 0)) {
    throw refused(pending, samples, o);
  }
  done.sort((a, b) => a.sample - b.sample);
  const said = columns.flatMap(({ name, classes }, c) =>
    places[c] < 0 ? [] : [{ name, classes, indices: new Int32Array(done.length).fill(places[c]) }],
  );
  return {
    grids: new GridSet({
      ...{ symbols, labels: said },
      grids: done.map(({ cells }): Grid => ({ width, height, cells })),
    }),
    seeds: done.map(({ sample }) => seed + sample),
    tries: done.map((one) => one.tries),
    repairs: done.map((one) => one.repairs),
  };
}

/** @throws InvalidInputError naming the first option that cannot be used */
function checked(
  options: GridGenerateOptions,
  symbols: readonly string[],
  { width, height }: { readonly width: number; readonly height: number },
) {
  checkKeys("generate", options, Object.keys(gridGenerationRules));
  const plain = resolve(gridGenerationRules, options);
  const { given, playable, rules } = options;
  const cells = givenCells(given, plain.free, symbols);
  const size = {
    width: options.width ?? cells?.width ?? width,
    height: options.height ?? cells?.height ?? height,
  };
  checkSize(size.width, size.height);
  checkNumber("seed + samples", plain.seed + plain.samples, { max: Number.MAX_SAFE_INTEGER });
  if (cells?.width !== undefined) {
    if (cells.width !== size.width || cells.height !== size.height) {
      throw new InvalidInputError(
        `given must be of ${size.width} × ${size.height} cells, got ${cells.width} × ${cells.height}`,
      );
    }
  }
  if (playable !== undefined && typeof playable !== "function") {
    throw new InvalidInputError(`playable must be a function, got ${describe(playable)}`);
  }
  const topK = checkNumber("topK", options.topK ?? symbols.length, { integer: true, min: 1 });
  const { temperature, topP, minP } = plain;
  const choosing = { temperature, topP, minP, topK, greedy: temperature === 0, typicalP: 1 };
  const start = (kept: GivenCells | undefined): RuleRun | undefined =>
    rules === undefined && kept === undefined
      ? undefined
      : startRules(rules ?? {}, symbols, size.width, size.height, kept);
  const signal = checkSignal(options.signal);
  return { ...plain, ...size, choosing, playable, signal, given: cells?.cells, start };
}

interface Given {
  readonly cells: GivenCells;
  /** Of text. */
  readonly width?: number;
  readonly height?: number;
}

/** @throws InvalidInputError */
function givenCells(
  given: GridGenerateOptions["given"],
  free: string,
  symbols: readonly string[],
): Given | undefined {
  if (given === undefined) return undefined;
  if (typeof given !== "string") {
    if (typeof Object(given).length === "number") return { cells: Array.from(given) };
    throw new InvalidInputError(
      `given must be text, or places of symbols, one a cell; got ${describe(given)}`,
    );
  }
  if (!isCharacter(free)) {
    throw new InvalidInputError(`free must be one character, got ${describe(free)}`);
  }
  if (symbols.some((symbol) => plainSymbol(symbol) === free)) {
    throw new InvalidInputError(
      `free is ${describe(free)}, which is a symbol of the model: choose a character that is none`,
    );
  }
  const rows = given.split("\n").map((row) => Array.from(row));
  const wrong = rows.findIndex((row) => row.length !== rows[0].length);
  if (wrong >= 0) {
    throw new InvalidInputError(
      `given: its lines have one length, got ${rows[0].length} characters in line 1 and ${rows[wrong].length} in line ${wrong + 1}`,
    );
  }
  const cells = rows.flatMap((row, y) =>
    row.map((name, x): number | readonly number[] => {
      if (name === free) return -1;
      const own = symbols.flatMap((symbol, i) => (plainSymbol(symbol) === name ? [i] : []));
      if (own.length > 0) return own;
      throw new InvalidInputError(
        `given has the unknown symbol ${describe(name)} at column ${x + 1} of line ${y + 1}; known are ` +
          `${listed(symbols.map((one) => describe(one)))}, and ${describe(free)} for a cell that is drawn`,
      );
    }),
  );
  return { cells, width: rows[0].length, height: rows.length };
}

/** What of a grid stays while a part of it is drawn again. */
function outside(
  { cells, fails, repairs }: Pending,
  width: number,
  height: number,
  key: Key,
  given: GivenCells | undefined,
): (number | ArrayLike<number>)[] {
  const side = Math.max(3, Math.ceil((Math.min(width, height) * (1 + ((repairs - 1) % 4))) / 3));
  const [w, h] = [Math.min(width, side), Math.min(height, side)];
  const [x, y] = fails ? [fails.x, fails.y] : key.integers(2, width * height);
  const left = Math.max(0, Math.min(width - w, (x % width) - (w >> 1)));
  const top = Math.max(0, Math.min(height - h, (y % height) - (h >> 1)));
  return Array.from(cells, (symbol, cell) => {
    const inX = cell % width >= left && cell % width < left + w;
    const row = Math.floor(cell / width);
    return inX && row >= top && row < top + h ? (given?.[cell] ?? -1) : symbol;
  });
}

/** A grid as text, without channels; "" where that cannot be. */
function levelOf(set: GridSet): string {
  const plain = set.symbols.some((symbol) => symbol !== plainSymbol(symbol)) ? set.without() : set;
  return plain.symbols.every(isCharacter) ? plain.text(0) : "";
}

/** @throws InvalidInputError where the caller's check gives what it cannot */
function placeOf(found: unknown, width: number, height: number): Pending["fails"] {
  if (typeof found === "boolean") return undefined;
  const { x, y } = Object(found) as { x?: unknown; y?: unknown };
  const inside = (value: unknown, side: number) =>
    Number.isInteger(value) && (value as number) >= 0 && (value as number) < side;
  if (inside(x, width) && inside(y, height)) return { x: x as number, y: y as number };
  throw new InvalidInputError(
    `playable must give true, false, or { x, y } of a cell where the level fails; got ${describe(found)}`,
  );
}

function refused(
  pending: readonly Pending[],
  samples: number,
  { tries, repairs, seed }: { tries: number; repairs: number; seed: number },
): RefusedError {
  const seeds = listed(pending.map(({ sample }) => String(seed + sample)));
  return new RefusedError(
    `${pending.length} of ${samples} grids were not playable after ${tries} tries` +
      `${repairs > 0 ? ` and ${repairs} repairs` : ""} (seeds ${seeds}): allow more tries or repairs, ` +
      'ask for other sizes or a lower temperature, or leave such grids out with refused: "skip"',
  );
}

/** Gives the event loop a turn where it has waited long enough. */
function breathing(signal: AbortSignal | undefined): () => Promise<void> {
  let breathed = performance.now();
  return async () => {
    signal?.throwIfAborted();
    if (performance.now() - breathed < YIELD_AFTER) return;
    await eventLoop();
    breathed = performance.now();
    signal?.throwIfAborted();
  };
}
