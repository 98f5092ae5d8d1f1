// An answer as server-sent events, made as fast as its reader takes them.

import { jsonOf } from "./json.js";

const headers = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-cache, no-transform",
  // Some proxies would keep the events until there are many.
  "x-accel-buffering": "no",
};

/** What an event stream is made of. */
interface Source<P> {
  readonly pieces: AsyncGenerator<P, void, void>;
  /** A piece's events, or none. */
  events(piece: P): readonly object[] | Promise<readonly object[]>;
  /** Events after the last piece. */
  last(): readonly object[];
  /** The event for an error. */
  failure(error: unknown): object;
  /** Called when the reader has gone; ends the pieces. */
  gone(): void;
}

/** The answer to a request whose first piece is there. */
export function eventStream<P>(first: IteratorResult<P, void>, source: Source<P>): Response {
  const encoder = new TextEncoder();
  const write = (event: object) => encoder.encode(`data: ${jsonOf(event)}\n\n`);
  let next: IteratorResult<P, void> | undefined = first;
  let open = true;
  /** The events of the next piece that has some; none at the end. */
  const nextEvents = async (): Promise<readonly object[]> => {
    for (;;) {
      const { done, value } = next ?? (await source.pieces.next());
      next = undefined;
      if (done) return [];
      const events = await source.events(value);
      if (events.length > 0) return events;
    }
  };
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const events = await nextEvents();
        if (!open) return;
        for (const event of events) controller.enqueue(write(event));
        if (events.length > 0) return;
        for (const event of source.last()) controller.enqueue(write(event));
        controller.enqueue(encoder.encode("data: [DONE]\n\n"));
      } catch (error) {
        // Whatever failed, nothing more is made.
        source.pieces.return().catch(() => {});
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
