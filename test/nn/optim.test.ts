import { expect, test } from "vitest";
import { InvalidInputError } from "../../src/host/errors.js";
import { Key } from "../../src/host/key.js";
import { load } from "../../src/host/module.js";
import { Adam, type AdamOptions } from "../../src/nn/optim/adam.js";
import { WeightAverage } from "../../src/nn/optim/average.js";
import { clipGradNorm } from "../../src/nn/optim/clip.js";
import type { Optimizer } from "../../src/nn/optim/optimizer.js";
import { SGD, type SGDOptions } from "../../src/nn/optim/sgd.js";
import { type ParameterRange, Parameters } from "../../src/nn/parameters.js";
import { generator } from "../kernels/harness.js";
import { adam, sgd } from "../kernels/reference.js";

const runtime = await load();
const STEPS = 5;

/** Two parameters, `a.weight` (5) and `b.weight` (2, 3), with random values. */
function model(): Parameters {
  const machine = runtime.machine();
  const random = generator(2);
  const parameters = new Parameters(machine, Key.fromSeed(machine, 0));
  const init = ({ data }: { data: Float32Array }) => {
    data.forEach((_, i) => {
      data[i] = random() * 4 - 2;
    });
  };
  parameters.add("a.weight", [5], init);
  parameters.add("b.weight", [2, 3], init);
  parameters.seal();
  parameters.enableGradients();
  return parameters;
}

/** Every parameter, or every gradient, in order and without the gaps. */
function numbers(parameters: Parameters, region: number = parameters.address): number[] {
  return [...parameters.views(region)].flatMap(([, , view]) => [...view]);
}

function setGradients(parameters: Parameters, random: () => number): number[] {
  for (const [, , view] of parameters.views(parameters.grads)) {
    view.set(Array.from(view, () => random() * 2 - 1));
  }
  return numbers(parameters, parameters.grads);
}

function expectClose(got: readonly number[], want: readonly number[]): void {
  expect(got.length).toBe(want.length);
  got.forEach((value, i) => {
    expect(Math.abs(value - want[i]), `element ${i}`).toBeLessThan(2e-6);
  });
}

/** Steps with both, the learning rate falling; `update` changes element i of what it keeps. */
function compare(
  make: (parameters: Parameters, range?: ParameterRange) => Optimizer,
  update: (i: number, p: number, g: number, lr: number, t: number) => number,
): void {
  const parameters = model();
  const optimizer = make(parameters);
  const random = generator(3);
  let want = numbers(parameters);
  for (let t = 1; t <= STEPS; t++) {
    const lr = 0.1 / t;
    const g = setGradients(parameters, random);
    optimizer.step(lr);
    want = want.map((p, i) => update(i, p, g[i], lr, t));
  }
  expect(optimizer.steps).toBe(STEPS);
  expectClose(numbers(parameters), want);
}

const sgdOptions: SGDOptions[] = [
  {},
  { weightDecay: 0.1 },
  { momentum: 0.9 },
  { momentum: 0.9, nesterov: true, weightDecay: 0.1 },
];

test.each(sgdOptions)("SGD steps as torch.optim.SGD: %o", (options) => {
  const { momentum = 0, weightDecay: decay = 0, nesterov = false } = options;
  const speed = Array<number>(11).fill(0);
  compare(
    (parameters) => new SGD(parameters, { ...options, decay: "all" }),
    (i, p, g, lr, t) => {
      const rule = { lr, momentum, decay, nesterov, first: t === 1 };
      const [next, velocity] = sgd(p, g, speed[i], rule);
      speed[i] = velocity;
      return next;
    },
  );
});

const adamOptions: AdamOptions[] = [
  {},
  { weightDecay: 0.1, betas: [0.8, 0.99], eps: 1e-3 },
  { weightDecay: 0.1, decoupled: false },
];

