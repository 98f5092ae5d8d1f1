// Sokoban: what a level must have, and a solver. A* over pushes with the least number of pushes that boxes are from goals
// as its estimate, without squares from which no box comes to a goal and without boxes that are stuck for good.

import { checkKeys, checkNumber, InvalidInputError } from "../host/errors.js";
import { MOST_CELLS, readLevel } from "./level.js";
import { Matching } from "./matching.js";

/** Wall, floor (also - and _), box, goal, box on a goal, player, player on a goal. */
const SYMBOLS = "# -_$.*@+";

/** From this many boxes on, each is taken to the goal that is nearest to it, in the estimate alone. */
const MATCHED = 10;

/** Positions times cells that are looked at by default. */
const WORK = 10_000_000;

/** How far a solver goes. */
export interface SokobanOptions {
  /**
   * Positions that are looked at before the search is given up. Default 100,000, and in levels of more than 100 cells so many fewer: 10,000,000
   * over the cells, so that a level takes seconds at most.
   */
  readonly maxStates?: number;
}

/** What the solver found. */
export interface SokobanSolution {
  readonly solved: boolean;
  /** Steps (`l` `u` `r` `d`) and pushes (`L` `U` `R` `D`), where it is solved. */
  readonly moves?: string;
  /** How many of the moves are pushes: no solution has fewer. 0 where it is not solved. */
  readonly pushes: number;
  /** Positions that were looked at. */
  readonly states: number;
  /**
   * Why it is not solved: "problems" of the kind `checkSokoban` names (player, boxes, goals), "impossible": no moves
   * solve it, which is certain, or "bound": none were found among `maxStates` positions.
   */
  readonly reason?: "problems" | "impossible" | "bound";
}

/** A level within a frame of walls, so that every cell has four neighbours. */
interface Board {
  /** Cells without the frame. */
  readonly size: number;
  readonly width: number;
  readonly wall: Uint8Array;
  readonly goals: readonly number[];
  readonly boxes: readonly number[];
  readonly players: readonly number[];
}

/** Left, up, right, down. */
const directions = (width: number) => [-1, -width, 1, width] as const;

/**
 * What is wrong with a Sokoban level, in words; nothing where it is as it must be: one player, at least one box, as many boxes as
 * goals, and walls around all that the player could reach if there were no boxes. Says nothing of whether it can be solved.
 *
 * Symbols: `#` wall, space, `-` or `_` floor, `$` box, `.` goal, `*` box on a goal, `@` player, `+` player on a goal.
 * @throws InvalidInputError where the text is no such level: empty, rows of several lengths, other symbols
 */
export function checkSokoban(level: string): string[] {
  const board = readBoard(level);
  const { wall, width, players } = board;
  const problems = wrongCounts(board);
  const seen = new Uint8Array(wall.length);
  const inside = players.slice();
  for (const cell of inside) seen[cell] = 1;
  let leak = -1;
  for (const cell of inside) {
    for (const step of directions(width)) {
      const next = cell + step;
      if (onFrame(next, board)) leak = leak < 0 ? cell : leak;
      else if (!wall[next] && !seen[next]) {
        seen[next] = 1;
        inside.push(next);
      }
    }
  }
  if (leak >= 0) {
    const [x, y] = [leak % width, Math.floor(leak / width)];
    problems.push(
      `the walls are not closed: the player comes to the edge at row ${y}, column ${x}`,
    );
  }
  return problems;
}

/**
 * Solves a Sokoban level with as few pushes as there can be (the steps between them are as few as lead from one push to the
 * next). Symbols are those of `checkSokoban`; what is outside the level counts as wall.
 *
 * A* over positions (boxes, and the part of the level where the player is); see Junghanns and Schaeffer, "Sokoban: Enhancing general
 * single-agent search methods using domain knowledge", 2001. The same result everywhere: it is bounded by positions, not by time.
 * @throws InvalidInputError where the text is no such level, and for other options
 */
export function solveSokoban(level: string, options: SokobanOptions = {}): SokobanSolution {
  checkKeys("solveSokoban", options, ["maxStates"]);
  const board = readBoard(level);
  const { maxStates = Math.ceil(WORK / Math.max(100, board.size)) } = options;
  checkNumber("maxStates", maxStates, { integer: true, min: 1 });
  if (wrongCounts(board).length > 0) {
    return { solved: false, pushes: 0, states: 0, reason: "problems" };
  }
  return new Search(board).run(maxStates);
}

