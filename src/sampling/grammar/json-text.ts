// JSON's values as text: without spaces, strings with the escapes that JSON.stringify writes and no others, so that
// every string has one spelling.

import {
  ANY,
  choice,
  type Expression,
  literal,
  mapSets,
  NONE,
  optional,
  repeat,
  rule,
  sequence,
  set,
} from "./expression.js";
import { both, joined } from "./machine.js";
import { CHARACTERS, intersection, type Ranges, without } from "./ranges.js";

/** Characters that are written as an escape. */
const ESCAPED: Ranges = [0, 0x1f, 0x22, 0x22, 0x5c, 0x5c];

/** The rule for one character of any string. */
export const CHARACTER = "character";

/** Of a string's characters, the text in JSON, quotes included. */
export function quoted(content: Expression): Expression {
  const text = mapSets(content, (ranges) =>
    ranges === CHARACTERS ? rule(CHARACTER) : escaped(ranges),
  );
  return sequence(literal('"'), text, literal('"'));
}

/** One character of a set as it is written. */
export function escaped(ranges: Ranges): Expression {
  const special: Expression[] = [];
  const some = intersection(ranges, ESCAPED);
  for (let i = 0; i < some.length; i += 2) {
    for (let code = some[i]; code <= some[i + 1]; code++) {
      special.push(literal(JSON.stringify(String.fromCharCode(code)).slice(1, -1)));
    }
  }
  return choice(set(without(ranges, ESCAPED)), ...special);
}

/** What a number may be. */
export interface NumberBounds {
  readonly whole: boolean;
  readonly low: Bound | undefined;
  readonly high: Bound | undefined;
  /** Whole; undefined: of anything. */
  readonly multipleOf: number | undefined;
}

export interface Bound {
  readonly value: number;
  /** The bound itself is not allowed. */
  readonly open: boolean;
}

/**
 * The digits that all numbers together may have, f64's: of numbers of up to so many, different ones stay so when
 * they are read.
 */
const DIGITS = 15;
/** Those of them after the point, where bounds do not say more. */
const FRACTION = 6;
const digit = (from = 0, to = 9) => (from <= to ? set([0x30 + from, 0x30 + to]) : NONE);
const POINT = literal(".");
const MINUS = literal("-");

/** Any number, as JSON writes it; not so large that it is read as infinite. */
const anyNumber = () =>
  sequence(
    optional(MINUS),
    choice(literal("0"), sequence(digit(1), repeat(digit(), 0, DIGITS - 1))),
    optional(sequence(POINT, repeat(digit(), 1, DIGITS))),
    optional(
      sequence(
        set([0x45, 0x45, 0x65, 0x65]),
        optional(set([0x2b, 0x2b, 0x2d, 0x2d])),
        repeat(digit(), 1, 2),
      ),
    ),
  );

/**
 * Numbers within bounds: in one spelling each, without exponents, -0 or needless zeros.
 * @param one whether there must be only one spelling even where there are no bounds
 */
export function numbers(bounds: NumberBounds, one: boolean): Expression {
  const { whole, low, high, multipleOf } = bounds;
  if (!whole && !low && !high && !multipleOf && !one) return anyNumber();
  const given = [low, high].flatMap((bound) => (bound ? [decimal(Math.abs(bound.value))] : []));
  const longest = (side: 0 | 1) => Math.max(0, ...given.map((digits) => digits[side].length));
  const fraction =
    whole || multipleOf ? 0 : Math.max(longest(1), Math.min(FRACTION, DIGITS - longest(0)));
  const most = DIGITS - fraction;
  if (most < 1) return NONE;
  const own = magnitudes(most, fraction);
  const parts = (above: Bound | undefined, below: Bound | undefined): Expression => {
    if (below && (below.value < 0 || (below.value === 0 && below.open))) return NONE;
    return both(
      own,
      ...(above && above.value >= 0 ? [atLeast(above)] : []),
      ...(below ? [atMost(below)] : []),
      ...(multipleOf && multipleOf > 1 ? [multiples(multipleOf)] : []),
    );
  };
  const negated = (bound: Bound | undefined): Bound | undefined =>
    bound && { value: -bound.value, open: bound.open };
  const zero = { value: 0, open: true };
  const above = negated(high);
  const negative = parts(above && above.value > 0 ? above : zero, negated(low));
  return choice(parts(low, high), sequence(MINUS, negative));
}