test.each(adamOptions)("Adam steps as torch.optim.AdamW and Adam: %o", (options) => {
  const { betas = [0.9, 0.999], eps = 1e-8, weightDecay: decay = 0, decoupled = true } = options;
  const moments = Array.from({ length: 11 }, () => [0, 0]);
  compare(
    (parameters) => new Adam(parameters, { ...options, decay: "all" }),
    (i, p, g, lr, t) => {
      const [m, v] = moments[i];
      const [next, ...state] = adam(p, g, m, v, { lr, betas, eps, decay, decoupled, t });
      moments[i] = state;
      return next;
    },
  );
});

test.each([
  [
    "SGD",
    (p: Parameters, choice: (name: string) => boolean) => new SGD(p, { momentum: 0.9 }, choice),
  ],
  [
    "Adam",
    (p: Parameters, choice: (name: string) => boolean) => new Adam(p, { weightDecay: 0.1 }, choice),
  ],
] as const)("%s changes its range and nothing else", (_, make) => {
  for (const [prefix, from, to] of [
    ["a.", 0, 5],
    ["b.", 5, 11],
  ] as const) {
    const parameters = model();
    const before = numbers(parameters);
    const optimizer = make(parameters, (name) => name.startsWith(prefix));
    setGradients(parameters, generator(3));
    optimizer.step(0.1);
    numbers(parameters).forEach((value, i) => {
      expect(value !== before[i]).toBe(i >= from && i < to);
    });
  }
});

test("clipGradNorm returns the norm, and shortens only what is longer", () => {
  const parameters = model();
  const g = setGradients(parameters, generator(3));
  const norm = Math.hypot(...g);

  expect(clipGradNorm(parameters, 10 * norm)).toBeCloseTo(norm, 6);
  expect(numbers(parameters, parameters.grads)).toEqual(g);

  expect(clipGradNorm(parameters, norm / 4)).toBeCloseTo(norm, 6);
  const factor = norm / 4 / (norm + 1e-6);
  expectClose(
    numbers(parameters, parameters.grads),
    g.map((x) => x * factor),
  );
});

test("clipGradNorm leaves gradients that are not finite", () => {
  const parameters = model();
  setGradients(parameters, generator(3));
  parameters.all(parameters.grads)[2] = Infinity;
  const g = numbers(parameters, parameters.grads);
  expect(clipGradNorm(parameters, 0.1)).toBe(Infinity);
  expect(numbers(parameters, parameters.grads)).toEqual(g);
});

test("WeightAverage follows the weights", () => {
  const parameters = model();
  const average = new WeightAverage(parameters, 0.9, false);
  const before = numbers(parameters);
  expect(numbers(parameters, average.region)).toEqual(before);
  for (const [, , view] of parameters.views(parameters.address)) view.fill(3);
  average.update(0);
  average.update(1);
  expectClose(
    numbers(parameters, average.region),
    before.map((x) => 0.81 * x + 0.19 * 3),
  );
});

test("WeightAverage with warm-up forgets the first weights soon, and keeps to its decay later", () => {
  const parameters = model();
  const average = new WeightAverage(parameters, 0.9, true);
  let wanted = numbers(parameters);
  for (const [, , view] of parameters.views(parameters.address)) view.fill(3);
  for (const updates of [0, 1, 2, 500]) {
    average.update(updates);
    const decay = Math.min(0.9, (1 + updates) / (10 + updates));
    wanted = wanted.map((x) => decay * x + (1 - decay) * 3);
    expectClose(numbers(parameters, average.region), wanted);
  }
});

test("options out of range are refused", () => {
  const parameters = model();
  expect(() => new SGD(parameters, { momentum: -1 })).toThrow(InvalidInputError);
  expect(() => new SGD(parameters, { weightDecay: Number.NaN })).toThrow(InvalidInputError);
  expect(() => new Adam(parameters, { betas: [0.9, 1] })).toThrow(InvalidInputError);
  expect(() => new Adam(parameters, { eps: -1 })).toThrow(InvalidInputError);
  expect(() => new WeightAverage(parameters, 1, true)).toThrow(InvalidInputError);
});
