// Languages joined by "and" and "not": the automata of several expressions walked side by side give one machine.

import { InvalidInputError } from "../../host/errors.js";
import { Automaton, type State } from "./automaton.js";
import { type Expression, type MachineState, NONE, set } from "./expression.js";
import { compile } from "./program.js";
import { CHARACTERS, intersection, type Ranges } from "./ranges.js";

/** States that a machine of several may have: each costs more than those of one. */
const MOST = 10_000;

/** States that may still be made. */
let left = Infinity;

/** Work whose machines have so many states at most. */
export function within<T>(states: number, work: () => T): T {
  left = states;
  try {
    return work();
  } finally {
    left = Infinity;
  }
}

function spend(states: number): void {
  left -= states;
  if (left < 0) {
    throw new InvalidInputError(
      "patterns, lengths and lists of values take too many states together",
    );
  }
}

/**
 * The texts for which `holds` is true of what each of the expressions says of them. The expressions name no rules.
 * @throws InvalidInputError where that takes too many states
 */
export function joined(
  of: readonly Expression[],
  holds: (accepted: readonly boolean[]) => boolean,
): Expression {
  const automata = of.map((one) => new Automaton(compile(new Map([["", one]]), "")));
  const bounds = [...new Set(automata.flatMap(({ classes }) => classes))].sort((a, b) => a - b);
  const classes = automata.map((one) => bounds.map((bound) => one.classOf(bound)));
  const characters = bounds.map(
    (bound, i): Ranges => intersection([bound, (bounds[i + 1] ?? Infinity) - 1], CHARACTERS),
  );
  const ids = new Map<State | null, number>();
  const idOf = (state: State | null) => {
    const id = ids.get(state) ?? ids.size;
    ids.set(state, id);
    return id;
  };
  const numbers = new Map<string, number>();
  const tuples: (readonly (State | null)[])[] = [];
  const numberOf = (tuple: readonly (State | null)[]) => {
    const key = tuple.map(idOf).join();
    const known = numbers.get(key);
    if (known !== undefined) return known;
    if (tuples.length >= MOST) {
      throw new InvalidInputError(
        `patterns and lengths that hold together take more than ${MOST} states; make them simpler or shorter`,
      );
    }
    // As much as several that are only written down.
    spend(3);
    numbers.set(key, tuples.length);
    return tuples.push(tuple) - 1;
  };
  numberOf(automata.map(({ start }) => start));
  const states: { final: boolean; edges: Map<number, number[]> }[] = [];
  for (let at = 0; at < tuples.length; at++) {
    const tuple = tuples[at];
    const edges = new Map<number, number[]>();
    for (const [c, ranges] of characters.entries()) {
      if (ranges.length === 0) continue;
      const next = tuple.map((state, i) => state && automata[i].step(state, classes[i][c]));
      const to = numberOf(next);
      const own = edges.get(to);
      if (own) own.push(...ranges);
      else edges.set(to, [...ranges]);
    }
    states.push({ final: holds(tuple.map((state) => state?.final ?? false)), edges });
  }
  return trimmed(states);
}

/** The machine without states from which nothing is accepted. */
function trimmed(states: readonly { final: boolean; edges: Map<number, number[]> }[]): Expression {
  const before: number[][] = states.map(() => []);
  for (const [at, { edges }] of states.entries())
    for (const to of edges.keys()) before[to].push(at);
  const found = states.flatMap(({ final }, at) => (final ? [at] : []));
  const live = new Set(found);
  for (let at = found.pop(); at !== undefined; at = found.pop()) {
    for (const from of before[at]) {
      if (live.has(from)) continue;
      live.add(from);
      found.push(from);
    }
  }
  if (!live.has(0)) return NONE;
  const numbers = new Map([...live].sort((a, b) => a - b).map((at, n) => [at, n]));
  const kept = [...numbers.keys()].map((at): MachineState => {
    const { final, edges } = states[at];
    const own = [...edges].flatMap(([to, ranges]) => {
      const number = numbers.get(to);
      return number === undefined ? [] : [[set(ranges), number] as const];
    });
    return { final, edges: own };
  });
  return { kind: "machine", states: kept };
}

/** Texts of all of the expressions. */
export function both(...of: readonly Expression[]): Expression {
  if (of.length === 1) return of[0];
  return joined(of, (accepted) => accepted.every((one) => one));
}

/** One of several texts, whose common beginnings are there once. */
export function oneOf(texts: readonly string[]): Expression {
  const states: { final: boolean; edges: Map<number, number> }[] = [
    { final: false, edges: new Map() },
  ];
  for (const text of texts) {
    let at = 0;
    for (const character of text) {
      const code = character.codePointAt(0)!;
      let to = states[at].edges.get(code);
      if (to === undefined) {
        spend(1);
        to = states.push({ final: false, edges: new Map() }) - 1;
        states[at].edges.set(code, to);
      }
      at = to;
    }
    states[at].final = true;
  }
  if (texts.length === 0) return NONE;
  return {
    kind: "machine",
    states: states.map(({ final, edges }) => ({
      final,
      edges: Array.from(edges, ([code, to]) => [set([code, code]), to] as const),
    })),
  };
}
