import { eventLoop } from "../host/event-loop.js";

/** The longest that the loop keeps the event loop waiting, in milliseconds (a step is not cut). */
const YIELD_AFTER = 25;

/** Time in training, and the pauses that keep the event loop alive. */
export class Stopwatch {
  readonly #begun: number = performance.now();
  #paused = 0;
  #targets = 0;
  #breathed: number = performance.now();

  count(targets: number): void {
    this.#targets += targets;
  }

  get elapsed(): number {
    return (performance.now() - this.#begun) / 1000;
  }

  get rate(): number {
    return this.#targets / Math.max(1e-9, this.elapsed - this.#paused / 1000);
  }

  /** Runs `work` off the clock. */
  async pause<T>(work: () => Promise<T>): Promise<T> {
    const begun = performance.now();
    const result = await work();
    this.#paused += performance.now() - begun;
    return result;
  }

  /** Whether the event loop has waited long enough. */
  get due(): boolean {
    return performance.now() - this.#breathed >= YIELD_AFTER;
  }

  /** Gives the event loop a turn, where it has waited long enough. */
  readonly breathe: () => Promise<void> = async (): Promise<void> => {
    if (!this.due) return;
    await eventLoop();
    this.#breathed = performance.now();
  };
}
