declare const setImmediate: ((work: () => void) => unknown) | undefined;

/**
 * Resolves when the event loop has been round, timers and sockets included. Not by a timer where there is
 * something better: timers come a millisecond late, browsers make nested ones wait longer, and Node goes
 * on with those that are due without a look at its sockets. `setImmediate` is of Node, Deno and Bun;
 * in their place browsers and edge platforms have messages.
 */
export const eventLoop: () => Promise<void> =
  typeof setImmediate !== "undefined"
    ? () => new Promise((resolve) => setImmediate(resolve))
    : typeof MessageChannel !== "undefined"
      ? byMessage
      : () => new Promise((resolve) => setTimeout(resolve, 0));

function byMessage(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(undefined);
  });
}
