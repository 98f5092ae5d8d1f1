// Servers of the tasks: started on a free port with a store of their own, and killed.
import { spawn } from "node:child_process";
import { createServer } from "node:net";

/** @param more further arguments of nats-server */
export async function serverOn(port, store, more = []) {
  const address = ["-a", "127.0.0.1", "-p", String(port)];
  const child = spawn("nats-server", [...address, "-js", "-sd", store, ...more], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  await new Promise((resolve, reject) => {
    let said = "";
    child.stderr.on("data", (piece) => {
      if (said.length < 1e5) said += piece;
      if (said.includes("Server is ready")) resolve();
    });
    child.on("exit", () => reject(new Error(said)));
  });
  return child;
}

/** Kills a process, and waits for its end. */
export function ended(child) {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.on("exit", resolve);
    child.kill("SIGKILL");
  });
}

export function freePort() {
  return new Promise((resolve) => {
    const listening = createServer().listen(0, "127.0.0.1", () => {
      const { port } = listening.address();
      listening.close(() => resolve(port));
    });
  });
}

/** Numbers from 0 to 1, by a linear congruence. */
export function randomOf(seed) {
  let state = Math.imul(seed, 2654435761) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
