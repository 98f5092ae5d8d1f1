// Options on their way to a worker: what cannot be sent is taken out or refused.

import { InvalidInputError, type TokenizerJSON, WorkerPool } from "../api.js";

/** Whether these are options at all; whatever else was given is left to the worker to refuse. */
const isObject = (options: unknown): options is Record<string, unknown> =>
  typeof options === "object" && options !== null && !Array.isArray(options);

/**
 * Options without their signal, and the signal.
 * @throws InvalidInputError for a function or a pool of workers, which only their own thread can use
 */
export function sendable(
  verb: string,
  options: unknown,
): { readonly rest: unknown; readonly signal: AbortSignal | undefined } {
  if (!isObject(options)) return { rest: options, signal: undefined };
  for (const [name, value] of Object.entries(options)) {
    if (typeof value === "function") {
      throw new InvalidInputError(
        `${verb} in a worker cannot take a function, got one as ${name}: it belongs to this thread`,
      );
    }
    if (value instanceof WorkerPool) {
      throw new InvalidInputError(
        `${verb} in a worker cannot take a pool of this thread as ${name}; give the number of workers`,
      );
    }
  }
  const { signal, ...rest } = options;
  // What is no signal is sent as it is, for the worker to refuse.
  const { throwIfAborted } = (signal ?? {}) as Partial<AbortSignal>;
  if (typeof throwIfAborted !== "function") return { rest: options, signal: undefined };
  return { rest, signal: signal as AbortSignal };
}

/** Options without their tokenizer, where it is an object, and its JSON. */
export function withoutTokenizer(options: unknown): {
  readonly rest: unknown;
  readonly tokenizer: TokenizerJSON | undefined;
} {
  if (!isObject(options)) return { rest: options, tokenizer: undefined };
  const { tokenizer, ...rest } = options;
  const { toJSON } = (tokenizer ?? {}) as { toJSON?: () => TokenizerJSON };
  if (typeof toJSON !== "function") return { rest: options, tokenizer: undefined };
  return { rest, tokenizer: toJSON.call(tokenizer) };
}
