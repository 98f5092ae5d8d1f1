// The three ways to write a grammar.

import { InvalidInputError } from "../../host/errors.js";
import { readGbnf } from "./gbnf.js";
import { Grammar } from "./grammar.js";
import { readJsonSchema } from "./json-schema.js";
import { readRegex } from "./regex.js";

/**
 * Texts that a regular expression matches from beginning to end: those of `new RegExp("^(?:" + pattern + ")$", flags)`.
 *
 * ```ts
 * model.generate({ grammar: regex(/\d{4}-\d{2}-\d{2}/) });
 * ```
 *
 * JavaScript's syntax without what needs more than a finite automaton or depends on the engine's Unicode version:
 * looking ahead or behind, references to groups, `\b`, `\p{…}`, and the flags `m`, `v` and `y`. Lazy repetition is as good
 * as greedy; `^` and `$` stand at the ends of the pattern or of its alternatives.
 *
 * @param flags of a pattern that is a string: i (ASCII letters only), s, u. Default none
 * @throws InvalidInputError naming what cannot be used; for a pattern that repeats too much
 */
export function regex(pattern: string | RegExp, flags = ""): Grammar {
  const [source, own] =
    typeof pattern === "object" && pattern !== null
      ? [pattern.source, pattern.flags]
      : [pattern, flags];
  if (source !== pattern && flags !== "") {
    throw new InvalidInputError(`a RegExp has its own flags; got ${JSON.stringify(flags)} besides`);
  }
  return new Grammar({ rules: [["root", readRegex(source, own)]], root: "root" });
}

/**
 * JSON values of a schema (draft 2020-12), without spaces, keys in the schema's order. The keywords that it may have,
 * and where fewer texts are written than the schema allows, are in docs/grammar.md.
 *
 * ```ts
 * const person = jsonSchema({
 *   type: "object",
 *   properties: { name: { type: "string", maxLength: 20 }, age: { type: "integer", minimum: 0 } },
 *   required: ["name", "age"],
 *   additionalProperties: false,
 * });
 * JSON.parse(model.generate({ grammar: person }).text);
 * ```
 *
 * @param schema an object as JSON.parse gives it, or true for any value
 * @throws InvalidInputError naming the keyword that is not supported; for a schema that no value satisfies
 */
export function jsonSchema(schema: object | boolean): Grammar {
  return new Grammar(readJsonSchema(schema));
}

/**
 * Texts of a grammar in GBNF, the notation of llama.cpp: rules `name ::= …` of strings, `[classes]`, `.`, names, groups,
 * `|` and the repetitions `* + ? {m,n}`; `root` is the text.
 *
 * ```ts
 * gbnf('root ::= ("-" item "\\n")+\nitem ::= [a-z ]{1,40}');
 * ```
 *
 * @throws InvalidInputError saying where the text is no grammar; for a rule that can begin with itself (left recursion)
 */
export function gbnf(text: string): Grammar {
  return new Grammar(readGbnf(text));
}
