// A worker's side: a stateless function (weights, phase, shard) → (gradient, loss, statistics). What it
// keeps, the compiled kernels, the networks built last and what is frozen in them, only saves time.

import { transfer } from "comlink";
import type { FurtherModules } from "../../host/further.js";
import { Key } from "../../host/key.js";
import type { ModuleSource, Runtime } from "../../host/runtime.js";
import type { LowRank } from "../../nn/low-rank.js";
import { type ParameterRange, Parameters } from "../../nn/parameters.js";
import { roundOf } from "../rounds/round.js";
import type { Difference, Round, ShardState } from "../rounds/task.js";
import type { RoundReply, ShardReply } from "../shard-runner.js";
import { gradientOf, type Shard, unpackRanges } from "../shards.js";
import type { NetworkBuilder, NetworkDescription, Trainable } from "../trainable.js";

/** The model that something is computed of; all buffers are transferred. */
interface ModelRequest {
  readonly network: NetworkDescription;
  readonly changing: readonly ParameterRange[];
  /** Values of the changing ranges, one after the other. */
  readonly values: Float32Array<ArrayBuffer>;
  /** The run whose frozen parameters are meant; all parameters, where the worker has them not yet. */
  readonly frozen: string;
  readonly all?: Float32Array<ArrayBuffer>;
}

/** One shard and what it is computed with; two of its buffers come back. */
export interface ShardRequest extends ModelRequest {
  /** Room for the gradient. */
  readonly grads: Float32Array<ArrayBuffer>;
  readonly shard: Shard;
}

/** A round of a shard, and what it has kept. */
export interface RoundRequest extends ModelRequest {
  readonly round: Round;
  readonly state: ShardState;
}

/** What a worker offers. */
export interface ShardWorker {
  /** Compiles the kernels; called first. */
  open(kernels: ModuleSource): Promise<void>;
  /** Loads the second module, for models of pictures, or the third, for quantised ones. */
  further(kind: keyof FurtherModules, source: ModuleSource): Promise<void>;
  /** A shard, or a round of one. */
  compute(request: ShardRequest | RoundRequest): Promise<ShardReply | RoundReply>;
}

interface Kept {
  readonly parameters: Parameters;
  /** What is under an adapter's; the same where there is none. */
  readonly base: Parameters;
  readonly network: Trainable;
  frozen: string | undefined;
}

/** Networks kept, for fits that share a worker. */
const KEPT = 4;

/** The worker's side of a pool, on kernels that have been compiled. */
export function shardWorker(
  runtime: Runtime,
  builder: (description: NetworkDescription) => NetworkBuilder | Promise<NetworkBuilder>,
): Omit<ShardWorker, "open" | "further"> {
  const networks = new Map<string, Promise<Kept>>();

  async function make(description: NetworkDescription): Promise<Kept> {
    const build = await builder(description);
    const machine = runtime.machine();
    const key = Key.fromSeed(machine, 0);
    const base = new Parameters(machine, key);
    const whole = build(base, description);
    base.seal();
    const { lora } = description;
    if (lora === undefined) {
      base.enableGradients();
      return { parameters: base, base, network: whole, frozen: undefined };
    }
    const { adaptedNetwork, LowRankAdapter } = await import("../../nn/low-rank.js");
    const parameters = new Parameters(machine, key);
    const adapter = new LowRankAdapter(parameters, base.matrices, lora as LowRank);
    base.freeze();
    parameters.seal();
    parameters.enableGradients();
    return { parameters, base, network: adaptedNetwork(whole, adapter), frozen: undefined };
  }

  function networkOf(description: NetworkDescription): Promise<Kept> {
    const name = JSON.stringify(description);
    const known = networks.get(name);
    if (known) return known;
    if (networks.size >= KEPT) networks.delete(networks.keys().next().value!);
    const kept = make(description);
    networks.set(name, kept);
    // One that could not be built may be built the next time: its module is reached again, for example.
    kept.catch(() => networks.delete(name));
    return kept;
  }

  /** The network with the weights of a request. */
  async function prepared(request: ModelRequest): Promise<Kept> {
    const { network: description, changing, values, frozen, all } = request;
    const kept = await networkOf(description);
    const { parameters, base } = kept;
    if (all) base.assign(all);
    else if (kept.frozen !== frozen) throw new Error("the frozen parameters are not here");
    kept.frozen = frozen;
    unpackRanges(parameters, parameters.address, changing, values);
    parameters.changed();
    return kept;
  }

  return {
    async compute(request) {
      const { values } = request;
      const { parameters, network } = await prepared(request);
      if ("round" in request && request.round) {
        const result = roundOf(parameters, network, request.round, request.state);
        const { difference, buffers, state } = result;
        const moved = [values, buffers, ...Object.values(state), ...arraysOf(difference)];
        return transfer(
          { ...result, values },
          moved.map(({ buffer }) => buffer),
        );
      }
      const { grads, shard } = request as ShardRequest;
      const { grads: own, ...rest } = gradientOf(parameters, network, shard);
      const room = grads.length === own.length ? grads : new Float32Array(own.length);
      room.set(own);
      return transfer({ ...rest, grads: room, values }, [room.buffer, values.buffer]);
    },
  };
}

function arraysOf(difference: Difference) {
  return "numbers" in difference ? [difference.numbers, difference.exponents] : [difference];
}
