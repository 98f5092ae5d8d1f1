// What a picture is optimised for: Gram matrices of a style's features, features of a content, little noise, and colours
// that there are.

import { add, mul, relu, scale, sub } from "../../nn/ops/elementwise.js";
import { gram } from "../../nn/ops/gram.js";
import { pad2d } from "../../nn/ops/pad.js";
import { sum } from "../../nn/ops/reduce.js";
import { resize2d } from "../../nn/ops/resize.js";
import { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import type { Border, FeatureMap, StyleEye } from "./features.js";
import type { Measured } from "./measured.js";
import { type Colours, numbersOf, repeated } from "./picture.js";

/** Shares of a picture's pixels, (H, W), from 0 to 1. */
export interface Mask {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** A style, or a mixture of styles, and where in the picture it shall be. */
export interface Region {
  readonly styles: readonly {
    readonly picture: Colours;
    /** Shares of a region add up to 1. */
    readonly share: number;
    /** What of the style's picture counts; everything where there is none. */
    readonly mask?: Mask | undefined;
  }[];
  readonly where?: Mask | undefined;
}

/** What is weighed against what. */
export interface Weights {
  readonly content: number;
  readonly variation: number;
}

/** What a region's features shall be. */
export interface Target {
  readonly where: Mask | undefined;
  readonly maps: ReadonlyMap<string, GramTarget>;
}

/** Of a map: means of its channels, and the Gram matrix around them. */
export interface GramTarget {
  readonly means: Float32Array;
  readonly gram: Float32Array;
}

/** A map of the content. */
export interface ContentTarget {
  readonly values: Float32Array;
  /** Weight over the sum of squares around the mean. */
  readonly factor: number;
}

/** Pixels that a mask must leave. */
const LEAST = 1e-3;
/** How strongly colours beyond black and white are refused. */
export const RANGE = 10;

export class Objective {
  readonly #eye: StyleEye;
  readonly #weights: Weights;
  readonly #border: Border;
  readonly #targets: readonly Target[];
  readonly #content: ReadonlyMap<string, ContentTarget>;

  constructor(
    eye: StyleEye,
    regions: readonly Region[],
    content: Colours | undefined,
    weights: Weights,
    border: Border,
  ) {
    this.#eye = eye;
    this.#weights = weights;
    this.#border = border;
    this.#targets = regions.map(({ styles, where }) => ({ where, maps: targetsOf(eye, styles) }));
    this.#content = content
      ? contentTargets(eye, { ...content, values: numbersOf(content) }, border)
      : new Map();
  }

  /** Of a picture (H, W, 3), and its gradient. */
  of(values: Float32Array, height: number, width: number): Measured & { gradient: Float32Array } {
    const { machine } = this.#eye;
    return machine.scoped(() => {
      const tape = new Tape(machine, { record: true });
      const x = tape.tensor(values, [1, height, width, 3], true);
      const { loss, style, content } = this.loss(tape, x);
      tape.backward(loss);
      const gradient = x.grad!.slice();
      return { loss: loss.data[0], style: style.data[0], content: content?.data[0] ?? 0, gradient };
    });
  }

  /** The parts of the loss of x (1, H, W, 3), and their sum. */
  loss(tape: Tape, x: Tensor): { loss: Tensor; style: Tensor; content: Tensor | undefined } {
    const maps = this.#eye.maps(tape, x, this.#border);
    const style = styleLoss(tape, maps, this.#targets);
    const content = contentLoss(tape, maps, this.#content);
    const { content: weight, variation } = this.#weights;
    let loss = style;
    if (content) loss = add(tape, loss, scale(tape, content, weight));
    if (variation > 0)
      loss = add(
        tape,
        loss,
        scale(tape, totalVariation(tape, x, this.#border === "wrap"), variation),
      );
    loss = add(tape, loss, scale(tape, beyond(tape, x), RANGE));
    return { loss, style, content };
  }
}

/** ‖G - A‖² / ‖A‖², mean over the regions and their maps. */
export function styleLoss(
  tape: Tape,
  maps: readonly FeatureMap[],
  targets: readonly Target[],
): Tensor {
  const losses: Tensor[] = [];
  for (const { where, maps: wanted } of targets) {
    for (const { name, map } of maps) {
      const target = wanted.get(name);
      const own = target && gramAround(tape, map, target.means, where);
      if (own) losses.push(relative(tape, own, target.gram));
    }
  }
  const total = losses.reduce((all, one) => add(tape, all, one));
  return scale(tape, total, 1 / losses.length);
}

/** Squared differences from the content's features, over their spread; undefined where no map has a target. */
export function contentLoss(
  tape: Tape,
  maps: readonly FeatureMap[],
  targets: ReadonlyMap<string, ContentTarget>,
): Tensor | undefined {
  let total: Tensor | undefined;
  for (const { name, map } of maps) {
    const target = targets.get(name);
    if (!target) continue;
    const off = sub(tape, map, tape.tensor(target.values, map.shape));
    const one = scale(tape, sum(tape, mul(tape, off, off)), target.factor);
    total = total ? add(tape, total, one) : one;
  }
  return total;
}

/** ‖G - A‖² / ‖A‖² */
function relative(tape: Tape, g: Tensor, target: Float32Array): Tensor {
  let squares = 0;
  for (const value of target) squares += value * value;
  const off = sub(tape, g, tape.tensor(target, g.shape));
  return scale(tape, sum(tape, mul(tape, off, off)), squares > 0 ? 1 / squares : 1);
}

/** Features' means, and Gram matrices around them, of the mixture that a region shall be. */
export function targetsOf(eye: StyleEye, styles: Region["styles"]): Map<string, GramTarget> {
  const means = mixed(eye, styles, (_, map, mask) => meanOf(map, mask));
  const grams = mixed(eye, styles, (tape, map, mask, name) => {
    const own = gramAround(tape, map, means.get(name)!, mask);
    return own && Float32Array.from(own.data);
  });
  return new Map(
    [...grams].map(([name, values]) => [name, { means: means.get(name)!, gram: values }]),
  );
}

/** Numbers of each map, mixed by the shares of the styles that have it. */
function mixed(
  eye: StyleEye,
  styles: Region["styles"],
  numbers: (
    tape: Tape,
    map: Tensor,
    mask: Mask | undefined,
    name: string,
  ) => Float32Array | undefined,
): Map<string, Float32Array> {
  const sums = new Map<string, { values: Float32Array; share: number }>();
  for (const { picture, share, mask } of styles) {
    eye.machine.scoped(() => {
      const tape = new Tape(eye.machine);
      const { height, width } = picture;
      const x = tape.tensor(numbersOf(picture), [1, height, width, 3]);
      for (const { name, map } of eye.maps(tape, x, "none")) {
        const own = numbers(tape, map, mask, name);
        if (!own) continue;
        const sum = sums.get(name) ?? { values: new Float32Array(own.length), share: 0 };
        for (const [i, value] of own.entries()) sum.values[i] += share * value;
        sums.set(name, { values: sum.values, share: sum.share + share });
      }
    });
  }
  return new Map(
    [...sums].map(([name, { values, share }]) => [name, values.map((value) => value / share)]),
  );
}

/** Mean of each channel, over what the mask leaves. */
function meanOf(map: Tensor, mask: Mask | undefined): Float32Array | undefined {
  const C = map.shape[3];
  const shares = mask && sharesFor(mask, map);
  const sums = new Float64Array(C);
  const { data } = map;
  let total = 0;
  for (let p = 0; p < data.length / C; p++) {
    const share = shares ? shares[p] : 1;
    total += share;
    for (let c = 0; c < C; c++) sums[c] += share * data[p * C + c];
  }
  return total > LEAST ? Float32Array.from(sums, (sum) => sum / total) : undefined;
}

/** Σ m (f - mean)(f - mean)ᵀ / Σ m over the pixels, m 1 without a mask; undefined where it leaves none. */
function gramAround(
  tape: Tape,
  map: Tensor,
  mean: Float32Array,
  mask: Mask | undefined,
): Tensor | undefined {
  const off = sub(tape, map, tape.tensor(repeated(mean, map.size), map.shape));
  if (!mask) return gram(tape, off);
  const C = mean.length;
  const roots = new Float32Array(map.size);
  let total = 0;
  for (const [p, share] of sharesFor(mask, map).entries()) {
    total += share;
    roots.fill(Math.sqrt(share), p * C, (p + 1) * C);
  }
  if (!(total > LEAST)) return undefined;
  return gram(tape, mul(tape, off, tape.tensor(roots, map.shape)), total);
}

/** A mask at the size of a map. */
function sharesFor({ height, width, data }: Mask, { shape, machine }: Tensor): Float32Array {
  return machine.scoped(() => {
    const tape = new Tape(machine);
    const own = tape.tensor(data, [1, height, width, 1]);
    return resize2d(tape, own, shape[1], shape[2], "bilinear").data.slice();
  });
}

/** The maps of a content, (H, W, 3), that count. */
export function contentTargets(
  eye: StyleEye,
  {
    height,
    width,
    values,
  }: { readonly height: number; readonly width: number; readonly values: Float32Array },
  border: Border,
): Map<string, ContentTarget> {
  return eye.machine.scoped(() => {
    const tape = new Tape(eye.machine);
    const targets = new Map<string, ContentTarget>();
    const x = tape.tensor(values, [1, height, width, 3]);
    for (const { name, map } of eye.maps(tape, x, border)) {
      const weight = eye.content(name);
      if (weight === 0) continue;
      const own = map.data.slice();
      const spread = aroundMeans(own, map.shape[3]);
      targets.set(name, { values: own, factor: spread > 0 ? weight / spread : weight });
    }
    return targets;
  });
}

/** Σ (f - mean of its channel)² */
function aroundMeans(values: Float32Array, channels: number): number {
  const means = new Float64Array(channels);
  const rows = values.length / channels;
  for (const [i, value] of values.entries()) means[i % channels] += value / rows;
  let squares = 0;
  for (const [i, value] of values.entries()) squares += (value - means[i % channels]) ** 2;
  return squares;
}

/** Mean squared difference of neighbours, across and down. */
export function totalVariation(tape: Tape, x: Tensor, wrap: boolean): Tensor {
  const mode = wrap ? "wrap" : "edge";
  const across = sub(tape, x, pad2d(tape, x, [0, 0, -1, 1], mode));
  const down = sub(tape, x, pad2d(tape, x, [-1, 1, 0, 0], mode));
  const all = add(tape, sum(tape, mul(tape, across, across)), sum(tape, mul(tape, down, down)));
  return scale(tape, all, 1 / x.size);
}

/** Mean of max(0, -x)² + max(0, x - 1)². */
export function beyond(tape: Tape, x: Tensor): Tensor {
  const ones = tape.tensor(new Float32Array(x.size).fill(1), x.shape);
  const below = relu(tape, scale(tape, x, -1));
  const above = relu(tape, sub(tape, x, ones));
  const all = add(tape, sum(tape, mul(tape, below, below)), sum(tape, mul(tape, above, above)));
  return scale(tape, all, 1 / x.size);
}
