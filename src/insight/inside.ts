// The way into a model: its core, and what its machine computes while somebody listens.

import { describe, InvalidInputError } from "../host/errors.js";
import type { ModelCore } from "../models/base/core.js";
import { coreOf, type Model } from "../models/base/model.js";
import type { Listener } from "../nn/tape.js";
import type { Trainable } from "../train/trainable.js";

/** Any model of the package, and those of `defineModel`. */
// biome-ignore lint/suspicious/noExplicitAny: each class has a network of its own
export type AnyModel = Model<any>;

/** @throws InvalidInputError for what is no model of this thread */
export function insideOf(model: AnyModel): ModelCore<Trainable> {
  const core = Object(model) === model ? coreOf(model) : undefined;
  if (core?.machine && core.network) return core;
  throw new InvalidInputError(
    `expected a model, such as LanguageModel.load gives, got ${describe(model)}; one in a worker cannot be looked into`,
  );
}

/** The name of a model's class. */
export function kindOf(model: AnyModel): string {
  return insideOf(model).parts.description.model;
}

/**
 * Runs `work` while the model's machine has a listener; one at a time.
 * @throws InvalidInputError where the model is listened to already
 */
export async function heard<T>(
  model: AnyModel,
  listener: Listener,
  work: () => T | Promise<T>,
): Promise<T> {
  const { machine } = insideOf(model);
  if (machine.listener) {
    throw new InvalidInputError("this model is listened to already: await the call before");
  }
  machine.listener = listener;
  try {
    return await work();
  } finally {
    machine.listener = undefined;
  }
}