function readBoard(level: string): Board {
  const { width: inner, height, cells } = readLevel(level, SYMBOLS);
  const width = inner + 2;
  if (width * (height + 2) > MOST_CELLS) {
    throw new InvalidInputError(`a Sokoban level of ${inner} × ${height} is too large`);
  }
  const wall = new Uint8Array(width * (height + 2)).fill(1);
  const [goals, boxes, players]: number[][] = [[], [], []];
  for (const [i, symbol] of cells.entries()) {
    const cell = (Math.floor(i / inner) + 1) * width + (i % inner) + 1;
    wall[cell] = Number(symbol === "#");
    if (".*+".includes(symbol)) goals.push(cell);
    if ("$*".includes(symbol)) boxes.push(cell);
    if ("@+".includes(symbol)) players.push(cell);
  }
  return { size: cells.length, width, wall, goals, boxes, players };
}

function onFrame(cell: number, { width, wall }: Board): boolean {
  const x = cell % width;
  return x === 0 || x === width - 1 || cell < width || cell >= wall.length - width;
}

function wrongCounts({ players, boxes, goals }: Board): string[] {
  const problems = [];
  if (players.length !== 1) problems.push(`a level has one player, this one has ${players.length}`);
  if (boxes.length === 0) problems.push("there is no box");
  if (boxes.length !== goals.length) {
    problems.push(`there are ${boxes.length} boxes and ${goals.length} goals`);
  }
  return problems;
}

/** A position: where the boxes are, in order, and the least cell that the player can walk to. */
interface State {
  readonly boxes: Uint16Array;
  readonly player: number;
  readonly key: string;
  /** Pushes up to here. */
  readonly pushes: number;
  readonly before: State | undefined;
  /** The last push: where the box stood, and where to. */
  readonly from: number;
  readonly direction: number;
}

class Search {
  readonly #board: Board;
  readonly #steps: readonly number[];
  /** Pushes from each cell to each goal, without other boxes; -1 where there is no way. */
  readonly #distances: readonly Int32Array[];
  /** Least of these over all goals; -1: a box that stands here is lost. */
  readonly #nearest: Int32Array;
  readonly #isGoal: Uint8Array;
  readonly #matching: Matching;
  /** Where boxes stand in the position at hand; afterwards it is empty again. */
  readonly #box: Uint8Array;
  /** Cells that the player has reached in the flood of this number. */
  readonly #reached: Uint32Array;
  readonly #queue: Uint16Array;
  #flood = 0;

