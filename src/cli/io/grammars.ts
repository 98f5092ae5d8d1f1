// What a generated text must be, as the command line says it.

import { existsSync } from "node:fs";
import { InvalidInputError, type TextGrammar } from "../../entries/node.js";
import { UsageError } from "../errors.js";
import type { GrammarFlags } from "../options/generate-options.js";
import { readText } from "./files.js";
import { type PathUse, uses } from "./paths.js";

/** The files that say it. */
export function grammarPaths({ jsonSchema, grammar }: GrammarFlags): PathUse[] {
  return [...uses("--json-schema", jsonSchema), ...uses("--grammar", grammar)];
}

/** The grammar, where one is asked for. @throws UsageError, Failure */
export async function readGrammar({
  regex,
  jsonSchema,
  grammar,
}: GrammarFlags): Promise<TextGrammar | undefined> {
  const given = [regex, jsonSchema, grammar].filter((one) => one !== undefined);
  if (given.length === 0) return undefined;
  if (given.length > 1) {
    throw new UsageError("only one of --regex, --json-schema and --grammar can be given");
  }
  const make = await import("../../entries/grammar.js");
  const told = <T>(what: string, work: () => T): T => {
    try {
      return work();
    } catch (error) {
      const wrong = error instanceof InvalidInputError || error instanceof SyntaxError;
      throw wrong ? new UsageError(`${what}: ${error.message}`) : error;
    }
  };
  if (regex !== undefined) return told("--regex", () => make.regex(regex));
  const path = (jsonSchema ?? grammar)!;
  const option = jsonSchema === undefined ? "--grammar" : "--json-schema";
  if (!existsSync(path) && /[{\n]|::=/.test(path)) {
    throw new UsageError(`${option} takes the name of a file, got what could be in one`);
  }
  const text = readText(path).pieces.join("");
  if (grammar !== undefined) return told(`--grammar ${path}`, () => make.gbnf(text));
  return told(`--json-schema ${path}`, () => make.jsonSchema(JSON.parse(text)));
}
