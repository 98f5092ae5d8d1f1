// Follows a grammar's nodes symbol by symbol. A state is all places where a text may stand, each with the calls that
// it has to return from; states are made as texts come to them, and kept, so that what has been met before is
// a look into a table.

import { InvalidInputError } from "../../host/errors.js";
import type { Program } from "./program.js";

/** Places of one state, and states that are kept. */
const MOST_PLACES = 5000;
const MOST_STATES = 10_000;

/** Calls to return from: the node to go on from, and those further out. */
interface Calls {
  readonly id: number;
  readonly node: number;
  readonly outer: Calls | undefined;
  readonly inner: Map<number, Calls>;
}

/** Where a text may stand. */
export interface State {
  /** Places that have symbols: nodes, and what they return to. */
  readonly places: readonly (readonly [number, Calls | undefined])[];
  /** Whether the text is complete. */
  readonly final: boolean;
  /** The state after each class of symbols: null where none may come; empty until it is asked for. */
  readonly next: (State | null | undefined)[];
}

export class Automaton {
  readonly #program: Program;
  /** The first symbol of each class; symbols of one class lead to the same states. */
  readonly classes: readonly number[];
  #states = new Map<string, State>();
  #outermost = new Map<number, Calls>();
  #calls = 0;
  #start: State | undefined;

  constructor(program: Program) {
    this.#program = program;
    const bounds = new Set([0]);
    for (const { edges } of program.nodes) {
      for (let i = 0; i < edges.length; i += 3) bounds.add(edges[i]).add(edges[i + 1] + 1);
    }
    this.classes = [...bounds].sort((a, b) => a - b);
  }

  get start(): State {
    const { entries, root } = this.#program;
    this.#start ??= this.#closure([[entries[root], undefined]])!;
    return this.#start;
  }

  /** The class of a symbol. */
  classOf(symbol: number): number {
    let [low, high] = [0, this.classes.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.classes[middle] <= symbol) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The state after a symbol of a class; null where none of it may come. @throws InvalidInputError */
  step(state: State, symbols: number): State | null {
    const known = state.next[symbols];
    if (known !== undefined) return known;
    const symbol = this.classes[symbols];
    const reached: [number, Calls | undefined][] = [];
    for (const [node, calls] of state.places) {
      const { edges } = this.#program.nodes[node];
      for (let i = 0; i < edges.length; i += 3) {
        if (edges[i] <= symbol && symbol <= edges[i + 1]) reached.push([edges[i + 2], calls]);
      }
    }
    const next = reached.length > 0 ? this.#closure(reached) : null;
    state.next[symbols] = next;
    return next;
  }

  /** The state of places and of all that is reached from them without a symbol. */
  #closure(places: [number, Calls | undefined][]): State {
    const { nodes, entries } = this.#program;
    const seen = new Map<Calls | undefined, Set<number>>();
    const found: (readonly [number, Calls | undefined])[] = [];
    let final = false;
    let count = 0;
    const add = (node: number, calls: Calls | undefined) => {
      const own = seen.get(calls) ?? new Set();
      if (own.has(node)) return;
      seen.set(calls, own.add(node));
      if (++count > MOST_PLACES) {
        throw new InvalidInputError(
          `the grammar can be read in more than ${MOST_PLACES} ways at once; write it so that what comes next decides ` +
            "sooner which alternative is meant",
        );
      }
      places.push([node, calls]);
    };
    const begun = places.splice(0);
    for (const [node, calls] of begun) add(node, calls);
    for (let place = places.pop(); place; place = places.pop()) {
      const [at, calls] = place;
      const node = nodes[at];
      if (node.edges.length > 0) found.push(place);
      for (const to of node.skips) add(to, calls);
      if (node.end) {
        if (calls) add(calls.node, calls.outer);
        else final = true;
      }
      for (let i = 0; i < node.calls.length; i += 2) {
        add(entries[node.calls[i]], this.#call(node.calls[i + 1], calls));
      }
    }
    return this.#kept(found, final);
  }

  /** Calls with one more; where nothing comes after it, there is nothing to return to. */
  #call(after: number, calls: Calls | undefined): Calls | undefined {
    const { end, edges, skips, calls: further } = this.#program.nodes[after];
    if (end && edges.length + skips.length + further.length === 0) return calls;
    if (skips.length === 1 && !end && edges.length + further.length === 0) {
      return this.#call(skips[0], calls);
    }
    const siblings = calls?.inner ?? this.#outermost;
    let own = siblings.get(after);
    if (!own) {
      own = { id: ++this.#calls, node: after, outer: calls, inner: new Map() };
      siblings.set(after, own);
    }
    return own;
  }

  #kept(places: State["places"], final: boolean): State {
    const keys = places.map(([node, calls]) => `${calls?.id ?? 0}:${node}`).sort();
    const key = `${final ? "!" : ""}${keys.join()}`;
    let state = this.#states.get(key);
    if (state) return state;
    if (this.#states.size >= MOST_STATES) {
      // Texts under way keep what they have; everything else is found again when it is met.
      this.#states = new Map();
      this.#outermost = new Map();
      this.#start = undefined;
    }
    state = { places, final, next: [] };
    this.#states.set(key, state);
    return state;
  }
}
