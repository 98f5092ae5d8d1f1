// How pairs become batches and a validation.

import { hashTokens } from "../../data/fingerprint.js";
import { everyNth } from "../../data/order.js";
import {
  cutPairs,
  type NoiseOptions,
  type Pair,
  pairBatches,
  splitPairs,
  type TokenPair,
} from "../../data/pairs.js";
import { checkKeys, InvalidInputError } from "../../host/errors.js";
import type { Key } from "../../host/key.js";
import { inTurns, type Pieces } from "../../host/pieces.js";
import { type Rules, resolve } from "../../host/rules.js";
import { type Markers, markersOf } from "../../text/markers.js";
import type { TrainingData, Validation } from "../../train/data.js";
import type { DataOptions } from "../../train/progress.js";
import { PATIENCE } from "../base/suited.js";
import { MASK, type Seq2SeqConfig, type Tokenizers } from "./config.js";
import { suitedRun } from "./defaults.js";
import { encodePairs } from "./encode-pairs.js";
import type { AnyPairNetwork, Seq2SeqBatch } from "./pair-network.js";
import { rightAnswers } from "./right-answers.js";
import { measurePairs } from "./score.js";

/** How `fit` makes batches of pairs, and what it minimises. */
export interface Seq2SeqDataOptions {
  /** Pairs of a batch. Default 64, or fewer for few pairs. */
  readonly batch?: number;
  /** Fraction of the different sources that is kept for validation, 0 to 0.9. Default 0. */
  readonly val?: number;
  /** Pairs for validation, instead of `val`. */
  readonly validation?: readonly Pair[];
  /** λ of L = L_encoder + λ L_decoder, where sources have labels. Default 1. */
  readonly lambda?: number;
  /** Label smoothing of the decoder's loss (Szegedy et al. 2016). Default 0. */
  readonly smoothing?: number;
  /** Probability that the decoder reads its own guess instead of the target (Bengio et al. 2015). Default 0. */
  readonly scheduledSampling?: number;
  /** Corruption of the sources, for denoising. Default none. */
  readonly noise?: NoiseOptions;
}

/** What each option may be. */
export const seq2SeqDataRules: Rules<Seq2SeqDataOptions, "validation" | "noise"> = {
  batch: { type: "integer", min: 1, max: 1e6, value: 64, fits: true },
  val: { type: "number", min: 0, max: 0.9, value: 0 },
  validation: { type: "other", own: true },
  lambda: { type: "number", min: 0, max: 1e6, value: 1 },
  smoothing: { type: "number", min: 0, max: 0.99, value: 0 },
  scheduledSampling: { type: "number", min: 0, max: 1, value: 0 },
  noise: { type: "other", own: true },
};

/** What each kind of noise may be. */
export const noiseRules: Rules<NoiseOptions> = {
  drop: { type: "number", min: 0, max: 1, value: 0 },
  swap: { type: "number", min: 0, max: 1, value: 0 },
  mask: { type: "number", min: 0, max: 1, value: 0 },
};

export const seq2SeqDataKeys: readonly string[] = Object.keys(seq2SeqDataRules);

/** What a run says of its data, besides what comes of them. */
export interface PairFacts {
  /** Fraction of all computed positions that are padding. */
  readonly padding: number;
  /** The pairs whose exact answers are counted: at most 200 of those that are kept for validation. */
  readonly heldOut: readonly Pair[];
}

