// Programs of Node, Deno and Bun and a tab of Chromium in one cluster. All rows of the contract, and more workers:
// test/tasks/cluster/mixed.mjs.

import { connect, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, describe, expect, it } from "vitest";
import { joinCluster } from "../../src/entries/cluster.js";
import { GAN, LanguageModel } from "../../src/entries/index.js";
import { load } from "../../src/entries/node.js";
import { text, tiny, train } from "../models/help.js";
import { drawings } from "../models/images/help.js";
import { MixedWorkers } from "./mixed.js";
import { hasServer, TestServer } from "./server.js";

const runtime = await load();
const token = "a token for the tests only";
const run = "mixed";

describe.skipIf(!hasServer)("workers of several runtimes", () => {
  let server: TestServer | undefined;
  let connection: NatsConnection | undefined;
  const workers = new MixedWorkers();

  afterAll(async () => {
    await workers.close();
    await connection?.close();
    await server?.stop();
  });

  it("together give the bits of one machine", async (test) => {
    server = await TestServer.start();
    const kinds = await workers.start(4, { server, run, token });
    for (const missing of workers.missing) console.warn(`not among the workers: ${missing}`);
    if (new Set(kinds).size < 2) test.skip("there is only one runtime here");
    connection = await connect({ servers: server.address });
    const how = { run, token, runtime, patience: 30_000, wait: kinds.length };
    await using cluster = await joinCluster(connection, how);
    const texts = () => LanguageModel.create({ runtime, ...tiny, dropout: 0.2, corpus: text });
    const pictures = drawings(24);
    const gan = () => GAN.create({ runtime, images: pictures, channels: 4, latent: 3, seed: 1 });
    const steps = { steps: 6, batch: 8, shards: 8 };
    const rounds = { ...steps, seqLen: 8, rounds: { steps: 3, bits: 8 } } as const;
    const all = async (more: object) => {
      const [one, two, three] = [await texts(), await texts(), await gan()];
      await train(one, text, { ...steps, seqLen: 8, ...more });
      await train(two, text, { ...rounds, ...more });
      await three.fit(pictures, { ...steps, ...more });
      return [one, two, three].map((model) => model.fingerprint());
    };
    expect(await all({ workers: cluster })).toEqual(await all({}));
    const { own, bad, back } = cluster.stats;
    expect({ own, bad, back }).toEqual({ own: 0, bad: 0, back: 0 });
    const idle = cluster.stats.workers.filter(({ tasks }) => tasks === 0);
    expect(idle).toEqual([]);
  });
});
