// A model that lives in the tests alone: a perceptron over vectors, y ≈ W2 tanh(W1 x + b1) + b2.

import { readModelFile } from "../../../src/formats/model-file.js";
import { type RuntimeOption, runtimeOf } from "../../../src/host/default-runtime.js";
import { checkKeys, checkNumber, ModelFileError } from "../../../src/host/errors.js";
import type { Key } from "../../../src/host/key.js";
import { ModelCore } from "../../../src/models/base/core.js";
import { Model, type QuantizeOptions } from "../../../src/models/base/model.js";
import { Linear } from "../../../src/nn/layers/linear.js";
import { dropout } from "../../../src/nn/ops/dropout.js";
import { mul, scale, sub, tanh } from "../../../src/nn/ops/elementwise.js";
import { sum } from "../../../src/nn/ops/reduce.js";
import { type ParameterSource, Scope } from "../../../src/nn/parameters.js";
import { Tape } from "../../../src/nn/tape.js";
import type { Tensor } from "../../../src/nn/tensor.js";
import type { TrainingData } from "../../../src/train/data.js";
import type { TrainingOptions } from "../../../src/train/options.js";
import type { DataOptions, StepReport } from "../../../src/train/progress.js";
import type { LossOf, NetworkBuilder, StepTotals } from "../../../src/train/trainable.js";
import type { Training } from "../../../src/train/training.js";

export interface Sizes {
  readonly inputs: number;
  readonly hidden: number;
  readonly outputs: number;
}

/** Examples: what is read, and what is to come of it. */
export type Examples = readonly { readonly x: readonly number[]; readonly y: readonly number[] }[];

export interface VectorBatch {
  readonly x: Float32Array;
  readonly y: Float32Array;
  readonly rows: number;
}

class PerceptronNetwork {
  readonly risingDiverges = true;
  readonly #sizes: Sizes;
  readonly #first: Linear;
  readonly #second: Linear;

  constructor(parameters: ParameterSource, sizes: Sizes) {
    const root = new Scope(parameters);
    this.#sizes = sizes;
    this.#first = new Linear(root.child("first"), sizes.inputs, sizes.hidden);
    this.#second = new Linear(root.child("second"), sizes.hidden, sizes.outputs);
  }

  forward(tape: Tape, x: Float32Array, rows: number): Tensor {
    const hidden = tanh(
      tape,
      this.#first.forward(tape, tape.tensor(x, [rows, this.#sizes.inputs])),
    );
    return this.#second.forward(tape, dropout(tape, hidden, 0.1));
  }

  loss(tape: Tape, batch: unknown, _: Float32Array[] | undefined, totals: StepTotals): LossOf {
    const { x, y, rows } = batch as VectorBatch;
    const error = sub(
      tape,
      this.forward(tape, x, rows),
      tape.tensor(y, [rows, this.#sizes.outputs]),
    );
    return { loss: scale(tape, sum(tape, mul(tape, error, error)), 1 / totals.targets) };
  }
}

export interface FitOptions extends TrainingOptions {
  readonly batch?: number;
  readonly val?: boolean;
}

/** Batches of examples in order; all of them are validated where asked for. */
export function vectorData(
  examples: Examples,
  options: FitOptions,
  _: Key,
  measure: (batch: VectorBatch) => number,
  begun: DataOptions = {},
): TrainingData {
  const { batch: rows = begun.batch ?? 6, val = begun.val === 1 } = options;
  const batch = checkNumber("batch", rows, { integer: true, min: 1, max: 1e6 });
  const take = (from: number, count: number): VectorBatch => {
    const some = Array.from({ length: count }, (_, i) => examples[(from + i) % examples.length]);
    const flat = (side: "x" | "y") => Float32Array.from(some.flatMap((one) => [...one[side]]));
    return { x: flat("x"), y: flat("y"), rows: count };
  };
  return {
    fingerprint: `${examples.length}`,
    options: { batch, val: Number(val) },
    rows: batch,
    carries: false,
    carried: [],
    ...(val ? { validate: async () => ({ loss: measure(take(0, examples.length)) }) } : {}),
    batch: (index) => ({
      targets: batch * examples[0].y.length,
      rows: batch,
      cut: (from, to) => take(index * batch + from, to - from),
    }),
  };
}

export class Perceptron extends Model<PerceptronNetwork> {
  static builder(): NetworkBuilder<PerceptronNetwork> {
    return Perceptron.#build;
  }

  static readonly #build: NetworkBuilder<PerceptronNetwork> = (parameters, { sizes }) =>
    new PerceptronNetwork(parameters, sizes as Sizes);

  readonly config: Sizes & { readonly seed: number };

  private constructor(config: Perceptron["config"], core: ModelCore<PerceptronNetwork>) {
    super(core);
    this.config = config;
  }

  static async create(
    options: RuntimeOption & Sizes & { readonly seed?: number },
  ): Promise<Perceptron> {
    checkKeys("Perceptron.create", options, ["runtime", "inputs", "hidden", "outputs", "seed"]);
    const { seed = 0, runtime: given, ...sizes } = options;
    for (const [name, size] of Object.entries(sizes)) {
      checkNumber(name, size, { integer: true, min: 1, max: 1e6 });
    }
    const runtime = await runtimeOf({ runtime: given });
    const core = new ModelCore(runtime, seed, describe(sizes), Perceptron.#build);
    return new Perceptron({ ...sizes, seed }, core);
  }

  static async load(bytes: Uint8Array, options: RuntimeOption = {}): Promise<Perceptron> {
    const runtime = await runtimeOf(options);
    const file = readModelFile(bytes, "Perceptron");
    if (!file.description) throw new ModelFileError("the file holds no Perceptron");
    const { kind: _, ...sizes } = file.description.network as unknown as Sizes & { kind: string };
    const seed = file.description.config.seed as number;
    const core = await ModelCore.open(
      runtime,
      seed,
      describe(sizes),
      Perceptron.#build,
      file,
      () => {},
    );
    return new Perceptron({ ...sizes, seed }, core);
  }

  fit(data: Examples, options: FitOptions = {}): Training<StepReport> {
    return this.core.fit(options, {
      own: ["batch", "val"],
      data: (key, begun) => vectorData(data, options, key, (batch) => this.#measure(batch), begun),
    });
  }

  async quantize(options: QuantizeOptions = {}): Promise<Perceptron> {
    const core = await this.narrowed(options);
    return core ? new Perceptron(this.config, core) : this;
  }

  /** Mean squared error. */
  score(data: Examples): number {
    const { x, y } = {
      x: data.flatMap((one) => [...one.x]),
      y: data.flatMap((one) => [...one.y]),
    };
    return this.#measure({ x: Float32Array.from(x), y: Float32Array.from(y), rows: data.length });
  }

  #measure(batch: VectorBatch): number {
    const totals = { targets: batch.y.length, rows: batch.rows };
    return this.core.machine.scoped(() => {
      const tape = new Tape(this.core.machine);
      return this.core.network.loss(tape, batch, undefined, totals).loss.data[0];
    });
  }

  protected override stored() {
    const { seed, ...sizes } = this.config;
    return {
      model: "Perceptron",
      network: { kind: "dense", ...sizes },
      config: { seed },
      assets: {},
    };
  }
}

const describe = (sizes: Sizes) => ({ model: "Perceptron", sizes: { ...sizes } });
