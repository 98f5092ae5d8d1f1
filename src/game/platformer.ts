// Platformers: whether a level can be played to its end. A* over what a player of one cell does: walk, jump with a run,
// fall. Time goes in steps, each of at most one column and one row, so a path is a list of cells beside each other.

import { checkKeys, checkNumber, describe, InvalidInputError } from "../host/errors.js";
import { cellOf, checkText, type Level, type Place, placeOf, readLevel } from "./level.js";

/** What the symbols of a platformer are. */
export interface PlatformerLegend {
  /** What one stands on and does not pass. */
  readonly solid: string;
  /** What one passes. */
  readonly passable: string;
  /** What one must not touch. Default none. */
  readonly deadly?: string;
}

/** How a player jumps. */
export interface Jump {
  /** Rows that a jump rises. Default 4: what a standing player jumps onto. */
  readonly height: number;
  /** Steps without rise or fall at the top of a jump with a run: each makes it a column longer. Default 2. */
  readonly hang: number;
  /** Columns of ground, or of stairs, behind the player that a jump with a run needs. Default 3. */
  readonly runUp: number;
}

/** What a level is, and what a player can do. */
export interface PlatformerOptions {
  /**
   * Default: the symbols of The Video Game Level Corpus for Super Mario Bros: solid `X` ground, `S` brick, `?` `Q` question blocks,
   * `<` `>` `[` `]` pipes, `B` `b` cannons; passable `-` air, `o` coin, `E` enemy (which can be jumped over or upon).
   */
  readonly legend?: PlatformerLegend;
  /** Default `{ height: 4, hang: 2, runUp: 3 }`: over gaps of 2 · 4 - 1 = 7 columns, with a run of 9. */
  readonly jump?: Partial<Jump>;
  /** Where the player begins. Default: of the first columns that have ground to stand on, the lowest such cell. */
  readonly start?: Place;
  /** Where the player must come. Default: anywhere in the last column where one stands; where one cannot, the last before it. */
  readonly goal?: Place;
  /** States that are looked at before the search is given up. Default 1,000,000. */
  readonly maxStates?: number;
}

/** What was found. */
export interface PlatformerPath {
  readonly reached: boolean;
  /** Cells from start to goal, each beside the one before or across a corner, where it was reached. */
  readonly path?: readonly Place[];
  /** Jumps on the way. 0 where it was not reached. */
  readonly jumps: number;
  /** The last column that can be reached. */
  readonly column: number;
  /** States that were looked at. */
  readonly states: number;
  /** "impossible": there is no way, which is certain; "bound": none was found among `maxStates`. */
  readonly reason?: "impossible" | "bound";
}

/** The Video Game Level Corpus, Super Mario Bros. */
export const corpusLegend: PlatformerLegend = { solid: "XS?Q<>[]Bb", passable: "-oE" };

/**
 * A way through a platformer's level, with as few steps as there can be, by A*.
 *
 * The player is one cell large. On the ground a step goes one column left or right. A jump rises a row in each of `height` steps and then falls
 * a row in each; every step in the air may go one column left or right, and a jump may be cut short. Where there is ground for a run, a
 * jump in its direction hangs for `hang` steps before it falls. What is above the level or beside it is closed; who falls out of the bottom is lost.
 * Enemies stand still and do no harm.
 * @throws InvalidInputError where the text is no level of the legend's symbols, a place is solid or outside, and for other
 * options
 */
export function platformerPath(level: string, options: PlatformerOptions = {}): PlatformerPath {
  checkKeys("platformerPath", options, ["legend", "jump", "start", "goal", "maxStates"]);
  const { maxStates = 1_000_000 } = options;
  checkNumber("maxStates", maxStates, { integer: true, min: 1 });
  const legend = checkLegend(options.legend ?? corpusLegend);
  const jump = checkJump(options.jump ?? {});
  const grid = readLevel(level, legend.solid + legend.passable + legend.deadly);
  const world = new World(grid, legend);
  const start = options.start ? world.openCell(options.start, "start") : world.first();
  const goals = options.goal ? [world.openCell(options.goal, "goal")] : world.last();
  if (start < 0 || goals.length === 0) {
    return { reached: false, jumps: 0, column: 0, states: 0, reason: "impossible" };
  }
  return search(world, jump, start, goals, maxStates);
}

