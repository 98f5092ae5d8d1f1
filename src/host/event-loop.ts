declare const setImmediate: ((work: () => void) => unknown) | undefined;

/** Calls `resolve` when the event loop has been round. */
type Turn = (resolve: () => void) => void;

/** The best first; those that the runtime lacks are left out. */
const turns: Turn[] = [
  ...(typeof setImmediate === "undefined" ? [] : [(resolve: () => void) => setImmediate(resolve)]),
  ...(typeof MessageChannel === "undefined" ? [] : [byMessage]),
  (resolve) => setTimeout(resolve, 0),
];

/**
 * Resolves when the event loop has been round, timers and sockets included. Not by a timer where there is
 * something better: timers come a millisecond late, browsers make nested ones wait longer, and Node goes
 * on with those that are due without a look at its sockets. `setImmediate` is of Node, Deno and Bun;
 * in their place browsers and edge platforms have messages. Next.js' edge runtime has both names, and throws
 * when they are used: what throws is not tried again.
 */
export function eventLoop(): Promise<void> {
  return new Promise((resolve) => {
    while (turns.length > 1) {
      try {
        return turns[0](resolve);
      } catch {
        turns.shift();
      }
    }
    turns[0](resolve);
  });
}

function byMessage(resolve: () => void): void {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    resolve();
  };
  port2.postMessage(undefined);
}
