// What one shard computes in a round: some steps of the optimizers on its own rows, from given weights and its own moments. A pure
// function of plain data, so that whoever has them comes to the same bits.
//
//   Rows      Those that the shard has of each batch, as without rounds: see shards.ts.
//   Loss      Divided by the shard's part of the step's targets, by rows: the shards' mean, weighted by rows, is the loss of the step.
//   Buffers   Each shard updates its own; after the round they are the mean over the shards.
//   8 bits    What is rounded off a shard's difference is added to its next one (error feedback, Seide et al. 2014).

import type { Key } from "../../host/key.js";
import type { ParameterRange, Parameters } from "../../nn/parameters.js";
import { trouble } from "../divergence.js";
import { Objective } from "../objective.js";
import { type ResolvedTraining, resolveTraining } from "../options.js";
import { phasesOf, trainedBy } from "../phases.js";
import {
  type Cut,
  computeShard,
  cutShard,
  lengthOf,
  mean,
  packRanges,
  type Shard,
  type StepBatch,
  unpackRanges,
} from "../shards.js";
import type { Trainable } from "../trainable.js";
import { roundToEightBits } from "./eight-bits.js";
import type {
  Difference,
  OptimizerOptions,
  Round,
  RoundResult,
  RoundUpdate,
  ShardMemory,
  ShardState,
  UpdateResult,
} from "./task.js";

/** The whole of an update: the mean of the losses, weighted by rows, and of the norms. */
export function joinUpdates(
  updates: readonly WholeUpdate[],
  rounds: readonly Round[],
  results: readonly Pick<RoundResult, "updates">[],
): UpdateResult[] {
  return updates.map(({ batches }, place) => {
    const all = batches.reduce((sum, { rows }) => sum + rows, 0);
    let [loss, norms, shards] = [0, 0, 0];
    const parts: Record<string, number> = {};
    for (const [s, { updates: own }] of rounds.entries()) {
      const i = own.findIndex((one) => one.place === place);
      const result = results[s].updates[i];
      if (!result) continue;
      const weight = rowsOf(own[i].shard) / all;
      loss += weight * result.loss;
      norms += result.gradNorm;
      shards++;
      for (const [name, value] of Object.entries(result.parts)) {
        parts[name] = (parts[name] ?? 0) + weight * value;
      }
    }
    return { loss, parts, gradNorm: norms / shards };
  });
}

/** An update of a phase that is not yet cut. */
export interface WholeUpdate {
  readonly phase: number;
  readonly lr: number;
  readonly batches: readonly StepBatch[];
  readonly keys: readonly Key[];
}

/** What of a run's options a round needs. */
export function roundOptions(run: ResolvedTraining): OptimizerOptions {
  const { optimizer, betas, momentum, weightDecay, decay, clip } = run;
  return { optimizer, betas, momentum, weightDecay, decay, clip };
}

/** The updates of shard `s`; none where it has no row in any of them. */
export function cutUpdates(
  s: number,
  network: Trainable,
  updates: readonly WholeUpdate[],
  cut: Cut,
): RoundUpdate[] {
  const phases = phasesOf(network);
  return updates.flatMap(({ phase, lr, batches, keys }, place) => {
    const shard = cutShard(s, phases[phase], batches, cut, keys);
    if (!shard) return [];
    const fraction = rowsOf(shard) / shard.totals.rows;
    const totals = { targets: shard.totals.targets * fraction, rows: rowsOf(shard) };
    return [{ place, phase, lr, shard: { ...shard, totals } }];
  });
}

/** Rows of all its parts. */
function rowsOf({ parts }: Pick<Shard, "parts">): number {
  return parts.reduce((sum, { rows }) => sum + rows, 0);
}

/** The ranges of all that some phase trains. */
export function trainedRangesOfAll(parameters: Parameters, network: Trainable): ParameterRange[] {
  const phases = phasesOf(network);
  return parameters.ranges((name) => phases.some((phase) => trainedBy(parameters, phase, name)));
}

/** The ranges of the buffers. */
export function bufferRanges(parameters: Parameters): ParameterRange[] {
  return parameters.ranges((_, { buffer }) => buffer);
}

