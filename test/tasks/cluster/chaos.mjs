// Runs of a small model on a cluster where everything fails: workers and coordinators are killed, the server too, lines
// are slow, tasks and answers come twice and late, workers are slow, lie, or send what is no answer. All end with the
// fingerprint of a quiet run.
//   node test/tasks/cluster/chaos.mjs [runs] [seed] [--at-once 3]     needs nats-server, and a build
//   SIMDREAM_ROUNDS=4 node test/tasks/cluster/chaos.mjs …             with rounds
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { connect } from "@nats-io/transport-node";
import { LanguageModel } from "../../../dist/node.js";
import { line } from "./line.mjs";
import { ended, freePort, randomOf, serverOn } from "./servers.mjs";
import { bundle, joinOptions, settings, text } from "./small.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { "at-once": { type: "string", default: "3" } },
});
const [runs = 200, first = 1] = positionals.map(Number);
const node = fileURLToPath(new URL("node.mjs", import.meta.url));
/** What a run may take, in milliseconds. */
const LONGEST = 900_000;
/** What the third worker is. */
const bad = ["wrong", "wrong", "nan", "huge", "slow"];
const liars = ["wrong", "nan", "huge"];

const quiet = await LanguageModel.create({ ...settings.shape, corpus: text });
await quiet.fit(text, settings.options);
const wanted = quiet.fingerprint();
const { directory, outfile } = await bundle();
const sums = { runs: 0, quiet: 0, back: 0, workers: 0, leaders: 0, servers: 0, repeated: 0 };
/** By role: how many lied, how many of them were shut out, and after how many lies. */
const lied = Object.fromEntries(liars.map((role) => [role, { liars: 0, shut: 0, lies: [] }]));
const begun = performance.now();

