// The cheapest way to give each of n things one of n others (Kuhn 1955, Munkres 1957), for small n.

/** Costs that are larger than any sum of real ones. */
const NEVER = 2 ** 24;

/** Its rooms are used again by every call. */
export class Matching {
  readonly #n: number;
  readonly #u: Int32Array;
  readonly #v: Int32Array;
  readonly #rowOf: Int32Array;
  readonly #before: Int32Array;
  readonly #least: Int32Array;
  readonly #used: Uint8Array;

  constructor(n: number) {
    this.#n = n;
    this.#u = new Int32Array(n + 1);
    this.#v = new Int32Array(n + 1);
    this.#rowOf = new Int32Array(n + 1);
    this.#before = new Int32Array(n + 1);
    this.#least = new Int32Array(n + 1);
    this.#used = new Uint8Array(n + 1);
  }

  /** The least sum of costs; -1 where there is no way. A cost is a whole number, -1 where the two do not go together. */
  least(cost: (row: number, column: number) => number): number {
    const price = (row: number, column: number) => {
      const c = cost(row - 1, column - 1);
      return c < 0 ? NEVER : c;
    };
    this.#u.fill(0);
    this.#v.fill(0);
    this.#rowOf.fill(0);
    for (let row = 1; row <= this.#n; row++) this.#augment(row, price);
    let sum = 0;
    for (let column = 1; column <= this.#n; column++) {
      const c = price(this.#rowOf[column], column);
      if (c === NEVER) return -1;
      sum += c;
    }
    return sum;
  }

  /** One more row: the cheapest path of changes to a column that is free. Row 0 and column 0 are none. */
  #augment(row: number, price: (row: number, column: number) => number): void {
    this.#rowOf[0] = row;
    this.#least.fill(2 ** 30);
    this.#used.fill(0);
    let column = 0;
    do {
      this.#used[column] = 1;
      const own = this.#rowOf[column];
      let [delta, next] = [2 ** 30, 0];
      for (let j = 1; j <= this.#n; j++) {
        if (this.#used[j]) continue;
        const reduced = price(own, j) - this.#u[own] - this.#v[j];
        if (reduced < this.#least[j]) {
          this.#least[j] = reduced;
          this.#before[j] = column;
        }
        if (this.#least[j] < delta) [delta, next] = [this.#least[j], j];
      }
      for (let j = 0; j <= this.#n; j++) {
        if (this.#used[j]) {
          this.#u[this.#rowOf[j]] += delta;
          this.#v[j] -= delta;
        } else this.#least[j] -= delta;
      }
      column = next;
    } while (this.#rowOf[column] !== 0);
    for (let next = 0; column !== 0; column = next) {
      next = this.#before[column];
      this.#rowOf[column] = this.#rowOf[next];
    }
  }
}
