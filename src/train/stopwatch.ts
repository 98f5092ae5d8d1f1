import { eventLoop } from "../host/event-loop.js";

/** The longest that the loop keeps the event loop waiting, in milliseconds (a step is not cut). */
const YIELD_AFTER = 25;

/** Time in training, and the pauses that keep the event loop alive. */
export class Stopwatch {
  readonly #begun: number = performance.now();
  #paused = 0;
  #tokens = 0;
  #breathed: number = performance.now();

  count(tokens: number): void {
    this.#tokens += tokens;
  }

  get elapsed(): number {
    return (performance.now() - this.#begun) / 1000;
  }

  get rate(): number {
    return this.#tokens / Math.max(1e-9, this.elapsed - this.#paused / 1000);
  }

  /** Runs `work` off the clock. */
  pause<T>(work: () => T): T {
    const begun = performance.now();
    const result = work();
    this.#paused += performance.now() - begun;
    return result;
  }

  async breathe(): Promise<void> {
    if (performance.now() - this.#breathed < YIELD_AFTER) return;
    await eventLoop();
    this.#breathed = performance.now();
  }
}
