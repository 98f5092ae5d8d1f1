// From the rules of options to rows of the command line. A table is what a call of the library takes; help
// texts are stored here and not in the rules, and there is one for each rule.

import type { Rule, Rules } from "../../host/rules.js";
import type { CreateRules } from "../../models/base/network-choice.js";
import { flag } from "../errors.js";
import { number, type OptionRow, pair } from "./options.js";

/**
 * A help text for each option. It may begin with what the command line calls the value: "<p> dropout of …", or
 * "[side] …" for one that may be left out.
 */
export type Help<O> = { readonly [K in keyof O]-?: string };

/** Options that belong together. */
export interface OptionTable {
  /** Its heading in help. */
  readonly group: string;
  /** The call of the library that takes them; undefined where only the command line has them. */
  readonly call: string | undefined;
  readonly rules: Readonly<Record<string, Rule>>;
  readonly help: Readonly<Record<string, string>>;
  /** Options of the call that the command line lacks. */
  readonly without: readonly string[];
  /** Options for which the command line has rows of its own. */
  readonly own: readonly string[];
  /** What the command line puts before the names. */
  readonly prefix: string;
  /** Options that have another name on the command line, where theirs is that of an option of another kind. */
  readonly called: Readonly<Record<string, string>>;
  /** Options whose default is the library's, although other tables have another. */
  readonly asLibrary: readonly string[];
}

/** Defaults of the command line that differ from the library's on purpose. */
export const differing: Readonly<Record<string, number>> = {
  // Who trains by hand looks at the validation loss; a program asks for it.
  val: 0.1,
  // Commands that somebody wrote down give the fingerprint that they always gave.
  seed: 1,
};

/** A table of rules with a help text for each. */
export function table<O, Own extends keyof O = never>(
  group: string,
  call: string | undefined,
  rules: Rules<O, Own>,
  help: Help<O>,
  more: {
    readonly without?: readonly (keyof O & string)[];
    readonly own?: readonly (keyof O & string)[];
    readonly prefix?: string;
    readonly called?: { readonly [K in keyof O & string]?: string };
    readonly asLibrary?: readonly (keyof O & string)[];
  } = {},
): OptionTable {
  const { without = [], own = [], prefix = "", asLibrary = [] } = more;
  const called = (more.called ?? {}) as Record<string, string>;
  const plain = rules as Readonly<Record<string, Rule>>;
  const texts = help as Record<string, string>;
  return { group, call, rules: plain, help: texts, without, own, prefix, called, asLibrary };
}

/**
 * The table of a call that makes a model whose network is a choice.
 * @param made the rules of its options, and which network has which size: what only some have, says so
 */
export function createTable<O>(
  call: string,
  { rules, sizes }: CreateRules,
  help: Help<O>,
): OptionTable {
  const kinds = Object.keys(sizes);
  const words = Object.entries<string>(help).map(([name, text]) => {
    const having = kinds.filter((kind) => sizes[kind].includes(name));
    const some = having.length > 0 && having.length < kinds.length;
    return [name, some ? `${text} (${having.join(", ")})` : text];
  });
  return table<O, keyof O>("Model", call, rules as never, Object.fromEntries(words));
}

/** Names of a table's options that the command line has, as the library's call has them. */
export function namesIn({ rules, without, own }: OptionTable): string[] {
  const lacks = (name: string) => rules[name].type === "other" || without.includes(name);
  return Object.keys(rules).filter((name) => own.includes(name) || !lacks(name));
}

/** Older names of options, which the command line still takes. */
const older: Readonly<Partial<Record<string, string>>> = { maxTokens: "tokens", samples: "count" };

/** An option's name on the command line, in camelCase. */
export function commandLineName({ prefix, called }: OptionTable, name: string): string {
  if (Object.hasOwn(called, name)) return called[name];
  return prefix === "" ? name : prefix + name[0].toUpperCase() + name.slice(1);
}

/** Names of all options of these tables, as the command line has them. */
export function allNames(tables: readonly OptionTable[]): string[] {
  return tables.flatMap((one) => namesIn(one).map((name) => commandLineName(one, name)));
}

/** Those that a call of the library takes. */
export function namesOf(tables: readonly OptionTable[], call: string): string[] {
  return allNames(tables.filter((one) => one.call === call));
}

/** Rows of a table, or of some of its options. */
export function rowsOf(one: OptionTable, some: readonly string[] = namesIn(one)): OptionRow[] {
  const names = some.filter((name) => !one.own.includes(name));
  return names.flatMap((name) => {
    const rule = one.rules[name];
    const [, called, text] = /^(<[^>]+> |\[[^\]]+\] )?(.*)$/s.exec(one.help[name])!;
    const value = called?.trim() ?? placeholders[rule.type];
    const flags = `${flag(commandLineName(one, name))} ${value}`.trim();
    // What a call of the library takes has its default there; the rest has it here.
    const differs = one.asLibrary.includes(name) ? undefined : differing[name];
    const given = one.call === undefined ? plainDefault(rule) : differs;
    const words = given === undefined ? text + defaultWords(rule) : text;
    const reads = readers[rule.type] ?? ("of" in rule ? rule.of : undefined);
    const row: OptionRow = [flags, words, given, reads, older[name]];
    if (!turnsOff(rule)) return [row];
    return [
      [flags, `${words} (the default)`],
      [negated(flags), `turns ${flags} off`],
    ];
  });
}

/** Whether an option is a flag that is set where nothing is said: the command line has another to turn it off. */
export function turnsOff(rule: Rule): boolean {
  return rule.type === "flag" && rule.value === true;
}

/** The option that turns a flag off: "--no-tied". */
export function negated(flags: string): string {
  return flags.replace("--", "--no-");
}

const placeholders: Readonly<Record<Rule["type"], string>> = {
  number: "<x>",
  integer: "<n>",
  choice: "<kind>",
  flag: "",
  text: "<text>",
  pair: "<a,b>",
  other: "",
};

/** Bounds are the library's to check; it says more than a parser of numbers could. */
const readers: Partial<Record<Rule["type"], (text: string, previous: never) => unknown>> = {
  number,
  integer: number,
  pair,
};

function plainDefault(rule: Rule): string | number | undefined {
  const value = "value" in rule ? rule.value : undefined;
  return typeof value === "string" || typeof value === "number" ? value : undefined;
}

/** The default for people: " (default: 2000)", or nothing. */
function defaultWords(rule: Rule): string {
  const words = defaultOf(rule, flag);
  return words === undefined || rule.type === "flag" ? "" : ` (default: ${words})`;
}

/** A rule's default in words; undefined where there is none. */
export function defaultOf(rule: Rule, called: (name: string) => string): string | undefined {
  if ("fits" in rule) {
    return rule.type === "choice" || rule.fits === "kind"
      ? "by the data"
      : "by the size of the data";
  }
  if ("tenthOf" in rule) return `a tenth of ${called(rule.tenthOf!)}`;
  if (!("value" in rule) || rule.value === "") return undefined;
  return String(rule.value);
}
