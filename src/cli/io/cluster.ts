// A connection to a cluster's server, from the command line.

import { readFileSync } from "node:fs";
import type { NatsConnection } from "@nats-io/nats-core";
import { Failure, UsageError } from "../errors.js";
import type { OptionRow } from "../options/options.js";

/** What says which cluster, and which run of it. */
export interface ClusterFlags {
  readonly cluster?: string;
  readonly clusterRun?: string;
  readonly clusterToken?: string;
  readonly clusterCreds?: string;
}

/** The names of `ClusterFlags`. */
export const clusterNames: readonly string[] = [
  ...["cluster", "clusterRun", "clusterToken", "clusterCreds"],
];

export const clusterRows: readonly OptionRow[] = [
  ["--cluster <url>", "a NATS server with JetStream: nats://host:4222, tls://user:password@host"],
  ["--cluster-run <name>", "the run's name, the same for all that take part (default: simdream)"],
  [
    "--cluster-token <secret>",
    "the run's secret, the same for all that take part (better: SIMDREAM_CLUSTER_TOKEN)",
  ],
  ["--cluster-creds <file>", "credentials of the server's, as its tools write them"],
];

/** What is told to `joinCluster` and the others. @throws UsageError */
export function clusterOptions(flags: ClusterFlags): { run: string; token: string } {
  const token = flags.clusterToken ?? process.env.SIMDREAM_CLUSTER_TOKEN;
  if (token === undefined) {
    throw new UsageError(
      "--cluster needs the run's secret: --cluster-token or SIMDREAM_CLUSTER_TOKEN, 16 characters or more",
    );
  }
  return { run: flags.clusterRun ?? "simdream", token };
}

/** Connects, by packages that are the user's. @throws Failure, UsageError */
export async function connectCluster(flags: ClusterFlags): Promise<{
  readonly connection: NatsConnection;
  readonly cluster: typeof import("../../entries/cluster.js");
}> {
  const { server, user, pass, secure } = addressOf(flags.cluster);
  const [nats, cluster] = await packages();
  const { clusterCreds: creds } = flags;
  try {
    const connection = await nats.connect({
      ...{ servers: server, user, pass, maxReconnectAttempts: -1, name: "simdream" },
      ...(secure ? { tls: {} } : {}),
      ...(creds ? { authenticator: nats.credsAuthenticator(readFileSync(creds)) } : {}),
    });
    return { connection, cluster };
  } catch (cause) {
    const { message } = cause as Error;
    throw new Failure(`cannot connect to ${server}: ${message}`, { cause });
  }
}

async function packages() {
  try {
    return await Promise.all([
      import("@nats-io/transport-node"),
      import("../../entries/cluster.js"),
    ]);
  } catch (cause) {
    throw new Failure(
      "a cluster needs packages that simdream does not bring along: " +
        "npm install @nats-io/transport-node @nats-io/jetstream @nats-io/obj, where simdream is installed",
      { cause },
    );
  }
}

function addressOf(given: string | undefined) {
  if (given === undefined) throw new UsageError("--cluster says where the server is: nats://host");
  let url: URL;
  try {
    url = new URL(given.includes("://") ? given : `nats://${given}`);
  } catch {
    throw new UsageError(`--cluster must be an address such as nats://host:4222, got ${given}`);
  }
  const secure = url.protocol === "tls:";
  if (!secure && url.protocol !== "nats:") {
    throw new UsageError(`--cluster must begin with nats:// or tls://, got ${given}`);
  }
  const part = (text: string) => (text === "" ? undefined : decodeURIComponent(text));
  const [user, pass] = [part(url.username), part(url.password)];
  return { server: `${url.hostname}:${url.port || 4222}`, user, pass, secure };
}
