/// <reference lib="esnext.disposable" preserve="true" />
// simdream/cluster: shards of a training on other machines, over a NATS server.

import type { NatsConnection } from "@nats-io/nats-core";
import { Channel, type ClusterOptions } from "../cluster/channel.js";
import { type ClusterRunner, type JoinClusterOptions, join } from "../cluster/join.js";
import { type LeadOptions, lead } from "../cluster/lead.js";
import { type ServeShardsOptions, serve } from "../cluster/serve.js";
import { type ClusterStatus, status } from "../cluster/status.js";
import { load } from "./index.js";

export type {
  ClusterRunner,
  ClusterStats,
  ClusterWorker,
  JoinClusterOptions,
} from "../cluster/join.js";
export type { LeadOptions } from "../cluster/lead.js";
export type { ServedTask, ServeShardsOptions } from "../cluster/serve.js";
export type { ClusterStatus } from "../cluster/status.js";
export { bytesPerExample, type TrafficOptions } from "../cluster/traffic.js";
export type { ClusterOptions };

/**
 * Joins a cluster as the coordinator of a run: gives what `fit` takes as `workers`. The run has the bits that it would
 * have on this machine alone, whoever computes; where nobody is there, it goes on alone.
 *
 * ```ts
 * const connection = await connect({ servers: "nats://10.0.0.1", maxReconnectAttempts: -1 });
 * await using cluster = await joinCluster(connection, { run: "poems", token });
 * await model.fit(text, { shards: 8, workers: cluster });
 * ```
 *
 * One `fit` at a time. A report may come again: where a worker turns out to have lied, the run goes back to the last
 * step that all agreed upon, see docs/cluster.md.
 *
 * @param connection to a NATS server with JetStream, by whatever transport suits the runtime
 * @throws InvalidInputError for options that cannot be; SimdreamError where the server does not serve
 */
export async function joinCluster(
  connection: NatsConnection,
  options: JoinClusterOptions,
): Promise<ClusterRunner> {
  return join(connection, options, (await options?.runtime) ?? (await load()));
}

/**
 * Computes shards for a run of a cluster until `signal` ends it: makes this runtime a worker.
 *
 * ```ts
 * const connection = await connect({ servers: "nats://10.0.0.1", maxReconnectAttempts: -1 });
 * await serveShards(connection, { run: "poems", token, workers: 4, signal });
 * ```
 *
 * @param connection to a NATS server with JetStream, by whatever transport suits the runtime
 * @throws InvalidInputError for options that cannot be; SimdreamError where it is shut out of the run, or the connection
 *   is closed
 */
export async function serveShards(
  connection: NatsConnection,
  options: ServeShardsOptions,
): Promise<void> {
  await serve(connection, options, (await options?.runtime) ?? (await load()));
}

/**
 * Trains a model on a cluster so that the coordinator may die, too: whoever of those that call this has the lease trains,
 * the others wait, and the next one begins at the last state that was kept in the server's store. All of them get the
 * same model in the end.
 *
 * ```ts
 * const model = await leadRun(connection, {
 *   ...{ run: "poems", token, every: 100 },
 *   create: () => LanguageModel.create({ corpus: text, seed: 1 }),
 *   load: (file) => LanguageModel.load(file),
 *   fit: (model, workers, signal) => model.fit(text, { steps: 2000, shards: 8, workers, signal }),
 * });
 * ```
 *
 * @throws InvalidInputError for options that cannot be; SimdreamError where the server does not serve; what `fit` throws
 */
export async function leadRun<
  M extends { save(options: { readonly training: boolean }): Uint8Array | Promise<Uint8Array> },
  R extends { readonly step: number },
>(connection: NatsConnection, options: LeadOptions<M, R>): Promise<M> {
  return lead(connection, options, (await options?.runtime) ?? (await load()));
}

/**
 * Removes all that a server keeps of a run: its queue, its store, its state and its result.
 * @throws InvalidInputError for options that cannot be; SimdreamError where the server does not serve
 */
export async function removeRun(
  connection: NatsConnection,
  options: ClusterOptions,
): Promise<void> {
  await (await Channel.open(connection, options)).remove();
}

/**
 * How a run stands: its workers, its queue, and what its coordinator says. Takes about a second.
 * @throws InvalidInputError for options that cannot be; SimdreamError where there is no such run
 */
export async function clusterStatus(
  connection: NatsConnection,
  options: ClusterOptions,
): Promise<ClusterStatus> {
  return status(connection, options);
}
