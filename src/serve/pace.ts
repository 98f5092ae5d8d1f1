// Many generations on one thread. Each pauses after a few tokens until the event loop has been round, so
// that all advance at the same pace, and sockets and timers get their due. Nothing is shared between
// requests: some platforms (workerd) end a request's timers with it, and nobody else may wait for them.

import { eventLoop } from "../host/event-loop.js";

/** Milliseconds between two pauses. */
const SLICE = 1;
/** Tokens between two pauses: the clocks of some platforms stand still while a request computes. */
const TOKENS = 4;

/** The pace of one generation. */
export class Pace {
  #tokens = 0;
  #begun = performance.now();

  /** Called after every token; pauses where it is time to. */
  async step(): Promise<void> {
    if (++this.#tokens < TOKENS && performance.now() - this.#begun < SLICE) return;
    await eventLoop();
    this.#tokens = 0;
    this.#begun = performance.now();
  }
}
