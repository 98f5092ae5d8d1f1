// The Transformer and its ops against PyTorch. The fixtures were made by make_transformer.py; no Python is
// needed here.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Batch } from "../../src/data/texts.js";
import { f32Data, readSafetensors, type TensorEntry } from "../../src/formats/safetensors.js";
import { Key } from "../../src/host/key.js";
import { load } from "../../src/host/module.js";
import { transformerConfig } from "../../src/models/base/transformer/config.js";
import { TransformerNetwork } from "../../src/models/language/transformer.js";
import { readable } from "../../src/nn/entries.js";
import { mul } from "../../src/nn/ops/elementwise.js";
import { gelu, silu } from "../../src/nn/ops/gated.js";
import { attention } from "../../src/nn/ops/multi-head-attention.js";
import { layerNorm, rmsNorm } from "../../src/nn/ops/norm.js";
import { sum } from "../../src/nn/ops/reduce.js";
import { rotary, rotaryFrequencies, rotaryTable } from "../../src/nn/ops/rotary.js";
import { Adam } from "../../src/nn/optim/adam.js";
import { clipGradNorm } from "../../src/nn/optim/clip.js";
import { Parameters } from "../../src/nn/parameters.js";
import { Tape } from "../../src/nn/tape.js";
import type { Tensor } from "../../src/nn/tensor.js";

const bytes = (name: string) => new Uint8Array(readFileSync(new URL(name, import.meta.url)));
const { tensors } = readSafetensors(bytes("transformer.safetensors"));
const golden = JSON.parse(new TextDecoder().decode(bytes("transformer.json"))) as Record<
  string,
  {
    config: { style: "llama" | "gpt2"; kvHeads: number; tied: boolean; bias: boolean; window: number };
    losses: number[];
    norms: number[];
  }
>;
const runtime = await load();
const [V, T, B] = [11, 12, 3];

function group(prefix: string): Map<string, TensorEntry> {
  return new Map(
    [...tensors].flatMap(([key, entry]) =>
      key.startsWith(`${prefix}.`) ? [[key.slice(prefix.length + 1), entry] as const] : [],
    ),
  );
}

const int32 = (name: string) => new Int32Array(tensors.get(name)!.data.slice().buffer);

/** Largest difference over the largest expected value. */
function difference(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(got.length).toBe(expected.length);
  expect([...Array.from(got)].every(Number.isFinite)).toBe(true);
  let [worst, largest] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    worst = Math.max(worst, Math.abs(got[i] - expected[i]));
    largest = Math.max(largest, Math.abs(expected[i]));
  }
  return worst / largest;
}

/**
 * Biases of queries and values. Those of keys change no softmax: their gradients are zero but for rounding, which
 * Adam divides by itself.
 */
function withoutKeys(bias: ArrayLike<number>): number[] {
  return Array.from(bias).filter((_, i) => i < 16 || i >= 32);
}