function checkLegend(legend: PlatformerLegend): Required<PlatformerLegend> {
  checkKeys("legend", legend, ["solid", "passable", "deadly"]);
  const { solid, passable, deadly = "" } = legend;
  const all = { solid, passable, deadly };
  for (const [name, symbols] of Object.entries(all)) checkText(`legend.${name}`, symbols);
  const twice = Array.from(solid + passable + deadly).find((one, i, list) => list.indexOf(one) < i);
  if (twice === undefined) return all;
  throw new InvalidInputError(`legend has ${describe(twice)} twice: a symbol is of one kind`);
}

function checkJump(jump: Partial<Jump>): Jump {
  checkKeys("jump", jump, ["height", "hang", "runUp"]);
  const { height = 4, hang = 2, runUp = 3 } = jump;
  checkNumber("jump.height", height, { integer: true, min: 0, max: 20 });
  checkNumber("jump.hang", hang, { integer: true, min: 0, max: 20 });
  checkNumber("jump.runUp", runUp, { integer: true, min: 0, max: 20 });
  return { height, hang, runUp };
}

class World {
  readonly grid: Level;
  /** Where the player can be. */
  readonly #open: Uint8Array;
  readonly #solid: Uint8Array;

  constructor(grid: Level, legend: Required<PlatformerLegend>) {
    this.grid = grid;
    const is = (symbols: string) => {
      const set = new Set(symbols);
      return Uint8Array.from(grid.cells, (symbol) => Number(set.has(symbol)));
    };
    this.#open = is(legend.passable);
    this.#solid = is(legend.solid);
  }

  open(x: number, y: number): boolean {
    const { width, height } = this.grid;
    return x >= 0 && x < width && y >= 0 && y < height && this.#open[y * width + x] === 1;
  }

  /** Whether somebody at this place stands. */
  stands(x: number, y: number): boolean {
    const { width, height } = this.grid;
    return y + 1 < height && this.#solid[(y + 1) * width + x] === 1;
  }

  /** Whether one can run up to a place in direction `dx` for some columns, on level ground or stairs. */
  runUp(x: number, y: number, dx: number, columns: number): boolean {
    let row = y;
    for (let i = 1; i <= columns; i++) {
      const next = [row, row + 1, row - 1].find(
        (one) => this.open(x - i * dx, one) && this.stands(x - i * dx, one),
      );
      if (next === undefined) return false;
      row = next;
    }
    return true;
  }

  openCell(place: Place, name: string): number {
    const cell = cellOf(this.grid, place, name);
    if (this.#open[cell]) return cell;
    throw new InvalidInputError(
      `${name} must be where the player can be, ${describe(this.grid.cells[cell])} is at column ${place[0]}, row ${place[1]}`,
    );
  }

  /** Cells of a column where one stands, the lowest first. */
  #ground(x: number): number[] {
    const { width, height } = this.grid;
    const rows = Array.from({ length: height }, (_, i) => height - 1 - i);
    return rows.filter((y) => this.open(x, y) && this.stands(x, y)).map((y) => y * width + x);
  }

  /** The lowest cell where one stands among the first three columns that have any; -1: there is none. */
  first(): number {
    const { width } = this.grid;
    const columns = Array.from({ length: width }, (_, x) => this.#ground(x)[0] ?? -1);
    const from = columns.findIndex((cell) => cell >= 0);
    const row = (cell: number) => Math.floor(cell / width);
    return columns
      .slice(from, from + 3)
      .reduce((low, cell) => (row(cell) > row(low) ? cell : low), columns[from] ?? -1);
  }

  /** Cells of the last column that has ground. */
  last(): number[] {
    for (let x = this.grid.width - 1; x >= 0; x--) {
      const cells = this.#ground(x);
      if (cells.length > 0) return cells;
    }
    return [];
  }
}

/** What a player does, as numbers: falls; stands or walks; above them, jumps with the steps that are left of them. */
const [FALLS, STANDS] = [0, 1];

/** Before what was never reached, and before the start. */
const [NEVER, NOTHING] = [-2, -1];

/** Jumps upwards, then with a run to the right, then to the left: each has as many modes as steps. */
class Jumps {
  readonly #rise: number;
  readonly #long: number;
  readonly modes: number;
  /** The mode before the first step of each jump. */
  readonly first: readonly { readonly mode: number; readonly dx: number }[];