  constructor(board: Board) {
    const { wall, goals, boxes, width } = board;
    this.#board = board;
    this.#steps = directions(width);
    this.#distances = goals.map((goal) => this.#pulls(goal));
    this.#isGoal = new Uint8Array(wall.length);
    for (const goal of goals) this.#isGoal[goal] = 1;
    this.#nearest = Int32Array.from(wall, (_, cell) =>
      this.#distances.reduce(
        (least, { [cell]: d }) => (d >= 0 && !(least >= 0 && least < d) ? d : least),
        -1,
      ),
    );
    this.#matching = new Matching(boxes.length);
    this.#box = new Uint8Array(wall.length);
    this.#reached = new Uint32Array(wall.length);
    this.#queue = new Uint16Array(wall.length);
  }

  run(maxStates: number): SokobanSolution {
    const { boxes, players } = this.#board;
    const first = this.#state(Uint16Array.from(boxes), players[0], undefined, 0, 0);
    const best = new Map([[first.key, first]]);
    // States by pushes so far and to come; the last in is the first out.
    const open: State[][] = [];
    let states = 1;
    const add = (state: State, estimate: number) => {
      const total = state.pushes + estimate;
      while (open.length <= total) open.push([]);
      open[total].push(state);
    };
    const estimate = this.#estimate(first.boxes);
    if (estimate >= 0) add(first, estimate);
    for (let total = 0; total < open.length; total++) {
      for (let state = open[total].pop(); state; state = open[total].pop()) {
        if (best.get(state.key) !== state) continue;
        if (state.boxes.every((cell) => this.#isGoal[cell])) {
          const moves = this.#movesTo(state);
          return { solved: true, moves, pushes: state.pushes, states };
        }
        for (const next of this.#pushesFrom(state)) {
          if (states === maxStates) return { solved: false, pushes: 0, states, reason: "bound" };
          states++;
          const known = best.get(next.key);
          if (known && known.pushes <= next.pushes) continue;
          const estimate = this.#estimate(next.boxes);
          if (estimate < 0) continue;
          best.set(next.key, next);
          add(next, estimate);
        }
      }
    }
    return { solved: false, pushes: 0, states, reason: "impossible" };
  }

  /** Pushes from each cell to the goal: the goal's box is pulled away from it. */
  #pulls(goal: number): Int32Array {
    const { wall } = this.#board;
    const distance = new Int32Array(wall.length).fill(-1);
    distance[goal] = 0;
    const queue = [goal];
    for (const to of queue) {
      for (const step of this.#steps) {
        const from = to - step;
        if (wall[from] || distance[from] >= 0 || wall[from - step]) continue;
        distance[from] = distance[to] + 1;
        queue.push(from);
      }
    }
    return distance;
  }

  /** Pushes that are at least to come; -1 where boxes are not enough for the goals any more. */
  #estimate(boxes: Uint16Array): number {
    if (boxes.length < MATCHED) {
      return this.#matching.least((box, goal) => this.#distances[goal][boxes[box]]);
    }
    let sum = 0;
    for (const cell of boxes) {
      if (this.#nearest[cell] < 0) return -1;
      sum += this.#nearest[cell];
    }
    return sum;
  }

  *#pushesFrom(state: State): Generator<State> {
    const { wall } = this.#board;
    const { boxes, player } = state;
    for (const cell of boxes) this.#box[cell] = 1;
    this.#walk(player);
    const found = [];
    for (const cell of boxes) {
      for (const [direction, step] of this.#steps.entries()) {
        const to = cell + step;
        if (this.#reached[cell - step] !== this.#flood) continue;
        if (wall[to] || this.#box[to] || this.#nearest[to] < 0) continue;
        found.push({ cell, to, direction });
      }
    }
    for (const cell of boxes) this.#box[cell] = 0;
    for (const { cell, to, direction } of found) {
      const after = boxes.map((box) => (box === cell ? to : box)).sort();
      if (!this.#stuck(after)) yield this.#state(after, cell, state, cell, direction);
    }
  }

  #state(
    boxes: Uint16Array,
    player: number,
    before: State | undefined,
    from: number,
    direction: number,
  ): State {
    for (const cell of boxes) this.#box[cell] = 1;
    const least = this.#walk(player);
    for (const cell of boxes) this.#box[cell] = 0;
    const key = String.fromCharCode(least, ...boxes);
    const pushes = before ? before.pushes + 1 : 0;
    return { boxes, player: least, key, pushes, before, from, direction };
  }

  /** Marks what the player can walk to. Returns the least of it. */
  #walk(player: number): number {
    const { wall } = this.#board;
    const [box, reached, queue, steps] = [this.#box, this.#reached, this.#queue, this.#steps];
    const flood = ++this.#flood;
    let [least, length] = [player, 1];
    queue[0] = player;
    reached[player] = flood;
    for (let i = 0; i < length; i++) {
      const cell = queue[i];
      if (cell < least) least = cell;
      for (let j = 0; j < 4; j++) {
        const next = cell + steps[j];
        if (wall[next] || box[next] || reached[next] === flood) continue;
        reached[next] = flood;
        queue[length++] = next;
      }
    }
    return least;
  }

  /**
   * Whether boxes that no push can ever move stand beside goals. All are taken as stuck; those that are free along a row or
   * a column, given what is still stuck, are taken out until none is. Those that are left hold each other.
   */
  #stuck(boxes: Uint16Array): boolean {
    for (const cell of boxes) this.#box[cell] = 1;
    let free = true;
    while (free) {
      free = false;
      for (const cell of boxes) {
        if (
          !this.#box[cell] ||
          (this.#held(cell, this.#steps[2]) && this.#held(cell, this.#steps[3]))
        )
          continue;
        this.#box[cell] = 0;
        free = true;
      }
    }
    let lost = false;
    for (const cell of boxes) {
      if (this.#box[cell] && !this.#isGoal[cell]) lost = true;
    }
    for (const cell of boxes) this.#box[cell] = 0;
    return lost;
  }

  /** Whether a box cannot be pushed along an axis, or only to where it would be lost. */
  #held(cell: number, step: number): boolean {
    const { wall } = this.#board;
    const [a, b] = [cell - step, cell + step];
    if (wall[a] || wall[b] || this.#box[a] || this.#box[b]) return true;
    return this.#nearest[a] < 0 && this.#nearest[b] < 0;
  }

  /** The pushes up to a state, with the player's steps between them. */
  #movesTo(last: State): string {
    const pushes: State[] = [];
    for (let state: State | undefined = last; state?.before; state = state.before) {
      pushes.push(state);
    }
    let player = this.#board.players[0];
    let moves = "";
    for (const { before, from, direction } of pushes.reverse()) {
      moves += this.#stepsTo(before!.boxes, player, from - this.#steps[direction]);
      moves += "LURD"[direction];
      player = from;
    }
    return moves;
  }

  /** The player's shortest way from one cell to another. */
  #stepsTo(boxes: Uint16Array, from: number, to: number): string {
    const { wall } = this.#board;
    const come = new Map([[from, ""]]);
    const queue = [from];
    for (const cell of queue) {
      if (cell === to) break;
      for (const [direction, step] of this.#steps.entries()) {
        const next = cell + step;
        if (wall[next] || boxes.includes(next) || come.has(next)) continue;
        come.set(next, come.get(cell) + "lurd"[direction]);
        queue.push(next);
      }
    }
    return come.get(to)!;
  }
}
