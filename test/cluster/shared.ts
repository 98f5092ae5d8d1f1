// One cluster for many tests of a file: two workers, in connections of their own.

import { connect, type NatsConnection } from "@nats-io/transport-node";
import { serve } from "../../src/cluster/serve.js";
import { type ClusterRunner, joinCluster } from "../../src/entries/cluster.js";
import type { Runtime } from "../../src/entries/index.js";
import { TestServer } from "./server.js";

const token = "a token for the tests only";
const made = new Map<Runtime, Promise<ClusterRunner>>();
let server: Promise<TestServer> | undefined;
const connections: NatsConnection[] = [];
const stop = new AbortController();
const served: Promise<void>[] = [];

/** A cluster whose workers have this runtime. */
export function sharedCluster(runtime: Runtime): Promise<ClusterRunner> {
  const known = made.get(runtime) ?? start(runtime);
  made.set(runtime, known);
  return known;
}

/** Ends what was started. */
export async function endShared(): Promise<void> {
  for (const cluster of made.values()) await (await cluster).close();
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
  const options = { run, token, runtime, signal: stop.signal };
  for (let i = 0; i < 2; i++) served.push(serve(await connected(), options, runtime));
  return joinCluster(await connected(), { run, token, runtime, wait: 2, check: 0.2 });
}
