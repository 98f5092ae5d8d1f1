// Ctrl-C: the first one asks to stop at the next good moment, the second one ends the program.

import { INTERRUPTED } from "../errors.js";
import { onBrokenPipe } from "../show/terminal.js";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** npm and npx pass a Ctrl-C on that has reached us already; no finger is that fast. */
const ECHO = 50;

/** Listens from the moment it is made until `end`. */
export class Interruption {
  #since: number | undefined;
  readonly #cleanup: () => void;
  readonly #onAsked: () => void;
  readonly #handle = (): void => this.#signal();
  readonly #controller: AbortController = new AbortController();

  /**
   * @param cleanup what must be done before the program ends at once
   * @param onAsked is told when the program should stop, for those that do not look by themselves
   */
  constructor(cleanup: () => void, onAsked: () => void = () => {}) {
    this.#cleanup = cleanup;
    this.#onAsked = onAsked;
    for (const signal of signals) process.on(signal, this.#handle);
    onBrokenPipe(() => this.#ask());
  }

  /** Whether the program should stop at the next good moment. */
  get asked(): boolean {
    return this.#since !== undefined;
  }

  /** Aborted when the program should stop, for what can be stopped in the middle. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether this is what was thrown because the program should stop. */
  caused(error: unknown): boolean {
    return this.asked && error === this.signal.reason;
  }

  /** Listens no more; a program that was asked to stop stays at it, so that it ends as an interrupted one. */
  end(): void {
    if (this.asked) return;
    for (const signal of signals) process.off(signal, this.#handle);
  }

  #signal(): void {
    if (this.#since === undefined) {
      this.#ask();
    } else if (performance.now() - this.#since > ECHO) {
      this.#cleanup();
      process.exit(INTERRUPTED);
    }
  }

  #ask(): void {
    this.#since ??= performance.now();
    this.#controller.abort();
    this.#onAsked();
  }
}