try {
  let seed = first;
  const lanes = Array.from({ length: Math.min(runs, Number(values["at-once"])) }, async () => {
    while (seed < first + runs) await one(seed++);
  });
  await Promise.all(lanes);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
const { every, options } = settings;
/** Answers of the liar from one comparison to the next: where three compute, and where the other two are dead. */
const shares = [3, 1].map((workers) =>
  Math.round((every * options.shards) / (options.rounds?.steps ?? 1) / workers),
);
for (const [role, { liars, shut, lies }] of Object.entries(lied)) {
  const mean = lies.reduce((sum, count) => sum + count, 0) / Math.max(1, lies.length);
  console.log(
    `${role}: ${liars} have lied, ${shut} of them were shut out, after ${mean.toFixed(1)} lies on average, ` +
      `at most ${Math.max(0, ...lies)}; expected ` +
      (role === "wrong" ? shares.map((share) => expected(share).toFixed(1)).join(" to ") : 1),
  );
}
const minutes = Number(((performance.now() - begun) / 60_000).toFixed(1));
console.log(JSON.stringify({ ...sums, wrong: sums.runs - sums.quiet, minutes }));
process.exitCode = sums.runs > sums.quiet ? 1 : 0;

/**
 * Lies that are expected until one is compared: of those that are left until the next time that all are compared, which
 * are 1 to `share` when it begins, each is compared with the probability of `check`.
 */
function expected(share) {
  const { check } = joinOptions;
  let sum = 0;
  for (let left = 1; left <= share; left++) sum += (1 - (1 - check) ** left) / check;
  return sum / share;
}

/** A run, and what is said of it. */
async function one(seed) {
  const begun = performance.now();
  const { fingerprint, why, stats, killed, repeated, role, lies, shut } = await chaos(seed);
  sums.runs++;
  if (fingerprint === wanted) sums.quiet++;
  sums.back += stats?.back ?? 0;
  sums.repeated += repeated;
  for (const what of ["workers", "leaders", "servers"]) sums[what] += killed[what];
  if (lies > 0 && liars.includes(role)) {
    lied[role].liars++;
    if (shut) {
      lied[role].shut++;
      lied[role].lies.push(lies);
    }
  }
  console.log(
    `run ${seed}: ${fingerprint === wanted ? "ok" : `WRONG ${fingerprint ?? why}`}, ` +
      `${((performance.now() - begun) / 1000).toFixed(1)} s, ${role}: ${lies} lies${shut ? ", shut out" : ""}; killed: ` +
      `${killed.workers} workers, ${killed.leaders} coordinators, ${killed.servers} servers; ${repeated} messages repeated, ` +
      `${stats?.back ?? 0} times back, ${stats?.own ?? 0} of ${stats?.tasks ?? 0} shards own, ` +
      `${stats?.redelivered ?? 0} given out again, ${stats?.bad ?? 0} bad`,
  );
}

/** One run, a function of its seed as far as processes can be. */
async function chaos(seed) {
  const random = randomOf(seed);
  const store = join(tmpdir(), `simdream-chaos-${process.pid}-${seed}`);
  const port = await freePort();
  const run = `chaos-${seed}`;
  const role = bad[seed % bad.length];
  const killed = { workers: 0, leaders: 0, servers: 0 };
  let server = await serverOn(port, store);
  const slow = await line({ to: port, delay: () => (random() < 0.02 ? 150 : 6) * random() });
  const echo = await echoes(port, run, random);
  const processes = new Set();
  const start = (...args) => {
    const child = spawn(process.execPath, [node, ...args.map(String)], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, SIMDREAM_CHAOS: outfile },
    });
    processes.add(child);
    child.on("exit", () => processes.delete(child));
    let rest = "";
    child.stdout.on("data", (piece) => {
      const lines = (rest + piece).split("\n");
      rest = lines.pop();
      for (const said of lines) hear(JSON.parse(said));
    });
    return child;
  };
  let [stats, fingerprint, lies, shut] = [undefined, undefined, 0, false];
  let heard = () => {};
  function hear(said) {
    stats = said.stats ?? stats;
    fingerprint = said.fingerprint ?? fingerprint;
    lies = said.lies ?? lies;
    if (said.ended?.includes("was shut out")) shut = true;
    heard();
  }
  const workers = ["worker", "worker", role].map((role) => {
    // Lines that 100 MB do not get through would hide what is to be seen.
    const line = role === "huge" ? port : slow.port;
    return start(role, line, run, Math.floor(random() * 12), seed);
  });
  let leader = start("lead", slow.port, run);
  const begun = performance.now();
  /** Waits, or until something is said. */
  const pause = (ms) =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      heard = () => {
        if (fingerprint === undefined) return;
        clearTimeout(timer);
        resolve();
      };
    });
  try {
    for (;;) {
      await pause(150 + 600 * random());
      if (fingerprint !== undefined) break;
      if (performance.now() - begun > LONGEST) break;
      // Enough is enough: what is left of it is to end.
      const all = killed.workers + killed.leaders + killed.servers;
      const what = all < 6 ? random() : 1;
      if (what < 0.3) {
        const i = Math.floor(random() * 2);
        workers[i].kill("SIGKILL");
        workers[i] = start("worker", slow.port, run);
        killed.workers++;
      } else if (what < 0.45) {
        leader.kill("SIGKILL");
        leader = start("lead", slow.port, run);
        killed.leaders++;
      } else if (what < 0.55) {
        await ended(server);
        server = await serverOn(port, store);
        killed.servers++;
      } else if (leader.exitCode !== null || leader.signalCode !== null) {
        leader = start("lead", slow.port, run);
      }
    }
    // A liar is told when it is; the run does not wait for that.
    if (lies > 0 && !shut) await pause(300);
    shut ||= stats?.workers.some(({ worker, refused }) => refused && worker.startsWith(role));
    const { repeated } = echo;
    return { fingerprint, why: "no end", stats, killed, repeated, role, lies, shut };
  } finally {
    for (const child of processes) child.kill("SIGKILL");
    await echo.close();
    slow.close();
    await ended(server);
    rmSync(store, { recursive: true, force: true });
  }
}

/** Says again what coordinator and workers have said, word for word: 3 % of it, up to two seconds later. */
async function echoes(port, run, random) {
  const connection = await connect({
    servers: `127.0.0.1:${port}`,
    maxReconnectAttempts: -1,
    reconnectTimeWait: 100,
  });
  const found = { repeated: 0, close: () => connection.close() };
  const own = new Set();
  for (const kind of ["tasks", "results", "workers", "notes"]) {
    const subject = kind === "notes" ? `simdream.${run}.notes` : `simdream.${run}.${kind}.>`;
    connection.subscribe(subject, {
      callback: (error, { subject, data }) => {
        if (error || connection.isClosed()) return;
        const mark = Buffer.from(data.subarray(0, 32)).toString("base64");
        if (own.has(mark) || random() > 0.03) return;
        own.add(mark);
        const message = data.slice();
        setTimeout(() => {
          if (connection.isClosed()) return;
          connection.publish(subject, message);
          found.repeated++;
        }, 2000 * random());
      },
    });
  }
  return found;
}