/** Numbers of at least 0 with so many digits before and after the point. */
function magnitudes(most: number, fraction: number): Expression {
  const before = choice(literal("0"), sequence(digit(1), repeat(digit(), 0, most - 1)));
  if (fraction === 0) return before;
  return sequence(before, optional(sequence(POINT, repeat(digit(), 0, fraction - 1), digit(1))));
}

/** Digits before and after the point of a number of at least 0, without needless zeros. */
function decimal(value: number): readonly [string, string] {
  const [, whole, fraction = "", exponent = "0"] = /^(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(
    String(value),
  )!;
  const shift = Number(exponent);
  const digits = whole + fraction;
  const point = whole.length + shift;
  const before = point > 0 ? digits.padEnd(point, "0").slice(0, point) : "0";
  const after = point > 0 ? digits.slice(point) : "0".repeat(-point) + digits;
  return [before, after.replace(/0+$/, "")];
}

/** Digits before the point of numbers on one side of others that have these. */
function otherDigits(digits: string, greater: boolean): Expression {
  const n = digits.length;
  const same = Array.from(digits, (one, i) => {
    const own = Number(one);
    const least = i === 0 && n > 1 ? 1 : 0;
    const other = greater ? digit(own + 1) : digit(least, own - 1);
    return sequence(literal(digits.slice(0, i)), other, repeat(digit(), n - i - 1, n - i - 1));
  });
  const shorter =
    n > 1 ? choice(literal("0"), sequence(digit(1), repeat(digit(), 0, n - 2))) : NONE;
  return choice(...same, greater ? sequence(digit(1), repeat(digit(), n)) : shorter);
}

const anyFraction = () => optional(sequence(POINT, repeat(digit(), 1)));

function atLeast({ value, open }: Bound): Expression {
  const [before, after] = decimal(value);
  const larger = Array.from(after, (one, i) =>
    sequence(literal(`.${after.slice(0, i)}`), digit(Number(one) + 1), repeat(digit(), 0)),
  );
  const longer = sequence(literal(`.${after}`), repeat(digit(), 1));
  const same = after === "" ? literal("") : literal(`.${after}`);
  const equal = choice(...larger, longer, ...(open ? [] : [same]));
  return choice(
    sequence(otherDigits(before, true), anyFraction()),
    sequence(literal(before), equal),
  );
}

function atMost({ value, open }: Bound): Expression {
  const [before, after] = decimal(value);
  const smaller = Array.from(after, (one, i) =>
    choice(
      literal(i === 0 ? "" : `.${after.slice(0, i)}`),
      sequence(literal(`.${after.slice(0, i)}`), digit(0, Number(one) - 1), repeat(digit(), 0)),
    ),
  );
  const same = after === "" ? literal("") : literal(`.${after}`);
  const equal = choice(...smaller, ...(open ? [] : [same]));
  return choice(
    sequence(otherDigits(before, false), anyFraction()),
    sequence(literal(before), equal),
  );
}

/** Digits of the multiples of a whole number. */
function multiples(of: number): Expression {
  const states = Array.from({ length: of }, (_, rest) => ({
    final: rest === 0,
    edges: Array.from(
      { length: 10 },
      (_, one) => [digit(one, one), (rest * 10 + one) % of] as const,
    ),
  }));
  return { kind: "machine", states };
}

/** Of a string's characters: those of all of the parts, and of none of the others. */
export function content(parts: readonly Expression[], others: readonly Expression[]): Expression {
  const own = parts.length > 0 ? parts : [repeat(ANY, 0)];
  if (others.length === 0) return both(...own);
  return joined([...own, ...others], (accepted) =>
    accepted.every((one, i) => one === i < own.length),
  );
}
