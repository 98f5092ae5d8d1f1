// The options of a handler, with their defaults: every limit is here.

import { InvalidInputError } from "../api.js";
import { nearName } from "../host/near-names.js";
import { allowsAll, hostName, origin } from "./allowed.js";
import { UNSURE } from "./confidence.js";
import { named } from "./model.js";

/** Options of `createHandler`. */
export interface HandlerOptions {
  /** The model's id on the wire. Default "simdream". */
  readonly name?: string;
  /** Keys that `Authorization: Bearer` may carry. Default: none, and none is asked for. */
  readonly keys?: string | readonly string[];
  /** Origins whose pages may ask, such as "https://example.com"; true or "*" for all. Default false. */
  readonly cors?: boolean | string | readonly string[];
  /**
   * Names that the header `Host` may have, besides those of the machine itself (localhost, 127.0.0.1, [::1]).
   * Give a list, be it empty, where a server listens on a loopback address: pages can let a name of theirs
   * point there. Default, and with "*": any.
   */
  readonly hosts?: string | readonly string[];
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
  /**
   * Memory for what a model of conversations has read, which all who ask share; in bytes. 0: nothing is kept. Default
   * 67,108,864.
   */
  readonly cacheBytes?: number;
  /** The most samples of one request: its prompts times its `n` or `best_of`; its pictures. Default 16. */
  readonly maxChoices?: number;
  /** Of models that make pictures step by step, the largest `steps`. Default 50. */
  readonly maxSteps?: number;
  /** The most pixels of all pictures of one answer. Default 1,048,576. */
  readonly maxPixels?: number;
  /** Requests that generate at the same time. Default 64. */
  readonly maxConcurrent?: number;
  /** Requests that wait for their turn to begin; one more is refused with 429. Default 64. */
  readonly maxQueue?: number;
  /** Milliseconds in which a body must have come. Default 10,000. */
  readonly bodyTimeout?: number;
  /** Milliseconds that a request may take, waiting included. Default 60,000. */
  readonly timeout?: number;
  /**
   * From 0 to 1: an answer of lower `confidence` (the geometric mean of its tokens' probabilities) is not
   * given; `unsure` is. Answers then come whole, also in a stream. Default 0: every answer is given.
   */
  readonly minConfidence?: number;
  /** What is said instead. Default "I do not know". */
  readonly unsure?: string;
  /** Turns before the last message that a `Seq2Seq` reads with it in a chat. Default 0. */
  readonly history?: number;
  /** What stands between them. Default " ". */
  readonly joiner?: string;
  /** What the user's lines begin with in the transcript that a `LanguageModel` continues. Default "". */
  readonly userPrefix?: string;
  /** The same of the model's own lines. Default "". */
  readonly assistantPrefix?: string;
  /** Is told of errors that are nobody's input. Default `console.error`. */
  readonly onError?: (error: unknown) => void;
}

/** The same, complete and checked. */
export interface ResolvedOptions extends Required<Omit<HandlerOptions, "keys" | "cors" | "hosts">> {
  readonly keys: readonly string[];
  /** Undefined: any. */
  readonly hosts: readonly string[] | undefined;
  readonly cors: true | readonly string[];
}

const counts = {
  maxBodyBytes: 262_144,
  maxPromptChars: 8192,
  maxPromptTokens: 2048,
  maxTokens: 2048,
  cacheBytes: 2 ** 26,
  maxChoices: 16,
  maxSteps: 50,
  maxPixels: 1_048_576,
  maxConcurrent: 64,
  maxQueue: 64,
  bodyTimeout: 10_000,
  timeout: 60_000,
  history: 0,
};
/** Counts that may be 0. */
const fromZero = ["maxQueue", "history", "cacheBytes"];
const texts = { unsure: UNSURE, joiner: " ", userPrefix: "", assistantPrefix: "" };
/** The longest that timers wait. */
const MOST = 2 ** 31 - 1;

const known = [
  ...["name", "keys", "cors", "hosts", "base", "onError", "minConfidence"],
  ...[...Object.keys(texts), ...Object.keys(counts)],
];

/** What other servers call them. */
const words = [
  "keys key apikey apikeys token",
  "hosts allowedhosts allowhost",
  "cors origin origins allowedorigins",
  "name model modelname modelid",
];

/** @throws InvalidInputError naming the first option that cannot be used */
export function resolveOptions(options: HandlerOptions): ResolvedOptions {
  checkKnown(options);
  const { name = "simdream", base = "", cors = false, keys = [] } = options;
  const { onError = (error: unknown) => console.error(error) } = options;
  text("name", name);
  if (typeof base !== "string" || !/^(\/[^/?#]+)*$/.test(base)) {
    throw new InvalidInputError(`base must be "" or a path such as "/api", got ${shown(base)}`);
  }
  if (typeof onError !== "function") {
    throw new InvalidInputError(`onError must be a function, got ${shown(onError)}`);
  }
  const { minConfidence = 0, hosts } = options;
  if (typeof minConfidence !== "number" || !(minConfidence >= 0 && minConfidence <= 1)) {
    throw new InvalidInputError(
      `minConfidence must be a number of at least 0 and at most 1, got ${shown(minConfidence)}`,
    );
  }
  return {
    ...{ name, base, onError, minConfidence },
    cors:
      cors === false
        ? []
        : cors === true || allowsAll(cors)
          ? true
          : list("cors", cors).map(origin),
    hosts: hosts === undefined || allowsAll(hosts) ? undefined : list("hosts", hosts).map(hostName),
    keys: list("keys", keys),
    ...strings(options),
    ...limits(options),
  };
}

function checkKnown(options: object): void {
  // A promise, a buffer, a server's environment: what was meant for another place.
  const tag = Object.prototype.toString.call(options).slice(8, -1);
  if (tag !== "Object" && tag !== "Module") {
    throw new InvalidInputError(`createHandler needs an object of options, got ${named(options)}`);
  }
  const [unknown] = Object.keys(options).filter((key) => !known.includes(key));
  if (unknown === undefined) return;
  const near = nearName(unknown.slice(0, 60), known, words);
  throw new InvalidInputError(
    `createHandler does not know the option ${unknown.slice(0, 60)}; ` +
      (near ? `did you mean ${near}?` : `it knows ${known.join(", ")}`),
  );
}

function strings(options: HandlerOptions): typeof texts {
  const entries = Object.entries(texts).map(([name, value]) => {
    const given = options[name as keyof typeof texts] ?? value;
    if (typeof given === "string") return [name, given];
    throw new InvalidInputError(`${name} must be a string, got ${shown(given)}`);
  });
  return Object.fromEntries(entries);
}

function limits(options: HandlerOptions): typeof counts {
  const entries = Object.entries(counts).map(([name, value]) => {
    const given = options[name as keyof typeof counts] ?? value;
    const least = fromZero.includes(name) ? 0 : 1;
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
