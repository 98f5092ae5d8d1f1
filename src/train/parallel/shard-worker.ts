// A worker's side: a stateless function (weights, shard) → (gradient, loss). What it keeps, the
// compiled kernels and the networks built last, only saves time.

import { transfer } from "comlink";
import { Key } from "../../host/key.js";
import type { ModuleSource, Runtime } from "../../host/runtime.js";
import { buildNetwork, type NetworkDescription } from "../../models/every-network.js";
import { Parameters } from "../../nn/parameters.js";
import { type Shard, type ShardGradient, shardGradient } from "../shards.js";
import type { Trainable } from "../trainable.js";

/** One shard and what it is computed with; both buffers are transferred, and come back. */
interface ShardRequest {
  readonly network: NetworkDescription;
  /** The weights, in the parameters' layout. */
  readonly params: Float32Array<ArrayBuffer>;
  /** Room for the gradient. */
  readonly grads: Float32Array<ArrayBuffer>;
  readonly shard: Shard;
}

/** The gradient, in the request's buffer, and the weights' buffer to be used again. */
export interface ShardReply extends ShardGradient {
  readonly params: Float32Array<ArrayBuffer>;
}

/** What a worker offers. */
export interface ShardWorker {
  /** Compiles the kernels; called first. */
  open(kernels: ModuleSource): Promise<void>;
  gradient(request: ShardRequest): ShardReply;
}

/** Networks kept, for fits that share a worker. */
const KEPT = 4;

/** The worker's side of a pool, on kernels that have been compiled. */
export function shardWorker(runtime: Runtime): Omit<ShardWorker, "open"> {
  const networks = new Map<string, { parameters: Parameters; network: Trainable }>();

  function networkOf(description: NetworkDescription) {
    const name = JSON.stringify(description);
    const known = networks.get(name);
    if (known) return known;
    const machine = runtime.machine();
    const parameters = new Parameters(machine, Key.fromSeed(machine, 0));
    const network = buildNetwork(parameters, description);
    parameters.seal();
    parameters.enableGradients();
    if (networks.size >= KEPT) networks.delete(networks.keys().next().value!);
    networks.set(name, { parameters, network });
    return { parameters, network };
  }

  return {
    gradient({ network: description, params, grads, shard }) {
      const { parameters, network } = networkOf(description);
      parameters.assign(params);
      const { grads: own, ...rest } = shardGradient(parameters, network, shard);
      grads.set(own);
      return transfer({ ...rest, grads, params }, [grads.buffer, params.buffer]);
    },
  };
}
