// How the time of a step and of a round grows with the workers: a simulation from what was measured on this machine, for 1 to 64
// workers and two kinds of lines, beside real runs with two workers whose lines are as slow (line.mjs: a proxy of TCP, not
// `tc netem`).
//   node test/tasks/cluster/scaling.mjs [--check] [--rows 32]     needs nats-server, and a build
import { fork } from "node:child_process";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { connect } from "@nats-io/transport-node";
import { joinCluster, serveShards } from "../../../dist/cluster.js";
import { LanguageModel } from "../../../dist/node.js";
import { line } from "./line.mjs";
import { ended, freePort, serverOn } from "./servers.mjs";
import { bundle } from "./small.mjs";

const { values } = parseArgs({
  options: {
    check: { type: "boolean", default: false },
    rows: { type: "string", default: "32" },
    role: { type: "string" },
    port: { type: "string" },
  },
});
const text = "the cat sat on the mat. the rat sat on the hat.\n".repeat(200);
const run = { run: "scaling", token: "a token for the measuring only", patience: 60_000 };
const LENGTH = 64;
/** Round trips in milliseconds, bytes a second of a machine, and of the server. */
const lines = {
  "1 Gbit/s, 20 ms": { trip: 20, rate: 125e6, server: 125e6 },
  "20 Mbit/s, 80 ms": { trip: 80, rate: 2.5e6, server: 125e6 },
};
const ways = [
  { name: "each step" },
  { name: "rounds of 30", steps: 30, bits: 32 },
  { name: "rounds of 30, 8 bits", steps: 30, bits: 8 },
  { name: "rounds of 100", steps: 100, bits: 32 },
  { name: "rounds of 100, 8 bits", steps: 100, bits: 8 },
  { name: "the same, coordinator beside the server", steps: 100, bits: 8, beside: true },
];

if (values.role) {
  const connection = await connect({ servers: `127.0.0.1:${values.port}` });
  await serveShards(connection, run);
} else {
  const network = { kind: "transformer", hidden: 128, layers: 4, heads: 4, context: LENGTH };
  const measured = await measure({ network }, Number(values.rows));
  console.log(JSON.stringify(measured));
  table(measured);
  if (values.check) await check();
}

