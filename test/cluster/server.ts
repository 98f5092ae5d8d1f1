// A NATS server of a test's own, where there is one on this machine.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Whether `nats-server` can be had. */
export const hasServer: boolean = spawnSync("nats-server", ["--version"]).status === 0;

if (!hasServer) console.warn("skipped: nats-server is not installed, the cluster is not tested");

/** A server with a store of its own, which can be killed and started again. */
export class TestServer {
  readonly directory: string = mkdtempSync(join(tmpdir(), "simdream-nats-"));
  port = 0;
  webPort = 0;
  #process: ChildProcess | undefined;

  static async start(): Promise<TestServer> {
    const server = new TestServer();
    [server.port, server.webPort] = [await freePort(), await freePort()];
    writeFileSync(
      join(server.directory, "server.conf"),
      `listen: "127.0.0.1:${server.port}"\n` +
        `jetstream { store_dir: "${server.directory}/store" }\n` +
        `websocket { listen: "127.0.0.1:${server.webPort}", no_tls: true }\n`,
    );
    await server.up();
    return server;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  async up(): Promise<void> {
    this.#process = spawn("nats-server", ["-c", join(this.directory, "server.conf")], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    await new Promise<void>((resolve, reject) => {
      let said = "";
      this.#process!.stderr!.on("data", (piece) => {
        said += piece;
        if (said.includes("Server is ready")) resolve();
      });
      this.#process!.on("exit", () => reject(new Error(said)));
    });
  }

  /** Kills it. */
  async down(): Promise<void> {
    const ended = new Promise((resolve) => this.#process?.on("exit", resolve));
    this.#process?.kill("SIGKILL");
    await ended;
  }

  async stop(): Promise<void> {
    await this.down();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
