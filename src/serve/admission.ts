// How many requests generate at the same time, and how many wait.

import { ApiError } from "./errors.js";
import type { ResolvedOptions } from "./options.js";

export class Admission {
  readonly #most: number;
  readonly #longest: number;
  /** In the order of asking. */
  readonly #waiting = new Set<() => void>();
  #running = 0;

  constructor({ maxConcurrent, maxQueue }: ResolvedOptions) {
    this.#most = maxConcurrent;
    this.#longest = maxQueue;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Waits for a place. What it gives must be called once, to free the place.
   * @throws ApiError 429 where too many wait already, or the signal's reason
   */
  async enter(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.#running < this.#most) this.#running++;
    else if (this.#waiting.size < this.#longest) await this.#wait(signal);
    else throw busy(this.#running + this.#waiting.size);
    return () => this.#leave();
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const begin = () => {
        this.#waiting.delete(begin);
        signal.removeEventListener("abort", give);
        resolve();
      };
      const give = () => {
        this.#waiting.delete(begin);
        reject(signal.reason);
      };
      this.#waiting.add(begin);
      signal.addEventListener("abort", give, { once: true });
    });
  }

  /** The place goes to the one that has waited longest. */
  #leave(): void {
    const [next] = this.#waiting;
    if (next) next();
    else this.#running--;
  }
}

function busy(requests: number): ApiError {
  return new ApiError(429, `The server is busy with ${requests} requests: try again later`, {
    type: "rate_limit_error",
    code: "rate_limit_exceeded",
    headers: { "retry-after": "1" },
  });
}
