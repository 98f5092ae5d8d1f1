// One cluster for many tests of a file: two workers, in connections of their own. With SIMDREAM_MIXED=8 in the environment
// eight, programs of Node, Deno and Bun and tabs of Chromium; models of a test's own are not known to those.

import { appendFileSync } from "node:fs";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { serve } from "../../src/cluster/serve.js";
import { type ClusterRunner, joinCluster } from "../../src/entries/cluster.js";
import type { Runtime } from "../../src/entries/index.js";
import { load } from "../../src/entries/node.js";
import { MixedWorkers } from "./mixed.js";
import { TestServer } from "./server.js";

const token = "a token for the tests only";
const made = new Map<Runtime, Promise<ClusterRunner>>();
let server: Promise<TestServer> | undefined;
const connections: NatsConnection[] = [];
const stop = new AbortController();
const served: Promise<void>[] = [];
const asked = Number(process.env.SIMDREAM_MIXED ?? 0);
let mixed: MixedWorkers | undefined;

/** A cluster whose workers have this runtime. */
export function sharedCluster(runtime: Runtime): Promise<ClusterRunner> {
  const known = made.get(runtime) ?? start(runtime);
  made.set(runtime, known);
  return known;
}

/** Ends what was started. */
export async function endShared(): Promise<void> {
  for (const promise of made.values()) {
    const cluster = await promise;
    const { workers, ...sums } = cluster.stats;
    const said = workers.map(({ worker, tasks }) => `${worker.replace(/-.*/, "")} ${tasks}`);
    const found = { ...sums, workers: said, missing: mixed?.missing };
    const out = process.env.SIMDREAM_MIXED_OUT;
    if (mixed && out) appendFileSync(out, `${JSON.stringify(found)}\n`);
    await cluster.close();
  }
  await mixed?.close();
  stop.abort();
  await Promise.all(served);
  for (const connection of connections) await connection.close();
  await (await server)?.stop();
}

async function start(runtime: Runtime): Promise<ClusterRunner> {
  const run = `shared-${made.size}`;
  server ??= TestServer.start();
  const { address } = await server;
  const connected = async () => {
    const connection = await connect({ servers: address });
    connections.push(connection);
    return connection;
  };
  const joined = { run, token, runtime, check: 0.2 };
  if (asked > 0 && runtime === (await load())) {
    mixed = new MixedWorkers();
    const kinds = await mixed.start(asked, { server: await server, run, token });
    return joinCluster(await connected(), { ...joined, wait: kinds.length, patience: 30_000 });
  }
  const options = { run, token, runtime, signal: stop.signal };
  for (let i = 0; i < 2; i++) served.push(serve(await connected(), options, runtime));
  return joinCluster(await connected(), { ...joined, wait: 2 });
}
