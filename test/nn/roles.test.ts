// Roles of parameters, and what they mean to ranges, optimizers, clipping and averages.

import { describe, expect, test } from "vitest";
import { Key } from "../../src/host/key.js";
import { load } from "../../src/host/module.js";
import { weightEntries } from "../../src/nn/entries.js";
import { Embedding } from "../../src/nn/layers/embedding.js";
import { Linear } from "../../src/nn/layers/linear.js";
import { embedding } from "../../src/nn/ops/embedding.js";
import { linear } from "../../src/nn/ops/linear.js";
import { Adam } from "../../src/nn/optim/adam.js";
import { WeightAverage } from "../../src/nn/optim/average.js";
import { clipGradNorm } from "../../src/nn/optim/clip.js";
import type { Optimizer } from "../../src/nn/optim/optimizer.js";
import { SGD } from "../../src/nn/optim/sgd.js";
import { type ParameterRange, Parameters, Scope } from "../../src/nn/parameters.js";
import { Tape } from "../../src/nn/tape.js";
import { generator } from "../kernels/harness.js";
import { adam, sgd } from "../kernels/reference.js";

const runtime = await load();

/** Every region begins at a multiple of 64 bytes: each of these tensors takes 16 floats. */
const WIDTH = 16;

/** Name, size and role of matrices, vectors, a buffer and tables, in order. */
const layout = [
  ["g.first.weight", 6, { decayed: true, buffer: false, coarse: true }],
  ["g.first.bias", 3, { decayed: false, buffer: false }],
  ["g.norm.average", 3, { decayed: false, buffer: true }],
  ["g.last.weight", 6, { decayed: true, buffer: false, coarse: true }],
  ["d.table.weight", 8, { decayed: false, buffer: false }],
  ["d.tied.weight", 8, { decayed: true, buffer: false }],
] as const;

function build(scope: Scope): void {
  const random = generator(2);
  const init = ({ data }: { data: Float32Array }) => {
    data.forEach((_, i) => {
      data[i] = random() * 4 - 2;
    });
  };
  const [g, d] = [scope.child("g"), scope.child("d")];
  g.child("first").matrix("weight", [3, 2], init);
  g.child("first").param("bias", [3], init);
  g.child("norm").buffer("average", [3], init);
  g.child("last").matrix("weight", [2, 3], init);
  d.child("table").param("weight", [4, 2], init);
  d.child("tied").param("weight", [4, 2], init, { decayed: true });
}

function model(): Parameters {
  const machine = runtime.machine();
  const parameters = new Parameters(machine, Key.fromSeed(machine, 0));
  build(new Scope(parameters));
  parameters.seal();
  parameters.enableGradients();
  return parameters;
}

function values(parameters: Parameters, region = parameters.address): Map<string, number[]> {
  return new Map([...parameters.views(region)].map(([name, , view]) => [name, [...view]]));
}

/** Gradients everywhere, also where there should be none. */
function setGradients(parameters: Parameters, seed: number): Map<string, number[]> {
  const random = generator(seed);
  for (const [, , view] of parameters.views(parameters.grads)) {
    view.set(Array.from(view, () => random() * 2 - 1));
  }
  return values(parameters, parameters.grads);
}

const range = (from: number, last: number, length: number): ParameterRange => ({
  offset: from * WIDTH,
  length: (last - from) * WIDTH + length,
});

describe("ranges", () => {
  const parameters = model();

  test("roles are recorded", () => {
    for (const [name, , role] of layout) expect(parameters.role(name)).toEqual(role);
    expect(parameters.count).toBe(31);
  });

  test("neighbours are joined, over the gaps between them; a buffer parts them", () => {
    expect(parameters.ranges((_, { buffer }) => !buffer)).toEqual([range(0, 1, 3), range(3, 5, 8)]);
    expect(parameters.ranges((_, { buffer }) => buffer)).toEqual([range(2, 2, 3)]);
    expect(parameters.ranges((_, { decayed }) => decayed)).toEqual([
      ...[range(0, 0, 6), range(3, 3, 6), range(5, 5, 8)],
    ]);
    expect(parameters.ranges((name) => name.startsWith("d."))).toEqual([range(4, 5, 8)]);
    expect(parameters.ranges(() => false)).toEqual([]);
    expect(parameters.ranges(() => true)).toEqual([{ offset: 0, length: parameters.length }]);
  });

  test("without buffers all is one range, the whole region", () => {
    const machine = runtime.machine();
    const plain = new Parameters(machine, Key.fromSeed(machine, 0));
    new Embedding(new Scope(plain, "embedding."), 5, 3);
    new Linear(new Scope(plain, "linear."), 3, 5);
    expect(plain.ranges(() => true)).toEqual([{ offset: 0, length: plain.length }]);
    expect(plain.role("embedding.weight").decayed).toBe(false);
    expect(plain.role("linear.weight").decayed).toBe(true);
    expect(plain.role("linear.bias").decayed).toBe(false);
  });
});

