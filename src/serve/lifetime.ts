// How long a request lives: until it is answered, its client has gone, or its time is up.

import { ApiError } from "./errors.js";

export class Lifetime {
  readonly #controller = new AbortController();
  readonly #client: AbortSignal;
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #gone = (): void => this.leave();

  constructor(client: AbortSignal, timeout: number) {
    this.#client = client;
    this.#timer = setTimeout(() => this.#abort(outOfTime(timeout)), timeout);
    if (client.aborted) this.leave();
    else client.addEventListener("abort", this.#gone, { once: true });
  }

  /** Aborted where the request ends before it is answered, with an ApiError that says why. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The client has gone. */
  leave(): void {
    // What nginx logs; nobody reads it.
    this.#abort(new ApiError(499, "The client closed the request", { code: "client_closed" }));
  }

  #abort(reason: ApiError): void {
    this.end();
    this.#controller.abort(reason);
  }

  /** Nothing is awaited any more. */
  end(): void {
    clearTimeout(this.#timer);
    this.#client.removeEventListener("abort", this.#gone);
  }
}

function outOfTime(timeout: number): ApiError {
  return new ApiError(504, `The request took more than ${timeout / 1000} s: ask for less`, {
    code: "timeout",
    // OpenAI's client would ask twice again, and take as long.
    headers: { "x-should-retry": "false" },
  });
}
