// Arguments on their way to a worker: what cannot be sent is taken out or refused.

import { transfer } from "comlink";
import { InvalidInputError } from "../api.js";
import { isKind } from "../host/kinds.js";
import { isPlain, pack } from "./pack.js";

/** Arguments as they are sent. */
export interface Sendable {
  readonly args: readonly unknown[];
  readonly signal: AbortSignal | undefined;
  /** Which argument had the signal; -1 where none had. */
  readonly signalAt: number;
}

/**
 * Arguments without the signal in their options, and the signal.
 * @throws InvalidInputError for a function or a pool of workers, which only their own thread can use
 */
export function sendable(verb: string, args: readonly unknown[]): Sendable {
  let signal: AbortSignal | undefined;
  let signalAt = -1;
  const buffers: ArrayBuffer[] = [];
  const sent = args.map((arg, i) => {
    if (isKind(arg, "Uint8Array")) {
      // A copy, which is then moved: the caller keeps the bytes, and no larger buffer around them goes.
      const own = Uint8Array.from(arg);
      buffers.push(own.buffer);
      return own;
    }
    if (!isPlain(arg)) return pack(arg);
    refuseForeign(verb, arg);
    const { signal: given, ...rest } = arg;
    if (!isSignal(given)) return pack(arg);
    signal = given;
    signalAt = i;
    return pack(rest);
  });
  return { args: transfer(sent, buffers), signal, signalAt };
}

/** What is no signal is sent as it is, for the worker to refuse. */
function isSignal(value: unknown): value is AbortSignal {
  return typeof (value as Partial<AbortSignal> | undefined)?.throwIfAborted === "function";
}

function refuseForeign(verb: string, options: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(options)) {
    if (typeof value === "function") {
      throw new InvalidInputError(
        `${verb} in a worker cannot take a function, got one as ${name}: it belongs to this thread`,
      );
    }
    if (name === "runtime") {
      throw new InvalidInputError(
        `${verb} in a worker takes no runtime: it has its own, given to startWorker`,
      );
    }
    if (typeof (value as { submit?: unknown } | null)?.submit === "function") {
      throw new InvalidInputError(
        `${verb} in a worker cannot take a pool of this thread as ${name}; give the number of workers`,
      );
    }
  }
}
