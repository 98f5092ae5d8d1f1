// An answer as server-sent events, made as fast as its reader takes them.

import type { Piece } from "./generation.js";

const headers = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache, no-transform",
  // Some proxies would keep the events until there are many.
  "x-accel-buffering": "no",
};

/** What an event stream is made of. */
interface Source {
  readonly pieces: AsyncGenerator<Piece, void, void>;
  /** A piece's event; undefined for none. */
  event(piece: Piece): object | undefined;
  /** Events after the last piece. */
  last(): readonly object[];
  /** The event for an error. */
  failure(error: unknown): object;
  /** Called when the reader has gone; ends the pieces. */
  gone(): void;
}

/** The answer to a request whose first piece is there. */
export function eventStream(first: IteratorResult<Piece, void>, source: Source): Response {
  const encoder = new TextEncoder();
  const write = (event: object) => encoder.encode(`data: ${JSON.stringify(event)}\n\n`);
  let next: IteratorResult<Piece, void> | undefined = first;
  let open = true;
  /** The next piece that has an event; undefined at the end. */
  const nextEvent = async (): Promise<object | undefined> => {
    for (;;) {
      const { done, value } = next ?? (await source.pieces.next());
      next = undefined;
      if (done) return undefined;
      const event = source.event(value);
      if (event) return event;
    }
  };
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const event = await nextEvent();
        if (!open) return;
        if (event) return controller.enqueue(write(event));
        for (const event of source.last()) controller.enqueue(write(event));
        controller.enqueue(encoder.encode("data: [DONE]\n\n"));
      } catch (error) {
        if (!open) return;
        controller.enqueue(write(source.failure(error)));
      }
      controller.close();
    },
    cancel() {
      open = false;
      source.gone();
    },
  });
  return new Response(stream, { headers });
}
