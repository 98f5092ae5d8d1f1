// What the tests of bad input share. What cannot be used is refused, with a message from which a user
// can tell what to change, and whatever was there before still works.

import { LanguageModel, type LanguageModelOptions } from "../../../src/entries/index.js";
import {
  readSafetensors,
  type TensorEntry,
  writeSafetensors,
} from "../../../src/formats/safetensors.js";
import { names, runtime, text, tiny, train } from "../help.js";

export const small = { steps: 6, batch: 4, seqLen: 8, lr: 1e-2 };
export const create = (options: object = {}) =>
  LanguageModel.create({ runtime, ...tiny, corpus: text, ...options } as LanguageModelOptions);

/** A text model and a document model, both trained. */
export const char = await create();
await train(char, text, small);
export const documents = await create({ corpus: names });
await train(documents, names, small);
/** A text model with a run half done. */
export const halfway = await create();
await train(
  halfway,
  text,
  { ...small, batching: "streams", val: 0.2, evalEvery: 1, patience: 3 },
  3,
);

export type Row = [option: object, ...parts: string[]];

/** Values that no size may have, and what is said of each. */
export function sizes(name: string, most: number, least = 1): Row[] {
  const rule = `${name} must be a whole number of at least ${least}`;
  const bad = [-1, 1.5, Number.NaN, Infinity, 1e300, "12", true, [3], {}, () => 3];
  if (least > 0) bad.push(0);
  if (most < 1e15) bad.push(most + 1);
  const shown = (value: unknown) => {
    if (typeof value === "string") return '"12"';
    if (Array.isArray(value)) return "an array of 1";
    return typeof value === "object" || typeof value === "function"
      ? "a value of type"
      : `${value}`;
  };
  return bad.map((value) => [{ [name]: value }, rule, `got ${shown(value)}`]);
}

/** The same for a number within bounds. */
export const range = (name: string, ...bad: unknown[]): Row[] =>
  [...bad, Number.NaN, Infinity, -Infinity, "1", true, []].map((value) => [
    { [name]: value },
    `${name} must be a number`,
    "got ",
  ]);

export const choice = (name: string, list: string): Row[] =>
  ["nothing", "", 3, true, {}].map((value) => [
    { [name]: value },
    `${name} must be one of ${list}, got `,
  ]);

/** A file of the text model, or another, with its parts changed. */
export function changed(
  model: LanguageModel,
  change: {
    readonly json?: (json: Json) => void;
    readonly tensors?: (tensors: Map<string, TensorEntry>) => void;
    readonly raw?: (text: string) => string;
  },
): Uint8Array {
  const file = readSafetensors(model.save({ training: true }));
  const tensors = new Map(file.tensors);
  change.tensors?.(tensors);
  const json = JSON.parse(file.metadata.get("simdream")!);
  change.json?.(json);
  const written = JSON.stringify(json);
  return writeSafetensors(tensors.values(), { simdream: change.raw?.(written) ?? written });
}

// biome-ignore lint/suspicious/noExplicitAny: what is in a damaged file is anything
export type Json = Record<string, any>;

/** The text model's file with other things in its description. */
export const described = (change: Json) =>
  changed(char, { json: (json) => void Object.assign(json, change) });

/** A model's network as its file has it. */
export const sizesOf = ({
  config: { network: kind, documents: _documents, seed: _seed, ...sizes },
}: LanguageModel): Readonly<Record<string, unknown>> => ({
  kind,
  ...sizes,
});
