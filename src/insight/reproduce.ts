// Whether a model's weights are what its record says: its runs are taken again, and all bits are compared.

import { InvalidInputError } from "../host/errors.js";
import { type StepAgain, takeAgain } from "../models/base/again.js";
import { doubts, gap, recipeOf } from "../models/base/recipe.js";
import type { RunProgress, StepReport } from "../train/progress.js";

/** A model that can be trained again. */
export interface Reproducible<Data> {
  readonly quantized: boolean;
  readonly record: { readonly loss: number | null; readonly validation: number | null };
  readonly run: RunProgress | undefined;
  fit(data: Data, options: object): AsyncIterable<StepReport>;
  fingerprint(): string;
  save(): Uint8Array;
}

/** What loads a model: its class, or what `define` gave. */
export interface Loads<M> {
  load(bytes: Uint8Array): Promise<M>;
}

/** Options of `reproduce`. */
export interface ReproduceOptions<M> {
  /** Trains although the same bits are not promised: with `simdream/fast`, or another version of the arithmetic. Default false. */
  readonly force?: boolean;
  /** Options of `fit` that are data, and so in no record: `weights`, `validation`, `reflow`. */
  readonly besides?: object;
  /** Threads that compute the shards. */
  readonly workers?: number;
  /** Stops the run; its reason is thrown. */
  readonly signal?: AbortSignal;
  /** Is told of every step. */
  readonly onStep?: (step: StepAgain<M>) => void;
}

/** What came of it. */
export interface Reproduction<M> {
  /** Whether all bits of the weights are the same. */
  readonly same: boolean;
  /** SHA-256 of the weights that were trained now, with as few bits as those of the file. */
  readonly fingerprint: string;
  /** The same of the file's. */
  readonly expected: string;
  /** What was trained, in f32. */
  readonly model: M;
}

/**
 * Trains a file's model again, by its record: the same options, in the same runs, on the weights that follow from its seed.
 * Equal bits are promised for the same data and the same version of the arithmetic, in every runtime.
 *
 * @param of the model's class, which loads it
 * @param file what `save` gave
 * @param data what it was trained on; where it had several runs on different data, a function of the run's number, from 0
 * @throws InvalidInputError where the file does not say how its weights came about, and for other data than those of the run,
 *   before its first step; the signal's reason
 */
export async function reproduce<Data, M extends Reproducible<Data>>(
  of: Loads<M>,
  file: Uint8Array | ArrayBuffer,
  data: Data | ((run: number) => Data),
  { force = false, besides, workers, signal, onStep }: ReproduceOptions<M> = {},
): Promise<Reproduction<M>> {
  const recipe = recipeOf(file);
  const why = gap(recipe.record) ?? (force ? undefined : doubts(recipe.record)[0]);
  if (why) throw new InvalidInputError(`the model cannot be trained again: ${why}`);
  const expected = (await of.load(new Uint8Array(file))).fingerprint();
  const dataOf = (run: number) =>
    typeof data === "function" ? (data as (run: number) => Data)(run) : data;
  const call = { ...besides, ...(workers && { workers }), ...(signal && { signal }) };
  const steps = takeAgain<M>(recipe, {
    load: (bytes) => of.load(bytes),
    fit: async (model, run, options) => () => model.fit(dataOf(run), { ...options, ...call }),
  });
  for (;;) {
    const { done, value } = await steps.next();
    if (!done) {
      onStep?.(value);
      continue;
    }
    const fingerprint = recipe.bits ? await narrowed(value, recipe.bits) : value.fingerprint();
    return { same: fingerprint === expected, fingerprint, expected, model: value };
  }
}

async function narrowed<M>(model: M, bits: 4 | 8): Promise<string> {
  const { quantize } = model as { quantize?(how: object): Promise<{ fingerprint(): string }> };
  const copy = await quantize!.call(model, { bits });
  return copy.fingerprint();
}
