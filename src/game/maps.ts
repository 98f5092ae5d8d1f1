// Maps seen from above: what can be reached, and whether keys come before their doors.

import { checkFlag, checkKeys, checkNumber, describe, InvalidInputError } from "../host/errors.js";
import { cellOf, checkText, type Level, type Place, placeOf, readLevel } from "./level.js";

/** Between what there must be a way. */
export interface ReachOptions {
  /** Where one begins: a symbol, or symbols, or a place. */
  readonly from: string | Place;
  /** What must be reached, all of it: a symbol, or symbols, or a place. */
  readonly to: string | Place;
  /** Symbols that one passes, besides those of `from` and `to`. Default a space. */
  readonly passable?: string;
  /** Whether one goes diagonally as well. Default false. */
  readonly diagonal?: boolean;
}

/** What was found. */
export interface Reach {
  /** Whether there is a beginning, something to reach, and a way to all of it. */
  readonly reached: boolean;
  /** Of what is to be reached, what is not. */
  readonly missing: readonly Place[];
  /** The shortest way to what is farthest, where all is reached. */
  readonly path?: readonly Place[];
  /** Cells that can be reached. */
  readonly area: number;
}

/**
 * Whether all of `to` can be reached from `from`, by steps to neighbours that are passable. Whatever is not passable is a wall.
 * @throws InvalidInputError where the text is no level, and for other options
 */
export function reachable(level: string, options: ReachOptions): Reach {
  checkKeys("reachable", options, ["from", "to", "passable", "diagonal"]);
  const { from, to, passable = " ", diagonal = false } = options;
  checkText("passable", passable);
  checkFlag("diagonal", diagonal);
  const grid = readLevel(level);
  const [starts, goals] = [cellsOf(grid, from, "from"), cellsOf(grid, to, "to")];
  const symbols = new Set(passable);
  const open = Uint8Array.from(grid.cells, (symbol) => Number(symbols.has(symbol)));
  for (const cell of [...starts, ...goals]) open[cell] = 1;
  const { before, order } = flood(grid, starts, open, diagonal);
  const missing = goals.filter((cell) => before[cell] === UNSEEN);
  const reached = starts.length > 0 && goals.length > 0 && missing.length === 0;
  const last = reached ? order.filter((cell) => goals.includes(cell)).pop() : undefined;
  return {
    reached,
    missing: missing.map((cell) => placeOf(cell, grid.width)),
    ...(last !== undefined && { path: wayTo(last, before, grid.width) }),
    area: order.length,
  };
}

/** What opens what. */
export interface LockOptions {
  /** Where one begins: a symbol or a place. Default "@". */
  readonly from?: string | Place;
  /** Where one must come: a symbol or a place. Default ">". */
  readonly to?: string | Place;
  /** Symbols of keys, such as "abc". */
  readonly keys: string;
  /** Symbols of their doors in the same order, such as "ABC". */
  readonly doors: string;
  /** Symbols that one passes, besides keys, doors that are open, beginning and end. Default a space. */
  readonly passable?: string;
  /** Whether a key is used up by the door that it opens. Default false: it opens all of its doors. */
  readonly single?: boolean;
  /** Sets of open doors that are looked at before the search is given up. Default 10,000. */
  readonly maxStates?: number;
}

/** What was found. */
export interface LockOrder {
  readonly solved: boolean;
  /** Keys as they are taken and doors as they are opened, where it is solved; after the last, one comes to the end. */
  readonly order?: readonly { readonly symbol: string; readonly place: Place }[];
  /** Sets of open doors that were looked at. */
  readonly states: number;
  /** "impossible": there is no order, which is certain; "bound": none was found among `maxStates`. */
  readonly reason?: "impossible" | "bound";
}

/**
 * An order of keys and doors that leads from the beginning to the end of a map: keys are taken as soon as they can be
 * reached; with keys that are used up, as few doors as can be are opened.
 * @throws InvalidInputError where the text is no level, keys and doors are not as many, and for other options
 */