describe("optimizers", () => {
  const rule = { momentum: 0.9, nesterov: true, weightDecay: 0.1 };

  /** Three steps of float64, each element by itself. */
  const rules: Record<string, (p: number, gradients: number[], decay: number) => number> = {
    Adam: (p, gradients, decay) => {
      let state = [p, 0, 0];
      gradients.forEach((g, i) => {
        const [x, m, v] = state;
        const more = { betas: [0.9, 0.999], eps: 1e-8, decoupled: true } as const;
        state = adam(x, g, m, v, { lr: 0.1, decay, t: i + 1, ...more });
      });
      return state[0];
    },
    SGD: (p, gradients, decay) => {
      let state = [p, 0];
      gradients.forEach((g, i) => {
        const { momentum, nesterov } = rule;
        state = sgd(state[0], g, state[1], { lr: 0.1, momentum, decay, nesterov, first: i === 0 });
      });
      return state[0];
    },
  };
  type Make = (
    p: Parameters,
    decay: "matrices" | "all" | undefined,
    choice?: (name: string) => boolean,
  ) => Optimizer;
  const makers: [string, Make][] = [
    ["Adam", (p, decay, ...more) => new Adam(p, { weightDecay: 0.1, decay }, ...more)],
    ["SGD", (p, decay, ...more) => new SGD(p, { ...rule, decay }, ...more)],
  ];

  describe.each(makers)("%s", (kind, make) => {
    test.each([undefined, "all"] as const)("decay of %s, and buffers untouched", (decay) => {
      const parameters = model();
      const before = values(parameters);
      const optimizer = make(parameters, decay);
      const gradients = [3, 4, 5].map((seed) => {
        const gradient = setGradients(parameters, seed);
        optimizer.step(0.1);
        return gradient;
      });
      for (const [name, now] of values(parameters)) {
        const { buffer, decayed } = parameters.role(name);
        const rate = decayed || decay === "all" ? 0.1 : 0;
        now.forEach((x, i) => {
          const p = before.get(name)![i];
          const own = gradients.map((gradient) => gradient.get(name)![i]);
          if (buffer) expect(x).toBe(p);
          else expect(Math.abs(x - rules[kind](p, own, rate)), name).toBeLessThan(2e-6);
        });
      }
      for (const region of optimizer.state.values()) {
        expect(values(parameters, region).get("g.norm.average")).toEqual([0, 0, 0]);
      }
      expect(optimizer.steps).toBe(3);
    });

    test("over two choices: as two models that train one part each", () => {
      const [both, ...alone] = [model(), model(), model()];
      const prefixes = ["g.", "d."];
      const own = (p: Parameters, prefix: string) =>
        make(p, undefined, (name) => name.startsWith(prefix));
      const first = prefixes.map((prefix) => own(both, prefix));
      const second = prefixes.map((prefix, i) => own(alone[i], prefix));
      for (const step of [0, 1, 2, 3, 4]) {
        // The second part takes every other step.
        for (const i of step % 2 ? [0] : [0, 1]) {
          for (const p of [both, alone[i]]) setGradients(p, 10 * step + i);
          first[i].step(0.1);
          second[i].step(0.1);
        }
      }
      const start = values(model());
      const [now, g, d] = [both, ...alone].map((p) => values(p));
      for (const [name] of layout) {
        const [trained, frozen] = name.startsWith("g.") ? [g, d] : [d, g];
        expect(now.get(name), name).toEqual(trained.get(name));
        expect(frozen.get(name), name).toEqual(start.get(name));
      }
      expect(first.map(({ steps }) => steps)).toEqual([5, 3]);
    });

    test("begins with moments of zero in its own ranges, and leaves the others'", () => {
      const parameters = model();
      const g = make(parameters, undefined, (name) => name.startsWith("g."));
      setGradients(parameters, 3);
      g.step(0.1);
      const [region] = g.state.values();
      const kept = values(parameters, region);
      make(parameters, undefined, (name) => name.startsWith("d."));
      expect(values(parameters, region)).toEqual(kept);
      expect(kept.get("g.first.bias")).not.toContain(0);
      make(parameters, undefined, (name) => name.startsWith("g.first"));
      for (const [name, moments] of values(parameters, region)) {
        const zeros = moments.map(() => 0);
        expect(moments, name).toEqual(name === "g.last.weight" ? kept.get(name) : zeros);
      }
    });
  });
});

