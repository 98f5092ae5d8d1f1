// Somebody's own network, as training takes it. Here, and nowhere else, losses of examples become the loss of a step: the
// network says one for each example, so that no network can divide by the wrong number where a batch is cut into shards.

import { describe, InvalidInputError } from "../../host/errors.js";
import { add, scale } from "../../nn/ops/elementwise.js";
import { weightedSum } from "../../nn/ops/reduce.js";
import type { Tape } from "../../nn/tape.js";
import { isTensor, type Tensor } from "../../nn/tensor.js";
import type { LossOf, Phase, Trainable } from "../../train/trainable.js";
import type { LossParts, Network } from "./recipe.js";

/** A batch with its examples counted. */
export interface OwnBatch {
  readonly rows: number;
  readonly batch: unknown;
  /** How much each counts in the loss; absent where all count the same. */
  readonly weights?: Float32Array;
}

/** What a model of one's own is trained by. */
export interface OwnNetwork<Own> extends Trainable {
  readonly own: Own;
}

/** @throws InvalidInputError where `build` gave no network */
export function ownNetwork<Own extends Network<never>>(model: string, own: Own): OwnNetwork<Own> {
  if (typeof own?.loss !== "function") {
    throw new InvalidInputError(
      `${model}: build must give an object with a function loss, got ${describe(own)}`,
    );
  }
  const { phases, averages } = own;
  return {
    own,
    risingDiverges: phases === undefined,
    ...(phases ? { phases: checkPhases(model, phases) } : {}),
    ...(averages ? { averages } : {}),
    loss: (tape, batch, _, totals, phase) => {
      const { rows, batch: given, weights } = batch as OwnBatch;
      const said = partsOf(model, own.loss(tape, given as never, { rows, phase }));
      const mean = (name: string, x: Tensor) =>
        scale(
          tape,
          weightedSum(tape, perExample(model, name, x, rows), weights),
          1 / totals.targets,
        );
      const loss = mean("loss", said.loss);
      const parts = Object.entries(said.parts ?? {}).map(([name, x]) => [name, mean(name, x)]);
      const { penalty, statistics } = said;
      const result: LossOf = {
        loss: penalty ? add(tape, loss, share(model, tape, penalty, rows / totals.rows)) : loss,
      };
      return {
        ...result,
        ...(parts.length > 0 ? { parts: Object.fromEntries(parts) } : {}),
        ...(statistics ? { statistics: () => copied(model, statistics) } : {}),
      };
    },
    ...(own.advance ? { advance: (phase: string) => own.advance!(phase) } : {}),
    ...(own.observe ? { observe: (phase, statistics) => own.observe!(phase, statistics) } : {}),
  };
}

function partsOf(model: string, said: Tensor | LossParts): LossParts {
  if (isTensor(said)) return { loss: said };
  if (isTensor(said?.loss)) return said;
  throw new InvalidInputError(
    `${model}: loss must give a tensor, or an object with a tensor loss, got ${describe(said)}`,
  );
}

/** @throws InvalidInputError where it is no loss for each example */
function perExample(model: string, name: string, x: Tensor, rows: number): Tensor {
  const shape = isTensor(x) ? x.shape : undefined;
  if (shape && x.size === rows && shape[0] === rows) return x;
  const got = shape ? `shape [${shape}]` : describe(x);
  const hint =
    shape?.length === 0 ? "; a sum or a mean over the examples is made of it afterwards" : "";
  throw new InvalidInputError(
    `${model}: ${name} must have one number for each example of the batch, shape [${rows}], got ${got}${hint}`,
  );
}

/** The part of a penalty that falls to some of the examples. */
function share(model: string, tape: Tape, penalty: Tensor, part: number): Tensor {
  if (isTensor(penalty) && penalty.size === 1) {
    return scale(tape, penalty.reshaped([]), part);
  }
  throw new InvalidInputError(
    `${model}: penalty must be a scalar, got ${isTensor(penalty) ? `shape [${penalty.shape}]` : describe(penalty)}`,
  );
}

function copied(
  model: string,
  statistics: NonNullable<LossParts["statistics"]>,
): Record<string, Float32Array> {
  return Object.fromEntries(
    Object.entries(statistics).map(([name, values]) => {
      if (values instanceof Float32Array) return [name, values.slice()];
      throw new InvalidInputError(
        `${model}: statistics.${name} must be a Float32Array, got ${describe(values)}`,
      );
    }),
  );
}

/** @throws InvalidInputError for what are no phases; what they train and how is checked by the run */
function checkPhases(model: string, phases: readonly Phase[]): readonly Phase[] {
  const names = new Set<string>();
  for (const phase of Array.isArray(phases) && phases.length > 0 ? phases : [undefined]) {
    const name = phase?.name;
    if (typeof name !== "string" || name === "" || names.has(name)) {
      throw new InvalidInputError(
        `${model}: phases must be a list of phases with names that differ, got ${describe(phase ? name : phases)}`,
      );
    }
    names.add(name);
  }
  return phases;
}