export function keyAndLock(level: string, options: LockOptions): LockOrder {
  checkKeys("keyAndLock", options, [
    ...["from", "to", "keys", "doors", "passable", "single", "maxStates"],
  ]);
  const { from = "@", to = ">", passable = " ", single = false, maxStates = 10_000 } = options;
  const keys = Array.from(checkText("keys", options.keys));
  const doors = Array.from(checkText("doors", options.doors));
  if (keys.length !== doors.length) {
    throw new InvalidInputError(
      `keys and doors go together, got ${keys.length} keys (${describe(options.keys)}) and ${doors.length} doors (${describe(options.doors)})`,
    );
  }
  checkText("passable", passable);
  checkFlag("single", single);
  checkNumber("maxStates", maxStates, { integer: true, min: 1 });
  const grid = readLevel(level);
  const [starts, goals] = [cellsOf(grid, from, "from"), cellsOf(grid, to, "to")];
  const free = new Set([...passable, ...keys]);
  const isDoor = new Set(doors);
  const closed = Uint8Array.from(grid.cells, (symbol) => Number(free.has(symbol)));
  for (const cell of [...starts, ...goals]) closed[cell] = 1;
  // Each step of an order, with those before it.
  interface State {
    readonly opened: readonly number[];
    readonly steps: readonly number[];
  }
  const queue: State[] = [{ opened: [], steps: [] }];
  const seen = new Set([""]);
  for (const [i, { opened, steps }] of queue.entries()) {
    const states = i + 1;
    const open = closed.slice();
    for (const cell of opened) open[cell] = 1;
    const { before, order } = flood(grid, starts, open, false);
    const taken = order.filter((cell) => keys.includes(grid.cells[cell]));
    const now = [...steps, ...taken.filter((cell) => !steps.includes(cell))];
    if (goals.some((cell) => before[cell] !== UNSEEN)) {
      const all = now.map((cell) => ({
        symbol: grid.cells[cell],
        place: placeOf(cell, grid.width),
      }));
      return { solved: true, order: all, states };
    }
    if (states === maxStates) return { solved: false, states, reason: "bound" };
    const count = (cells: readonly number[], symbol: string) =>
      cells.filter((cell) => grid.cells[cell] === symbol).length;
    const opens = (symbol: string) => {
      const have = count(taken, keys[doors.indexOf(symbol)]);
      return single ? have > count(opened, symbol) : have > 0;
    };
    const next = grid.cells.flatMap((symbol, cell) =>
      isDoor.has(symbol) &&
      !open[cell] &&
      beside(grid, cell, false).some((near) => before[near] !== UNSEEN) &&
      opens(symbol)
        ? [cell]
        : [],
    );
    // A key that stays opens one door after the other: there is nothing to choose.
    for (const cell of single ? next : next.slice(0, 1)) {
      const set = [...opened, cell];
      const name = set
        .slice()
        .sort((a, b) => a - b)
        .join();
      if (seen.has(name)) continue;
      seen.add(name);
      queue.push({ opened: set, steps: [...now, cell] });
    }
  }
  return { solved: false, states: queue.length, reason: "impossible" };
}

/** Cells of symbols, or the cell of a place. */
function cellsOf(grid: Level, what: string | Place, name: string): number[] {
  if (typeof what !== "string") return [cellOf(grid, what, name)];
  const symbols = new Set(what);
  return grid.cells.flatMap((symbol, cell) => (symbols.has(symbol) ? [cell] : []));
}

/** Before a cell that was not reached, and before a beginning. */
const [UNSEEN, NOTHING] = [-2, -1];

/** What can be reached, the nearest first, and from where each cell was. */
function flood(
  grid: Level,
  starts: readonly number[],
  open: Uint8Array,
  diagonal: boolean,
): { before: Int32Array; order: number[] } {
  const before = new Int32Array(open.length).fill(UNSEEN);
  for (const cell of starts) before[cell] = NOTHING;
  const order = starts.slice();
  for (const cell of order) {
    for (const next of beside(grid, cell, diagonal)) {
      if (!open[next] || before[next] !== UNSEEN) continue;
      before[next] = cell;
      order.push(next);
    }
  }
  return { before, order };
}

const STRAIGHT: readonly Place[] = [
  [0, -1],
  [-1, 0],
  [1, 0],
  [0, 1],
];
const SLANTED: readonly Place[] = [
  [-1, -1],
  [1, -1],
  [-1, 1],
  [1, 1],
];

/** Neighbours of a cell. */
function beside({ width, height }: Level, cell: number, diagonal: boolean): number[] {
  const [x, y] = placeOf(cell, width);
  return (diagonal ? [...STRAIGHT, ...SLANTED] : STRAIGHT)
    .map(([dx, dy]): Place => [x + dx, y + dy])
    .filter(([i, j]) => i >= 0 && i < width && j >= 0 && j < height)
    .map(([i, j]) => j * width + i);
}

function wayTo(last: number, before: Int32Array, width: number): Place[] {
  const path: Place[] = [];
  for (let cell = last; cell >= 0; cell = before[cell]) path.push(placeOf(cell, width));
  return path.reverse();
}
