// A grammar as nodes: each rule is a network that begins at its entry and ends at its end, and where a rule is named
// there is a call. Nodes from which no end can be reached are cut off, so whoever follows what is left always
// gets through.

import { InvalidInputError } from "../../host/errors.js";
import type { Expression, RuleTable } from "./expression.js";
import { CHARACTERS, intersection, type Ranges, SURROGATES, without } from "./ranges.js";

/** Nodes that a grammar may have: what is repeated is there as many times. */
const MOST_NODES = 100_000;

/** A place in a rule. */
interface Node {
  /** [first, last, node] of the symbols that lead on, one after the other. */
  readonly edges: number[];
  /** Nodes that are reached without a symbol. */
  readonly skips: number[];
  /** [rule, node after it], one after the other. */
  readonly calls: number[];
  /** Whether a rule ends here. */
  end: boolean;
}

export interface Program {
  readonly nodes: readonly Node[];
  /** Of each rule. */
  readonly entries: readonly number[];
  /** The rule that a text is. */
  readonly root: number;
}

function newNode(end = false): Node {
  return { edges: [], skips: [], calls: [], end };
}

/**
 * The nodes of rules, symbols being code points.
 * @throws InvalidInputError for a rule that is named but not there, or that begins with itself, or too many nodes
 */
export function compile(rules: RuleTable, root: string): Program {
  const nodes: Node[] = [];
  const names = [...rules.keys()];
  const numbers = new Map(names.map((name, i) => [name, i]));
  const add = (end?: boolean) => {
    if (nodes.length >= MOST_NODES) {
      throw new InvalidInputError(
        `the grammar is too large: with what it repeats written out it has more than ${MOST_NODES} places`,
      );
    }
    return nodes.push(newNode(end)) - 1;
  };
  const numberOf = (name: string) => {
    const found = numbers.get(name);
    if (found !== undefined) return found;
    throw new InvalidInputError(`the grammar has no rule ${JSON.stringify(name.slice(0, 60))}`);
  };
  /** Adds only what leads away from `from` and to `to`. */
  const build = (of: Expression, from: number, to: number): void => {
    switch (of.kind) {
      case "set":
        for (let i = 0; i < of.ranges.length; i += 2)
          nodes[from].edges.push(of.ranges[i], of.ranges[i + 1], to);
        break;
      case "sequence": {
        let at = from;
        for (const [i, one] of of.of.entries()) {
          const next = i + 1 < of.of.length ? add() : to;
          build(one, at, next);
          at = next;
        }
        if (at === from) nodes[from].skips.push(to);
        break;
      }
      case "choice":
        for (const one of of.of) build(one, from, to);
        break;
      case "repeat": {
        // What may be empty may be left out, and then fewer are as good as all.
        const min = of.max !== undefined && nullable(of.of, () => false) ? 0 : of.min;
        let at = from;
        for (let n = 0; n < min; n++) {
          const next = add();
          build(of.of, at, next);
          at = next;
        }
        for (let n = min; n < (of.max ?? min); n++) {
          nodes[at].skips.push(to);
          const next = add();
          build(of.of, at, next);
          at = next;
        }
        if (of.max === undefined) {
          const loop = add();
          nodes[at].skips.push(loop);
          build(of.of, loop, loop);
          at = loop;
        }
        nodes[at].skips.push(to);
        break;
      }
      case "rule":
        nodes[from].calls.push(numberOf(of.name), to);
        break;
      case "machine": {
        const own = of.states.map(() => add());
        nodes[from].skips.push(own[0]);
        for (const [i, { final, edges }] of of.states.entries()) {
          if (final) nodes[own[i]].skips.push(to);
          for (const [on, target] of edges) {
            const next = on.kind === "set" ? own[target] : add();
            build(on, own[i], next);
            if (next !== own[target]) nodes[next].skips.push(own[target]);
          }
        }
      }
    }
  };
  checkLeft(rules, numberOf);
  const entries = names.map((name) => {
    const [entry, end] = [add(), add(true)];
    build(rules.get(name)!, entry, end);
    return entry;
  });
  pairHalves(nodes);
  return trim({ nodes, entries, root: numberOf(root) });
}

/**
 * A regular expression without the flag u is about halves of characters: one that is followed by the other becomes the
 * character, and half a character alone is in no text.
 */
