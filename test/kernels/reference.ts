// The operations once more, in double precision and as plainly as they can be said. The kernels must
// agree with these.

import { type Values, values } from "./case.js";

/** f of every element. */
export function map(x: Values, f: (x: number) => number): Values {
  return values(x.shape, (i) => f(x.data[i]));
}

/** f of every pair of elements. */
export function zip(a: Values, b: Values, f: (a: number, b: number) => number): Values {
  return values(a.shape, (i) => f(a.data[i], b.data[i]));
}

export function sum(x: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < x.length; i++) total += x[i];
  return total;
}

export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

/** 1 - erf x for x ≥ 0: by the power series of erf, and from 3 on by Laplace's continued fraction. */
function erfc(x: number): number {
  const scale = Math.exp(-x * x) / Math.sqrt(Math.PI);
  if (x > 3) {
    let f = 0;
    for (let k = 60; k > 0; k--) f = k / 2 / (x + f);
    return scale / (x + f);
  }
  // 2/√π exp(-x²) Σ 2ⁿ x²ⁿ⁺¹ / (1 · 3 ⋯ (2 n + 1)): all terms have one sign.
  let series = x;
  for (let n = 1, term = x; Math.abs(term) > 1e-18 * series; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    series += term;
  }
  return 1 - 2 * scale * series;
}

/** x Φ(x) = x/2 (1 + erf(x / √2)) */
export function gelu(x: number): number {
  return (x / 2) * (x < 0 ? erfc(-x / Math.SQRT2) : 2 - erfc(x / Math.SQRT2));
}

