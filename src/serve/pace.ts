// Many generations on one thread. Each pauses after a few tokens until the event loop has been round, so
// that all advance at the same pace, and sockets and timers get their due. Nothing is shared between
// requests: some platforms (workerd) end a request's timers with it, and nobody else may wait for them.

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

/**
 * Resolves when the event loop has been round. A message does that: Node, whose timers go on as long as
 * one is due, would not look at its sockets between short ones, and browsers make nested ones wait.
 */
const eventLoop: () => Promise<void> =
  typeof MessageChannel === "undefined"
    ? () => new Promise((resolve) => setTimeout(resolve, 0))
    : () =>
        new Promise((resolve) => {
          const { port1, port2 } = new MessageChannel();
          port1.onmessage = () => {
            port1.close();
            resolve();
          };
          port2.postMessage(undefined);
        });
