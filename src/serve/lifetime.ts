// How long a request lives: until it is answered, its client has gone, or its time is up.

import { ApiError } from "./errors.js";

export class Lifetime {
  readonly #controller = new AbortController();
  readonly #client: AbortSignal;
  readonly #timer: ReturnType<typeof setTimeout>;
  readonly #gone = (): void => this.abort(this.#client.reason);

  constructor(client: AbortSignal, timeout: number) {
    this.#client = client;
    this.#timer = setTimeout(() => this.abort(outOfTime(timeout)), timeout);
    if (client.aborted) this.#gone();
    else client.addEventListener("abort", this.#gone, { once: true });
  }

  /** Aborted where the request ends before it is answered. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
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
  return new ApiError(504, `The request took more than ${timeout / 1000} s: ask for fewer tokens`, {
    code: "timeout",
    // OpenAI's client would ask twice again, and take as long.
    headers: { "x-should-retry": "false" },
  });
}
