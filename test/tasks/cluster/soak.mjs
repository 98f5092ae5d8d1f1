// A run of an hour on a cluster whose workers come and go: the memory of the server, of the coordinator and of two workers that
// stay, every ten seconds. It is flat where the last third has at most 5 % more than the second one.
//   node test/tasks/cluster/soak.mjs [minutes] [--out samples.jsonl]     needs nats-server, and a build
import { spawn } from "node:child_process";
import { appendFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { connect } from "@nats-io/transport-node";
import { joinCluster, serveShards } from "../../../dist/cluster.js";
import { LanguageModel } from "../../../dist/node.js";
import { ended, freePort, randomOf, serverOn } from "./servers.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { out: { type: "string" }, role: { type: "string" }, port: { type: "string" } },
});
const run = { run: "soak", token: "a token for an hour of work", patience: 5000 };
const text = "the cat sat on the mat. the rat sat on the hat.\n".repeat(200);
const [EVERY, LATE] = [10_000, 1.05];

const roles = { coordinator, worker };
await (roles[values.role] ?? soak)();

/** Fits, one after the other, synchronous ones and such with rounds. */
async function coordinator() {
  const connection = await connected();
  const cluster = await joinCluster(connection, run);
  for (let fits = 0; ; fits++) {
    const model = await LanguageModel.create({ corpus: text, hidden: 64, embed: 16, seed: 1 });
    const rounds = fits % 2 === 1 ? { rounds: { steps: 5, bits: 8 } } : {};
    const options = { steps: 400, batch: 16, seqLen: 32, shards: 4, workers: cluster, ...rounds };
    for await (const { step } of model.fit(text, options)) {
      if (step % 50 !== 0) continue;
      const { tasks, own, redelivered, checks, bad, back } = cluster.stats;
      process.send?.({ fits, step, tasks, own, redelivered, checks, bad, back });
    }
    process.send?.({ fingerprint: model.fingerprint(), rounds: fits % 2 === 1 });
  }
}

async function worker() {
  await serveShards(await connected(), run);
}

function connected() {
  return connect({
    servers: `127.0.0.1:${values.port}`,
    maxReconnectAttempts: -1,
    waitOnFirstConnect: true,
  });
}

async function soak() {
  const minutes = Number(positionals[0] ?? 60);
  const random = randomOf(1);
  const store = join(tmpdir(), `simdream-soak-${process.pid}`);
  const port = await freePort();
  const server = await serverOn(port, store);
  const start = (role) =>
    spawn(process.execPath, [fileURLToPath(import.meta.url), "--role", role, "--port", `${port}`], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
  const lead = start("coordinator");
  const stay = [start("worker"), start("worker")];
  let come = [];
  let [last, came, fits] = [{}, 0, []];
  lead.on("message", (said) => {
    if (said.fingerprint) fits.push(said);
    else last = said;
  });
  const watched = { server, coordinator: lead, "first worker": stay[0], "second worker": stay[1] };
  const samples = Object.fromEntries(Object.keys(watched).map((name) => [name, []]));
  if (values.out) writeFileSync(values.out, "");
  const begun = performance.now();
  try {
    while (performance.now() - begun < 60_000 * minutes) {
      await new Promise((resolve) => setTimeout(resolve, EVERY));
      // Up to two more, which come for a while; half of them are killed, the others are told to end.
      come = come.filter((child) => {
        if (random() < 0.8) return true;
        child.kill(random() < 0.5 ? "SIGKILL" : "SIGTERM");
        return false;
      });
      if (come.length < 2 && random() < 0.4) {
        come.push(start("worker"));
        came++;
      }
      for (const [name, child] of Object.entries(watched)) {
        if (child.exitCode !== null) throw new Error(`${name} has ended`);
        samples[name].push(memoryOf(child.pid));
      }
      if (!values.out) continue;
      const now = Object.fromEntries(
        Object.entries(samples).map(([name, all]) => [name, all[all.length - 1]]),
      );
      const minute = Number(((performance.now() - begun) / 60_000).toFixed(2));
      appendFileSync(values.out, `${JSON.stringify({ minute, ...now, ...last, came })}\n`);
    }
  } finally {
    for (const child of [lead, ...stay, ...come, server]) await ended(child);
    rmSync(store, { recursive: true, force: true });
  }
  let flat = true;
  for (const [name, all] of Object.entries(samples)) {
    const third = Math.floor(all.length / 3);
    const [second, end] = [mean(all.slice(third, 2 * third)), mean(all.slice(2 * third))];
    if (end > LATE * second) flat = false;
    console.log(
      `${name}: ${second.toFixed(1)} MB in the second third, ${end.toFixed(1)} MB in the last, ` +
        `at most ${Math.max(...all).toFixed(1)} MB`,
    );
  }
  const bits = new Set(fits.map(({ fingerprint, rounds }) => `${rounds} ${fingerprint}`));
  console.log(JSON.stringify({ minutes, flat, came, fits: fits.length, bits: bits.size, ...last }));
  process.exitCode = flat && bits.size <= 2 ? 0 : 1;
}

/** What a process has in memory, in megabytes. */
function memoryOf(pid) {
  const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(kilobytes) / 1024;
}

function mean(numbers) {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}
