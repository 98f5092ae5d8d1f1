// What a file says of its model is checked as options are; where it is refused, the file is damaged.

import { InvalidInputError, ModelFileError } from "../../host/errors.js";

/** Runs a check of what a file says. @throws ModelFileError where it fails */
export function checkFile<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    return damaged(error);
  }
}

/** The same for who waits for a check: `check().catch(damaged)`. @throws ModelFileError */
export function damaged(error: unknown): never {
  if (!(error instanceof InvalidInputError)) throw error;
  throw new ModelFileError(`the file's configuration is damaged: ${error.message}`);
}