/** GPT-2's form of it. */
export function geluTanh(x: number): number {
  return (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}

export function transpose(a: Values): Values {
  const [rows, columns] = a.shape;
  return values([columns, rows], (i) => a.data[(i % rows) * columns + Math.floor(i / rows)]);
}

/** A B */
export function matmul(a: Values, b: Values): Values {
  const [m, k] = a.shape;
  const n = b.shape[1];
  const c = new Float64Array(m * n);
  for (let i = 0; i < m; i++) {
    for (let p = 0; p < k; p++) {
      const x = a.data[i * k + p];
      for (let j = 0; j < n; j++) c[i * n + j] += x * b.data[p * n + j];
    }
  }
  return { shape: [m, n], data: c };
}

/** x Wᵀ + b; x (…, I), weight (O, I), bias (O) */
export function linear(x: Values, weight: Values, bias?: Values): Values {
  const [O, I] = weight.shape;
  const y = matmul({ shape: [x.data.length / I, I], data: x.data }, transpose(weight));
  return values([...x.shape.slice(0, -1), O], (i) => y.data[i] + (bias?.data[i % O] ?? 0));
}

/** Rows of the last axis. */
function rowsOf(x: Values): Float64Array[] {
  const n = x.shape[x.shape.length - 1];
  return Array.from({ length: x.data.length / n }, (_, r) => x.data.subarray(r * n, r * n + n));
}

function logSoftmaxRow(row: Float64Array): Float64Array {
  const top = Math.max(...row);
  const rest = Math.log(sum(row.map((x) => Math.exp(x - top))));
  return row.map((x) => x - top - rest);
}

export function logSoftmax(x: Values): Values {
  const rows = rowsOf(x).map(logSoftmaxRow);
  return { shape: x.shape, data: Float64Array.from(rows.flatMap((row) => [...row])) };
}

export function softmax(x: Values): Values {
  return map(logSoftmax(x), Math.exp);
}

/** -ln softmax(logits)[target] of each row; 0 where the target is -1. */
export function crossEntropy(logits: Values, targets: readonly number[]): Float64Array {
  const rows = rowsOf(logits).map(logSoftmaxRow);
  return Float64Array.from(rows, (row, r) => (targets[r] === -1 ? 0 : -row[targets[r]]));
}

export function embedding(table: Values, ids: readonly number[], shape: readonly number[]): Values {
  const rows = rowsOf(table);
  const data = Float64Array.from(ids.flatMap((id) => [...rows[id]]));
  return { shape: [...shape, table.shape[1]], data };
}

/** Sums of rows of a table, as many a sum as the ids have for each place. */
export function embeddingBag(
  table: Values,
  ids: readonly number[],
  shape: readonly number[],
): Values {
  const rows = rowsOf(table);
  const D = table.shape[1];
  const places = shape.reduce((all, one) => all * one, 1);
  const bag = ids.length / places;
  const data = new Float64Array(places * D);
  for (const [i, id] of ids.entries()) {
    for (let d = 0; d < D; d++) data[Math.floor(i / bag) * D + d] += rows[id][d];
  }
  return { shape: [...shape, D], data };
}

/** Rows of a beside rows of b. */
export function concat(a: Values, b: Values): Values {
  const [as, bs] = [rowsOf(a), rowsOf(b)];
  const data = Float64Array.from(as.flatMap((row, r) => [...row, ...bs[r]]));
  return { shape: [...a.shape.slice(0, -1), as[0].length + bs[0].length], data };
}

/** Columns `from` to below `to` of x. */
export function columns(x: Values, from: number, to: number): Values {
  const data = Float64Array.from(rowsOf(x).flatMap((row) => [...row.slice(from, to)]));
  return { shape: [...x.shape.slice(0, -1), to - from], data };
}

/** Tensors of one shape, one after the other. */
export function stack(parts: readonly Values[]): Values {
  const data = Float64Array.from(parts.flatMap((part) => [...part.data]));
  return { shape: [parts.length, ...parts[0].shape], data };
}

/** The entries of the first axis. */
export function unstack({ shape: [n, ...shape], data }: Values): Values[] {
  const size = data.length / n;
  return Array.from({ length: n }, (_, i) => ({
    shape,
    data: data.slice(i * size, (i + 1) * size),
  }));
}

export interface LSTMInputs {
  /** (T, B, I) */
  readonly x: Values;
  /** (4H, I), gates i, f, g, o */
  readonly wih: Values;
  /** (4H, H) */
  readonly whh: Values;
  readonly bih?: Values;
  readonly bhh?: Values;
  /** (B, H) */
  readonly h0?: Values;
  readonly c0?: Values;
}

/** torch.nn.LSTM, one layer: outputs (T, B, H), and the final h and c (B, H). */
export function lstm(
  { x, wih, whh, bih, bhh, h0, c0 }: LSTMInputs,
  { lengths, reverse = false }: { lengths?: readonly number[]; reverse?: boolean },
): [Values, Values, Values] {
  const [T, B, I] = x.shape;
  const H = whh.shape[1];
  const h = h0?.data.slice() ?? new Float64Array(B * H);
  const c = c0?.data.slice() ?? new Float64Array(B * H);
  const output = new Float64Array(T * B * H);
  for (let s = 0; s < T; s++) {
    const t = reverse ? T - 1 - s : s;
    const before = h.slice();
    for (let b = 0; b < B; b++) {
      if (t >= (lengths?.[b] ?? T)) continue;
      for (let j = 0; j < H; j++) {
        const gate = (q: number) => {
          const row = q * H + j;
          let z = (bih?.data[row] ?? 0) + (bhh?.data[row] ?? 0);
          for (let p = 0; p < I; p++) z += x.data[(t * B + b) * I + p] * wih.data[row * I + p];
          for (let p = 0; p < H; p++) z += before[b * H + p] * whh.data[row * H + p];
          return z;
        };
        const [i, f, g, o] = [
          sigmoid(gate(0)),
          sigmoid(gate(1)),
          Math.tanh(gate(2)),
          sigmoid(gate(3)),
        ];
        c[b * H + j] = f * c[b * H + j] + i * g;
        h[b * H + j] = o * Math.tanh(c[b * H + j]);
      }
    }
    output.set(h, t * B * H);
  }
  return [
    { shape: [T, B, H], data: output },
    { shape: [B, H], data: h },
    { shape: [B, H], data: c },
  ];
}

/** One step of torch.nn.LSTMCell from the sums of its gates (…, 4H) and c (…, H): h' and c'. */
export function lstmStep(gates: Values, { shape, data }: Values): [Values, Values] {
  const H = shape[shape.length - 1];
  const at = (i: number, q: number) => gates.data[4 * (i - (i % H)) + q * H + (i % H)];
  const c = data.map((old, i) => sigmoid(at(i, 1)) * old + sigmoid(at(i, 0)) * Math.tanh(at(i, 2)));
  const h = c.map((now, i) => sigmoid(at(i, 3)) * Math.tanh(now));
  return [
    { shape, data: h },
    { shape, data: c },
  ];
}

/** Threefry-2x32 with 20 rounds, as in the paper: the two words of counter (c0, c1). */
export function threefry(k0: number, k1: number, c0: number, c1: number): [number, number] {
  const rotations = [13, 15, 26, 6, 17, 29, 16, 24];
  const keys = [k0, k1, k0 ^ k1 ^ 0x1bd11bda];
  let x = (c0 + k0) | 0;
  let y = (c1 + k1) | 0;
  for (let round = 0; round < 20; round++) {
    const by = rotations[round % 8];
    x = (x + y) | 0;
    y = ((y << by) | (y >>> (32 - by))) ^ x;
    if (round % 4 < 3) continue;
    const group = (round + 1) / 4;
    x = (x + keys[group % 3]) | 0;
    y = (y + keys[(group + 1) % 3] + group) | 0;
  }
  return [x >>> 0, y >>> 0];
}

/** A key and a block: what names a stream of random words. */
export interface Stream {
  readonly k0: number;
  readonly k1: number;
  readonly block: number;
}

/** The first n words of a stream. */
export function words(n: number, { k0, k1, block }: Stream): number[] {
  const pairs = Array.from({ length: Math.ceil(n / 2) }, (_, i) => threefry(k0, k1, i, block));
  return pairs.flat().slice(0, n);
}

/** A word's upper 24 bits as a fraction in [0, 1). */
function unit(word: number): number {
  return (word >>> 8) / 2 ** 24;
}

export function uniform(n: number, stream: Stream): number[] {
  return words(n, stream).map(unit);
}

/** Box and Muller: of each eight words, four are radii and four are angles. */
export function normal(n: number, stream: Stream): number[] {
  const u = uniform(Math.ceil(n / 8) * 8, stream);
  return Array.from({ length: n }, (_, i) => {
    const first = i - (i % 8) + (i % 4);
    const radius = Math.sqrt(-2 * Math.log(1 - u[first]));
    const angle = 2 * Math.PI * u[first + 4];
    return radius * (i % 8 < 4 ? Math.cos(angle) : Math.sin(angle));
  });
}

/** Fisher and Yates. */
export function permutation(n: number, stream: Stream): number[] {
  const order = Array.from({ length: n }, (_, i) => i);
  words(n, stream).forEach((word, i) => {
    const j = Math.floor((word * (i + 1)) / 2 ** 32);
    [order[i], order[j]] = [order[j], order[i]];
  });
  return order;
}

/** One class by inversion, from weights that need not sum to 1; -1 if none is positive. */
export function categorical(weights: ArrayLike<number>, stream: Stream): number {
  const [high, low] = words(2, stream);
  const u = (high * 2 ** 21 + (low >>> 11)) / 2 ** 53;
  const target = u * sum(weights);
  let reached = 0;
  let last = -1;
  for (let j = 0; j < weights.length; j++) {
    if (weights[j] <= 0) continue;
    last = j;
    reached += weights[j];
    if (reached > target) break;
  }
  return last;
}

/** Factors of dropout: 0 or 1 / (1 - p). Of eight elements, four use first words, four second. */
export function dropoutMask(n: number, p: number, { k0, k1, block }: Stream): number[] {
  return Array.from({ length: n }, (_, i) => {
    const pair = threefry(k0, k1, 4 * Math.floor(i / 8) + (i % 4), block);
    return unit(pair[i % 8 < 4 ? 0 : 1]) >= Math.fround(p) ? 1 / (1 - p) : 0;
  });
}

export interface SGDRule {
  readonly lr: number;
  readonly momentum: number;
  readonly decay: number;
  readonly nesterov: boolean;
  readonly first: boolean;
}

/** torch.optim.SGD for one element: new parameter and velocity. */
export function sgd(p: number, g: number, v: number, rule: SGDRule): [number, number] {
  const d = g + rule.decay * p;
  if (rule.momentum === 0) return [p - rule.lr * d, v];
  const speed = rule.first ? d : rule.momentum * v + d;
  return [p - rule.lr * (rule.nesterov ? d + rule.momentum * speed : speed), speed];
}

export interface AdamRule {
  readonly lr: number;
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly decay: number;
  readonly decoupled: boolean;
  /** The step, from 1. */
  readonly t: number;
}

/** torch.optim.Adam and AdamW for one element: new parameter and moments. */
export function adam(
  p: number,
  g: number,
  m: number,
  v: number,
  rule: AdamRule,
): [number, number, number] {
  const [b1, b2] = rule.betas;
  if (rule.decoupled) p *= 1 - rule.lr * rule.decay;
  else g += rule.decay * p;
  m = b1 * m + (1 - b1) * g;
  v = b2 * v + (1 - b2) * g * g;
  const [mean, square] = [m / (1 - b1 ** rule.t), v / (1 - b2 ** rule.t)];
  return [p - (rule.lr * mean) / (Math.sqrt(square) + rule.eps), m, v];
}
