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

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

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

/**
 * Words in which `--lowercase` cannot take a file's name for its side: `both` is what it means alone, and
 * alone it goes to the end of the options.
 */
export function withSides(words: readonly string[]): string[] {
  const rest: string[] = [];
  let alone = false;
  for (let i = 0; i < words.length; i++) {
    if (words[i] === "--") return [...rest, ...(alone ? ["--lowercase"] : []), ...words.slice(i)];
    const side = words[i] === "--lowercase" ? words[i + 1] : undefined;
    if (side === "source" || side === "target") rest.push(`--lowercase=${words[++i]}`);
    else if (words[i] !== "--lowercase" && words[i] !== "--lowercase=both") rest.push(words[i]);
    else {
      alone = true;
      if (side === "both") i++;
    }
  }
  return alone ? [...rest, "--lowercase"] : rest;
}

/** An option that may be given several times. */
export function repeated(text: string, previous: readonly string[] = []): string[] {
  return [...previous, text];
}
