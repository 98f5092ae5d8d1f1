// Errors on their way out of a worker. By itself comlink keeps the message and loses the class; here
// the side that receives knows the classes and makes the error anew.

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
  const { message, name, stack, cause } = value;
  const because = cause === undefined ? {} : { cause: sent(cause) };
  return { isError: true, value: { message, name, stack, ...because } };
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
