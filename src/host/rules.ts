// Options, declared once: a rule each. Checks, defaults and the list of known names follow from the rules
// here; the rows of the command line and the tables in docs/options.md follow from them in src/cli. Rules
// are pure data and hold no words for people, so that a page that imports a model does not carry them.

import {
  checkChoice,
  checkFlag,
  checkNumber,
  describe,
  InvalidInputError,
  type NumberRule,
} from "./errors.js";

interface Numeric extends Omit<NumberRule, "integer"> {
  readonly type: "number" | "integer";
  readonly value?: number;
  /** The default is a tenth of this other option, at least 1. */
  readonly tenthOf?: string;
  /** The default follows from the size of the data, or from their kind; `value` is for where there are none. */
  readonly fits?: true | "kind";
}

interface Choice<T extends string = string> {
  readonly type: "choice";
  readonly of: string extends T ? readonly string[] : Permutation<T>;
  readonly value?: T;
  /** The default follows from the data; `value` is for where there are none. */
  readonly fits?: true;
}

interface Flag {
  readonly type: "flag";
  readonly value?: boolean;
}

interface Text {
  readonly type: "text";
  readonly value?: string;
}

/** Two numbers with the same bounds. */
interface Pair extends Omit<NumberRule, "integer"> {
  readonly type: "pair";
  readonly value?: readonly [number, number];
}

/** What no command line can give: a corpus, a function, a signal. */
interface Other {
  readonly type: "other";
}

/**
 * What an option may be, and what it is where it is not given. `own`: whoever uses it checks it, because
 * what it may be depends on more than the rule; what the rule says of it is for people.
 */
export type Rule = (Numeric | Choice | Flag | Text | Pair | Other) & { readonly own?: true };

/** All members of a union, each once: a list of choices that lacks one does not compile. */
type Permutation<T, One = T> = [T] extends [never]
  ? readonly []
  : One extends T
    ? readonly [One, ...Permutation<Exclude<T, One>>]
    : never;

type RuleOf<T> = [T] extends [boolean]
  ? Flag
  : [T] extends [number]
    ? Numeric
    : [T] extends [string]
      ? string extends T
        ? Text
        : Choice<T>
      : [T] extends [readonly [number, number]]
        ? Pair
        : Rule;

/** A default, of which `own` options need none. */
type Default = { readonly value: unknown } | { readonly tenthOf: string };

/**
 * The rules of the options `O`: one for each, of its type, with a default unless it is one of `Own`. A
 * rule that is missing, superfluous or of another type does not compile.
 */
export type Rules<O, Own extends keyof O = never> = {
  readonly [K in keyof O]-?: K extends Own
    ? Rule & { readonly own: true }
    : RuleOf<NonNullable<O[K]>> & Default;
};

/**
 * The rules of the options `O` where all of them are `own`: for the command line and the docs they stand among a
 * model's others; who uses them checks them with `resolveOwn`.
 */
export type OwnRules<O> = {
  readonly [K in keyof O]-?: RuleOf<NonNullable<O[K]>> & { readonly own: true };
};

/** The options that are not `own`, checked and complete. */
export type Resolved<O, Own extends keyof O = never> = {
  readonly [K in Exclude<keyof O, Own>]-?: NonNullable<O[K]>;
};

/**
 * Checks options and fills in defaults, in the order of the rules.
 * @param fitting what takes the place of the rules' defaults here, such as what follows from the data
 * @throws InvalidInputError naming the first option that cannot be used
 */
export function resolve<O extends object, Own extends keyof O>(
  rules: Rules<O, Own>,
  given: Partial<O>,
  fitting: object = {},
): Resolved<O, Own> {
  return resolved(rules, given, fitting, false) as Resolved<O, Own>;
}

/**
 * The same of options that are `own`, by who checks them.
 * @param fitting defaults of those whose rules have none, and what takes the place of the rules' defaults here
 * @throws InvalidInputError naming the first option that cannot be used
 */
export function resolveOwn<O extends object>(
  rules: OwnRules<O>,
  given: Partial<O>,
  fitting: object = {},
): Resolved<O> {
  return resolved(rules, given, fitting, true) as Resolved<O>;
}

function resolved(rules: object, given: object, fitting: object, own: boolean): object {
  const values = given as Readonly<Record<string, unknown>>;
  const others = fitting as Readonly<Record<string, unknown>>;
  const done: Record<string, unknown> = {};
  for (const [name, rule] of Object.entries(rules as Readonly<Record<string, Rule>>)) {
    if ((rule.own ?? false) !== own) continue;
    done[name] = checkOption(name, rule, values[name] ?? others[name] ?? defaultOf(rule, done));
  }
  return done;
}

function defaultOf(rule: Rule, before: Readonly<Record<string, unknown>>): unknown {
  if ("tenthOf" in rule) return tenth(Number(before[rule.tenthOf!]));
  return "value" in rule ? rule.value : undefined;
}

/** A tenth of a number, as a default: whole, at least 1. */
export function tenth(value: number): number {
  return Math.max(1, Math.round(value / 10));
}

/** Returns `value` if the rule allows it. @throws InvalidInputError naming the option */
export function checkOption(name: string, rule: Rule, value: unknown): unknown {
  switch (rule.type) {
    case "number":
    case "integer":
      return checkNumber(name, value, { ...rule, integer: rule.type === "integer" });
    case "choice":
      return checkChoice(name, value, rule.of);
    case "flag":
      return checkFlag(name, value);
    case "text":
      if (typeof value === "string") return value;
      throw new InvalidInputError(`${name} must be a string, got ${describe(value)}`);
    case "pair":
      if (!Array.isArray(value) || value.length !== 2) {
        throw new InvalidInputError(`${name} must be two numbers, got ${describe(value)}`);
      }
      return value.map((one) => checkNumber(name, one, rule));
    case "other":
      return value;
  }
}
