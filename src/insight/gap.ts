// How much better a model knows what it learned than what it did not: the gap of training and held-out loss.

import { checkKeys, checkNumber, describe, InvalidInputError } from "../host/errors.js";
import { type BlockMean, blockMean, difference, type Interval } from "./intervals.js";

/** Any model with a `score`: text, pairs, pictures, clips, vectors, grids, or one of one's own, whose score may be the loss itself. */
export interface Scored {
  // biome-ignore lint/suspicious/noExplicitAny: each model scores data of its kind
  score(data: any, options?: any): object | number;
}

/** Options of `lossGap`. */
export interface GapOptions {
  /** Blocks that each side is cut into, at most; the interval is of their means. Default 50. */
  readonly blocks?: number;
  /** Characters of a text, or examples, that are scored of each side, at most, evenly spread. Default 60,000, or 2,000. */
  readonly most?: number;
}

/** Means of the loss, and how far they are apart. */
export interface LossGap {
  /** The field of the model's `score`: nats, loss, elbo … */
  readonly measure: string;
  readonly training: number;
  readonly heldOut: number;
  /** heldOut - training; of what is better when it is higher, such as elbo, with its sign turned. */
  readonly gap: number;
  /** 95 % interval of the gap: Welch's, of the means of blocks. */
  readonly interval: Interval;
  /** gap / heldOut, of losses above 0. */
  readonly relative: number | undefined;
  /** Blocks of each side. */
  readonly blocks: readonly [training: number, heldOut: number];
}

/** What is said of a loss, in the order in which it is looked for, and what it is the mean over. */
const MEASURES = ["nats", "loss", "elbo", "squaredError", "mse"] as const;
const WEIGHTS = ["tokens", "cells", "targets", "examples"] as const;

/**
 * The gap of training and held-out loss with its confidence interval. Each side is cut into blocks (stretches of a text, groups of
 * examples), each is scored on its own, and the interval is that of the difference of two means of blocks (Welch 1947).
 *
 * @throws InvalidInputError where the model has no loss, or a side has no two blocks
 */
export function lossGap(
  model: Scored,
  training: unknown,
  heldOut: unknown,
  options: GapOptions = {},
): LossGap {
  checkKeys("lossGap", options, ["blocks", "most"]);
  const blocks = checkNumber("blocks", options.blocks ?? 50, { integer: true, min: 2 });
  const [a, b] = [
    measured(model, "training", blocksOf("training", training, blocks, options.most)),
    measured(model, "heldOut", blocksOf("heldOut", heldOut, blocks, options.most)),
  ];
  const { value, interval } = difference(a, b);
  const higher = a.measure === "elbo";
  const gap = higher ? -value : value;
  return {
    ...{ measure: a.measure, training: a.mean, heldOut: b.mean, gap },
    interval: higher ? [-interval[1], -interval[0]] : interval,
    relative: b.mean > 0 ? gap / b.mean : undefined,
    blocks: [a.blocks, b.blocks],
  };
}

function measured(
  model: Scored,
  side: string,
  blocks: readonly unknown[],
): BlockMean & { readonly measure: string } {
  let measure: string | undefined;
  const each = blocks.map((block) => {
    const said = model.score(block);
    const score = (typeof said === "number" ? { loss: said } : said) as Record<string, number>;
    measure ??= MEASURES.find((name) => typeof score[name] === "number");
    if (measure === undefined) {
      throw new InvalidInputError(
        `a gap is of losses, and this model's score has none of ${MEASURES.join(", ")}`,
      );
    }
    const weight = WEIGHTS.find((name) => typeof score[name] === "number");
    return { value: score[measure], weight: weight ? score[weight] : 1 };
  });
  if (each.length < 2) {
    throw new InvalidInputError(`${side} must have at least two blocks, got ${each.length}`);
  }
  return { ...blockMean(each), measure: measure! };
}

/** A set whose parts are sets: of pictures, clips, grids. */
interface Divisible {
  readonly length: number;
  subset(indices: readonly number[]): unknown;
}

/** Characters of a block of a text, at least: fewer would be mostly beginnings. Of short texts, half. */
const [STRETCH, SHORTEST] = [200, 20];

/** A side in blocks. @throws InvalidInputError for what cannot be cut */
function blocksOf(side: string, data: unknown, blocks: number, most?: number): unknown[] {
  if (typeof data === "string") return stretches(data, blocks, most ?? 60_000);
  const set = data as Divisible;
  const list = Array.isArray(data);
  if (!list && typeof set?.subset !== "function") {
    throw new InvalidInputError(
      `${side} must be a text, a list, or a set of pictures, clips or grids, got ${describe(data)}`,
    );
  }
  const { length } = set;
  const count = Math.min(length, most ?? 2000);
  const groups = Math.min(blocks, count);
  const place = (i: number) => Math.floor((i * length) / count);
  return Array.from({ length: groups }, (_, g) => {
    const from = Math.floor((g * count) / groups);
    const to = Math.floor(((g + 1) * count) / groups);
    const some = Array.from({ length: to - from }, (_, i) => place(from + i));
    return list ? some.map((i) => data[i]) : set.subset(some);
  });
}

/** Equal stretches of a text, evenly spread, together of at most so many characters. */
function stretches(text: string, blocks: number, most: number): string[] {
  const all = Math.min(text.length, most);
  const least = all >= 2 * SHORTEST ? 2 : 1;
  const count = Math.max(least, Math.min(blocks, Math.floor(all / STRETCH)));
  const length = Math.floor(all / count);
  return Array.from({ length: count }, (_, i) => {
    const from = Math.floor((i * (text.length - length)) / Math.max(1, count - 1));
    return whole(text, from, from + length);
  });
}

/** A piece of a text that begins and ends between characters. */
function whole(text: string, from: number, to: number): string {
  const inside = (at: number) => at > 0 && at < text.length && /[\uDC00-\uDFFF]/.test(text[at]);
  return text.slice(from + Number(inside(from)), to + Number(inside(to)));
}