function pairHalves(nodes: readonly Node[]): void {
  const [highs, lows]: Ranges[] = [
    [0xd800, 0xdbff],
    [0xdc00, 0xdfff],
  ];
  const some = (node: Node, halves: Ranges): [number, number, number][] => {
    const found: [number, number, number][] = [];
    for (let i = 0; i < node.edges.length; i += 3) {
      const [low, high] = intersection([node.edges[i], node.edges[i + 1]], halves);
      if (high !== undefined) found.push([low, high, node.edges[i + 2]]);
    }
    return found;
  };
  const halved = nodes.filter((node) => some(node, SURROGATES).length > 0);
  const added = halved.map((node) =>
    some(node, highs).flatMap(([first, last, to]) => {
      const reached = new Set([to]);
      for (const at of reached) for (const next of nodes[at].skips) reached.add(next);
      return [...reached].flatMap((at) =>
        some(nodes[at], lows).flatMap(([low, high, after]) => {
          const code = (one: number, two: number) => (one - 0xd800) * 1024 + two - 0xdc00 + 0x10000;
          if (low === lows[0] && high === lows[1])
            return [code(first, low), code(last, high), after];
          return Array.from({ length: last - first + 1 }, (_, i) => [
            ...[code(first + i, low), code(first + i, high), after],
          ]).flat();
        }),
      );
    }),
  );
  for (const [i, node] of halved.entries()) {
    const whole: number[] = [];
    for (let at = 0; at < node.edges.length; at += 3) {
      const rest = without([node.edges[at], node.edges[at + 1]], SURROGATES);
      for (let j = 0; j < rest.length; j += 2) whole.push(rest[j], rest[j + 1], node.edges[at + 2]);
    }
    node.edges.splice(0, node.edges.length, ...whole, ...added[i]);
  }
}

/** Whether an expression may be the empty text. */
function nullable(of: Expression, ruleMay: (name: string) => boolean): boolean {
  const may = (one: Expression): boolean => nullable(one, ruleMay);
  switch (of.kind) {
    case "set":
      return false;
    case "sequence":
      return of.of.every(may);
    case "choice":
      return of.of.some(may);
    case "repeat":
      return of.min === 0 || may(of.of);
    case "rule":
      return ruleMay(of.name);
    case "machine":
      return of.states[0].final;
  }
}

/** Refuses rules that come to themselves before any character: to follow them has no end. */
function checkLeft(rules: RuleTable, numberOf: (name: string) => number): void {
  const empty = new Set<string>();
  const mayBe = (name: string) => empty.has(name);
  for (let before = -1; before < empty.size; ) {
    before = empty.size;
    for (const [name, of] of rules) if (nullable(of, mayBe)) empty.add(name);
  }
  /** Rules that an expression may begin with. */
  const first = (of: Expression): string[] => {
    switch (of.kind) {
      case "set":
        return [];
      case "sequence": {
        const at = of.of.findIndex((one) => !nullable(one, mayBe));
        return of.of.slice(0, at < 0 ? undefined : at + 1).flatMap(first);
      }
      case "choice":
        return of.of.flatMap(first);
      case "repeat":
        return first(of.of);
      case "rule":
        numberOf(of.name);
        return [of.name];
      case "machine":
        return of.states[0].edges.flatMap(([on]) => first(on));
    }
  };
  const begins = new Map([...rules].map(([name, of]) => [name, new Set(first(of))]));
  const done = new Set<string>();
  for (const start of rules.keys()) {
    const path: [string, Iterator<string>][] = [];
    const within = new Set<string>();
    const enter = (name: string) => {
      if (within.has(name)) {
        throw new InvalidInputError(
          `the grammar's rule ${JSON.stringify(name.slice(0, 60))} can begin with itself (left recursion): write it so that ` +
            "something else comes first, such as list ::= item list | item in place of list ::= list item | item",
        );
      }
      if (done.has(name)) return;
      within.add(name);
      path.push([name, (begins.get(name) ?? new Set<string>()).values()]);
    };
    enter(start);
    while (path.length > 0) {
      const [name, rest] = path[path.length - 1];
      const next = rest.next();
      if (!next.done) {
        enter(next.value);
        continue;
      }
      path.pop();
      within.delete(name);
      done.add(name);
    }
  }
}

/** The same without what leads to no end; its nodes stay where they are. */
function trim(program: Program): Program {
  const { nodes, entries } = program;
  const before: number[][] = nodes.map(() => []);
  /** [node, node after the call] of each rule's calls. */
  const callers: [number, number][][] = entries.map(() => []);
  /** [node, rule] of the calls before a node. */
  const returns: [number, number][][] = nodes.map(() => []);
  for (const [at, { edges, skips, calls }] of nodes.entries()) {
    for (let i = 2; i < edges.length; i += 3) before[edges[i]].push(at);
    for (const to of skips) before[to].push(at);
    for (let i = 0; i < calls.length; i += 2) {
      callers[calls[i]].push([at, calls[i + 1]]);
      returns[calls[i + 1]].push([at, calls[i]]);
    }
  }
  const rulesAt = new Map(entries.map((entry, i) => [entry, i]));
  const live = new Uint8Array(nodes.length);
  const found: number[] = [];
  const mark = (at: number) => {
    if (live[at] === 1) return;
    live[at] = 1;
    found.push(at);
  };
  for (const [at, { end }] of nodes.entries()) if (end) mark(at);
  for (let at = found.pop(); at !== undefined; at = found.pop()) {
    before[at].forEach(mark);
    for (const [from, called] of returns[at]) if (live[entries[called]] === 1) mark(from);
    const own = rulesAt.get(at);
    if (own === undefined) continue;
    for (const [from, after] of callers[own]) if (live[after] === 1) mark(from);
  }
  const kept = nodes.map(({ edges, skips, calls, end }): Node => {
    const node = newNode(end);
    for (let i = 0; i < edges.length; i += 3) {
      if (live[edges[i + 2]] === 1) node.edges.push(edges[i], edges[i + 1], edges[i + 2]);
    }
    for (const to of skips) if (live[to] === 1) node.skips.push(to);
    for (let i = 0; i < calls.length; i += 2) {
      const [called, after] = [calls[i], calls[i + 1]];
      if (live[entries[called]] === 1 && live[after] === 1) node.calls.push(called, after);
    }
    return node;
  });
  return { ...program, nodes: kept };
}

