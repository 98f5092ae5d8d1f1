// Programs with a hard limit. Each leads a process group, which ends with it: nothing that it started is
// left behind, whatever becomes of it or of this program.

import { spawn } from "node:child_process";

/** Milliseconds that a program has for its own cleaning up. */
const GRACE = 3000;
const groups = new Set();

/** Has a process group end with this program. */
export function adopt(pid) {
  groups.add(pid);
}

/** Ends a process group at once. */
export function endGroup(pid) {
  groups.delete(pid);
  signalGroup(pid, "SIGKILL");
}

function signalGroup(pid, signal) {
  try {
    process.kill(-pid, signal);
  } catch {
    // All of it has ended already.
  }
}

process.on("exit", () => {
  for (const pid of groups) endGroup(pid);
});
for (const [signal, number] of Object.entries({ SIGHUP: 1, SIGINT: 2, SIGTERM: 15 })) {
  process.once(signal, () => process.exit(128 + number));
}

/**
 * Starts a program.
 * @returns `ended`, a promise of how it ended and all that it printed; `stop`; and `said(pattern)`, a
 *   promise of the match once the program has printed it
 */
export function start(program, args, { cwd, env = {} } = {}) {
  // Without colours, which some programs use wherever CI is set: what is said is matched.
  const { FORCE_COLOR: _, ...own } = process.env;
  const child = spawn(program, args, {
    cwd,
    env: { ...own, NO_COLOR: "1", ...env },
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  if (child.pid) groups.add(child.pid);
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) {
    child[name].setEncoding("utf8").on("data", (text) => {
      output[name] += text;
    });
  }
  const ended = new Promise((resolve) => {
    const end = (how) => {
      if (child.pid) endGroup(child.pid);
      resolve({ ...how, ...output });
    };
    child.on("error", (error) => end({ code: null, error }));
    child.on("exit", (code, signal) => {
      // What it started may still hold its pipes: they are closed by ending the group.
      if (child.pid) endGroup(child.pid);
      child.on("close", () => end({ code, signal }));
    });
  });
  const stop = async () => {
    if (child.pid) signalGroup(child.pid, "SIGTERM");
    const timer = setTimeout(() => child.pid && endGroup(child.pid), GRACE);
    await ended;
    clearTimeout(timer);
  };
  let over = false;
  ended.then(() => {
    over = true;
  });
  const said = async (pattern) => {
    while (!over) {
      const match = pattern.exec(output.stdout + output.stderr);
      if (match) return match;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const { error, stdout, stderr } = await ended;
    const why = error?.message ?? (stderr || stdout).trim().slice(-2000);
    throw new Error(`${program} ended early: ${why}`);
  };
  return { ended, stop, said };
}

/**
 * Runs a program to its end.
 * @returns what it printed on standard output
 * @throws Error with the end of what it said, where it fails or takes longer than `limit` milliseconds
 */
export async function run(program, args, { limit, ...options }) {
  const process = start(program, args, options);
  const { code, signal, error, stdout, stderr } = await within(limit, process.ended).finally(
    process.stop,
  );
  if (code === 0) return stdout;
  const how = error ? error.message : code === null ? `signal ${signal}` : `exit code ${code}`;
  throw new Error(`${how}: ${(stderr || stdout).trim().slice(-2000)}`);
}

/** Nothing came in time. */
export class Late extends Error {}

/** The promise's value, or a `Late` where it takes longer than `limit` milliseconds. */
export async function within(limit, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    const message = `no result after ${limit / 1000} s`;
    timer = setTimeout(() => reject(new Late(message)), limit);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
