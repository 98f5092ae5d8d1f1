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
    setTimeout(() => {
      this.#resting = false;
      this.#taken = 0;
      this.#rested = performance.now();
      this.#run();
    }, 0);
  }
}
