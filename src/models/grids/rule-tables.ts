// Rules, read and checked: for each cell what may stand there, for each symbol what may be beside it, and sums that each grid
// must have. Sets of symbols are bits of words, so that a set is cut with another by a few instructions.

import { at } from "../../data/grids/parts.js";
import { isCharacter, plainSymbol } from "../../data/grids/symbols.js";
import { isObject } from "../../host/as-given.js";
import { checkKeys, checkNumber, describe, InvalidInputError, listed } from "../../host/errors.js";
import type { GivenCells, GridRules, RuleSymbols } from "./rules.js";

/** Σ over cells of a symbol's weight is from `min` to `max`. */
export interface Sum {
  /** Of which rule, for errors. */
  readonly what: string;
  /** (symbols) whole numbers. */
  readonly weights: Int32Array;
  readonly min: number;
  readonly max: number;
}

export interface RuleTables {
  readonly symbols: readonly string[];
  readonly width: number;
  readonly height: number;
  /** Words of a set of symbols. */
  readonly words: number;
  /** (cells · words): what may stand at each cell. */
  readonly domains: Uint32Array;
  /** (cells · 4): the cell to the right, left, below and above; -1 where there is none. */
  readonly neighbours: Int32Array;
  /** By direction (right, left, below, above), (symbols · words): what may be there beside a symbol. */
  readonly beside: readonly Uint32Array[];
  /** Whether a rule says anything of what is beside what. */
  readonly adjacent: boolean;
  readonly sums: readonly Sum[];
}

const SIDES = ["right", "left", "below", "above"] as const;
const KEYS = ["counts", "equal", "border", "adjacent", "areas"];

/** @throws InvalidInputError for rules that cannot be read, unknown symbols, and cells at which nothing may stand */
export function rulesOf(
  rules: GridRules,
  symbols: readonly string[],
  width: number,
  height: number,
  given?: GivenCells,
): RuleTables {
  checkKeys("rules", rules, KEYS);
  const reader = new Reader(symbols);
  const local = new LocalRules(symbols, width, height);
  if (rules.border !== undefined) readBorder(rules.border, reader, local);
  for (const [i, area] of list("areas", rules.areas)) readArea(`areas[${i}]`, area, reader, local);
  if (given !== undefined) readGiven(given, symbols, local);
  const all = [...list("adjacent", rules.adjacent)];
  return {
    ...{ symbols, width, height, words: reader.words },
    domains: local.domains,
    neighbours: neighboursOf(width, height),
    beside: readAdjacent(all, reader),
    adjacent: all.length > 0,
    sums: [...readCounts(rules, reader, width * height), ...readEqual(rules, reader)],
  };
}

function neighboursOf(width: number, height: number): Int32Array {
  const all = new Int32Array(4 * width * height).fill(-1);
  for (let cell = 0; cell < width * height; cell++) {
    if (cell % width < width - 1) all[4 * cell] = cell + 1;
    if (cell % width > 0) all[4 * cell + 1] = cell - 1;
    if (cell + width < width * height) all[4 * cell + 2] = cell + width;
    if (cell >= width) all[4 * cell + 3] = cell - width;
  }
  return all;
}

function* list<T>(what: string, given: readonly T[] | undefined): Iterable<readonly [number, T]> {
  if (given === undefined) return;
  if (!Array.isArray(given)) {
    throw new InvalidInputError(`rules: ${what} must be a list, got ${describe(given)}`);
  }
  yield* (given as readonly T[]).entries();
}

/** Symbols of rules as places among a set's. */
class Reader {
  readonly words: number;
  readonly symbols: readonly string[];
  readonly #places: ReadonlyMap<string, readonly number[]>;

  constructor(symbols: readonly string[]) {
    this.symbols = symbols;
    this.words = Math.ceil(symbols.length / 32);
    const places = new Map<string, number[]>();
    for (const [i, symbol] of symbols.entries()) {
      for (const name of new Set([symbol, plainSymbol(symbol)])) {
        places.set(name, [...(places.get(name) ?? []), i]);
      }
    }
    this.#places = places;
  }

  /** @throws InvalidInputError naming the rule and what is not known */
  places(what: string, given: RuleSymbols): number[] {
    if (typeof given !== "string" && !Array.isArray(given)) {
      throw new InvalidInputError(
        `rules: ${what} must be symbols, a text or a list, got ${describe(given)}`,
      );
    }
    const names = typeof given !== "string" ? given : this.#places.has(given) ? [given] : given;
    return Array.from(names as Iterable<string>, (name) => {
      const found = this.#places.get(name);
      if (found) return found;
      const long = typeof given === "string" && !this.symbols.some(isCharacter);
      const whole = long ? given : name;
      throw new InvalidInputError(
        `rules: ${what} has the unknown symbol ${describe(whole)}; known are ` +
          listed(this.symbols.map((one) => describe(one))),
      );
    }).flat();
  }