/** The training data of one run. `exact` tells how many of some pairs are said exactly. */
export function seq2SeqData(
  network: AnyPairNetwork,
  tokenizers: Tokenizers,
  config: Seq2SeqConfig,
  data: readonly Pair[],
  given: Seq2SeqDataOptions,
  key: Key,
  exact: (pairs: readonly Pair[]) => Pieces<number>,
  begun?: DataOptions,
): TrainingData & { readonly facts: PairFacts } {
  const encode = (name: string, data: readonly Pair[]) =>
    encodePairs(tokenizers, config, name, data);
  const pairs = encode("pairs", data);
  const { steps, lr, ...suited } = suitedRun(pairs, network);
  const { batch, val, ...objective } = resolve(seq2SeqDataRules, given, begun ?? suited);
  const { lambda, smoothing, scheduledSampling: sampled } = objective;
  const { drop, swap, mask } = checkNoise(given.noise ?? {}, begun);
  const extra = given.validation && encode("validation", given.validation);
  const { train, validation } = split(pairs, val, extra, key);
  const tokens = train.map((pair) => pair.tokens);
  const checked = validation.map((pair) => pair.tokens);
  const markers = markersOf(tokenizers.target);
  const reverse = config.reverseSource;
  const noisy = drop + swap + mask > 0;
  const token = tokenizers.source.special(MASK)!;
  const noise = noisy ? { drop, swap, mask, token } : undefined;
  const batches = pairBatches(tokens, { batch, ...markers, reverse, noise, key });
  const heldOut = answered(validation).map(({ tokens: _, ...pair }) => pair);
  const padding = batches.padding();
  const validationTargets = targetsOf(checked);
  const validate: TrainingData["validate"] = async (breathe, most): Promise<Validation> => {
    const some = everyNth(checked, validationTargets / most);
    const labelled = some.filter(({ label }) => label >= 0).length;
    const measured = measurePairs(network, some, { ...markers, reverse });
    const { nats, labels } = await inTurns(measured, breathe);
    const measures = {
      exactMatch: await inTurns(exact(heldOut), breathe),
      exactMatchOf: heldOut.length,
      padding,
      ...(labels === undefined ? {} : { labelAccuracy: labels, labelAccuracyOf: labelled }),
    };
    return { loss: nats, measures };
  };
  const longest = (length: (pair: TokenPair) => number) =>
    tokens.reduce((most, pair) => Math.max(most, length(pair)), 0);
  const validationPairs = extra ? hashPairs(checked) : "none";
  return {
    fingerprint: hashPairs(tokens),
    options: { batch, val, validation: validationPairs, ...objective, drop, swap, mask },
    rows: batch,
    examples: () => {
      const numbers = new Map(pairs.map((pair, i) => [pair, i]));
      const of = train.map((pair) => numbers.get(pair)!);
      return { count: pairs.length, what: "pairs", of, rows: batches.rows };
    },
    pass: { batches: batches.epoch, targets: targetsOf(tokens) },
    defaults: { steps: Math.max(steps, batches.epoch), lr, patience: PATIENCE },
    validate: checked.length > 0 ? validate : undefined,
    ...(checked.length > 0
      ? {
          copying: (breathe) =>
            inTurns(copyingOf(network, tokens, checked, { ...markers, reverse }), breathe),
        }
      : {}),
    validationTargets,
    carries: false,
    carried: [],
    activations:
      network.activationBytes &&
      (async (rows, recompute) => {
        const [source, target] = [
          longest(({ source }) => source.length),
          longest(({ target }) => target.length + 1),
        ];
        const bytes = await network.activationBytes!(rows, { source, target }, recompute);
        return { bytes, steps: Math.max(source, target) };
      }),
    facts: { padding, heldOut: heldOut.map((pair) => ({ ...pair })) },
    batch(index) {
      const current = batches.batch(index);
      const cut = (from: number, to: number): Seq2SeqBatch => ({
        ...cutPairs(current, from, to),
        lambda,
        smoothing,
        sampled,
      });
      return { targets: current.tokens, rows: current.rows, cut };
    },
  };
}

/** Pairs by which copying is measured. */
const COPIES = 64;

/** Target tokens that are answered rightly from the first, on average: of what was learned, less those of what was held out. */
function* copyingOf(
  network: AnyPairNetwork,
  learned: readonly TokenPair[],
  heldOut: readonly TokenPair[],
  layout: Markers & { readonly reverse: boolean },
): Pieces<number> {
  const means: number[] = [];
  for (const pairs of [learned, heldOut]) {
    const some = everyNth(pairs, pairs.length / COPIES);
    const targets = some.map(({ target }) => target);
    const right = yield* rightAnswers(network, some, targets, layout);
    means.push(right.reduce((sum, one) => sum + one, 0) / some.length);
  }
  return means[0] - means[1];
}

/** Target tokens, ends counted. */
function targetsOf(pairs: readonly TokenPair[]): number {
  return pairs.reduce((all, { target }) => all + target.length + 1, 0);
}

/** The pairs whose exact answers are counted, a token after the other: not too many of them. */
function answered<T extends { readonly tokens: TokenPair }>(validation: readonly T[]): T[] {
  let left = 4096;
  return validation.slice(0, 200).filter(({ tokens: { target } }, i) => {
    left -= target.length + 1;
    return i === 0 || left >= 0;
  });
}

export function hashPairs(pairs: readonly TokenPair[]): string {
  return hashTokens([
    ...pairs.flatMap(({ source, target }) => [source, target]),
    Int32Array.from(pairs, ({ label }) => label),
  ]);
}

function split<T extends Pair>(
  pairs: readonly T[],
  val: number,
  given: readonly T[] | undefined,
  key: Key,
): { train: readonly T[]; validation: readonly T[] } {
  if (given === undefined) {
    return val > 0 ? splitPairs(pairs, val, key) : { train: pairs, validation: [] };
  }
  if (val > 0) throw new InvalidInputError("give validation or val, not both");
  return { train: pairs, validation: given };
}

function checkNoise(noise: NoiseOptions, begun: DataOptions | undefined): Required<NoiseOptions> {
  checkKeys("noise", noise, Object.keys(noiseRules));
  return resolve(noiseRules, noise, begun);
}