  constructor({ height, hang }: Jump) {
    this.#rise = height;
    this.#long = height + hang;
    this.modes = 2 + height + 2 * this.#long;
    const ends = [height, height + this.#long, height + 2 * this.#long];
    this.first = ends
      .map((end, i) => ({ mode: STANDS + end, dx: [0, 1, -1][i] }))
      .filter((_, i) => (i === 0 ? height : this.#long) > 0);
  }

  /** Whether the step rises, where it may go sideways, and the mode after it. */
  step(mode: number): { rises: boolean; dx: readonly number[]; next: number } {
    const i = mode - STANDS - this.#rise - 1;
    const run = i >= 0;
    const left = run ? (i % this.#long) + 1 : mode - STANDS;
    const dx = !run ? [0, -1, 1] : i < this.#long ? [0, 1] : [0, -1];
    const hang = run ? this.#long - this.#rise : 0;
    return { rises: left > hang, dx, next: left === 1 ? FALLS : mode - 1 };
  }
}

function search(
  world: World,
  jump: Jump,
  start: number,
  goals: readonly number[],
  maxStates: number,
): PlatformerPath {
  const { width, height } = world.grid;
  const size = width * height;
  const jumps = new Jumps(jump);
  const before = new Int32Array(jumps.modes * size).fill(NEVER);
  const cost = new Int32Array(jumps.modes * size);
  const isGoal = new Set(goals);
  // All goals are in one column, and a step goes one column at most.
  const toCome = (x: number) => Math.abs((goals[0] % width) - x);
  const open: number[][] = [];
  let [states, column] = [0, 0];
  const reach = (state: number, x: number, from: number, steps: number) => {
    if (before[state] !== NEVER && cost[state] <= steps) return;
    if (before[state] === NEVER) states++;
    before[state] = from;
    cost[state] = steps;
    column = Math.max(column, x);
    const total = steps + toCome(x);
    while (open.length <= total) open.push([]);
    open[total].push(state);
  };
  // Who comes to the ground lands, or jumps on: up a stair.
  const visit = (x: number, y: number, mode: number, from: number, steps: number) => {
    const cell = y * width + x;
    const stands = world.stands(x, y);
    if (mode !== FALLS || !stands) reach(mode * size + cell, x, from, steps);
    if (stands) reach(STANDS * size + cell, x, from, steps);
  };
  visit(...placeOf(start, width), FALLS, NOTHING, 0);
  // The last in is the first out: of ways that are equally long, one that walks where it can.
  for (let total = 0; total < open.length; total++) {
    for (let state = open[total].pop(); state !== undefined; state = open[total].pop()) {
      const mode = Math.floor(state / size);
      const [x, y] = placeOf(state % size, width);
      const steps = cost[state];
      if (steps + toCome(x) !== total) continue;
      if (mode === STANDS && isGoal.has(state % size)) {
        return { reached: true, ...pathTo(state, before, width, size), column, states };
      }
      if (states >= maxStates) return { reached: false, jumps: 0, column, states, reason: "bound" };
      const from = state;
      const to = (nx: number, ny: number, next: number) => visit(nx, ny, next, from, steps + 1);
      if (mode === STANDS) {
        for (const { mode: first, dx } of jumps.first) {
          if (dx === 0 || world.runUp(x, y, dx, jump.runUp))
            fly(world, x, y, jumps.step(first), to);
        }
        for (const dx of [-1, 1]) if (world.open(x + dx, y)) to(x + dx, y, FALLS);
      } else {
        if (mode !== FALLS) fly(world, x, y, jumps.step(mode), to);
        fall(world, x, y, to);
      }
    }
  }
  return { reached: false, jumps: 0, column, states, reason: "impossible" };
}

type To = (x: number, y: number, mode: number) => void;

/** A step of a jump: up, where it rises, then sideways. */
function fly(world: World, x: number, y: number, step: ReturnType<Jumps["step"]>, to: To): void {
  const row = step.rises ? y - 1 : y;
  if (!world.open(x, row)) return;
  for (const dx of step.dx) if (world.open(x + dx, row)) to(x + dx, row, step.next);
}

/** A step down, straight or sideways, across a corner of which one side is open. */
function fall(world: World, x: number, y: number, to: To): void {
  const below = world.open(x, y + 1);
  for (const dx of [0, -1, 1]) {
    if (world.open(x + dx, y + 1) && (below || world.open(x + dx, y))) to(x + dx, y + 1, FALLS);
  }
}

/** The cells up to a state, and the jumps among them. */
function pathTo(last: number, before: Int32Array, width: number, size: number) {
  const path: Place[] = [];
  let jumps = 0;
  for (let state = last; state >= 0; state = before[state]) {
    const [x, y] = placeOf(state % size, width);
    path.push([x, y]);
    const from = before[state];
    if (from >= 0 && Math.floor(from / size) === STANDS && state >= 2 * size) jumps++;
  }
  return { path: path.reverse(), jumps };
}
