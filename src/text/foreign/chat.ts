// Conversations as texts, by the templates that models bring: Jinja's, interpreted by the package @huggingface/jinja,
// which is imported with this file and by nothing else.

import { checkKeys, describe, InvalidInputError } from "../../host/errors.js";
import type { ChatMessage } from "../chat-message.js";
import { Environment, type Scope, Template, type Value } from "./jinja.js";
import { BoundedInterpreter } from "./limits.js";
import { Float, parseWithFloats } from "./python-json.js";

/** Options of `renderChat`. */
export interface ChatOptions {
  /** Ends with what begins the model's next message. Default false. */
  readonly addGenerationPrompt?: boolean;
  /** Descriptions of functions that the model may call, or their JSON. */
  readonly tools?: readonly object[] | string;
  /** Texts of the tokens that begin and end a text, for templates that write them. */
  readonly bosToken?: string;
  readonly eosToken?: string;
  /** Further variables of the template. */
  readonly variables?: Readonly<Record<string, unknown>>;
}

const LONGEST_TEMPLATE = 2 ** 18;
/** Spaces in a row, for which the package takes time that grows with their square. */
const WIDEST_SPACE = 1000;
const LONGEST_RANGE = 100_000;

/**
 * The text that a model's template makes of a conversation, as `apply_chat_template` of Python's `transformers` does.
 * `strftime_now` is not there, since a text would change with the clock: templates fall back on a fixed date, or take
 * `variables: { date_string }`.
 *
 * A template may be hostile. What it does is bounded: steps, nesting, and the size of everything it makes; its length
 * is at most 262,144 characters. Not bounded is what an engine does in one step within these: some seconds at most.
 *
 * @param messages the conversation, or its JSON: in JSON 19.0 stays a number with a point, as templates of Python
 * write it
 * @throws InvalidInputError for what the template refuses, with its own words, and for one that is damaged or hostile
 */
export function renderChat(
  template: string,
  messages: readonly ChatMessage[] | string,
  options: ChatOptions = {},
): string {
  const known = ["addGenerationPrompt", "tools", "bosToken", "eosToken", "variables"];
  checkKeys("renderChat", options, known);
  if (typeof template !== "string" || template.length > LONGEST_TEMPLATE) {
    const expected = `a text of at most ${LONGEST_TEMPLATE} characters`;
    throw new InvalidInputError(`a chat template must be ${expected}, got ${describe(template)}`);
  }
  const widest = (template.match(/\s+/g) ?? []).reduce(
    (most, { length }) => Math.max(most, length),
    0,
  );
  if (widest > WIDEST_SPACE) {
    throw new InvalidInputError(
      `a chat template may have at most ${WIDEST_SPACE} spaces or empty lines in a row, got ${widest}`,
    );
  }
  const conversation = listOf("messages", messages);
  const tools = options.tools === undefined ? null : listOf("tools", options.tools);
  try {
    return render(template, {
      ...(options.bosToken === undefined ? {} : { bos_token: options.bosToken }),
      ...(options.eosToken === undefined ? {} : { eos_token: options.eosToken }),
      ...{ documents: null, ...options.variables },
      ...{ messages: conversation, tools },
      add_generation_prompt: options.addGenerationPrompt ?? false,
    });
  } catch (error) {
    // A stack or a string that is full is a RangeError.
    const why = error instanceof Error ? error.message : String(error);
    throw new InvalidInputError(`the model's chat template fails for this conversation: ${why}`, {
      cause: error,
    });
  }
}

function listOf(name: string, given: readonly unknown[] | string): readonly unknown[] {
  let list: unknown = given;
  if (typeof given === "string") {
    try {
      list = parseWithFloats(given);
    } catch (error) {
      throw new InvalidInputError(`${name} is no JSON`, { cause: error });
    }
  }
  if (Array.isArray(list)) return list;
  throw new InvalidInputError(`${name} must be a list, got ${describe(list)}`);
}

function render(template: string, variables: Readonly<Record<string, unknown>>): string {
  const scope = new Environment();
  const values = new Values(scope);
  for (const [name, value] of Object.entries({ ...constants, ...variables })) {
    values.set(name, value);
  }
  scope.set("raise_exception", (message: unknown) => {
    throw new InvalidInputError(String(message));
  });
  scope.set("range", range);
  const interpreter = new BoundedInterpreter(scope, values.size, (text) => values.of(text));
  return interpreter.run(new Template(template).parsed).value as string;
}

const constants = { true: true, false: false, none: null, True: true, False: false, None: null };

function range(...given: number[]): number[] {
  const [first, last, step = 1] = given.length === 1 ? [0, given[0]] : given;
  const length = Math.ceil((last - first) / step);
  if (![first, last, step].every(Number.isSafeInteger) || step === 0 || length > LONGEST_RANGE) {
    throw new InvalidInputError(`range must have at most ${LONGEST_RANGE} whole numbers`);
  }
  return Array.from({ length: Math.max(0, length) }, (_, i) => first + i * step);
}

type Maker = new (value: unknown) => Value;

/** Makes the package's values out of ours; it exports none of their classes. */
class Values {
  /** Characters of all that was made. */
  size = 0;
  readonly #scope: Scope;
  readonly #object: Maker;
  readonly #list: Maker;
  readonly #float: Maker;
  readonly #text: Maker;

  constructor(scope: Scope) {
    this.#scope = scope;
    const sample = (value: unknown) => new Environment().set("sample", value).constructor as Maker;
    this.#object = sample({});
    this.#list = sample([]);
    this.#float = sample(0.5);
    this.#text = sample("");
  }

  set(name: string, value: unknown): void {
    this.#scope.setVariable(name, this.of(value));
  }

  of(value: unknown): Value {
    if (typeof value === "string") {
      this.size += value.length;
      return new this.#text(value);
    }
    if (value instanceof Float) return new this.#float(value.value);
    if (Array.isArray(value)) {
      this.size += 8 * value.length;
      return new this.#list(value.map((inner) => this.of(inner)));
    }
    if (typeof value !== "object" || value === null) {
      return new Environment().set("value", value);
    }
    const members = Object.entries(value).map(([name, inner]) => {
      this.size += 8 + name.length;
      return [name, this.of(inner)] as const;
    });
    return new this.#object(new Map(members));
  }
}
