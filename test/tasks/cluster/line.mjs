// A line between a machine and a server that takes its time: a TCP proxy that delays and limits what passes, in place
// of `tc netem`, which needs network namespaces.
import { connect, createServer } from "node:net";

/** Bytes that wait in the line before its end is asked for no more. */
const WAITING = 4 * 2 ** 20;

/**
 * @param to port of the server
 * @param delay milliseconds that a piece takes one way, by a function that says it anew each time
 * @param rate bytes a second, each way, of all connections through the line together
 */
export async function line({ to, delay = () => 0, rate = Infinity }) {
  const sockets = new Set();
  const ways = { up: { free: 0, bytes: 0 }, down: { free: 0, bytes: 0 } };
  const server = createServer((near) => {
    const far = connect({ port: to, host: "127.0.0.1" });
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("error", () => {});
      socket.on("close", () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    passes(near, far, ways.up, delay, rate);
    passes(far, near, ways.down, delay, rate);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: server.address().port,
    bytes: () => ways.up.bytes + ways.down.bytes,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function passes(from, to, way, delay, rate) {
  const queue = [];
  let waiting = 0;
  let last = 0;
  let timer;
  const deliver = () => {
    timer = undefined;
    while (queue.length > 0 && queue[0].at <= performance.now()) {
      const { piece } = queue.shift();
      waiting -= piece.length;
      if (!to.destroyed) to.write(piece);
    }
    if (waiting < WAITING / 2) from.resume();
    if (queue.length > 0) timer = setTimeout(deliver, queue[0].at - performance.now());
  };
  from.on("data", (piece) => {
    way.bytes += piece.length;
    way.free = Math.max(way.free, performance.now()) + (1000 * piece.length) / rate;
    // What was sent first comes first.
    last = Math.max(last, way.free + delay());
    queue.push({ at: last, piece });
    waiting += piece.length;
    if (waiting > WAITING) from.pause();
    timer ??= setTimeout(deliver, last - performance.now());
  });
  from.on("close", () => clearTimeout(timer));
}
