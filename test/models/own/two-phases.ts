// A model of the tests with all that a step can have: two phases with an optimizer each, the first taken
// twice, a buffer that forward changes, another that is advanced before a step, a frozen range, noise and batch norm.
//
//   encoder   a(x − m) is to be base(x); m is a running mean of x, base is frozen
//   decoder   b(norm(a(x − m) + noise)) is to be y

import { readModelFile } from "../../../src/formats/model-file.js";
import { type RuntimeOption, runtimeOf } from "../../../src/host/default-runtime.js";
import { ModelFileError } from "../../../src/host/errors.js";
import { ModelCore } from "../../../src/models/base/core.js";
import { Model } from "../../../src/models/base/model.js";
import { BatchNorm2d, BatchStatistics } from "../../../src/nn/layers/batch-norm.js";
import { Linear } from "../../../src/nn/layers/linear.js";
import { add, mul, scale, sub, tanh } from "../../../src/nn/ops/elementwise.js";
import { gaussianNoise } from "../../../src/nn/ops/noise.js";
import { sum } from "../../../src/nn/ops/reduce.js";
import { type ParameterSource, Scope } from "../../../src/nn/parameters.js";
import { Tape } from "../../../src/nn/tape.js";
import type { Tensor } from "../../../src/nn/tensor.js";
import type { StepReport } from "../../../src/train/progress.js";
import type {
  LossOf,
  NetworkBuilder,
  Phase,
  Statistics,
  StepTotals,
} from "../../../src/train/trainable.js";
import type { Training } from "../../../src/train/training.js";
import { type Examples, type FitOptions, type VectorBatch, vectorData } from "./perceptron.js";

const [INPUTS, HIDDEN, OUTPUTS] = [3, 5, 2];

class TwoPhaseNetwork {
  readonly phases: readonly Phase[] = [
    { name: "encoder", trains: ["a."], repeats: 2 },
    {
      name: "decoder",
      trains: ["b.", "bn."],
      options: { optimizer: "sgd", lr: 0.05, momentum: 0.5 },
    },
  ];
  readonly #base: Linear;
  readonly #mean: Tensor;
  readonly #updates: Tensor;
  readonly #a: Linear;
  readonly #bn: BatchNorm2d;
  readonly #b: Linear;

  constructor(parameters: ParameterSource) {
    const root = new Scope(parameters);
    this.#a = new Linear(root.child("a"), INPUTS, HIDDEN);
    this.#base = new Linear(root.child("base"), INPUTS, HIDDEN);
    this.#mean = root.child("norm").buffer("running_mean", [INPUTS], () => {});
    this.#updates = root.child("norm").buffer("updates", [1], () => {});
    this.#bn = new BatchNorm2d(root.child("bn"), HIDDEN);
    this.#b = new Linear(root.child("b"), HIDDEN, OUTPUTS);
  }

  /** x minus the running mean, on the host: no gradient flows into either. */
  #centred(tape: Tape, { x, rows }: VectorBatch): Tensor {
    const mean = this.#mean.data;
    const values = x.map((value, i) => Math.fround(value - mean[i % INPUTS]));
    return tape.tensor(values, [rows, INPUTS]);
  }

  /** What the decoder reads: in training with noise, and normed by the shard's statistics. */
  #normed(tape: Tape, hidden: Tensor, collected: BatchStatistics): Tensor {
    if (!tape.recording) return this.#bn.forward(tape, hidden);
    const noise = scale(tape, gaussianNoise(tape, hidden.shape, tape.nextNoiseKey()), 0.1);
    return this.#bn.forward(tape, add(tape, hidden, noise), collected);
  }

  loss(
    tape: Tape,
    batch: unknown,
    _: Float32Array[] | undefined,
    totals: StepTotals,
    phase: string,
  ): LossOf {
    const own = batch as VectorBatch;
    const x = this.#centred(tape, own);
    const hidden = tanh(tape, this.#a.forward(tape, x));
    const encoder = phase === "encoder";
    const collected = new BatchStatistics();
    const [got, wanted] = encoder
      ? [hidden, this.#base.forward(tape, x)]
      : [
          this.#b.forward(tape, this.#normed(tape, hidden, collected)),
          tape.tensor(own.y, [own.rows, OUTPUTS]),
        ];
    const error = sub(tape, got, wanted);
    const loss = scale(tape, sum(tape, mul(tape, error, error)), 1 / totals.rows);
    return { loss, statistics: () => (encoder ? { mean: meanOf(own) } : collected.values) };
  }

  advance(phase: string): void {
    if (phase === "decoder") this.#updates.data[0] += 1;
  }

  observe(phase: string, statistics: Statistics): void {
    if (phase === "decoder") {
      this.#bn.observe(statistics);
      return;
    }
    const { mean } = statistics;
    const running = this.#mean.data;
    for (let i = 0; i < INPUTS; i++) running[i] = 0.9 * running[i] + 0.1 * mean[i];
  }
}

function meanOf({ x, rows }: VectorBatch): Float32Array {
  return Float32Array.from({ length: INPUTS }, (_, i) => {
    let total = 0;
    for (let row = 0; row < rows; row++) total += x[row * INPUTS + i];
    return total / rows;
  });
}

export class TwoPhases extends Model<TwoPhaseNetwork> {
  static builder(): NetworkBuilder<TwoPhaseNetwork> {
    return TwoPhases.#build;
  }

  static readonly #build: NetworkBuilder<TwoPhaseNetwork> = (parameters) =>
    new TwoPhaseNetwork(parameters);

  private constructor(core: ModelCore<TwoPhaseNetwork>) {
    super(core);
  }

  static async create(
    options: RuntimeOption & { readonly seed?: number } = {},
  ): Promise<TwoPhases> {
    const { seed = 0 } = options;
    const runtime = await (await runtimeOf(options)).withPictures();
    return new TwoPhases(new ModelCore(runtime, seed, { model: "TwoPhases" }, TwoPhases.#build));
  }

  static async load(bytes: Uint8Array, options: RuntimeOption = {}): Promise<TwoPhases> {
    const runtime = await (await runtimeOf(options)).withPictures();
    const file = readModelFile(bytes, "TwoPhases");
    if (!file.description) throw new ModelFileError("the file holds no TwoPhases");
    const seed = file.description.config.seed as number;
    const description = { model: "TwoPhases" };
    return new TwoPhases(
      await ModelCore.open(runtime, seed, description, TwoPhases.#build, file, () => {}),
    );
  }

  fit(data: Examples, options: FitOptions = {}): Training<StepReport> {
    return this.core.fit(options, {
      own: ["batch", "val"],
      data: (key, begun) => vectorData(data, options, key, (batch) => this.#measure(batch), begun),
    });
  }

  score(data: Examples): number {
    const x = Float32Array.from(data.flatMap((one) => [...one.x]));
    const y = Float32Array.from(data.flatMap((one) => [...one.y]));
    return this.#measure({ x, y, rows: data.length });
  }

  #measure(batch: VectorBatch): number {
    return this.core.machine.scoped(() => {
      const totals = { targets: batch.y.length, rows: batch.rows };
      const tape = new Tape(this.core.machine);
      return this.core.network.loss(tape, batch, undefined, totals, "decoder").loss.data[0];
    });
  }

  protected override stored() {
    return { model: "TwoPhases", network: { kind: "dense" }, config: { seed: 7 }, assets: {} };
  }
}
