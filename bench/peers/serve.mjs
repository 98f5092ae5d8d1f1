// A peer's side of the conversation with the suite: one command a line in, one answer a line out.
// Timing is here, so that all peers are timed in the same way: warm-up, then samples of n repeats.

import { createInterface } from "node:readline";

/** Marks an answer among whatever else a library prints. */
const MARK = "@bench ";

/**
 * Jobs of less than so many seconds are done once, off the clock, before each sample: caches and the
 * core's speed are as the peer before left them. For a longer one it makes no difference.
 */
const SETTLE = 0.3;

/**
 * Serves an engine: `prepare(job)` returns `{ run(n), close?() }`; `run` does the job n times and ends
 * when the results are there.
 */
export async function serve(engine) {
  const tasks = new Map();
  const commands = {
    async prepare({ id, job, warmMs, sampleMs }) {
      const task = await engine.prepare(job);
      const { seconds, runs } = await warmUp(task, warmMs);
      task.repeats = Math.max(1, Math.round(sampleMs / 1000 / seconds));
      task.settles = seconds < SETTLE;
      tasks.set(id, task);
      return { seconds, runs, repeats: task.repeats, units: task.units };
    },
    async measure({ id }) {
      const { run, repeats, settles } = tasks.get(id);
      if (settles) await run(1);
      const cpu = process.cpuUsage();
      const begun = performance.now();
      await run(repeats);
      const seconds = (performance.now() - begun) / 1000 / repeats;
      const { user, system } = process.cpuUsage(cpu);
      return { seconds, cpu: (user + system) / 1e6 / repeats };
    },
    async release({ id }) {
      await tasks.get(id)?.close?.();
      tasks.delete(id);
      return {};
    },
    async memory() {
      return { bytes: process.resourceUsage().maxRSS * 1024 };
    },
  };
  say({ ready: true, version: engine.version });
  for await (const line of createInterface({ input: process.stdin })) {
    const command = JSON.parse(line);
    try {
      say(await commands[command.op](command));
    } catch (error) {
      say({ error: error instanceof Error ? error.message : String(error) });
    }
  }
  process.exit(0);
}

/**
 * Repeats the job until `warmMs` have passed, at least three times; twice where one takes a second
 * (the first may compile), once where it takes four.
 */
async function warmUp({ run }, warmMs) {
  const begun = performance.now();
  for (let runs = 1; ; runs++) {
    const before = performance.now();
    await run(1);
    const now = performance.now();
    const last = now - before;
    const least = last > 4000 ? 1 : last > 1000 ? 2 : 3;
    if (now - begun >= warmMs && runs >= least) return { seconds: last / 1000, runs };
  }
}

function say(answer) {
  process.stdout.write(`\n${MARK}${JSON.stringify(answer)}\n`);
}

/** Serves, or says why the engine cannot be had. */
export async function serveOrRefuse(make) {
  let engine;
  try {
    engine = await make();
  } catch (error) {
    say({ ready: false, error: error instanceof Error ? error.message : String(error) });
    process.exit(0);
  }
  await serve(engine);
}
