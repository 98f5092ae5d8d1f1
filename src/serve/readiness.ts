// A model that may still be on its way.

import { InvalidInputError } from "../api.js";
import { ApiError, report } from "./errors.js";
import { checkModel, type Served, type ServedModel, serve } from "./model.js";
import type { ResolvedOptions } from "./options.js";
import { Turns } from "./turns.js";

/**
 * The model once it is there. What is no model is refused here and now where that can be known; where it
 * cannot, `onError` is told, and whoever asks gets an ApiError, 503.
 * @throws InvalidInputError
 */
export function readiness(
  model: ServedModel | PromiseLike<ServedModel>,
  options: ResolvedOptions,
): () => Promise<Served> {
  const later = typeof (model as Partial<PromiseLike<unknown>> | undefined)?.then === "function";
  const check = (one: unknown) => checkModel(one, options);
  const turns = new Turns(options);
  const begin = (one: ServedModel) => serve(one, turns);
  const ready = later ? Promise.resolve(model).then(check).then(begin) : begin(check(model));
  ready.catch((error) => report(error, options.onError));
  return async () => {
    try {
      return await ready;
    } catch (error) {
      const why = error instanceof InvalidInputError ? error.message : "it could not be loaded";
      throw new ApiError(503, `The model cannot be served: ${why}`, { code: "model_unavailable" });
    }
  };
}