describe.each(Object.entries(golden))("a two-layer model: %s", (name, { config, losses, norms }) => {
  function make() {
    const machine = runtime.machine();
    const parameters = new Parameters(machine, Key.fromSeed(machine, 0));
    const sizes = { ...config, hidden: 16, layers: 2, heads: 4, inner: 24, context: T };
    const network = new TransformerNetwork(parameters, V, transformerConfig(sizes));
    parameters.seal();
    parameters.prepareAssign(readable(group(`${name}.weights`)))(parameters.address);
    parameters.enableGradients();
    return { machine, parameters, network };
  }

  function gradients({ machine, parameters, network }: ReturnType<typeof make>, step: number) {
    const part = (ids: Int32Array) => ids.subarray(step * T * B, (step + 1) * T * B);
    const targets = part(int32("targets"));
    const tokens = targets.filter((target) => target >= 0).length;
    const ids = { inputs: part(int32("inputs")), targets, tokens };
    const batch: Batch = { ...ids, steps: T, rows: B, continues: false };
    parameters.zeroGradients();
    return machine.scoped(() => {
      const tape = new Tape(machine, { record: true });
      const { loss } = network.loss(tape, batch);
      tape.backward(loss);
      return loss.data[0];
    });
  }

  /** Every tensor of a region against the fixture's. */
  function expectRegion(parameters: Parameters, region: number, what: string, tolerance: number) {
    const expected = group(`${name}.${what}`);
    const views = [...parameters.views(region)];
    expect(new Set(views.map(([path]) => path))).toEqual(new Set(expected.keys()));
    for (const [path, shape, view] of views) {
      expect(shape, path).toEqual(expected.get(path)!.shape);
      const [ours, torch] = [view, f32Data(expected.get(path)!)].map((values) =>
        path.endsWith("c_attn.bias") && what === "trained" ? withoutKeys(values) : values,
      );
      expect(difference(ours, torch), path).toBeLessThan(tolerance);
    }
  }

  test("loss and gradient of every parameter", () => {
    const model = make();
    expect(Math.abs(gradients(model, 0) - losses[0])).toBeLessThan(1e-6);
    expectRegion(model.parameters, model.parameters.grads, "grads", 2e-5);
  });

  test("ten steps of AdamW, which decays matrices and tables only", () => {
    const model = make();
    const { parameters } = model;
    const optimizer = new Adam(parameters, { weightDecay: 0.1, betas: [0.9, 0.99] });
    const got = losses.map((_, step) => {
      const loss = gradients(model, step);
      const norm = clipGradNorm(parameters, 1);
      optimizer.step(1e-2);
      return { loss, norm };
    });
    expect(Math.max(...norms), "clipping acts").toBeGreaterThan(1);
    expect(difference(got.map(({ loss }) => loss), losses)).toBeLessThan(1e-5);
    expect(difference(got.map(({ norm }) => norm), norms)).toBeLessThan(1e-4);
    expectRegion(parameters, parameters.address, "trained", 1e-4);
  });
});

describe("ops", () => {
  type Run = (tape: Tape, x: Record<string, Tensor>) => Tensor;
  const lengths = (tape: Tape) => tape.indices(int32("ops.lengths"));
  const angles = (tape: Tape) => rotaryTable(tape, rotaryFrequencies(8), int32("ops.positions"));
  const cases: Record<string, [run: Run, inputs: string[], tolerance?: number]> = {
    cross: [(t, { q, k, v }) => attention(t, q, k, v, { lengths: lengths(t) }), ["q", "k", "v"]],
    window: [
      (t, { q, k, v }) => attention(t, q, k, v, { causal: true, window: 4 }),
      ["q", "k", "v"],
    ],
    later: [(t, { q, k, v }) => attention(t, q, k, v, { causal: true }), ["q", "k", "v"]],
    "gelu-tanh": [(t, { x }) => gelu(t, x, "tanh"), ["x"]],
    "gelu-erf": [(t, { x }) => gelu(t, x, "erf"), ["x"]],
    silu: [(t, { x }) => silu(t, x), ["x"]],
    "layer-norm": [
      (t, { x, weight, bias }) => layerNorm(t, x, weight, bias),
      ["x", "weight", "bias"],
    ],
    "rms-norm": [(t, { x, weight }) => rmsNorm(t, x, weight), ["x", "weight"]],
    "rotary-half": [(t, { x }) => rotary(t, x, angles(t)), ["x"]],
    "rotary-interleaved": [(t, { x }) => rotary(t, x, angles(t), "interleaved"), ["x"]],
  };

  test("every op of the fixture is tried", () => {
    const names = [...group("ops").keys()].filter((key) => key.endsWith(".y"));
    expect(names.map((key) => key.slice(0, -2)).sort()).toEqual(Object.keys(cases).sort());
  });

  test.each(Object.entries(cases))("%s", (name, [run, inputs]) => {
    const entries = group(`ops.${name}`);
    const value = (key: string) => f32Data(entries.get(key)!);
    const machine = runtime.machine();
    machine.scoped(() => {
      const tape = new Tape(machine, { record: true });
      const leaves = Object.fromEntries(
        inputs.map((key) => [key, tape.tensor(value(key), entries.get(key)!.shape, true)]),
      );
      const y = run(tape, leaves);
      expect(y.shape).toEqual(entries.get("y")!.shape);
      expect(difference(y.data, value("y"))).toBeLessThan(2e-6);
      tape.backward(sum(tape, mul(tape, y, tape.tensor(value("r"), y.shape))));
      for (const key of inputs) {
        const { gradAddress, size } = leaves[key];
        const got = machine.f32(gradAddress, size);
        expect(difference(got, value(`d${key}`)), key).toBeLessThan(5e-6);
      }
    });
  });
});
