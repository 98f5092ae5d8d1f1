// A path that generates, from the body to the answer, in the format that is its own.

import type { Admission } from "./admission.js";
import type { AnswerWriter, Format } from "./answer.js";
import { readJson } from "./body.js";
import { asApiError } from "./errors.js";
import { eventStream } from "./events.js";
import { generate, type Piece } from "./generation.js";
import { jsonResponse } from "./json.js";
import { Lifetime } from "./lifetime.js";
import type { Served } from "./model.js";
import type { ResolvedOptions } from "./options.js";
import type { GenerationRequest } from "./request.js";

/**
 * Answers a request.
 * @throws ApiError, or InvalidInputError where the model refuses
 */
export async function answer<R extends GenerationRequest>(
  request: Request,
  format: Format<R>,
  served: Served,
  admission: Admission,
  options: ResolvedOptions,
): Promise<Response> {
  const lifetime = new Lifetime(request.signal, options.timeout);
  try {
    const wanted = format.read(await readJson(request, options), served, options);
    const leave = await admission.enter(lifetime.signal);
    const pieces = ending(generate(served, wanted, options, lifetime.signal), () => {
      leave();
      lifetime.end();
    });
    // What the model refuses is known with the first piece, while the status can still say so.
    const first = await pieces.next();
    const writer = format.writer(wanted, served, options.name);
    if (wanted.stream) return stream(writer, first, pieces, lifetime, options);
    return jsonResponse(await writer.whole(resumed(first, pieces)));
  } catch (error) {
    lifetime.end();
    throw error;
  }
}

function stream(
  writer: AnswerWriter,
  first: IteratorResult<Piece, void>,
  pieces: AsyncGenerator<Piece, void, void>,
  lifetime: Lifetime,
  { onError }: ResolvedOptions,
): Response {
  const { signal } = lifetime;
  // A reader that has stopped reading must not keep its place.
  const end = () => void pieces.return();
  if (signal.aborted) end();
  else signal.addEventListener("abort", end, { once: true });
  return eventStream(first, {
    pieces,
    events: (piece) => writer.events(piece),
    last: () => {
      signal.throwIfAborted();
      return writer.last ? [writer.last] : [];
    },
    failure: (error) => asApiError(error, onError).toJSON(),
    gone: () => lifetime.leave(),
  });
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
