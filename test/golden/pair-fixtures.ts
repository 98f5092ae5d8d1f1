// Fixtures of encoder-decoders that PyTorch made: ten batches, and for each variant its weights, the gradients of the
// first batch, the losses of ten steps of Adam and the weights after them.

import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { f32Data, readSafetensors, type TensorEntry } from "../../src/formats/safetensors.js";
import { Key } from "../../src/host/key.js";
import type { Machine } from "../../src/host/machine.js";
import type { AnyPairNetwork } from "../../src/models/seq2seq/pair-network.js";
import type { Seq2SeqBatch } from "../../src/models/seq2seq/pair-network.js";
import { readable } from "../../src/nn/entries.js";
import { Adam } from "../../src/nn/optim/adam.js";
import { type ParameterSource, Parameters } from "../../src/nn/parameters.js";
import { Tape } from "../../src/nn/tape.js";

export const [TARGETS, LABELS] = [7, 3];
const [S, T, B] = [5, 6, 4];
const sourceLengths = Int32Array.of(3, 5, 1, 4);
const lengths = Int32Array.of(6, 2, 4, 3);

/** What PyTorch found. */
interface Expected {
  readonly losses: number[];
  readonly encoder: (number | null)[];
}

/** The fixtures `name`.safetensors and `name`.json. */
export class PairFixtures<Variant extends Expected> {
  readonly variants: Readonly<Record<string, Variant>>;
  readonly #tensors: ReadonlyMap<string, TensorEntry>;

  constructor(name: string) {
    const bytes = (ext: string) =>
      new Uint8Array(readFileSync(new URL(`${name}.${ext}`, import.meta.url)));
    this.variants = JSON.parse(new TextDecoder().decode(bytes("json")));
    this.#tensors = readSafetensors(bytes("safetensors")).tensors;
  }

  /** Trains the variant's network and compares everything. */
  check(
    machine: Machine,
    name: string,
    joint: boolean,
    build: (parameters: ParameterSource) => AnyPairNetwork,
  ): void {
    const parameters = new Parameters(machine, Key.fromSeed(machine, 0));
    const network = build(parameters);
    parameters.seal();
    const weights = this.#group(`${name}.weights`);
    parameters.prepareAssign(readable(weights))(parameters.address);
    parameters.enableGradients();
    const optimizer = new Adam(parameters, { decoupled: false });
    const variant = this.variants[name];
    for (const [step, wanted] of variant.losses.entries()) {
      parameters.zeroGradients();
      const { loss, encoder } = machine.scoped(() => {
        const tape = new Tape(machine, { record: true });
        const own = this.#batch(step, joint);
        const totals = { targets: own.tokens, rows: B };
        const { loss, parts } = network.loss(tape, own, undefined, totals);
        tape.backward(loss);
        return { loss: loss.data[0], encoder: parts?.encoder.data[0] ?? null };
      });
      if (step === 0) expectNear(parameters, parameters.grads, this.#group(`${name}.grads`));
      optimizer.step(1e-2);
      expect(Math.abs(loss - wanted), `loss ${step}`).toBeLessThan(1e-5);
      const own = variant.encoder[step];
      if (own === null) expect(encoder).toBeNull();
      else expect(Math.abs(encoder! - own), `encoder's loss ${step}`).toBeLessThan(1e-5);
    }
    // A bias of keys adds the same to all scores of a query: its gradient is 0 but for rounding, which Adam enlarges.
    const after = this.#group(`${name}.after`);
    expectNear(parameters, parameters.address, after, (key) => key.endsWith("c_attn.bias"));
  }

  #group(prefix: string): Map<string, TensorEntry> {
    return new Map(
      [...this.#tensors].flatMap(([key, entry]) =>
        key.startsWith(`${prefix}.`) ? [[key.slice(prefix.length + 1), entry] as const] : [],
      ),
    );
  }

  /** Step `step` of one of the sequences, `size` numbers a step. */
  #part(name: string, step: number, size: number): Int32Array {
    const all = new Int32Array(this.#tensors.get(name)!.data.slice().buffer);
    return all.slice(step * size, (step + 1) * size);
  }

  #batch(step: number, joint: boolean): Seq2SeqBatch {
    const targets = this.#part("targets", step, T * B);
    return {
      rows: B,
      sources: this.#part("sources", step, S * B),
      sourceSteps: S,
      sourceLengths,
      inputs: this.#part("inputs", step, T * B),
      targets,
      steps: T,
      lengths,
      labels: joint ? this.#part("labels", step, B) : new Int32Array(B).fill(-1),
      tokens: targets.filter((target) => target >= 0).length,
      lambda: 0.7,
      smoothing: joint ? 0.1 : 0,
      sampled: 0,
    };
  }
}

function expectNear(
  parameters: Parameters,
  region: number,
  wanted: Map<string, TensorEntry>,
  undetermined: (name: string) => boolean = () => false,
): void {
  const views = [...parameters.views(region)];
  expect(new Set(views.map(([name]) => name))).toEqual(new Set(wanted.keys()));
  for (const [name, shape, view] of views) {
    const entry = wanted.get(name)!;
    expect(shape, name).toEqual(entry.shape);
    if (undetermined(name)) continue;
    const want = f32Data(entry);
    const largest = want.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    view.forEach((x, i) => {
      if (!(Math.abs(x - want[i]) <= 2e-5 * largest)) {
        expect.fail(`${name}[${i}]: expected ${want[i]}, got ${x}`);
      }
    });
  }
}
