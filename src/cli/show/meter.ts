// How far work is that takes a while, in one line of a terminal. Elsewhere nothing is shown.

import { clock } from "./format.js";
import type { Output } from "./terminal.js";

/** A line such as "learning byte pairs: 42 %". */
export class Meter {
  readonly #output: Output;
  readonly #what: string;
  #shown = "";

  constructor(output: Output, what: string) {
    this.#output = output;
    this.#what = what;
  }

  /**
   * @param fraction of the work that is done
   * @param left seconds that the rest takes, where that is known
   */
  show(fraction: number, left?: number): void {
    const rest = left === undefined ? "" : `, ${clock(left)} left`;
    const line = `${this.#what}: ${Math.floor(100 * fraction)} %${rest}`;
    if (!this.#output?.isTTY || line === this.#shown) return;
    this.#output.write(`\r${line.padEnd(this.#shown.length)}`);
    this.#shown = line;
  }

  /** Clears the line. */
  end(): void {
    if (this.#shown !== "") this.#output?.write(`\r${" ".repeat(this.#shown.length)}\r`);
    this.#shown = "";
  }
}