/** Milliseconds of the processor: this machine does other things, too. */
async function timed(work) {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** What a step of one shard costs, and what its bytes cost to be written, read and hashed. */
async function measure(shape, rows) {
  const model = await LanguageModel.create({ corpus: text, seed: 1, ...shape });
  const options = { batch: rows, seqLen: LENGTH, shards: 1 };
  await model.fit(text, { ...options, steps: 2 });
  const step = (await timed(() => model.fit(text, { ...options, steps: 8 }))) / 6;
  const parameters = model.parameterCount;
  const { directory, outfile } = await bundle();
  const { decode, encode, hashOf } = await import(pathToFileURL(outfile));
  rmSync(directory, { recursive: true, force: true });
  const numbers = { grads: Float32Array.from({ length: parameters }, (_, i) => i / parameters) };
  let bytes = encode(numbers);
  const REPEATS = 10;
  const per = async (work) =>
    (await timed(async () => {
      for (let i = 0; i < REPEATS; i++) await work();
    })) /
    REPEATS /
    bytes.length;
  const write = await per(async () => {
    bytes = encode(numbers);
    await hashOf(bytes);
  });
  const read = await per(async () => {
    await hashOf(bytes);
    decode(bytes, "it");
  });
  const rates = { write: 1e6 * write, read: 1e6 * read };
  return { parameters, rows, step, ...rates, trips: await trips() };
}

/** Round trips that the store takes to keep something and to give it: measured on a line that is nothing but long. */
async function trips() {
  const TRIP = 400;
  const store = join(tmpdir(), `simdream-scaling-${process.pid}`);
  const port = await freePort();
  const server = await serverOn(port, store);
  const long = await line({ to: port, delay: () => TRIP / 2 });
  const { directory, outfile } = await bundle();
  const { Channel } = await import(pathToFileURL(outfile));
  rmSync(directory, { recursive: true, force: true });
  const found = {};
  for (const at of [port, long.port]) {
    const connection = await connect({ servers: `127.0.0.1:${at}` });
    const channel = await Channel.open(connection, run);
    for (const [i, bytes] of [1, 2, 3].map((n) => [n, new Uint8Array(1e6).fill(n + at)])) {
      const begun = performance.now();
      const hash = await channel.put(bytes);
      const kept = performance.now();
      await channel.get(hash, bytes.length);
      const had = performance.now();
      found[`${at} ${i}`] = { put: kept - begun, get: had - kept };
    }
    await connection.close();
  }
  long.close();
  await ended(server);
  rmSync(store, { recursive: true, force: true });
  const least = (at, what) => Math.min(...[1, 2, 3].map((i) => found[`${at} ${i}`][what]));
  const of = (what) => Math.round((least(long.port, what) - least(port, what)) / TRIP);
  return { put: of("put"), get: of("get") };
}

/**
 * Milliseconds from one step or round to the next, each worker with one shard. Moments stay with the workers, and come back
 * every tenth round.
 * @param returned the fraction of rounds with which they do
 */
function simulate({ parameters, step, write, read, trips }, way, on, workers, returned = 0.1) {
  const { trip, rate, server } = on;
  const ms = (bytes, of = rate) => (1000 * bytes) / of;
  const weights = 4 * parameters;
  const moments = way.steps ? 4 * (way.bits === 8 ? 3 : 2) * parameters : 0;
  const answer = (way.bits === 8 ? parameters : weights) + returned * moments;
  const compute = step * (way.steps ?? 1);
  const writing = (bytes) => (write * bytes) / 1e6;
  const reading = (bytes) => (read * bytes) / 1e6;
  // The coordinator keeps the weights; the server sends them to all.
  const [far, own] = way.beside ? [0, server] : [trip, rate];
  const kept = writing(weights) + trips.put * far + ms(weights, own);
  let out = 0;
  const answers = [];
  for (let w = 0; w < workers; w++) {
    // The task goes to the server and on to the worker, which asks for what it needs.
    const asked = kept + (far + trip) / 2 + trips.get * trip;
    out = Math.max(out, asked) + ms(weights, server);
    const had = Math.max(asked + ms(weights), out) + reading(weights);
    // What a shard keeps is hashed in every round.
    const computed = had + compute + writing(answer) + writing(moments);
    answers.push(computed + trips.put * trip + ms(answer) + (trip + far) / 2);
  }
  // Answers come down one line, and are read by one processor.
  let [free, end] = [0, 0];
  for (const at of answers.sort((a, b) => a - b)) {
    free = Math.max(free, at + trips.get * far) + ms(answer, own);
    end = Math.max(end, free) + reading(answer);
  }
  return { time: end, compute };
}

function table(measured) {
  const counts = [1, 2, 4, 8, 16, 32, 64];
  for (const [name, on] of Object.entries(lines)) {
    console.log(`\n| ${name} | ${counts.join(" | ")} |\n|${"---|".repeat(counts.length + 1)}`);
    for (const way of ways) {
      const cells = counts.map((workers) => {
        const { time, compute } = simulate(measured, way, on, workers);
        return `${((100 * compute) / time).toFixed(0)} %`;
      });
      console.log(`| ${way.name} | ${cells.join(" | ")} |`);
    }
  }
}

/** Two workers on lines like those, beside what the simulation says of the same model. */
async function check() {
  const shape = { hidden: 128, embed: 32 };
  const measured = await measure(shape, 8);
  for (const [name, on] of Object.entries(lines)) {
    for (const way of [{ name: "each step" }, { name: "rounds of 4", steps: 4, bits: 32 }]) {
      const store = join(tmpdir(), `simdream-scaling-${process.pid}`);
      const port = await freePort();
      const server = await serverOn(port, store);
      const machines = await Promise.all(
        [0, 1, 2].map(() => line({ to: port, rate: on.rate, delay: () => on.trip / 2 })),
      );
      const workers = machines
        .slice(1)
        .map(({ port }) =>
          fork(fileURLToPath(import.meta.url), ["--role", "worker", "--port", port]),
        );
      const connection = await connect({ servers: `127.0.0.1:${machines[0].port}` });
      const cluster = await joinCluster(connection, { ...run, wait: 2, check: 0 });
      const model = await LanguageModel.create({ corpus: text, seed: 1, ...shape });
      const turns = 9;
      const rounds = way.steps ? { rounds: { steps: way.steps } } : {};
      const steps = turns * (way.steps ?? 1);
      const times = [];
      const options = { batch: 16, seqLen: LENGTH, shards: 2, steps, workers: cluster, ...rounds };
      let before = performance.now();
      for await (const _ of model.fit(text, options)) {
        times.push(performance.now() - before);
        before = performance.now();
      }
      // The first ones start threads, the last one compares.
      const usual = times.slice(2, -1).sort((a, b) => a - b);
      const real = usual[Math.floor(usual.length / 2)];
      const { time } = simulate(measured, way, on, 2, 0);
      const { own } = cluster.stats;
      console.log(
        `${name}, ${way.name}: ${real.toFixed(0)} ms, simulated ${time.toFixed(0)} ms` +
          `${own > 0 ? `; ${own} shards were computed by the coordinator` : ""}`,
      );
      await cluster.close();
      await connection.close();
      for (const worker of workers) await ended(worker);
      for (const machine of machines) machine.close();
      await ended(server);
      rmSync(store, { recursive: true, force: true });
    }
  }
}
