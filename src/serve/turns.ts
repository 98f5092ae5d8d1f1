// Many generations on one thread. Each asks for its turn before every token and the turns are given in
// the order of asking, so all advance at the same pace; and between turns the event loop gets its due.

/** Milliseconds of turns between two rests. */
const SLICE = 10;
/** Turns between two rests: the clocks of some runtimes stand still while a request computes. */
const TURNS = 64;

export class Turns {
  readonly #waiting: (() => void)[] = [];
  #resting = false;
  #running = false;
  #taken = 0;
  #rested = performance.now();

  /** Does a short piece of work when its turn has come. */
  take<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((resolve) => {
      this.#waiting.push(() => resolve((async () => work())()));
      this.#run();
    });
  }

  #run(): void {
    if (this.#resting || this.#running) return;
    this.#running = true;
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
      next();
      if (++this.#taken < TURNS && performance.now() - this.#rested < SLICE) continue;
      this.#rest();
      break;
    }
    this.#running = false;
  }

  #rest(): void {
    this.#resting = true;
    afterEvents(() => {
      this.#resting = false;
      this.#taken = 0;
      this.#rested = performance.now();
      this.#run();
    });
  }
}

/**
 * Calls back when the event loop has been round. A message does that: Node, whose timers go on as long
 * as one is due, would not look at its sockets between short ones, and browsers make nested ones wait.
 */
const afterEvents: (callback: () => void) => void =
  typeof MessageChannel === "undefined"
    ? (callback) => void setTimeout(callback, 0)
    : (callback) => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => {
          port1.close();
          callback();
        };
        port2.postMessage(undefined);
      };
