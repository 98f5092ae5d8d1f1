// What regular expressions, JSON Schemas and GBNF all become: expressions over characters, and rules that may name
// each other. Plain data, so that a worker is sent them as they are.

import { CHARACTERS, type Ranges } from "./ranges.js";

export type Expression =
  /** One character of a set. */
  | { readonly kind: "set"; readonly ranges: Ranges }
  /** One after the other; of nothing: the empty text. */
  | { readonly kind: "sequence"; readonly of: readonly Expression[] }
  /** Any of them; of nothing: no text at all. */
  | { readonly kind: "choice"; readonly of: readonly Expression[] }
  /** `max` undefined: without end. */
  | {
      readonly kind: "repeat";
      readonly of: Expression;
      readonly min: number;
      readonly max: number | undefined;
    }
  | { readonly kind: "rule"; readonly name: string }
  /** A finite automaton; it begins in state 0. */
  | { readonly kind: "machine"; readonly states: readonly MachineState[] };

/** A state of a machine, and what leads to others by number. */
export interface MachineState {
  readonly final: boolean;
  readonly edges: readonly (readonly [Expression, number])[];
}

/** Rules by name. */
export type RuleTable = ReadonlyMap<string, Expression>;

export const EMPTY: Expression = { kind: "sequence", of: [] };
export const NONE: Expression = { kind: "choice", of: [] };
export const ANY: Expression = { kind: "set", ranges: CHARACTERS };

export function set(ranges: Ranges): Expression {
  return ranges.length > 0 ? { kind: "set", ranges } : NONE;
}

/** The text itself. */
export function literal(text: string): Expression {
  return sequence(
    ...Array.from(text, (character) => {
      const code = character.codePointAt(0)!;
      return set([code, code]);
    }),
  );
}

export function sequence(...of: readonly Expression[]): Expression {
  if (of.includes(NONE)) return NONE;
  const some = of.filter((one) => one !== EMPTY);
  if (some.length === 1) return some[0];
  return some.length > 0 ? { kind: "sequence", of: some } : EMPTY;
}

export function choice(...of: readonly Expression[]): Expression {
  const some = of.filter((one) => one !== NONE);
  if (some.length === 1) return some[0];
  return some.length > 0 ? { kind: "choice", of: some } : NONE;
}

export function repeat(of: Expression, min: number, max?: number): Expression {
  if (max === 0 || of === EMPTY) return EMPTY;
  if (of === NONE) return min > 0 ? NONE : EMPTY;
  return min === 1 && max === 1 ? of : { kind: "repeat", of, min, max };
}

export function optional(of: Expression): Expression {
  return repeat(of, 0, 1);
}

export function rule(name: string): Expression {
  return { kind: "rule", name };
}

/** The same with other characters: what stands for one set. */
export function mapSets(of: Expression, change: (ranges: Ranges) => Expression): Expression {
  const inner = (one: Expression) => mapSets(one, change);
  switch (of.kind) {
    case "set":
      return change(of.ranges);
    case "sequence":
      return sequence(...of.of.map(inner));
    case "choice":
      return choice(...of.of.map(inner));
    case "repeat":
      return repeat(inner(of.of), of.min, of.max);
    case "rule":
      return of;
    case "machine": {
      const states = of.states.map(({ final, edges }) => ({
        final,
        edges: edges.map(([on, to]) => [inner(on), to] as const),
      }));
      return { kind: "machine", states };
    }
  }
}