test("clipGradNorm takes one norm over all ranges, without buffers", () => {
  for (const prefix of ["", ["g.last", "d.tied"]]) {
    const parameters = model();
    const gradients = setGradients(parameters, 3);
    const chosen = (name: string) =>
      !parameters.role(name).buffer && [prefix].flat().some((start) => name.startsWith(start));
    const all = [...gradients].flatMap(([name, g]) => (chosen(name) ? g : []));
    const norm = Math.hypot(...all);
    const ranges = prefix === "" ? undefined : parameters.ranges(chosen);
    expect(clipGradNorm(parameters, norm / 2, ranges)).toBeCloseTo(norm, 6);
    for (const [name, now] of values(parameters, parameters.grads)) {
      const factor = chosen(name) ? 0.5 : 1;
      now.forEach((x, i) => {
        expect(Math.abs(x - factor * gradients.get(name)![i]), name).toBeLessThan(1e-6);
      });
    }
  }
});

test("a buffer has no gradient, is averaged, and is saved in its place", () => {
  const parameters = model();
  const tensors = new Map(parameters.entries());
  const buffer = tensors.get("g.norm.average")!;
  expect(buffer.requiresGrad).toBe(false);
  expect(buffer.gradAddress).toBe(0);
  const offset = buffer.address - parameters.address;
  expect(offset).toBe(4 * 2 * WIDTH);
  expect(tensors.get("g.last.weight")!.gradAddress).toBe(parameters.grads + 4 * 3 * WIDTH);
  const tape = new Tape(parameters.machine, { record: true });
  expect(tape.grad(buffer)).toBe(0);
  expect(weightEntries(parameters).map(({ name }) => name)).toEqual(layout.map(([name]) => name));

  const before = [...buffer.data];
  const average = new WeightAverage(parameters, 0.999, false);
  buffer.data.fill(7);
  average.update(0);
  values(parameters, average.region)
    .get("g.norm.average")!
    .forEach((x, i) => {
      expect(Math.abs(x - (0.999 * before[i] + 0.001 * 7))).toBeLessThan(2e-6);
    });
});

test("a table that is the output's too is packed once, however many tokens are drawn", () => {
  const machine = runtime.machine();
  let packs = 0;
  const { kernels } = machine;
  const matmul_pack_nt: typeof kernels.matmul_pack_nt = (...args) => {
    packs++;
    kernels.matmul_pack_nt(...args);
  };
  Object.defineProperty(machine, "kernels", { value: { ...kernels, matmul_pack_nt } });
  const parameters = new Parameters(machine, Key.fromSeed(machine, 1));
  const { weight, matrix } = new Embedding(new Scope(parameters), 7, 4, { tied: true });
  parameters.seal();
  const draw = () =>
    machine.scoped(() => {
      const tape = new Tape(machine);
      return [...linear(tape, embedding(tape, weight, [3]), matrix!).data];
    });
  const first = draw();
  for (let i = 0; i < 5; i++) expect(draw()).toEqual(first);
  expect(packs).toBe(1);
  weight.data.fill(1);
  parameters.changed();
  expect(draw()).toEqual(Array(7).fill(4));
  expect(packs).toBe(2);
});

test("the gaps between parameters are zeros, whatever was there before", () => {
  const machine = runtime.machine();
  machine.scoped(() => machine.u8(machine.alloc(4096), 4096).fill(0xff));
  const parameters = new Parameters(machine, Key.fromSeed(machine, 1));
  const scope = new Scope(parameters);
  for (const name of ["a", "b"]) scope.param(name, [1], ({ data }) => void data.fill(2));
  const numbers = [...parameters.all(parameters.address)];
  expect(numbers).toEqual([2, ...Array.from({ length: WIDTH - 1 }, () => 0), 2]);
});
