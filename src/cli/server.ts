// A fetch handler on node:http, which Node, Deno and Bun have.

import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { toNodeHandler } from "srvx/node";
import type { Handler } from "../entries/serve.js";
import { Failure, reason } from "./errors.js";

/** Milliseconds in which a sender whose request was refused halfway can read why. */
const LINGER = 1000;

/** A server that listens. */
export class HttpServer {
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server, host: string) {
    const { port } = server.address() as AddressInfo;
    this.url = `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
    this.#server = server;
  }

  /** @throws Failure where the address cannot be had */
  static listen(handler: Handler, port: number, host: string): Promise<HttpServer> {
    const answer = toNodeHandler(handler) as RequestListener;
    const server = createServer((request, response) => {
      response.once("finish", () => linger(request));
      answer(request, response);
    });
    return new Promise((resolve, reject) => {
      server.once("error", (error) => {
        reject(new Failure(`cannot listen on ${host}:${port}: ${reason(error)}`, { cause: error }));
      });
      server.listen(port, host, () => resolve(new HttpServer(server, host)));
    });
  }

  /** Takes no more requests; those that are being answered have `grace` milliseconds. */
  async close(grace: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    const idle = setInterval(() => this.#server.closeIdleConnections(), 50);
    const late = setTimeout(() => this.#server.closeAllConnections(), grace);
    await closed;
    clearInterval(idle);
    clearTimeout(late);
  }
}

/** Reads on for a moment where a body was answered before its end, then hangs up. */
function linger(request: IncomingMessage): void {
  if (request.complete) return;
  request.removeAllListeners("data");
  request.resume();
  setTimeout(() => request.socket.destroy(), LINGER).unref();
}
