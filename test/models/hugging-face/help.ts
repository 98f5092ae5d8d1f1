// Folders of Hugging Face's for tests: small ones beside this repository's tests, and larger ones where they are.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type LanguageModel, load, type Runtime } from "../../../src/entries/index.js";
import type { AnyCausalNetwork } from "../../../src/models/language/causal-network.js";
import type { Parameters } from "../../../src/nn/parameters.js";

export const runtime: Runtime = await load();

const golden = fileURLToPath(new URL("../../golden/hugging-face", import.meta.url));
export const shared: string = fileURLToPath(
  new URL("../../../../shared/data/models", import.meta.url),
);

/** What transformers computes with the small ones. */
export const expected: {
  readonly text: string;
  readonly ids: readonly number[];
  readonly models: Readonly<Record<string, Expected>>;
} = JSON.parse(readFileSync(join(golden, "expected.json"), "utf8"));

interface Expected {
  readonly first: readonly number[];
  readonly last: readonly number[];
  readonly greedy: readonly number[];
  readonly inputs: readonly (readonly number[])[];
  readonly targets: readonly (readonly number[])[];
  readonly loss: number;
}

/** Gradients of the losses, each called `<model>.<parameter>`. */
export const gradients: Uint8Array = readFileSync(join(golden, "gradients.safetensors"));

export const small: readonly string[] = Object.keys(expected.models);

/** Files of a folder, by name. */
export function filesIn(
  folder: string,
  names: readonly string[] = readdirSync(folder),
): Record<string, Uint8Array> {
  const has = names.filter((name) => /\.\w+$/.test(name) && existsSync(join(folder, name)));
  return Object.fromEntries(
    has.map((name) => [name, new Uint8Array(readFileSync(join(folder, name)))]),
  );
}

/** A small model's files. */
export function filesOf(model: string): Record<string, Uint8Array> {
  const own = ["tokenizer.json", "generation_config.json"];
  return { ...filesIn(golden, own), ...filesIn(join(golden, model)) };
}

/** The largest absolute difference. */
export function furthest(got: ArrayLike<number>, wanted: ArrayLike<number>): number {
  if (got.length !== wanted.length) return Number.POSITIVE_INFINITY;
  let most = 0;
  for (let i = 0; i < wanted.length; i++) {
    const off = Math.abs(got[i] - wanted[i]);
    most = Number.isNaN(off) ? Number.POSITIVE_INFINITY : Math.max(most, off);
  }
  return most;
}

interface Inside {
  readonly core: { readonly network: AnyCausalNetwork; imported(): Parameters };
}

export function networkOf(model: LanguageModel): AnyCausalNetwork {
  return (model as unknown as Inside).core.network;
}

export function parametersOf(model: LanguageModel): Parameters {
  return (model as unknown as Inside).core.imported();
}

/** Logits after the token at this place. */
export function logitsOf(model: LanguageModel, ids: readonly number[], at: number): Float32Array {
  const network = networkOf(model);
  const state = network.start(1);
  const logits = new Float32Array(network.classes);
  network.step(state, ids.slice(0, at + 1), logits, at + 1);
  network.free(state);
  return logits;
}

/** The likeliest tokens after these, with the cache. */
export function greedyOf(model: LanguageModel, ids: readonly number[], count: number): number[] {
  const network = networkOf(model);
  const state = network.start(1);
  const logits = new Float32Array(network.classes);
  network.step(state, ids, logits, ids.length);
  const found: number[] = [];
  while (found.length < count) {
    found.push(logits.indexOf(Math.max(...logits)));
    network.step(state, found.slice(-1), logits);
  }
  network.free(state);
  return found;
}
