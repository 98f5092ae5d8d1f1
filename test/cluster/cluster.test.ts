// A run on a cluster has the bits of the run on one machine, whoever computes its shards.

import { connect, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { encode } from "../../src/cluster/codec.js";
import type { Said } from "../../src/cluster/messages.js";
import { serve } from "../../src/cluster/serve.js";
import { joinCluster, leadRun } from "../../src/entries/cluster.js";
import { LanguageModel } from "../../src/entries/index.js";
import { load } from "../../src/entries/node.js";
import { text, tiny, train } from "../models/help.js";
import { hasServer, TestServer } from "./server.js";

const runtime = await load();
const token = "a token for the tests only";
const options = { steps: 8, batch: 6, seqLen: 16, shards: 4 };

function gradientOf(answer: Said) {
  if ("grads" in answer) return answer;
  throw new Error("no gradient");
}

describe.skipIf(!hasServer)("a cluster", () => {
  let server: TestServer;
  const connections: NatsConnection[] = [];
  const ends: (() => Promise<void>)[] = [];
  let runs = 0;

  beforeAll(async () => {
    server = await TestServer.start();
  });
  afterAll(async () => {
    await server.stop();
  });
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
    for (const connection of connections.splice(0)) await connection.close();
  });

  async function connected(): Promise<NatsConnection> {
    const connection = await connect({ servers: server.address, maxReconnectAttempts: -1 });
    connections.push(connection);
    return connection;
  }

  /** A worker, which may be a liar. @returns why it ended, where it was shut out */
  async function serving(
    run: string,
    bytesOf?: (answer: Said) => Uint8Array,
  ): Promise<{ readonly ended: Promise<string>; readonly stop: AbortController }> {
    const stop = new AbortController();
    const { signal } = stop;
    const all = { run, token, runtime, signal, patience: 2000 };
    const done = serve(await connected(), all, runtime, bytesOf).then(
      () => "",
      ({ message }) => message as string,
    );
    ends.push(async () => {
      stop.abort();
      await done;
    });
    return { ended: done, stop };
  }

  async function joined(run: string, wait: number) {
    const options = { run, token, runtime, patience: 2000, wait };
    const cluster = await joinCluster(await connected(), options);
    ends.unshift(() => cluster.close());
    return cluster;
  }

  async function bits(workers?: Awaited<ReturnType<typeof joinCluster>>) {
    const model = await LanguageModel.create({ runtime, ...tiny, dropout: 0.2, corpus: text });
    const reports = await train(model, text, { ...options, workers });
    return { weights: model.fingerprint(), losses: reports.map(({ loss }) => loss) };
  }

  it.each([1, 3])("of %i workers has the bits of one machine", async (count) => {
    const run = `bits-${runs++}`;
    for (let i = 0; i < count; i++) await serving(run);
    const cluster = await joined(run, count);
    expect(await bits(cluster)).toEqual(await bits());
    const { own, tasks, bad, workers } = cluster.stats;
    expect({ own, tasks, bad }).toEqual({ own: 0, tasks: 32, bad: 0 });
    expect(workers.filter(({ present }) => present).length).toBe(count);
  });

  it.each([32, 8] as const)("computes rounds, with differences of %i bits", async (of) => {
    const run = `rounds-${runs++}`;
    await serving(run, liar(6, wrongRound));
    await serving(run);
    const cluster = await joined(run, 2);
    const trained = async (workers?: Awaited<typeof cluster>) => {
      const model = await LanguageModel.create({ runtime, ...tiny, dropout: 0.2, corpus: text });
      const rounds = { steps: 2, bits: of };
      await train(model, text, { ...options, steps: 14, rounds, batching: "streams", workers });
      return model.save({ training: true });
    };
    expect(Buffer.compare(await trained(cluster), await trained())).toBe(0);
    expect(cluster.stats.own).toBe(0);
    expect(cluster.stats.workers.filter(({ refused }) => refused).length).toBe(1);
  });

  it("leaves what shards keep with the workers, checks it, and does without where one goes", async () => {
    const run = `stays-${runs++}`;
    const { stop } = await serving(run);
    await serving(run);
    const how = { run, token, runtime, patience: 2000, wait: 2, check: 0.1 };
    const cluster = await joinCluster(await connected(), how);
    ends.unshift(() => cluster.close());
    const sizes = { embed: 16, hidden: 64, seed: 1 };
    const fit = { ...options, steps: 50, rounds: { steps: 2 } };
    const alone = await LanguageModel.create({ runtime, ...sizes, corpus: text });
    await train(alone, text, fit);
    const model = await LanguageModel.create({ runtime, ...sizes, corpus: text });
    let quiet = 0;
    for await (const { step } of model.fit(text, { ...fit, workers: cluster })) {
      const { sent, received } = cluster.stats;
      if (step === 22) quiet = sent + received;
      if (step !== 24) continue;
      stop.abort();
      await serving(run);
    }
    expect(model.fingerprint()).toBe(alone.fingerprint());
    const { own, tasks, bad, back, workers } = cluster.stats;
    expect({ bad, back }).toEqual({ bad: 0, back: 0 });
    // None, where workers get the processor in time.
    expect(own).toBeLessThan(tasks / 4);
    expect(workers.map(({ refused }) => refused)).toEqual([false, false, false]);
    // Eleven rounds of four shards. With moments there and back each would have five times the weights.
    expect(quiet / (11 * 4 * 4 * model.parameterCount)).toBeLessThan(2.5);
  });

  it("without workers goes on alone", async () => {
    const cluster = await joinCluster(await connected(), {
      run: `alone-${runs++}`,
      token,
      runtime,
    });
    ends.unshift(() => cluster.close());
    expect(await bits(cluster)).toEqual(await bits());
    expect(cluster.stats.own).toBe(32);
  });

  /** Answers as they are until so many were given, and then wrong ones. */
  function liar(after: number, lie: (answer: Said) => Uint8Array): (answer: Said) => Uint8Array {
    let given = 0;
    return (answer) => (given++ < after ? encode(answer) : lie(answer));
  }

  const wrongRound = (answer: Said) => {
    if (!("buffers" in answer)) throw new Error("no round");
    const taken = answer.taken.map((steps) => steps + 1);
    return encode({ ...answer, taken });
  };

  const wrong = (given: Said) => {
    const answer = gradientOf(given);
    const grads = answer.grads.slice();
    grads[3] += 0.25;
    return encode({ ...answer, grads });
  };

  const lies: Record<string, (answer: Said) => Uint8Array> = {
    "other numbers": wrong,
    "numbers that are not finite": (answer) =>
      encode({ ...answer, grads: gradientOf(answer).grads.slice().fill(Number.NaN) }),
    "too few numbers": (answer) => encode({ ...answer, grads: gradientOf(answer).grads.slice(1) }),
    "far too many bytes": () => new Uint8Array(2 * 2 ** 20),
    "other bytes": () => Uint8Array.of(1, 2, 3),
  };

  it.each(Object.keys(lies))("shuts out a worker that gives %s from the first on", async (kind) => {
    const run = `lies-${runs++}`;
    const { ended } = await serving(run, lies[kind]);
    await serving(run);
    const cluster = await joined(run, 2);
    expect((await bits(cluster)).weights).toBe((await bits()).weights);
    expect(await ended).toContain("was shut out of the run");
    const { workers, back } = cluster.stats;
    expect(workers.map(({ refused }) => refused).sort()).toEqual([false, true]);
    expect(back).toBe(0);
  });

  it("goes back where a worker lies that was believed", async () => {
    const run = `later-${runs++}`;
    await serving(run, liar(5, wrong));
    const cluster = await joined(run, 1);
    expect((await bits(cluster)).weights).toBe((await bits()).weights);
    const { workers, back } = cluster.stats;
    expect(workers.map(({ refused }) => refused)).toEqual([true]);
    expect(back).toBe(1);
  });

  it("has another coordinator where one dies", async () => {
    const run = `lead-${runs++}`;
    await serving(run);
    const alone = await LanguageModel.create({ runtime, ...tiny, corpus: text });
    await train(alone, text, options);
    const steps: number[][] = [[], []];
    const first = await connected();
    const led = async (connection: NatsConnection, who: number) =>
      leadRun(connection, {
        ...{ run, token, runtime, patience: 1000, lease: 900, every: 2 },
        create: () => LanguageModel.create({ runtime, ...tiny, corpus: text }),
        load: (file) => LanguageModel.load(file, { runtime }),
        fit: (model, workers, signal) => model.fit(text, { ...options, workers, signal }),
        onReport({ step }) {
          steps[who].push(step);
          if (who === 0 && step === 5) void first.close();
        },
      });
    const dead = led(first, 0).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const model = await led(await connected(), 1);
    await dead;
    expect(model.fingerprint()).toBe(alone.fingerprint());
    expect(steps[1][0]).toBeGreaterThan(1);
  });
});
