// L-BFGS, for a few hundred steps on one smooth function of many numbers, such as a picture. In double precision and
// plain sums, so that its bits are the same everywhere.

/** Pairs of steps and slopes that are remembered. */
const HISTORY = 10;
/** The fraction of the expected gain that a step must bring. */
const ENOUGH = 1e-4;
/** Refused steps in a row after which what is remembered is of no use. */
const PATIENCE = 8;

interface Pair {
  readonly s: Float64Array;
  readonly y: Float64Array;
  /** 1 / (s · y) */
  readonly rho: number;
}

/**
 * Limited-memory BFGS (Nocedal 1980; Nocedal and Wright, "Numerical Optimization", algorithm 7.4), by steps that are
 * shortened until they bring enough. Whoever uses it computes the function: `point` is where it wants to know it next.
 *
 * ```ts
 * const search = new LBFGS(start, 0.01);
 * while (more) search.tell(f(search.point), gradient(search.point));
 * search.best; // where f was least
 * ```
 */
export class LBFGS {
  /** Where f is wanted next. */
  readonly point: Float32Array;
  /** The best point so far: of the last step that was kept. */
  readonly best: Float32Array;
  /** f there; Infinity before the first. */
  loss: number = Number.POSITIVE_INFINITY;
  readonly #first: number;
  readonly #slope: Float64Array;
  readonly #direction: Float64Array;
  #pairs: Pair[] = [];
  #step = 1;
  #expected = 0;
  #refused = 0;

  /** @param first how far the first step goes, in each number's root mean square */
  constructor(start: Float32Array, first: number) {
    this.point = start.slice();
    this.best = start.slice();
    this.#first = first;
    this.#slope = new Float64Array(start.length);
    this.#direction = new Float64Array(start.length);
  }

  /** Takes f and its gradient at `point`, and moves `point`. Says whether the point was kept as the best. */
  tell(loss: number, gradient: ArrayLike<number>): boolean {
    const began = this.loss === Number.POSITIVE_INFINITY;
    if (began || loss <= this.loss + ENOUGH * this.#step * this.#expected) {
      if (!began) this.#remember(gradient);
      this.loss = loss;
      this.best.set(this.point);
      for (let i = 0; i < gradient.length; i++) this.#slope[i] = gradient[i];
      this.#refused = 0;
      this.#turn();
      this.#move();
      return true;
    }
    this.#refused++;
    if (this.#refused % PATIENCE === 0) {
      this.#pairs = [];
      this.#turn();
      this.#step *= 0.5 ** (this.#refused / PATIENCE);
    } else {
      // The least of the parabola through both values and the slope; where that is none, a half.
      const gain = this.#step * this.#expected;
      const least = (-gain * this.#step) / (2 * (loss - this.loss - gain));
      const [low, high] = [0.1 * this.#step, 0.5 * this.#step];
      this.#step = least > low ? Math.min(least, high) : Number.isFinite(loss) ? low : high / 5;
    }
    this.#move();
    return false;
  }

  /** What the step from `best` to `point` says of the curvature. */
  #remember(gradient: ArrayLike<number>): void {
    const n = this.point.length;
    const oldest = this.#pairs.length < HISTORY ? undefined : this.#pairs.shift();
    const { s, y } = oldest ?? { s: new Float64Array(n), y: new Float64Array(n) };
    for (let i = 0; i < n; i++) {
      s[i] = this.point[i] - this.best[i];
      y[i] = gradient[i] - this.#slope[i];
    }
    const curvature = dot(s, y);
    if (curvature > 1e-10 * dot(y, y)) this.#pairs.push({ s, y, rho: 1 / curvature });
  }

  /** The direction: minus the inverse curvature times the slope, in two loops over the pairs. */
  #turn(): void {
    const d = this.#direction;
    for (let i = 0; i < d.length; i++) d[i] = -this.#slope[i];
    const steep = -dot(d, d);
    const last = this.#pairs[this.#pairs.length - 1];
    this.#step = 1;
    if (last === undefined) {
      this.#expected = steep;
      if (steep < 0) this.#step = this.#first * Math.sqrt(d.length / -steep);
      return;
    }
    const shares: number[] = [];
    for (const { s, y, rho } of [...this.#pairs].reverse()) {
      const share = rho * dot(s, d);
      shares.push(share);
      addTimes(d, -share, y);
    }
    const scale = 1 / (last.rho * dot(last.y, last.y));
    for (let i = 0; i < d.length; i++) d[i] *= scale;
    for (const { s, y, rho } of this.#pairs) {
      addTimes(d, shares.pop()! - rho * dot(y, d), s);
    }
    this.#expected = dot(d, this.#slope);
    if (this.#expected < 0) return;
    // Rounding has made it no descent: begin again.
    this.#pairs = [];
    this.#turn();
  }

  #move(): void {
    const { point, best } = this;
    const [d, step] = [this.#direction, this.#step];
    for (let i = 0; i < point.length; i++) point[i] = best[i] + step * d[i];
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

/** a += factor b */
function addTimes(a: Float64Array, factor: number, b: Float64Array): void {
  for (let i = 0; i < a.length; i++) a[i] += factor * b[i];
}
