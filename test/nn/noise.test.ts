// Noise of a step: standard normal, other numbers for each step, batch, shard and draw, the same on every run.

import { describe, expect, test } from "vitest";
import { Key } from "../../src/host/key.js";
import { load } from "../../src/host/module.js";
import { gaussianNoise } from "../../src/nn/ops/noise.js";
import { sum } from "../../src/nn/ops/reduce.js";
import { Parameters } from "../../src/nn/parameters.js";
import { Tape } from "../../src/nn/tape.js";
import { cutShards, gradientOf } from "../../src/train/shards.js";
import type { Phase, Trainable } from "../../src/train/trainable.js";

const runtime = await load();
const phase: Phase = { name: "" };

/** The noise that a network draws in each part of each shard, two draws of 100 numbers one after the other. */
function drawn(shards: number, seed = 1): Float32Array[] {
  const machine = runtime.machine();
  const parameters = new Parameters(machine, Key.fromSeed(machine, 0));
  const weight = parameters.add("weight", [1], () => {});
  parameters.seal();
  parameters.enableGradients();
  const all: Float32Array[] = [];
  const network: Trainable = {
    loss(tape) {
      for (let draw = 0; draw < 2; draw++) {
        all.push(gaussianNoise(tape, [100], tape.nextNoiseKey()).data.slice());
      }
      return { loss: sum(tape, weight) };
    },
  };
  const key = Key.fromSeed(machine, seed);
  const batches = [0, 1].map(() => ({ targets: 1, rows: 6, cut: () => 0 }));
  const keys = batches.map((_, i) => key.fold(i));
  for (const shard of cutShards(phase, batches, { shards }, keys, undefined)) {
    gradientOf(parameters, network, shard);
  }
  return all;
}

describe("noise", () => {
  test("is another one for each draw, batch, shard and step", () => {
    const firsts = [drawn(1), drawn(3), drawn(1, 2)].flat().map(([first]) => first);
    expect(firsts).toHaveLength(4 + 12 + 4);
    expect(new Set(firsts).size).toBe(20);
  });

  test("is the same again", () => {
    expect(drawn(3)).toEqual(drawn(3));
  });

  test("is standard normal", () => {
    const all = drawn(3).flatMap((numbers) => [...numbers]);
    const mean = all.reduce((total, v) => total + v, 0) / all.length;
    const square = all.reduce((total, v) => total + v * v, 0) / all.length;
    expect(Math.abs(mean)).toBeLessThan(4 / Math.sqrt(all.length));
    expect(Math.abs(square - 1)).toBeLessThan(4 * Math.sqrt(2 / all.length));
  });

  test("is not to be had where nobody gave a key", () => {
    expect(() => new Tape(runtime.machine()).nextNoiseKey()).toThrow("no key for noise");
  });
});
