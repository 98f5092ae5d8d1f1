// The classes of errors. Entries beside the package's own import them by its name, so that there is one of each.

import { cut } from "./cut.js";

/** Characters of a message: what a file brings can be long, and what people read cannot. */
const LONGEST = 2000;

/** Every error that simdream throws on purpose. Its message says what was expected and what came. */
export class SimdreamError extends Error {
  override name = "SimdreamError";

  constructor(message = "", options?: ErrorOptions) {
    super(cut(message, LONGEST - 1), options);
  }
}

/** An option, argument or piece of data that cannot be used. Nothing was changed. */
export class InvalidInputError extends SimdreamError {
  override name = "InvalidInputError";
}

/** A model file that is damaged, hostile, of another version, or of another model. */
export class ModelFileError extends SimdreamError {
  override name = "ModelFileError";
}

/** More memory was asked for than the model or the runtime can have. */
export class OutOfMemoryError extends SimdreamError {
  override name = "OutOfMemoryError";
}

/** Training met a loss or gradient that is not a finite number; the last good weights were kept. */
export class DivergedError extends SimdreamError {
  override name = "DivergedError";
}

/** A model computed numbers that are not finite: nothing can be drawn from them or measured by them. */
export class NotFiniteError extends SimdreamError {
  override name = "NotFiniteError";
}

/** A text ended before it was one of its grammar's: `maxTokens`, a stop string or bans ended it. */
export class GrammarError extends SimdreamError {
  override name = "GrammarError";
}

/** What was made did not pass the caller's check, as often as it was tried. */
export class RefusedError extends SimdreamError {
  override name = "RefusedError";
}
