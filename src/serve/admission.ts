// How many requests generate at the same time, and how many wait.

import { ApiError } from "./errors.js";

/** Requests that are answered at the same time, those that wait, and milliseconds that each may take. */
export interface Limits {
  readonly maxConcurrent: number;
  readonly maxQueue: number;
  readonly timeout: number;
}

/** A place among those that generate, until it is left or its request must have ended. */
interface Place {
  readonly until: number;
}

export class Admission {
  readonly #options: Limits;
  readonly #places = new Set<Place>();
  /** In the order of asking. */
  readonly #waiting = new Set<(place: Place) => void>();

  constructor(options: Limits) {
    this.#options = options;
  }

  get running(): number {
    return this.#places.size;
  }

  get waiting(): number {
    return this.#waiting.size;
  }

  /**
   * Waits for a place. What it gives must be called to free the place.
   * @throws ApiError 429 where too many wait already, or the signal's reason
   */
  async enter(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    this.#clear();
    const { maxConcurrent, maxQueue } = this.#options;
    let place: Place;
    if (this.#places.size < maxConcurrent) place = this.#take();
    else if (this.#waiting.size < maxQueue) place = await this.#wait(signal);
    else throw busy(this.#places.size + this.#waiting.size);
    return () => this.#leave(place);
  }

  #take(): Place {
    const place = { until: Date.now() + this.#options.timeout };
    this.#places.add(place);
    return place;
  }

  /** Some platforms (workerd) end a request whose client has gone without a word to its code. */
  #clear(): void {
    const now = Date.now();
    for (const place of this.#places) if (place.until < now) this.#leave(place);
  }

  #wait(signal: AbortSignal): Promise<Place> {
    return new Promise((resolve, reject) => {
      const begin = (place: Place) => {
        this.#waiting.delete(begin);
        signal.removeEventListener("abort", give);
        resolve(place);
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
  #leave(place: Place): void {
    if (!this.#places.delete(place)) return;
    const [next] = this.#waiting;
    if (next) next(this.#take());
  }
}

function busy(requests: number): ApiError {
  return new ApiError(429, `The server is busy with ${requests} requests: try again later`, {
    type: "rate_limit_error",
    code: "rate_limit_exceeded",
    headers: { "retry-after": "1" },
  });
}
