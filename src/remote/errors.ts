// Errors on their way out of a worker. By itself comlink keeps the message and loses the class; here
// the side that receives knows the classes and makes the error again.

import { type TransferHandler, transferHandlers } from "comlink";

/** An error as it travels: comlink's own format, and the cause. */
interface SentError {
  readonly isError: true;
  readonly value: {
    readonly message: string;
    readonly name: string;
    readonly stack?: string;
    readonly cause?: Sent;
  };
}

/** Anything thrown, as it travels. */
type Sent = SentError | { readonly isError: false; readonly value: unknown };

type Kind = new (message: string, options?: ErrorOptions) => Error;

/** Characters of a stack that are sent. */
const LONGEST_STACK = 1900;

const plain = transferHandlers.get("throw") as TransferHandler<{ value: unknown }, Sent>;

/** The worker's side. */
export function sendErrors(): void {
  transferHandlers.set("throw", { ...plain, serialize: ({ value }) => [sent(value), []] });
}

/** The other side. @param kinds the classes that errors keep, by name */
export function receiveErrors(kinds: Readonly<Record<string, Kind>>): void {
  transferHandlers.set("throw", {
    ...plain,
    deserialize(thrown) {
      throw received(thrown as Sent, kinds);
    },
  });
}

function sent(value: unknown): Sent {
  if (!(value instanceof Error)) return { isError: false, value };
  const { message, name, cause } = value;
  const stack = shortened(value.stack);
  const because = cause === undefined ? {} : { cause: sent(cause) };
  return { isError: true, value: { message, name, stack, ...because } };
}

/** A stack without the worker's script, which its address is where the script came from a text. */
function shortened(stack: string | undefined): string | undefined {
  const named = stack?.replace(/data:text\/javascript[^\s:]*/g, "simdream/worker-script");
  if (named === undefined || named.length <= LONGEST_STACK) return named;
  const end = named.lastIndexOf("\n", LONGEST_STACK);
  return named.slice(0, end > 0 ? end : LONGEST_STACK);
}

function received(thrown: Sent, kinds: Readonly<Record<string, Kind>>): unknown {
  if (!thrown.isError) return thrown.value;
  const { message, name, stack, cause } = thrown.value;
  const options = cause ? { cause: received(cause, kinds) } : undefined;
  const Kind = Object.hasOwn(kinds, name) ? kinds[name] : Error;
  const error = new Kind(message, options);
  const hidden = { configurable: true, writable: true, enumerable: false };
  if (error.name !== name) Object.defineProperty(error, "name", { ...hidden, value: name });
  return Object.defineProperty(error, "stack", { ...hidden, value: stack });
}
