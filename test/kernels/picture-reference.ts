// The operations on pictures once more, in double precision and as plainly as they can be said.

import { type Values, values } from "./case.js";
import { sum } from "./reference.js";

export function softplus(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}

/** Σ over everything, over each row of the first axis, or over the rows. */
export type Sums = boolean | "perDimension";

/** term(i) of every element, summed. */
export function summed(shape: readonly number[], sums: Sums, term: (i: number) => number): Values {
  const terms = values(shape, term).data;
  if (sums === false) return values([], () => sum(terms));
  const n = terms.length / shape[0];
  if (sums === true) return values([shape[0]], (r) => sum(terms.subarray(r * n, (r + 1) * n)));
  return values([n], (j) => sum(terms.filter((_, i) => i % n === j)));
}

/** -ln of the probability of a level of 256 under a logistic distribution. */
export function logisticNll(mean: number, logScale: number, target: number): number {
  const [a, b] = [1, -1].map((side) => (target - mean + side / 255) / Math.exp(logScale));
  if (target < -0.999) return softplus(-a);
  if (target > 0.999) return softplus(b);
  // -ln (σ(a) - σ(b)), as σ(a) σ(-b) (1 - e^(b - a)): both are 0 or 1 to the last digit far out.
  return softplus(-a) + softplus(b) - Math.log(-Math.expm1(b - a));
}

type Pair = readonly [number, number];

interface Window {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly padding: Pair;
}

/** `join` of what each window has inside of the picture; all of them, in order. */
export function pool(
  x: Values,
  { kernel, stride, padding }: Window,
  join: (inside: number[]) => number,
): Values {
  const [N, H, W, C] = x.shape;
  const [OH, OW] = [H, W].map(
    (size, i) => Math.floor((size + 2 * padding[i] - kernel[i]) / stride[i]) + 1,
  );
  return values([N, OH, OW, C], (i) => {
    const [c, ow, oh, n] = [i % C, ...across(Math.floor(i / C), OW, OH)];
    const inside: number[] = [];
    for (let kh = 0; kh < kernel[0]; kh++) {
      for (let kw = 0; kw < kernel[1]; kw++) {
        const [h, w] = [oh * stride[0] - padding[0] + kh, ow * stride[1] - padding[1] + kw];
        if (h < 0 || h >= H || w < 0 || w >= W) continue;
        inside.push(x.data[((n * H + h) * W + w) * C + c]);
      }
    }
    return join(inside);
  });
}

/** Column, row, picture of a pixel's number. */
function across(pixel: number, W: number, H: number): [number, number, number] {
  return [pixel % W, Math.floor(pixel / W) % H, Math.floor(pixel / W / H)];
}

export function resize(x: Values, OH: number, OW: number, mode: "nearest" | "bilinear"): Values {
  const [N, H, W, C] = x.shape;
  return values([N, OH, OW, C], (i) => {
    const [c, ow, oh, n] = [i % C, ...across(Math.floor(i / C), OW, OH)];
    const at = (h: number, w: number) => x.data[((n * H + h) * W + w) * C + c];
    if (mode === "nearest") return at(Math.floor((oh * H) / OH), Math.floor((ow * W) / OW));
    const [rows, columns] = [ends(oh, H, OH), ends(ow, W, OW)];
    return sum(rows.flatMap(([h, v]) => columns.map(([w, u]) => u * v * at(h, w))));
  });
}

/** The two neighbours of a place between pixels, with their weights. */
function ends(at: number, size: number, outputs: number): Pair[] {
  const place = Math.max(0, ((at + 0.5) * size) / outputs - 0.5);
  const first = Math.min(Math.floor(place), size - 1);
  return [
    [first, 1 - (place - first)],
    [Math.min(first + 1, size - 1), place - first],
  ];
}

/** Norms of (samples, pixels, C) over groups of channels; `given`: mean and variance of each channel. */
export function channelNorm(
  x: Values,
  samples: number,
  groups: number,
  { w, b }: { w: Values; b: Values },
  eps: number,
  given?: { mean: Values; variance: Values },
): { y: Values; mean: Values; variance: Values } {
  const C = w.data.length;
  const sample = x.data.length / samples;
  const group = (i: number) => Math.floor(i / sample) * groups + Math.floor((i % C) / (C / groups));
  const members: number[][] = Array.from({ length: samples * groups }, () => []);
  x.data.forEach((value, i) => {
    members[group(i)].push(value);
  });
  const means = members.map((all) => sum(all) / all.length);
  const variances = members.map((all, g) => sum(all.map((v) => (v - means[g]) ** 2)) / all.length);
  const mean = given?.mean ?? values([means.length], (g) => means[g]);
  const variance = given?.variance ?? values([means.length], (g) => variances[g]);
  const y = values(x.shape, (i) => {
    const g = group(i);
    const z = (x.data[i] - mean.data[g]) / Math.sqrt(variance.data[g] + eps);
    return z * w.data[i % C] + b.data[i % C];
  });
  return { y, mean, variance };
}
