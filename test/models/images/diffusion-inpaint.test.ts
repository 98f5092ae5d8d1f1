// Predictions are moved to what is known as the formula says, and what is made new has the distribution that it should have.

import { expect, test } from "vitest";
import { Diffusion } from "../../../src/entries/index.js";
import { Key } from "../../../src/host/key.js";
import { network as predictor } from "../../../src/models/images/diffusion-mlp.js";
import { DiffusionNetwork } from "../../../src/models/images/diffusion-network.js";
import type { ProcessConfig } from "../../../src/models/images/diffusion-process.js";
import { wayOf } from "../../../src/models/images/diffusion-samples.js";
import { Parameters } from "../../../src/nn/parameters.js";
import { runtime } from "./help.js";

test.each<ProcessConfig>([
  { objective: "flow" },
  { objective: "flow", prediction: "example" },
  { objective: "noise", noiseSchedule: "cosine", prediction: "noise" },
  { objective: "noise", noiseSchedule: "linear", prediction: "velocity" },
])(
  "$objective $prediction: the gradient is that of finite differences, with guidance",
  (process) => {
    const machine = runtime.machine();
    const parameters = new Parameters(machine, Key.fromSeed(machine, 5));
    const body = { network: "mlp", hidden: 16, layers: 2 };
    const description = {
      model: "Diffusion",
      network: { shape: [4], process, classes: [3], body },
    };
    const network = new DiffusionNetwork(parameters, description, { predictor });
    parameters.seal();
    for (const [, tensor] of parameters.entries()) tensor.requiresGrad = false;
    const [t, rows] = [0.6, 40];
    const key = Key.fromSeed(machine, 6);
    const x = key.fold(0).normal(rows * 4);
    const values = key.fold(1).normal(rows * 4);
    const kept = Uint8Array.from(x, (_, i) => Number(i % 3 === 0));
    const path = {
      ...({ rows, guidance: 2, sampler: "ancestral", steps: 3, tile: false, key } as const),
      places: Int32Array.from({ length: rows }, (_, i) => i % 4),
    };
    const plain = wayOf(network, path).field;
    const moved = wayOf(network, { ...path, known: { values, kept, guidance: 1 } }).field(x, t);
    const [signal, noise] = network.process.seen(t);
    const [a, b] = network.process.example(t);
    const example = (y: Float32Array, at: Float32Array) => at.map((v, i) => a * v + b * y[i]);
    const before = example(plain(x, t), x);
    const after = example(moved, x);
    const strength = (signal ** 2 + noise ** 2) / signal;
    const d = values.map((value, i) => (kept[i] ? value - before[i] : 0));
    const step = 2e-2;
    let most = 0;
    for (let j = 0; j < 4; j++) {
      // Rows know nothing of each other, so all are moved at once.
      const [up, down] = [step, -step].map((by) => {
        const at = x.map((v, i) => (i % 4 === j ? v + by : v));
        return example(plain(at, t), at);
      });
      for (let row = 0; row < rows; row++) {
        let along = 0;
        for (let i = row * 4; i < row * 4 + 4; i++)
          along += ((up[i] - down[i]) / (2 * step)) * d[i];
        const want = strength * along;
        expect(Math.abs(after[row * 4 + j] - before[row * 4 + j] - want)).toBeLessThan(2e-2);
        most = Math.max(most, Math.abs(want));
      }
    }
    expect(most).toBeGreaterThan(0.5);
  },
);

test("of two numbers that belong together, the one that is known says what the other is", async () => {
  const draw = Key.fromSeed(runtime.machine(), 1).normal(2 * 2000);
  // Both have deviation 1, and correlation 0.9.
  const pairs = Array.from({ length: 2000 }, (_, i) => {
    const [u, v] = [draw[2 * i], draw[2 * i + 1]];
    return Float32Array.of(u, 0.9 * u + Math.sqrt(1 - 0.81) * v);
  });
  const model = await Diffusion.create({ runtime, images: pairs, seed: 1 });
  await model.fit(pairs, { steps: 600, batch: 64 });
  const known = Array.from({ length: 400 }, () => Float32Array.of(1.2, 0));
  const mean = (knownGuidance: number) => {
    const { rows } = model.inpaint(known, [Float32Array.of(0, 1)], { knownGuidance, seed: 2 });
    for (const row of rows) expect(row[0]).toBe(Math.fround(1.2));
    const sum = rows.reduce((all, row) => all + row[1], 0) / rows.length;
    const square = rows.reduce((all, row) => all + (row[1] - sum) ** 2, 0) / rows.length;
    return [sum, Math.sqrt(square)];
  };
  const [with1, deviation] = mean(1);
  expect(Math.abs(with1 - 1.08)).toBeLessThan(0.15);
  expect(Math.abs(deviation - Math.sqrt(0.19))).toBeLessThan(0.15);
  // What is only put back after each step says less.
  expect(Math.abs(mean(0)[0] - 1.08)).toBeGreaterThan(Math.abs(with1 - 1.08));
});

test("a run goes on to the same bits, whatever was completed between", async () => {
  const pairs = Array.from({ length: 40 }, (_, i) => Float32Array.of(i / 40, 1 - i / 40));
  const [one, other] = await Promise.all(
    [0, 1].map(() => Diffusion.create({ runtime, images: pairs, hidden: 8, layers: 1, seed: 3 })),
  );
  for (const model of [one, other]) await model.fit(pairs, { steps: 4, batch: 8 });
  one.inpaint(pairs.slice(0, 3), [Float32Array.of(0, 1)], { steps: 3 });
  for (const model of [one, other]) await model.fit(pairs, { steps: 8, batch: 8 });
  expect(one.fingerprint()).toBe(other.fingerprint());
});
