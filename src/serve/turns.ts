// What keeps the thread for long is done by one request at a time, with a look at sockets and timers before each: or
// all that requests have to do before the event loop is round would be done in one go, and nobody else answered.

import { eventLoop } from "../host/event-loop.js";
import { Admission, type Limits } from "./admission.js";

/** Turns of the requests to one model, in the order of asking. */
export class Turns {
  readonly #admission: Admission;

  constructor({ timeout }: Pick<Limits, "timeout">) {
    this.#admission = new Admission({ maxConcurrent: 1, maxQueue: Infinity, timeout });
  }

  /**
   * The same pieces; for each of the first `count` a turn is waited for.
   * @throws the signal's reason
   */
  async *taking<P>(
    pieces: AsyncGenerator<P, void, void>,
    count: number,
    signal: AbortSignal,
  ): AsyncGenerator<P, void, void> {
    try {
      for (let i = 0; i < count; i++) {
        const leave = await this.#admission.enter(signal);
        let next: IteratorResult<P, void>;
        try {
          await eventLoop();
          next = await pieces.next();
        } finally {
          leave();
        }
        if (next.done) return;
        yield next.value;
      }
      yield* pieces;
    } finally {
      await pieces.return();
    }
  }
}
