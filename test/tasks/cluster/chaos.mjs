// Runs of a small model on a cluster where everything fails: workers and coordinators are killed, the server too, tasks
// are given out twice, workers are slow, lie, or send what is no answer. All end with the fingerprint of a quiet run.
//   node test/tasks/cluster/chaos.mjs [runs] [seed]     needs nats-server, and a build
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LanguageModel } from "../../../dist/node.js";
import { bundle, settings, text } from "./small.mjs";

const [runs = 200, first = 1] = process.argv.slice(2).map(Number);
const node = fileURLToPath(new URL("node.mjs", import.meta.url));
/** What a run may take, in milliseconds. */
const LONGEST = 120_000;

const quiet = await LanguageModel.create({ ...settings.shape, corpus: text });
await quiet.fit(text, settings.options);
const wanted = quiet.fingerprint();
const { directory, outfile } = await bundle();
const totals = { runs: 0, wrong: 0, shut: 0, liars: 0, back: 0, killed: 0, tasksOfLiars: [] };

try {
  for (let seed = first; seed < first + runs; seed++) {
    const begun = performance.now();
    const found = await chaos(seed);
    totals.runs++;
    if (found.fingerprint !== wanted) totals.wrong++;
    const { stats, killed, roles } = found;
    const refused = stats?.workers.filter((one) => one.refused) ?? [];
    totals.back += stats?.back ?? 0;
    totals.killed += killed;
    totals.shut += refused.length;
    totals.liars += roles.filter((role) => ["wrong", "nan", "huge"].includes(role)).length;
    totals.tasksOfLiars.push(...refused.map(({ tasks }) => tasks));
    console.log(
      `run ${seed}: ${found.fingerprint === wanted ? "ok" : `WRONG ${found.fingerprint ?? found.why}`}, ` +
        `${((performance.now() - begun) / 1000).toFixed(1)} s, ${roles.join(" ")}; ${killed} killed, ` +
        `${refused.length} shut out, ${stats?.back ?? 0} times back, ${stats?.own ?? 0} of ${stats?.tasks ?? 0} shards own, ` +
        `${stats?.redelivered ?? 0} given out again, ${stats?.bad ?? 0} bad`,
    );
  }
} finally {
  rmSync(directory, { recursive: true, force: true });
}
console.log(JSON.stringify(totals));
process.exitCode = totals.wrong > 0 ? 1 : 0;

/** One run, a function of its seed as far as processes can be. */
async function chaos(seed) {
  const random = randomOf(seed);
  const store = join(tmpdir(), `simdream-chaos-${process.pid}-${seed}`);
  const port = await freePort();
  const run = `chaos-${seed}`;
  const processes = new Set();
  let server = await serverOn(port, store);
  const start = (...args) => {
    const child = spawn(process.execPath, [node, ...args.map(String)], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, SIMDREAM_CHAOS: outfile },
    });
    processes.add(child);
    child.on("exit", () => processes.delete(child));
    return child;
  };
  const bad = ["wrong", "wrong", "nan", "huge", "slow"];
  const roles = ["worker", "worker", bad[seed % bad.length]];
  const workers = roles.map((role) => start(role, port, run, Math.floor(random() * 12), seed));
  let last;
  let fingerprint;
  let leader = lead();
  function lead() {
    const child = start("lead", port, run);
    let rest = "";
    child.stdout.on("data", (piece) => {
      const lines = (rest + piece).split("\n");
      rest = lines.pop();
      for (const line of lines) {
        const said = JSON.parse(line);
        last = said.stats ?? last;
        fingerprint = said.fingerprint ?? fingerprint;
      }
    });
    return child;
  }
  const begun = performance.now();
  let killed = 0;
  try {
    while (fingerprint === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 200 + 800 * random()));
      if (fingerprint !== undefined) break;
      if (performance.now() - begun > LONGEST) return { why: "no end", stats: last, killed, roles };
      // Enough is enough: what is left of it is to end.
      const what = killed < 6 ? random() : 1;
      if (what < 0.3) {
        const i = Math.floor(random() * 2);
        workers[i].kill("SIGKILL");
        workers[i] = start("worker", port, run);
      } else if (what < 0.45) {
        leader.kill("SIGKILL");
        leader = lead();
      } else if (what < 0.55) {
        await ended(server);
        server = await serverOn(port, store);
      } else {
        if (leader.exitCode !== null || leader.signalCode !== null) leader = lead();
        continue;
      }
      killed++;
    }
    return { fingerprint, stats: last, killed, roles };
  } finally {
    for (const child of processes) child.kill("SIGKILL");
    await ended(server);
    rmSync(store, { recursive: true, force: true });
  }
}

async function serverOn(port, store) {
  const child = spawn("nats-server", ["-a", "127.0.0.1", "-p", String(port), "-js", "-sd", store], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  await new Promise((resolve, reject) => {
    let said = "";
    child.stderr.on("data", (piece) => {
      said += piece;
      if (said.includes("Server is ready")) resolve();
    });
    child.on("exit", () => reject(new Error(said)));
  });
  return child;
}

function ended(child) {
  return new Promise((resolve) => {
    child.on("exit", resolve);
    child.kill("SIGKILL");
  });
}

function freePort() {
  return new Promise((resolve) => {
    const listening = createServer().listen(0, "127.0.0.1", () => {
      const { port } = listening.address();
      listening.close(() => resolve(port));
    });
  });
}

/** Numbers from 0 to 1, by a linear congruence. */
function randomOf(seed) {
  let state = Math.imul(seed, 2654435761) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
