// What a model computes, by name; and what it would compute if some of it were otherwise.

import { checkKeys, checkNumber, describe, InvalidInputError } from "../host/errors.js";
import type { Listener } from "../nn/tape.js";
import type { Tensor } from "../nn/tensor.js";
import { missing } from "./checks.js";
import type { InsightInput, ReadInput } from "./input.js";
import { type AnyModel, heard } from "./inside.js";
import { chooser, counter } from "./names.js";
import { readingOf } from "./reading.js";

/** What a layer computed. */
export interface Activation {
  readonly shape: readonly number[];
  /** A copy, row-major. */
  readonly values: Float32Array<ArrayBuffer>;
}

/** What was computed for an input. */
export interface Trace<Result = unknown> {
  /** What the model, or the function that was given, said. */
  readonly result: Result;
  /** Activations in the order in which they were computed; one that is computed again is `name@2`, `name@3`, …. */
  readonly activations: Readonly<Record<string, Activation>>;
}

/** Options of `trace` and `patch`. */
export interface TraceOptions {
  /** Which activations are kept, `*` for any characters. Default: all. */
  readonly names?: readonly string[];
  /** The most bytes that are kept. Default 2²⁸ (256 MiB). */
  readonly maxBytes?: number;
}

/** What takes the place of an activation: numbers, or a function of a copy of them. */
export type Patch =
  | ArrayLike<number>
  | ((
      values: Float32Array<ArrayBuffer>,
      shape: readonly number[],
    ) => ArrayLike<number> | undefined);

/** Patches by the names of activations. */
export type Patches = Readonly<Record<string, Patch>>;

/**
 * What a model computes for an input, layer by layer: PyTorch's forward hooks.
 *
 * ```ts
 * const { activations } = await trace(model, "To be, or");
 * activations["linear"].shape; // [tokens, 1, classes]: logits
 * const { activations: some } = await trace(classifier, (m) => m.classify(pictures), { names: ["heads.*"] });
 * ```
 *
 * Layers have the names of their parameters, without `.weight`; weights of attention are at `….weights`, (B, H, Tq, Tk);
 * what pictures enter as is `input`, a latent vector `latent`. Without an input of its own a model is traced through a
 * function that calls any of its verbs.
 * @throws InvalidInputError for an input or options that cannot be used, and for more than `maxBytes`
 */
export async function trace<M extends AnyModel, I extends InsightInput<M>>(
  model: M,
  input: I,
  options: TraceOptions = {},
): Promise<Trace<ReadInput<I>>> {
  return patch(model, input, {}, options);
}

/**
 * The same with some activations replaced while the model computes: what comes after reads the new numbers (activation
 * patching; Vig et al., "Investigating Gender Bias in Language Models Using Causal Mediation Analysis", 2020).
 *
 * ```ts
 * const { activations } = await patch(model, "To be, or", { "model.layers.0": (x) => x.fill(0) });
 * ```
 *
 * @param patches by name: as many numbers as the activation has, or a function that is given a copy, and changes it or
 *   returns others
 * @throws InvalidInputError, also where nothing has such a name, and for numbers that are not finite
 */
export async function patch<M extends AnyModel, I extends InsightInput<M>>(
  model: M,
  input: I,
  patches: Patches,
  options: TraceOptions = {},
): Promise<Trace<ReadInput<I>>> {
  checkKeys("trace", options, ["names", "maxBytes"]);
  checkPatches(patches);
  const { all, ...found } = await computed(model, input, patches, options);
  for (const name of Object.keys(patches)) {
    if (!all.includes(name)) throw missing("patch", name, all);
  }
  for (const name of options.names ?? []) {
    if (!all.some(chooser([name]))) throw missing("names", name, all);
  }
  return found;
}

/** The same, and all names that were heard: whether those that are wanted are among them is for the caller to say. */
export async function computed<M extends AnyModel, I extends InsightInput<M>>(
  model: M,
  input: I,
  patches: Patches,
  { names, maxBytes = 2 ** 28 }: TraceOptions,
): Promise<Trace<ReadInput<I>> & { readonly all: readonly string[] }> {
  const most = checkNumber("maxBytes", maxBytes, { integer: true, min: 4 });
  const wanted = chooser(names);
  const reading = await readingOf(model, input);
  const activations: Record<string, Activation> = {};
  const all: string[] = [];
  let bytes = 0;
  const nameOf = counter();
  const listener: Listener = {
    record: false,
    hear(name, tensor, _, mixed) {
      const own = nameOf(name);
      all.push(own);
      const change = patches[own];
      if (change !== undefined) {
        const changed = replace(own, tensor, change);
        if (mixed && changed) mix(tensor, ...mixed);
      }
      if (!wanted(own)) return;
      bytes += 4 * tensor.size;
      if (bytes > most) {
        throw new InvalidInputError(
          `trace: more than maxBytes, ${most}, are computed up to ${own}: say which names are wanted, or give a shorter input`,
        );
      }
      activations[own] = { shape: [...tensor.shape], values: tensor.data.slice() };
    },
  };
  const result = (await heard(model, listener, () => reading.run())) as ReadInput<I>;
  return { result, activations, all };
}

function checkPatches(patches: Patches): void {
  for (const [name, change] of Object.entries(Object(patches) as Patches)) {
    if (typeof change === "function" || typeof Object(change).length === "number") continue;
    throw new InvalidInputError(
      `patch: ${name} must be numbers, or a function of them, got ${describe(change)}`,
    );
  }
}

/** Writes what takes the place of an activation into it; says whether a number changed. @throws InvalidInputError */
function replace(name: string, tensor: Tensor, change: Patch): boolean {
  const before = tensor.data.slice();
  let values: ArrayLike<number> = change as ArrayLike<number>;
  if (typeof change === "function") {
    const copy = before.slice();
    values = change(copy, [...tensor.shape]) ?? copy;
  }
  const { data } = tensor;
  if (values.length !== data.length) {
    throw new InvalidInputError(
      `patch: ${name} has ${data.length} numbers, shape [${tensor.shape}], got ${values.length}`,
    );
  }
  for (let i = 0; i < data.length; i++) {
    if (!Number.isFinite(values[i])) {
      throw new InvalidInputError(`patch: ${name}[${i}] must be a finite number, got ${values[i]}`);
    }
  }
  data.set(values);
  return data.some((value, i) => value !== before[i]);
}

/** What weights of attention (B, H, Tq, Tk) make of values (B, Tk, G, d): y (B, Tq, H, d). */
function mix(weights: Tensor, y: Tensor, v: Tensor): void {
  const [, H, Tq, Tk] = weights.shape;
  const [, , G, d] = v.shape;
  const [w, to, from] = [weights.data, y.data.fill(0), v.data];
  for (let i = 0; i < w.length; i++) {
    const [s, row] = [i % Tk, Math.floor(i / Tk)];
    const [t, h, b] = [row % Tq, Math.floor(row / Tq) % H, Math.floor(row / (Tq * H))];
    const [at, own] = [
      ((b * Tq + t) * H + h) * d,
      ((b * Tk + s) * G + Math.floor((h * G) / H)) * d,
    ];
    for (let j = 0; j < d; j++) to[at + j] += w[i] * from[own + j];
  }
}
