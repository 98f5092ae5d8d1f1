// What `fit` gives: its steps one by one, or all of them at once. Nothing is trained before somebody asks.

import { InvalidInputError } from "../host/errors.js";

/**
 * A training that has not begun, or is under way.
 *
 * - `for await (const report of training)` takes a step a turn; to break out stops it.
 * - `await training` takes all steps that are left and gives the last report. Awaited again, it gives the
 *   same one; a loop after that has no steps left. To return it from an asynchronous function is to await it.
 *
 * Nothing is trained where it is neither looped over nor awaited.
 * @throws InvalidInputError, when awaited, where there was nothing left to train
 */
export class Training<Report> implements AsyncGenerator<Report, void, void>, Promise<Report> {
  readonly #steps: AsyncGenerator<Report, void, void>;
  #last: Report | undefined;
  #end: Promise<Report> | undefined;

  constructor(steps: AsyncGenerator<Report, void, void>) {
    this.#steps = steps;
  }

  get [Symbol.toStringTag](): string {
    return "Training";
  }

  /** The next step's report. */
  async next(): Promise<IteratorResult<Report, void>> {
    const result = await this.#steps.next();
    if (!result.done) this.#last = result.value;
    return result;
  }

  /** Stops after the steps that have been taken. */
  return(): Promise<IteratorResult<Report, void>> {
    return this.#steps.return();
  }

  throw(error: unknown): Promise<IteratorResult<Report, void>> {
    return this.#steps.throw(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** Trains to the end, as `await` does. */
  // biome-ignore lint/suspicious/noThenProperty: to be awaited is what it is for
  then<Kept = Report, Caught = never>(
    kept?: ((report: Report) => Kept | PromiseLike<Kept>) | null,
    caught?: ((reason: unknown) => Caught | PromiseLike<Caught>) | null,
  ): Promise<Kept | Caught> {
    this.#end ??= this.#toTheEnd();
    return this.#end.then(kept, caught);
  }

  catch<Caught = never>(
    caught?: ((reason: unknown) => Caught | PromiseLike<Caught>) | null,
  ): Promise<Report | Caught> {
    return this.then(undefined, caught);
  }

  finally(work?: (() => void) | null): Promise<Report> {
    return this.then().finally(work);
  }

  async #toTheEnd(): Promise<Report> {
    while (!(await this.next()).done);
    if (this.#last !== undefined) return this.#last;
    throw new InvalidInputError(
      "there was nothing left to train: the run has taken all its steps; give more steps, or resume: false",
    );
  }
}