/** The names of what a shard keeps, and which ranges each is of. */
export function stateRanges(
  parameters: Parameters,
  network: Trainable,
  objectives: readonly Objective[],
  bits: 32 | 8,
): ReadonlyMap<string, readonly ParameterRange[]> {
  const names = new Set(objectives.flatMap(({ optimizer }) => [...optimizer.state.keys()]));
  const ranges = new Map<string, readonly ParameterRange[]>();
  for (const region of names) {
    const having = objectives.filter(({ optimizer }) => optimizer.state.has(region));
    const has = (name: string) => having.some((objective) => objective.trains(name));
    ranges.set(region, parameters.ranges(has));
  }
  if (bits === 8) ranges.set(REST, trainedRangesOfAll(parameters, network));
  return ranges;
}

/** A result with the shard's state. */
type WholeResult = RoundResult & { readonly state: ShardState };

/** What 8 bits have not said yet. */
const REST = "rest";

/** A shard's state before the first round. */
export function emptyState(ranges: ReadonlyMap<string, readonly ParameterRange[]>): ShardState {
  const entries = Array.from(ranges, ([name, of]) => [name, new Float32Array(lengthOf(of))]);
  return Object.fromEntries(entries);
}

/**
 * Computes a round, from the weights in place; a turn is one update. Afterwards, and where it is left, the weights in place are
 * the shard's, and the optimizers' regions hold its moments.
 */
export function* roundSteps(
  parameters: Parameters,
  network: Trainable,
  { updates, taken, carried, options, bits }: Round,
  state: ShardState,
): Generator<void, WholeResult, void> {
  const run = resolveTraining(options);
  const objectives = phasesOf(network).map((phase) => new Objective(parameters, phase, run));
  const ranges = stateRanges(parameters, network, objectives, bits);
  const regions = new Map(objectives.flatMap(({ optimizer }) => [...optimizer.state]));
  for (const [name, region] of regions) {
    unpackRanges(parameters, region, ranges.get(name)!, state[name]);
  }
  for (const [p, { optimizer }] of objectives.entries()) optimizer.steps = taken[p];
  const trained = trainedRangesOfAll(parameters, network);
  const start = packRanges(parameters, parameters.address, trained);
  const results: UpdateResult[] = [];
  let rows = carried;
  for (const { phase: p, lr, shard } of updates) {
    const objective = objectives[p];
    const { name } = objective.phase;
    if (network.advance) {
      network.advance(name);
      parameters.changed();
    }
    const { loss, parts, ...result } = computeShard(parameters, network, {
      ...shard,
      ...(rows ? { carried: rows } : {}),
    });
    if (rows) rows = result.carried;
    const gradNorm = objective.clip();
    results.push({ loss, parts, gradNorm });
    if (trouble({ loss, gradNorm }, objective.options.clip)) break;
    objective.optimizer.step(lr);
    const statistics = mean(result.statistics);
    if (statistics && network.observe) {
      network.observe(name, statistics);
      parameters.changed();
    }
    yield;
  }
  const finite =
    results.length === updates.length && objectives.every((objective) => objective.finite());
  const difference = packRanges(parameters, parameters.address, trained);
  for (let i = 0; i < start.length; i++) difference[i] = start[i] - difference[i];
  const next: Record<string, Float32Array<ArrayBuffer>> = {};
  for (const [name, region] of regions) {
    next[name] = packRanges(parameters, region, ranges.get(name)!);
  }
  const sent = { difference } as { difference: Difference };
  if (bits === 8) {
    for (let i = 0; i < difference.length; i++) difference[i] += state[REST][i];
    sent.difference = finite ? roundToEightBits(difference) : difference;
    next[REST] = difference;
  }
  return {
    updates: results,
    finite,
    ...sent,
    buffers: packRanges(parameters, parameters.address, bufferRanges(parameters)),
    taken: objectives.map(({ optimizer }) => optimizer.steps),
    state: next,
    carried: rows ?? [],
  };
}

/** A whole round at once, for a worker. */
export function roundOf(
  parameters: Parameters,
  network: Trainable,
  round: Round,
  state: ShardState,
): WholeResult {
  const steps = roundSteps(parameters, network, round, state);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** The state of a shard, of the last one that is known and the rounds since, which are computed again. */
export function remembered(
  parameters: Parameters,
  network: Trainable,
  regions: readonly number[],
  { state, since }: ShardMemory,
): ShardState {
  // A round may be under way here, of this shard or another.
  const own = [parameters.address, ...regions];
  const before = own.map((region) => parameters.all(region).slice());
  let last = state;
  for (const { round, start } of since) {
    parameters.assign(start);
    last = roundOf(parameters, network, round, last).state;
  }
  for (const [i, region] of own.entries()) parameters.all(region).set(before[i]);
  parameters.changed();
  return last;
}
