// What a request says that its text must be. Loaded with the first request that says something.

import type { Chunk, TextGrammar } from "../api.js";
import { gbnf, jsonSchema, regex } from "../sampling/grammar/make.js";
import { type ApiError, invalid } from "./errors.js";
import { flag, object, optional, read, text } from "./fields.js";

/** The fields as they come: one of them, or none. */
export interface GrammarFields {
  readonly response_format?: Readonly<Record<string, unknown>> | undefined;
  /** In GBNF: an extension of the format, as is a regular expression. */
  readonly grammar?: string | undefined;
  readonly regex?: string | undefined;
}

const MOST = 32;
/** Grammars of earlier requests, by what they were made of. */
const made = new Map<string, TextGrammar>();

/** What a request's samples keep to. */
interface Rules {
  readonly grammar: TextGrammar;
  /** The chunks, whose `finish` says that a sample ended too early, as OpenAI says it. */
  cutShort(chunks: AsyncIterable<Chunk>): AsyncGenerator<Chunk, void, void>;
}

/** The rules of a request; undefined where it asks for any text. @throws ApiError naming the field that cannot be used */
export function rulesOf(fields: GrammarFields): Rules | undefined {
  const grammar = grammarOf(fields);
  return grammar && { grammar, cutShort };
}

function grammarOf(fields: GrammarFields): TextGrammar | undefined {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  if (given.length > 1)
    throw invalid(given[1][0], `${given[0][0]} and ${given[1][0]} cannot both hold`);
  const [name, value] = given[0];
  const key = JSON.stringify(given[0]);
  const known = made.get(key);
  if (known) return known;
  let grammar: TextGrammar | undefined;
  try {
    grammar = name === "response_format" ? ofFormat(value, name) : ofText(name, value);
  } catch (error) {
    throw asField(name, error);
  }
  if (!grammar) return undefined;
  made.set(key, grammar);
  const [oldest] = made.keys();
  if (made.size > MOST) made.delete(oldest);
  return grammar;
}

function ofText(name: string, value: string): TextGrammar {
  return name === "regex" ? regex(value) : gbnf(value);
}

function ofFormat(value: object, name: string): TextGrammar | undefined {
  const { type, json_schema } = read(
    value,
    { type: text, json_schema: optional(object, undefined) },
    `${name}.`,
  );
  if (type === "text") return undefined;
  if (type === "json_object") return jsonSchema({ type: "object" });
  if (type !== "json_schema") {
    throw invalid(`${name}.type`, `${name}.type must be one of text, json_object, json_schema`);
  }
  const inner = `${name}.json_schema`;
  const { schema } = read(
    object(json_schema, inner),
    {
      schema: object,
      name: optional(text, ""),
      description: optional(text, ""),
      strict: optional(flag, false),
    },
    `${inner}.`,
  );
  return jsonSchema(schema);
}

function asField(name: string, error: unknown): ApiError | unknown {
  const { name: kind, message } = Object(error) as Error;
  return kind === "InvalidInputError" ? invalid(name, message) : error;
}

async function* cutShort(chunks: AsyncIterable<Chunk>): AsyncGenerator<Chunk, void, void> {
  let short = false;
  try {
    for await (const chunk of chunks) {
      short ||= chunk.finish === "length";
      yield chunk;
    }
  } catch (error) {
    if (!(short && (error as Partial<Error>)?.name === "GrammarError")) throw error;
  }
}
