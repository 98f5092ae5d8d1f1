// The models that can be served. They are known by what they have and not by their class, so that one in a
// worker, or one of another copy of the package, is as good as one of this thread.

import { InvalidInputError } from "../api.js";
import type { Fitted } from "./fitted.js";
import {
  checkPictureModel,
  isPictureModel,
  type ServedPictureModel,
  type ServedPictures,
  servePictures,
} from "./picture-model.js";
import {
  checkTextModel,
  isTextModel,
  type ServedLanguageModel,
  type ServedSeq2Seq,
  type ServedTexts,
  serveTexts,
} from "./text-model.js";
import type { Turns } from "./turns.js";

/** A model that can be served. */
export type ServedModel = ServedLanguageModel | ServedSeq2Seq | ServedPictureModel;

/** The same as requests are answered with it. */
export type Served = ServedTexts | ServedPictures;

/**
 * The model, if it can be served.
 * @throws InvalidInputError saying what is served and what came, or for a joiner that it cannot read
 */
export function checkModel(
  model: unknown,
  options: { readonly history: number; readonly joiner: string },
): ServedModel {
  const { record, fingerprint } = Object(model) as Partial<Fitted>;
  const known = isPictureModel(model) || isTextModel(model);
  if (typeof fingerprint !== "function" || !known) {
    throw new InvalidInputError(
      "createHandler needs a trained model of text (LanguageModel, Seq2Seq) or one that makes pictures (Diffusion, " +
        `GAN, VAE), of this thread or of a worker, or a promise of one; got ${named(model)}`,
    );
  }
  if (record && !record.imported && record.steps === 0) {
    throw new InvalidInputError(
      "createHandler needs a trained model; this one has not been trained: call fit first, or load a " +
        "trained file",
    );
  }
  // One that makes pictures may have a tokenizer, too.
  if (isPictureModel(model)) checkPictureModel(model);
  else checkTextModel(model, options);
  return model;
}

/** The model as it is served, with the fingerprint that it has now. */
export async function serve(model: ServedModel, turns: Turns): Promise<Served> {
  return isPictureModel(model) ? servePictures(model, turns) : serveTexts(model, turns);
}

/** What came instead of something else, with what to do about it where that is known. */
export function named(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "a list";
  if (typeof value === "function") return "a function, or a class: make or load a model with it";
  if (typeof value !== "object") return `a ${typeof value}`;
  if (typeof (value as { then?: unknown }).then === "function") return "a promise: await it first";
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    return "bytes: load the file first, by the load of its class, such as LanguageModel.load";
  }
  const { constructor: made } = value;
  const name = typeof made === "function" && made !== Object ? made.name : "";
  // Bundlers shorten names until they say nothing.
  return name.length < 3 ? "an object that is no model" : `an object of class ${name.slice(0, 40)}`;
}