  set(what: string, given: RuleSymbols): Uint32Array {
    const set = new Uint32Array(this.words);
    for (const place of this.places(what, given)) set[place >> 5] |= 1 << (place & 31);
    return set;
  }
}

/** Rules of single cells, of which each says what may stand at some. */
class LocalRules {
  readonly domains: Uint32Array;
  readonly width: number;
  readonly height: number;
  readonly #symbols: readonly string[];
  readonly #words: number;
  /** Rules so far, which an error names. */
  readonly #rules: { what: string; set: Uint32Array; cells: ReadonlySet<number> }[] = [];

  constructor(symbols: readonly string[], width: number, height: number) {
    this.#symbols = symbols;
    this.#words = Math.ceil(symbols.length / 32);
    this.width = width;
    this.height = height;
    this.domains = new Uint32Array(width * height * this.#words);
    for (let i = 0; i < this.domains.length; i++) {
      const left = symbols.length - 32 * (i % this.#words);
      this.domains[i] = left >= 32 ? 0xffffffff : 2 ** left - 1;
    }
  }

  /** @throws InvalidInputError where nothing may stand at a cell any more, naming the rules that say so */
  only(what: string, cells: Iterable<number>, set: Uint32Array): void {
    const own = new Set(cells);
    this.#rules.push({ what, set, cells: own });
    for (const cell of own) {
      let some = 0;
      for (let w = 0; w < this.#words; w++) {
        this.domains[cell * this.#words + w] &= set[w];
        some |= this.domains[cell * this.#words + w];
      }
      if (some === 0) throw this.#contradiction(cell);
    }
  }

  #contradiction(cell: number): InvalidInputError {
    const said = this.#rules
      .filter(({ cells }) => cells.has(cell))
      .map(({ what, set }) => `${what} allows ${namesOf(set, this.#symbols)}`);
    return new InvalidInputError(
      `rules: nothing may stand at ${at(cell, this.width)}: ${listed(said)}`,
    );
  }
}

/** Symbols of a set, for errors. */
function namesOf(set: Uint32Array, symbols: readonly string[]): string {
  const names = symbols.filter((_, i) => (set[i >> 5] >>> (i & 31)) & 1);
  if (names.length === 0) return "nothing";
  return names.every(isCharacter) && names.length <= 40 ? describe(names.join("")) : listed(names);
}

function readBorder(
  border: NonNullable<GridRules["border"]>,
  reader: Reader,
  local: LocalRules,
): void {
  const { width, height } = local;
  const sides = ["top", "right", "bottom", "left"] as const;
  const cells = {
    top: Array.from({ length: width }, (_, x) => x),
    right: Array.from({ length: height }, (_, y) => y * width + width - 1),
    bottom: Array.from({ length: width }, (_, x) => (height - 1) * width + x),
    left: Array.from({ length: height }, (_, y) => y * width),
  };
  if (typeof border === "string" || Array.isArray(border)) {
    local.only(
      "border",
      sides.flatMap((side) => cells[side]),
      reader.set("border", border as RuleSymbols),
    );
    return;
  }
  checkKeys("rules.border", border, sides);
  for (const side of sides) {
    const own = (border as Record<string, RuleSymbols | undefined>)[side];
    if (own === undefined) continue;
    local.only(`border.${side}`, cells[side], reader.set(`border.${side}`, own));
  }
}

function readArea(
  what: string,
  area: NonNullable<GridRules["areas"]>[number],
  reader: Reader,
  local: LocalRules,
): void {
  checkKeys(`rules.${what}`, Object(area), ["rows", "columns", "symbols"]);
  const { width, height } = local;
  const [top, bottom] = ends(`${what}.rows`, area.rows, height);
  const [left, right] = ends(`${what}.columns`, area.columns, width);
  const cells: number[] = [];
  for (let y = top; y <= bottom; y++) for (let x = left; x <= right; x++) cells.push(y * width + x);
  local.only(what, cells, reader.set(`${what}.symbols`, area.symbols));
}

/** Both ends, of which negative ones count from the end. @throws InvalidInputError */
function ends(
  what: string,
  given: readonly [number, number] | undefined,
  length: number,
): readonly [number, number] {
  if (given === undefined) return [0, length - 1];
  if (!Array.isArray(given) || given.length !== 2) {
    throw new InvalidInputError(
      `rules: ${what} must be two numbers, the first and the last, got ${describe(given)}`,
    );
  }
  const [from, to] = given.map((end: number) => {
    checkNumber(`rules: ${what}`, end, { integer: true, min: -length, max: length - 1 });
    return end < 0 ? end + length : end;
  });
  if (from <= to) return [from, to];
  throw new InvalidInputError(`rules: ${what} ends before it begins: ${given.join(" to ")}`);
}

function readGiven(given: GivenCells, symbols: readonly string[], local: LocalRules): void {
  const count = local.width * local.height;
  if (given.length !== count) {
    throw new InvalidInputError(`given must be one a cell, ${count}, got ${given.length}`);
  }
  for (let cell = 0; cell < count; cell++) {
    const own = given[cell];
    if (own === -1) continue;
    const set = new Uint32Array(Math.ceil(symbols.length / 32));
    for (const place of typeof own === "number" ? [own] : Array.from(own)) {
      const what = `given, ${at(cell, local.width)}`;
      checkNumber(what, place, { integer: true, min: 0, max: symbols.length - 1 });
      set[place >> 5] |= 1 << (place & 31);
    }
    local.only("given", [cell], set);
  }
}

/** A pair is allowed where no rule of either of the two is against it. */
function readAdjacent(
  rules: readonly (readonly [number, NonNullable<GridRules["adjacent"]>[number]])[],
  reader: Reader,
): Uint32Array[] {
  const { symbols, words } = reader;
  const beside = SIDES.map(() => new Uint32Array(symbols.length * words).fill(0xffffffff));
  for (const [i, rule] of rules) {
    const what = `adjacent[${i}]`;
    checkKeys(`rules.${what}`, Object(rule), ["of", ...SIDES]);
    const of = reader.places(`${what}.of`, rule.of);
    if (SIDES.every((side) => rule[side] === undefined)) {
      throw new InvalidInputError(`rules: ${what} must have one of ${SIDES.join(", ")}`);
    }
    for (const [side, name] of SIDES.entries()) {
      const own = rule[name];
      if (own === undefined) continue;
      const set = reader.set(`${what}.${name}`, own);
      for (const a of of) {
        for (let b = 0; b < symbols.length; b++) {
          if ((set[b >> 5] >>> (b & 31)) & 1) continue;
          beside[side][a * words + (b >> 5)] &= ~(1 << (b & 31));
          beside[side ^ 1][b * words + (a >> 5)] &= ~(1 << (a & 31));
        }
      }
    }
  }
  return beside;
}

function readCounts({ counts }: GridRules, reader: Reader, cells: number): Sum[] {
  if (counts === undefined) return [];
  if (!isObject(counts)) {
    throw new InvalidInputError(
      `rules: counts must be an object such as { "@": 1 }, got ${describe(counts)}`,
    );
  }
  return Object.entries(counts).map(([key, given]) => {
    const what = `counts[${describe(key)}]`;
    const ends = Array.isArray(given) ? given : [given, given];
    if (ends.length !== 2) {
      throw new InvalidInputError(
        `rules: ${what} must be a number or a minimum and a maximum, got ${describe(given)}`,
      );
    }
    const [min, max] = ends.map((end) => {
      return checkNumber(`rules: ${what}`, end, { integer: true, min: 0 });
    });
    if (min > max) {
      throw new InvalidInputError(`rules: ${what}: the minimum ${min} is above the maximum ${max}`);
    }
    if (min > cells) {
      throw new InvalidInputError(`rules: ${what}: at least ${min} of ${cells} cells cannot be`);
    }
    const weights = new Int32Array(reader.symbols.length);
    const places = reader.places(what, symbolsOfKey(key));
    if (places.length === 0) throw new InvalidInputError(`rules: ${what} names no symbol`);
    for (const place of places) weights[place] = 1;
    return { what, weights, min, max: Math.min(max, cells) };
  });
}

/** A key that is a JSON list of texts names each symbol. */
function symbolsOfKey(key: string): RuleSymbols {
  if (!key.startsWith("[")) return key;
  try {
    const list: unknown = JSON.parse(key);
    const texts = Array.isArray(list) && list.length > 0;
    return texts && list.every((one) => typeof one === "string") ? list : key;
  } catch {
    return key;
  }
}

function readEqual({ equal }: GridRules, reader: Reader): Sum[] {
  return Array.from(list("equal", equal), ([i, pair]) => {
    const what = `equal[${i}]`;
    if (!Array.isArray(pair) || pair.length !== 2) {
      throw new InvalidInputError(
        `rules: ${what} must be two texts of symbols, got ${describe(pair)}`,
      );
    }
    const weights = new Int32Array(reader.symbols.length);
    for (const [side, symbols] of pair.entries()) {
      // A symbol named twice on one side counts once.
      for (const place of new Set(reader.places(what, symbols))) weights[place] += 1 - 2 * side;
    }
    return { what, weights, min: 0, max: 0 };
  });
}