/** Whether there is any text. */
export function hasText({ nodes, entries, root }: Program): boolean {
  const { edges, skips, calls, end } = nodes[entries[root]];
  return end || edges.length + skips.length + calls.length > 0;
}

/** What is left where only some characters can be written. */
export function restrict(program: Program, available: Ranges): Program {
  const nodes = program.nodes.map((node): Node => {
    const edges: number[] = [];
    for (let i = 0; i < node.edges.length; i += 3) {
      const both = intersection([node.edges[i], node.edges[i + 1]], available);
      for (let j = 0; j < both.length; j += 2) edges.push(both[j], both[j + 1], node.edges[i + 2]);
    }
    return { ...node, edges };
  });
  return trim({ ...program, nodes });
}

/** Some of the characters that every text needs and that are not available, as far as one alone is asked for. */
export function neededOf(program: Program, available: Ranges): number[] {
  const single = program.nodes.flatMap(({ edges }) =>
    edges.filter((code, i) => i % 3 === 0 && code === edges[i + 1]),
  );
  const lacking = [...new Set(single)].filter(
    (code) => intersection([code, code], available).length === 0,
  );
  return lacking
    .slice(0, 64)
    .filter((code) => !hasText(restrict(program, without(CHARACTERS, [code, code]))));
}

/** The first and last code points of UTF-8's lengths, and the marker of a first byte. */
const LENGTHS = [
  [0, 0x7f, 0],
  [0x80, 0x7ff, 0xc0],
  [0x800, 0xffff, 0xe0],
  [0x10000, 0x10ffff, 0xf0],
];

/** The same with bytes of UTF-8 as symbols. */
export function toBytes(program: Program): Program {
  const nodes = program.nodes.map((node): Node => ({ ...node, edges: [] }));
  /** Nodes from which any so many continuation bytes lead to another. */
  const continued = new Map<number, number[]>();
  const after = (to: number, bytes: number): number => {
    if (bytes === 0) return to;
    const own = continued.get(to) ?? [to];
    continued.set(to, own);
    for (let n = own.length; n <= bytes; n++) {
      const node = newNode();
      node.edges.push(0x80, 0xbf, own[n - 1]);
      own.push(nodes.push(node) - 1);
    }
    return own[bytes];
  };
  /** Code points of one length, less their marker: `rest` bytes of 6 bits after the first. */
  const split = (
    from: number,
    low: number,
    high: number,
    rest: number,
    lead: number,
    to: number,
  ) => {
    const size = 64 ** rest;
    const [first, last] = [Math.floor(low / size), Math.floor(high / size)];
    const [inLow, inHigh] = [low % size, high % size];
    if (rest === 0 || (inLow === 0 && inHigh === size - 1)) {
      nodes[from].edges.push(lead + first, lead + last, after(to, rest));
    } else if (first === last) {
      const next = nodes.push(newNode()) - 1;
      nodes[from].edges.push(lead + first, lead + first, next);
      split(next, inLow, inHigh, rest - 1, 0x80, to);
    } else {
      const lower = inLow === 0 ? first : first + 1;
      const upper = inHigh === size - 1 ? last : last - 1;
      if (lower > first) split(from, low, first * size + size - 1, rest, lead, to);
      if (lower <= upper) split(from, lower * size, upper * size + size - 1, rest, lead, to);
      if (upper < last) split(from, last * size, high, rest, lead, to);
    }
  };
  for (const [from, { edges }] of program.nodes.entries()) {
    for (let i = 0; i < edges.length; i += 3) {
      for (const [rest, [first, last, lead]] of LENGTHS.entries()) {
        const [low, high] = [Math.max(edges[i], first), Math.min(edges[i + 1], last)];
        if (low <= high) split(from, low, high, rest, lead, edges[i + 2]);
      }
    }
  }
  return { ...program, nodes };
}
