// POST /v1/completions, from the body to the answer.

import { Admission } from "./admission.js";
import { readJson } from "./body.js";
import { CompletionWriter } from "./completion.js";
import { asApiError } from "./errors.js";
import { eventStream } from "./events.js";
import { generate, type Piece, type ServedModel } from "./generation.js";
import { Lifetime } from "./lifetime.js";
import { TokenNames } from "./logprobs.js";
import type { ResolvedOptions } from "./options.js";
import { type CompletionRequest, readRequest } from "./request.js";

/** Answers requests to complete text with one model. */
export class Completions {
  readonly #model: ServedModel;
  readonly #options: ResolvedOptions;
  readonly #names: TokenNames;
  readonly #fingerprint: string;
  readonly #admission: Admission;

  constructor(model: ServedModel, options: ResolvedOptions) {
    this.#model = model;
    this.#options = options;
    this.#names = new TokenNames(model.tokenizer);
    this.#fingerprint = model.fingerprint();
    this.#admission = new Admission(options);
  }

  /** How many requests generate, and how many wait. */
  get load(): { running: number; waiting: number } {
    const { running, waiting } = this.#admission;
    return { running, waiting };
  }

  /** @throws ApiError, or InvalidInputError where the model refuses */
  async answer(request: Request): Promise<Response> {
    const lifetime = new Lifetime(request.signal, this.#options.timeout);
    try {
      const wanted = readRequest(
        await readJson(request, this.#options),
        this.#model,
        this.#options,
      );
      const leave = await this.#admission.enter(lifetime.signal);
      const pieces = ending(generate(this.#model, wanted, lifetime.signal), () => {
        leave();
        lifetime.end();
      });
      // What the model refuses is known with the first piece, while the status can still say so.
      const first = await pieces.next();
      return wanted.stream
        ? this.#stream(wanted, first, pieces, lifetime)
        : this.#whole(wanted, first, pieces);
    } catch (error) {
      lifetime.end();
      throw error;
    }
  }

  async #whole(
    wanted: CompletionRequest,
    first: IteratorResult<Piece, void>,
    pieces: AsyncGenerator<Piece, void, void>,
  ): Promise<Response> {
    return Response.json(await this.#writer(wanted).whole(resumed(first, pieces)));
  }

  #stream(
    wanted: CompletionRequest,
    first: IteratorResult<Piece, void>,
    pieces: AsyncGenerator<Piece, void, void>,
    lifetime: Lifetime,
  ): Response {
    const writer = this.#writer(wanted);
    const { signal } = lifetime;
    // A reader that has stopped reading must not keep its place.
    const end = () => void pieces.return();
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
    return eventStream(first, {
      pieces,
      event: (piece) => writer.chunk(piece),
      last: () => {
        signal.throwIfAborted();
        return writer.last ? [writer.last] : [];
      },
      failure: (error) => asApiError(error, this.#options.onError).toJSON(),
      gone: () => lifetime.leave(),
    });
  }

  #writer(wanted: CompletionRequest): CompletionWriter {
    return new CompletionWriter(wanted, this.#names, this.#options.name, this.#fingerprint);
  }
}

/** The same pieces; `end` is called once, however they end. The first must be asked for. */
async function* ending(
  pieces: AsyncGenerator<Piece, void, void>,
  end: () => void,
): AsyncGenerator<Piece, void, void> {
  try {
    yield* pieces;
  } finally {
    end();
  }
}

/** A first piece, and the rest. */
async function* resumed(
  first: IteratorResult<Piece, void>,
  rest: AsyncGenerator<Piece, void, void>,
): AsyncGenerator<Piece, void, void> {
  if (first.done) return;
  try {
    yield first.value;
    yield* rest;
  } finally {
    await rest.return();
  }
}
