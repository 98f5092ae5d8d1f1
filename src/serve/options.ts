// What a handler can be told, with its defaults: every limit is here.

import { InvalidInputError } from "../api.js";

/** Options of `createHandler`. */
export interface HandlerOptions {
  /** The model's id on the wire. Default "simdream". */
  readonly name?: string;
  /** Keys that `Authorization: Bearer` may carry. Default: none, and none is asked for. */
  readonly keys?: string | readonly string[];
  /** Origins whose pages may ask, or true for all. Default false. */
  readonly cors?: boolean | string | readonly string[];
  /** What comes before `/v1` and `/health` in the path, such as "/api". Default "". */
  readonly base?: string;
  /** The largest body of a request. Default 262,144 bytes. */
  readonly maxBodyBytes?: number;
  /** The longest prompt in UTF-16 units, checked before it is encoded. Default 8192. */
  readonly maxPromptChars?: number;
  /** The longest prompt in tokens. Default 2048. */
  readonly maxPromptTokens?: number;
  /** The largest `max_tokens`. Default 2048. */
  readonly maxTokens?: number;
  /** The most samples of one request: its prompts times its `n` or `best_of`. Default 16. */
  readonly maxChoices?: number;
  /** Requests that generate at the same time. Default 64. */
  readonly maxConcurrent?: number;
  /** Requests that wait for their turn to begin; one more is refused with 429. Default 64. */
  readonly maxQueue?: number;
  /** Milliseconds in which a body must have come. Default 10,000. */
  readonly bodyTimeout?: number;
  /** Milliseconds that a request may take, waiting included. Default 60,000. */
  readonly timeout?: number;
  /** Is told of errors that are nobody's input. Default `console.error`. */
  readonly onError?: (error: unknown) => void;
}

/** The same, complete and checked. */
export interface ResolvedOptions extends Required<Omit<HandlerOptions, "keys" | "cors">> {
  readonly keys: readonly string[];
  readonly cors: true | readonly string[];
}

const counts = {
  maxBodyBytes: 262_144,
  maxPromptChars: 8192,
  maxPromptTokens: 2048,
  maxTokens: 2048,
  maxChoices: 16,
  maxConcurrent: 64,
  maxQueue: 64,
  bodyTimeout: 10_000,
  timeout: 60_000,
};
/** The longest that timers wait. */
const MOST = 2 ** 31 - 1;

const known = ["name", "keys", "cors", "base", "onError", ...Object.keys(counts)];

/** @throws InvalidInputError naming the first option that cannot be used */
export function resolveOptions(options: HandlerOptions): ResolvedOptions {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new InvalidInputError("createHandler needs an object of options");
  }
  const unknown = Object.keys(options).filter((key) => !known.includes(key));
  if (unknown.length > 0) {
    throw new InvalidInputError(
      `createHandler does not know the option${unknown.length > 1 ? "s" : ""} ` +
        `${unknown.join(", ")}; it knows ${known.join(", ")}`,
    );
  }
  const { name = "simdream", base = "", cors = false, keys = [] } = options;
  const { onError = (error: unknown) => console.error(error) } = options;
  text("name", name);
  if (typeof base !== "string" || !/^(\/[^/?#]+)*$/.test(base)) {
    throw new InvalidInputError(`base must be "" or a path such as "/api", got ${shown(base)}`);
  }
  if (typeof onError !== "function") {
    throw new InvalidInputError(`onError must be a function, got ${shown(onError)}`);
  }
  const origins = cors === false ? [] : cors === true || cors === "*" ? true : list("cors", cors);
  return { name, base, onError, cors: origins, keys: list("keys", keys), ...limits(options) };
}

function limits(options: HandlerOptions): typeof counts {
  const entries = Object.entries(counts).map(([name, value]) => {
    const given = options[name as keyof typeof counts] ?? value;
    const least = name === "maxQueue" ? 0 : 1;
    if (!Number.isSafeInteger(given) || given < least || given > MOST) {
      throw new InvalidInputError(
        `${name} must be a whole number of at least ${least} and at most ${MOST}, got ${shown(given)}`,
      );
    }
    return [name, given];
  });
  return Object.fromEntries(entries);
}

function list(name: string, value: unknown): readonly string[] {
  const items: unknown[] = Array.isArray(value) ? value : [value];
  return items.map((item) => text(`every one of ${name}`, item));
}

function text(name: string, value: unknown): string {
  if (typeof value === "string" && value !== "") return value;
  const got = name.endsWith("keys") ? "something else" : shown(value);
  throw new InvalidInputError(`${name} must be a string that is not empty, got ${got}`);
}

function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
