// One process of one peer, seen from the suite.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const MARK = "@bench ";

/** A peer's process. Commands are answered in turn; a silent one is ended. */
export class Child {
  #process;
  #waiting;
  #version;

  /** Starts the process. @throws where the peer says that it cannot be had */
  static async start(command, timeoutMs) {
    const child = new Child();
    const [program, ...args] = command;
    child.#process = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
    let complaints = "";
    child.#process.stderr.on("data", (data) => {
      complaints = (complaints + data).slice(-2000);
    });
    child.#process.stdin.on("error", () => {});
    child.#process.on("error", (error) => child.#settle({ error: error.message }));
    child.#process.on("close", (code, signal) => {
      const last = complaints.trim().split("\n").at(-1);
      child.#settle({ error: `its process ended (${signal ?? code})${last ? `: ${last}` : ""}` });
    });
    createInterface({ input: child.#process.stdout }).on("line", (line) => {
      if (line.startsWith(MARK)) child.#settle(JSON.parse(line.slice(MARK.length)));
    });
    const { version } = await child.#answer(timeoutMs);
    child.#version = version;
    return child;
  }

  /** The version that the peer itself gives. */
  get version() {
    return this.#version;
  }

  get alive() {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** @throws with the peer's reason */
  async ask(command, timeoutMs) {
    if (!this.alive) throw new Error("its process ended before");
    this.#process.stdin.write(`${JSON.stringify(command)}\n`);
    return this.#answer(timeoutMs);
  }

  async end() {
    if (!this.alive) return;
    const closed = new Promise((resolve) => this.#process.once("close", resolve));
    this.#process.stdin.end();
    const timer = setTimeout(() => this.#process.kill("SIGKILL"), 3000);
    await closed;
    clearTimeout(timer);
  }

  async #answer(timeoutMs) {
    const answer = await new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#settle({ error: `no answer within ${Math.round(timeoutMs / 1000)} s` });
        this.#process.kill("SIGKILL");
      }, timeoutMs);
      this.#waiting = (value) => {
        clearTimeout(timer);
        resolve(value);
      };
    });
    if (answer.error) throw new Error(answer.error);
    return answer;
  }

  #settle(answer) {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(answer);
  }
}
