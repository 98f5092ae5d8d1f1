// What all commands share in reading their command line.

import { Command, InvalidArgumentError, Option } from "commander";
import { flag } from "../errors.js";

/** A command with the program's manners; errors are thrown, and printed in one place. */
export function command(name: string, summary: string): Command {
  return new Command(name)
    .description(summary)
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .configureHelp({ helpWidth: 100 })
    .helpOption("-h, --help", "show this help");
}

export function examples(target: Command, lines: readonly string[]): Command {
  return target.addHelpText("after", `\nExamples:\n${lines.map((line) => `  ${line}\n`).join("")}`);
}

/** Options in groups: [flags, description, default?, parser or choices?, an older name that still works?]. */
export type OptionRow = readonly [
  flags: string,
  description: string,
  value?: string | number,
  reads?: ((text: string, previous: never) => unknown) | readonly string[],
  older?: string | undefined,
];

export function addOptions(target: Command, group: string, rows: readonly OptionRow[]): void {
  for (const row of rows) {
    target.addOption(makeOption(group, row));
    const [flags, description, value, reads, older] = row;
    if (older === undefined) continue;
    const old: OptionRow = [flags.replace(/^--\S+/, flag(older)), description, value, reads];
    target.addOption(makeOption(group, old, rowName(row)).hideHelp());
  }
}

/** An option whose value commands find under another name. */
class NamedOption extends Option {
  readonly #name: string | undefined;

  constructor(flags: string, description?: string, name?: string) {
    super(flags, description);
    this.#name = name;
  }

  override attributeName(): string {
    return this.#name ?? super.attributeName();
  }
}

export function makeOption(
  group: string,
  [flags, description, value, reads]: OptionRow,
  name?: string,
): Option {
  const option = new NamedOption(flags, description, name).helpGroup(`${group}:`);
  if (typeof reads === "function") option.argParser(reads as (text: string) => unknown);
  else if (reads) option.choices(reads);
  return value === undefined ? option : option.default(value);
}

/** The name of a row's option, in camelCase. */
export function rowName([flags]: OptionRow): string {
  return new Option(flags).attributeName();
}

/** Names of a command's options, in camelCase. */
export function optionNames(target: Command): string[] {
  return target.options.map((option) => option.attributeName());
}

/** Those that the user gave. */
export function explicitOptions(target: Command): Set<string> {
  return new Set(optionNames(target).filter((name) => target.getOptionValueSource(name) === "cli"));
}

/** The part of the options that the library's call takes. */
export function pick(values: object, names: Iterable<string>): Record<string, unknown> {
  const given = values as Record<string, unknown>;
  const picked: Record<string, unknown> = {};
  for (const name of names) if (given[name] !== undefined) picked[name] = given[name];
  return picked;
}

/** Options without those that are not given. */
export function given<T extends object>(options: T): Partial<T> {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<T>;
}

/** Those of these options that are given, as they are typed. */
export function typedAgain(values: object, names: Iterable<string>): string[] {
  return Object.entries(pick(values, names)).flatMap(([name, value]) =>
    value === true ? [flag(name)] : [flag(name), String(value)],
  );
}

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

export function number(text: string): number {
  if (NUMBER.test(text.trim())) return Number(text);
  throw new InvalidArgumentError("Expected a number.");
}

export function wholeNumber(text: string): number {
  const value = number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError("Expected a whole number of at least 0.");
}

export function count(text: string): number {
  const value = number(text);
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError("Expected a whole number of at least 1.");
}

/** "0.9,0.999" */
export function pair(text: string): [number, number] {
  const parts = text.split(",");
  if (parts.length !== 2) throw new InvalidArgumentError("Expected two numbers: 0.9,0.999.");
  return [number(parts[0]), number(parts[1])];
}

/** Options whose value may be left out, and what a value of theirs looks like. */
const valued: ReadonlyMap<string, RegExp> = new Map([
  ["--lowercase", /^(source|target|both)$/],
  ["--guard", /^(stop|lr|dropout)$/],
  ["--logprobs", NUMBER],
]);

/**
 * Words in which an option whose value is left out cannot take a file's name for it: alone it goes to the end
 * of the options. `--lowercase both` is what that option means alone.
 */
export function withOptionalValues(words: readonly string[]): string[] {
  const rest: string[] = [];
  const alone = new Set<string>();
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word === "--") return [...rest, ...alone, ...words.slice(i)];
    const given = valued.get(word)?.test(words[i + 1] ?? "");
    const whole = given ? `${word}=${words[++i]}` : word;
    if (whole === "--lowercase=both") alone.add("--lowercase");
    else if (given === false) alone.add(word);
    else rest.push(whole);
  }
  return [...rest, ...alone];
}

/** An option that may be given several times. */
export function repeated(text: string, previous: readonly string[] = []): string[] {
  return [...previous, text];
}
