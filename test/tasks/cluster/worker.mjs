// A worker of a cluster for Node, Deno and Bun, which have the package installed.
//   node worker.mjs <port> <run> <token> [name]
import { connect } from "@nats-io/transport-node";
import { serveShards } from "simdream/cluster";

const [port, run, token, name = "worker"] = process.argv.slice(2);
const connection = await connect({ servers: `127.0.0.1:${port}`, maxReconnectAttempts: -1 });
await serveShards(connection, { run, token, name });
