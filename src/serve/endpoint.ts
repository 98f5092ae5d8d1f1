// A path that generates, from the body to the answer, in the format that is its own.

import type { Admission } from "./admission.js";
import type { AnswerWriter, Format } from "./answer.js";
import { readJson } from "./body.js";
import { asApiError } from "./errors.js";
import { eventStream } from "./events.js";
import { jsonResponse } from "./json.js";
import { Lifetime } from "./lifetime.js";
import type { ResolvedOptions } from "./options.js";

/**
 * Answers a request.
 * @throws ApiError, or InvalidInputError where the model refuses
 */
export async function answer<S, R extends { readonly stream: boolean }, P>(
  request: Request,
  format: Format<S, R, P>,
  served: S,
  admission: Admission,
  options: ResolvedOptions,
): Promise<Response> {
  const lifetime = new Lifetime(request.signal, options.timeout);
  try {
    const wanted = format.read(await readJson(request, options), served, options);
    const leave = await admission.enter(lifetime.signal);
    const pieces = ending(format.pieces(served, wanted, options, lifetime.signal), () => {
      leave();
      lifetime.end();
    });
    // What the model refuses is known with the first piece, while the status can still say so.
    const first = await pieces.next();
    const writer = format.writer(wanted, served, options.name);
    if (wanted.stream) return stream(writer, first, pieces, lifetime, options);
    const whole = await writer.whole(resumed(first, pieces));
    return whole instanceof Response ? whole : jsonResponse(whole);
  } catch (error) {
    lifetime.end();
    throw error;
  }
}

function stream<P>(
  writer: AnswerWriter<P>,
  first: IteratorResult<P, void>,
  pieces: AsyncGenerator<P, void, void>,
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
async function* ending<P>(
  pieces: AsyncGenerator<P, void, void>,
  end: () => void,
): AsyncGenerator<P, void, void> {
  try {
    yield* pieces;
  } finally {
    end();
  }
}

/** A first piece, and the rest. */
async function* resumed<P>(
  first: IteratorResult<P, void>,
  rest: AsyncGenerator<P, void, void>,
): AsyncGenerator<P, void, void> {
  if (first.done) return;
  try {
    yield first.value;
    yield* rest;
  } finally {
    await rest.return();
  }
}
