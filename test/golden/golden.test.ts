// Against PyTorch. The fixtures beside this file were made by make.py; no Python is needed here.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Batch } from "../../src/data/texts.js";
import { tokenizerFromJSON } from "../../src/text/create.js";
import { Key } from "../../src/host/key.js";
import { load } from "../../src/host/module.js";
import { LanguageModel } from "../../src/models/language/language-model.js";
import { LSTMNetwork } from "../../src/models/language/lstm.js";
import { readable } from "../../src/nn/entries.js";
import { Embedding } from "../../src/nn/layers/embedding.js";
import { Linear } from "../../src/nn/layers/linear.js";
import { LSTM } from "../../src/nn/layers/lstm.js";
import { add, mul } from "../../src/nn/ops/elementwise.js";
import { sum } from "../../src/nn/ops/reduce.js";
import { SGD } from "../../src/nn/optim/sgd.js";
import { clipGradNorm } from "../../src/nn/optim/clip.js";
import { type Optimizer } from "../../src/nn/optim/optimizer.js";
import { Adam } from "../../src/nn/optim/adam.js";
import { Parameters, Scope } from "../../src/nn/parameters.js";
import { f32Data, readSafetensors, type TensorEntry } from "../../src/formats/safetensors.js";
import { resolveTraining } from "../../src/train/options.js";
import { Schedule, type ScheduleOptions } from "../../src/nn/optim/schedule.js";
import { Tape } from "../../src/nn/tape.js";

const bytesOf = (name: string) => new Uint8Array(readFileSync(new URL(name, import.meta.url)));
const golden = JSON.parse(new TextDecoder().decode(bytesOf("expected.json")));
const runtime = await load();

/** The tensors whose names begin with a prefix, without it. */
function group(name: string, prefix: string): Map<string, TensorEntry> {
  const entries = [...readSafetensors(bytesOf(name)).tensors];
  return new Map(
    entries
      .filter(([key]) => key.startsWith(`${prefix}.`))
      .map(([key, entry]) => [key.slice(prefix.length + 1), entry]),
  );
}

function int32(name: string, key: string): Int32Array {
  const { data } = readSafetensors(bytesOf(name)).tensors.get(key)!;
  return new Int32Array(data.slice().buffer);
}

/** Largest difference over the largest expected value. */
function difference(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(got.length).toBe(expected.length);
  let worst = 0;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    // NaN must not hide: Math.max gives NaN, which is not below any tolerance.
    worst = Math.max(worst, Math.abs(got[i] - expected[i]));
    largest = Math.max(largest, Math.abs(expected[i]));
  }
  return worst / largest;
}

/** Every tensor of a region against the expected ones. Returns the worst relative difference. */
function expectRegion(
  parameters: Parameters,
  region: number,
  expected: ReadonlyMap<string, TensorEntry>,
  tolerance: number,
): number {
  const views = [...parameters.views(region)];
  expect(new Set(views.map(([name]) => name))).toEqual(new Set(expected.keys()));
  let worst = 0;
  for (const [name, shape, view] of views) {
    const entry = expected.get(name)!;
    expect(shape, name).toEqual(entry.shape);
    const off = difference(view, f32Data(entry));
    expect(off, name).toBeLessThan(tolerance);
    worst = Math.max(worst, off);
  }
  return worst;
}

/** Shows how near the agreement is, where asked: GOLDEN=1 npx vitest run test/golden */
function report(what: string, figure: number): void {
  if (process.env.GOLDEN) console.log(`${what}: ${figure.toExponential(1)}`);
}

describe("a two-layer language model", () => {
  const [V, T, B] = [11, 9, 5];
  const file = "language.safetensors";
  const inputs = int32(file, "inputs");
  const targets = int32(file, "targets");

  function make() {
    const machine = runtime.machine();
    const parameters = new Parameters(machine, Key.fromSeed(machine, 0));
    const config = { embed: 7, hidden: 13, layers: 2, dropout: 0 };
    const network = new LSTMNetwork(parameters, V, config);
    parameters.seal();
    parameters.prepareAssign(readable(group(file, "weights")))(parameters.address);
    parameters.enableGradients();
    return { machine, parameters, network };
  }

  function batch(step: number): Batch {
    const part = (ids: Int32Array) => ids.subarray(step * T * B, (step + 1) * T * B);
    const tokens = part(targets).filter((target) => target >= 0).length;
    const own = { inputs: part(inputs), targets: part(targets), tokens };
    return { ...own, steps: T, rows: B, continues: false };
  }

  /** Loss of a step, its gradients left in place. */
  function gradients({ machine, parameters, network }: ReturnType<typeof make>, step: number) {
    parameters.zeroGradients();
    return machine.scoped(() => {
      const tape = new Tape(machine, { record: true });
      const { loss } = network.loss(tape, batch(step), undefined);
      tape.backward(loss);
      return loss.data[0];
    });
  }

  test("loss and gradient of every parameter", () => {
    const model = make();
    const loss = gradients(model, 0);
    expect(Math.abs(loss - golden.language.loss)).toBeLessThan(1e-6);
    report("language loss", Math.abs(loss - golden.language.loss));
    const { parameters } = model;
    report(
      "language gradients",
      expectRegion(parameters, parameters.grads, group(file, "grads"), 1e-5),
    );
  });

  const makers: Record<string, [(p: Parameters) => Optimizer, lr: number, clip: number]> = {
    adam: [(p) => new Adam(p, { decoupled: false }), 1e-2, 0],
    adam_l2: [
      (p) => new Adam(p, { decoupled: false, betas: [0.8, 0.95], weightDecay: 0.1, decay: "all" }),
      1e-2,
      0,
    ],
    adamw: [(p) => new Adam(p, { weightDecay: 0.5, decay: "all" }), 1e-2, 0.13],
    sgd: [(p) => new SGD(p, { momentum: 0.9, nesterov: true, weightDecay: 0.01, decay: "all" }), 0.2, 0.13],
    sgd_plain: [(p) => new SGD(p), 0.5, 0],
    sgd_momentum: [(p) => new SGD(p, { momentum: 0.7 }), 0.1, 0],
  };

  test("every optimizer of the fixture is tried", () => {
    expect(Object.keys(makers)).toEqual(Object.keys(golden.language.optimizers));
  });

  test.each(Object.entries(makers))("ten steps of %s", (name, [makeOptimizer, lr, clip]) => {
    const model = make();
    const { parameters } = model;
    const optimizer = makeOptimizer(parameters);
    const { losses, norms } = golden.language.optimizers[name];
    const got = { losses: [] as number[], norms: [] as number[] };
    for (let step = 0; step < losses.length; step++) {
      got.losses.push(gradients(model, step));
      got.norms.push(clipGradNorm(parameters, clip || Infinity));
      optimizer.step(lr);
    }
    if (clip > 0) {
      expect(Math.max(...norms), "clipping acts").toBeGreaterThan(clip);
      expect(Math.min(...norms), "and does not").toBeLessThan(clip);
    }
    expect(difference(got.losses, losses)).toBeLessThan(1e-6);
    expect(difference(got.norms, norms)).toBeLessThan(1e-5);
    const worst = expectRegion(parameters, parameters.address, group(file, name), 1e-4);
    report(`${name} losses`, difference(got.losses, losses));
    report(`${name} parameters`, worst);
  });
});

test("a packed bidirectional LSTM with initial states", () => {
  const file = "bidirectional.safetensors";
  const machine = runtime.machine();
  const parameters = new Parameters(machine, Key.fromSeed(machine, 0));
  const lstm = new LSTM(new Scope(parameters), {
    inputs: 6,
    hidden: 9,
    layers: 2,
    bidirectional: true,
  });
  parameters.seal();
  parameters.prepareAssign(readable(group(file, "weights")))(parameters.address);
  parameters.enableGradients();
  const [T, B, H] = [8, 5, 9];
  const lengths = int32(file, "lengths");
  const values = group(file, "values");
  const value = (name: string) => f32Data(values.get(name)!);
  /** State `index` of values (states, B, H). */
  const part = (name: string, index: number) =>
    value(name).subarray(index * B * H, (index + 1) * B * H);

  machine.scoped(() => {
    const tape = new Tape(machine, { record: true });
    const x = tape.tensor(value("x"), [T, B, 6], true);
    const initial = Array.from({ length: lstm.states }, (_, i) => ({
      h: tape.tensor(part("h0", i), [B, H], true),
      c: tape.tensor(part("c0", i), [B, H], true),
    }));
    const { output, states } = lstm.forward(tape, x, initial, tape.indices(lengths));
    const weighted = (tensor: typeof x, weights: ArrayLike<number>) =>
      sum(tape, mul(tape, tensor, tape.tensor(weights, tensor.shape)));
    let loss = weighted(output, value("ry"));
    for (const [i, { h, c }] of states.entries()) {
      loss = add(tape, loss, weighted(h, part("rh", i)));
      loss = add(tape, loss, weighted(c, part("rc", i)));
    }
    expect(states.length).toBe(4);
    expect(Math.abs(loss.data[0] - golden.bidirectional.loss)).toBeLessThan(1e-5);

    // PyTorch gives zeros behind a row's end; ours are left out.
    const got: number[] = [];
    const expected: number[] = [];
    const torch = value("output");
    for (let t = 0; t < T; t++) {
      for (let b = 0; b < B; b++) {
        if (t >= lengths[b]) continue;
        const at = (t * B + b) * 2 * H;
        got.push(...output.data.subarray(at, at + 2 * H));
        expected.push(...torch.subarray(at, at + 2 * H));
      }
    }
    expect(got.length).toBe(24 * 2 * H);
    expect(difference(got, expected)).toBeLessThan(1e-5);
    report("bidirectional outputs", difference(got, expected));
    for (const [i, { h, c }] of states.entries()) {
      expect(difference(h.data, part("hn", i)), `h ${i}`).toBeLessThan(1e-5);
      expect(difference(c.data, part("cn", i)), `c ${i}`).toBeLessThan(1e-5);
    }

    tape.backward(loss);
    expect(difference(x.grad!, value("dx"))).toBeLessThan(1e-5);
    for (const [i, { h, c }] of initial.entries()) {
      expect(difference(h.grad!, part("dh0", i)), `dh0 ${i}`).toBeLessThan(1e-5);
      expect(difference(c.grad!, part("dc0", i)), `dc0 ${i}`).toBeLessThan(1e-5);
    }
    report(
      "bidirectional gradients",
      expectRegion(parameters, parameters.grads, group(file, "grads"), 1e-5),
    );
  });
});

describe("learning rates", () => {
  const { total, plateau_losses: losses, ...expected } = golden.schedules;
  const machine = runtime.machine();
  /** As a run of `steps` resolves them. */
  const complete = (steps: number, options: ScheduleOptions) =>
    resolveTraining({ ...options, steps });
  const cases: Record<string, ScheduleOptions> = {
    linear: { schedule: "linear", lrMin: 0.1 },
    cosine: { schedule: "cosine", lrMin: 0.1 },
    step: { schedule: "step", lrFactor: 0.3, lrEvery: 7 },
    warmup_cosine: { schedule: "cosine", warmup: 8, lrMin: 0.05 },
    plateau: { schedule: "plateau", lrFactor: 0.5, lrPatience: 3, lrMin: 0.1 },
  };

  test.each(Object.keys(expected))("%s", (name) => {
    const schedule = new Schedule(machine, total, complete(total, cases[name]));
    const rates = expected[name].map((_: number, step: number) => {
      const factor = schedule.factor(step);
      if (name === "plateau") schedule.observe(losses[step]);
      return factor;
    });
    expect(difference(rates, expected[name])).toBeLessThan(1e-6);
    report(`schedule ${name}`, difference(rates, expected[name]));
  });

  test("constant, warm-up, and plain formulas", () => {
    const at = (options: ScheduleOptions, steps: readonly number[]) => {
      const schedule = new Schedule(machine, 100, complete(100, options));
      return steps.map((step) => schedule.factor(step));
    };
    expect(at({}, [0, 50, 99, 1000])).toEqual([1, 1, 1, 1]);
    expect(at({ warmup: 4 }, [0, 1, 2, 3, 4, 5])).toEqual([0.25, 0.5, 0.75, 1, 1, 1]);
    expect(at({ schedule: "linear" }, [0, 25, 50, 100, 200])).toEqual([1, 0.75, 0.5, 0, 0]);
    expect(at({ schedule: "linear", warmup: 50 }, [49, 50, 75, 100])).toEqual([1, 1, 0.5, 0]);
    expect(at({ schedule: "step", lrEvery: 10 }, [0, 9, 10, 19, 20, 30])).toEqual([
      1, 1, 0.5, 0.5, 0.25, 0.125,
    ]);
    for (let step = 0; step <= 100; step += 10) {
      const [factor] = at({ schedule: "cosine", lrMin: 0.2 }, [step]);
      expect(factor).toBeCloseTo(0.2 + 0.4 * (1 + Math.cos((Math.PI * step) / 100)), 6);
    }
  });
});

describe("initial values have PyTorch's distributions", () => {
  /** Fills a module's parameters and compares each with PyTorch's statistics of the same one. */
  function check(build: (scope: Scope) => unknown, statistics: Record<string, Statistics>): void {
    const machine = runtime.machine();
    const parameters = new Parameters(machine, Key.fromSeed(machine, 5));
    build(new Scope(parameters));
    const found = [...parameters.entries()];
    expect(new Set(found.map(([name]) => name))).toEqual(new Set(Object.keys(statistics)));
    for (const [name, tensor] of found) {
      const torch = statistics[name];
      expect(tensor.shape, name).toEqual(torch.shape);
      const ours = summarise(tensor.data, tensor.shape);
      const n = tensor.size;
      const bounded = torch.max < 1;
      // Six standard errors of the difference of two samples: the normal's variance has 2σ⁴ / n,
      // the uniform's 0.8σ⁴ / n.
      const spread = Math.sqrt((bounded ? 0.8 : 2) * 2 * (torch.variance ** 2 / n));
      expect(Math.abs(ours.variance - torch.variance), name).toBeLessThan(6 * spread);
      const error = Math.sqrt((2 * torch.variance) / n);
      expect(Math.abs(ours.mean - torch.mean), name).toBeLessThan(6 * error);
      if (!bounded) continue;
      const bound = Math.sqrt(3 * ours.variance);
      const fanIn = name.includes("_l") ? 64 : 50;
      expect(ours.max, name).toBeLessThanOrEqual(Math.fround(1 / Math.sqrt(fanIn)));
      expect(ours.min, name).toBeGreaterThanOrEqual(-Math.fround(1 / Math.sqrt(fanIn)));
      expect(ours.max / bound, name).toBeGreaterThan(0.9);
      expect(ours.min / bound, name).toBeLessThan(-0.9);
    }
  }

  interface Statistics {
    readonly shape: readonly number[];
    readonly min: number;
    readonly max: number;
    readonly mean: number;
    readonly variance: number;
  }

  function summarise(values: Float32Array, shape: readonly number[]): Statistics {
    const n = values.length;
    const mean = values.reduce((total, x) => total + x, 0) / n;
    const variance = values.reduce((total, x) => total + (x - mean) ** 2, 0) / (n - 1);
    return { shape, mean, variance, min: Math.min(...values), max: Math.max(...values) };
  }

  const { initialisation } = golden;

  test("Linear", () => check((s) => new Linear(s, 50, 400), initialisation.linear));
  test("LSTM", () =>
    check(
      (s) => new LSTM(s, { inputs: 40, hidden: 64, layers: 2, bidirectional: true }),
      initialisation.lstm,
    ));
  test("Embedding", () => {
    check((s) => new Embedding(s, 300, 80), initialisation.embedding);
    // A normal distribution, not merely one with its variance: the part within one σ, and two.
    const machine = runtime.machine();
    const parameters = new Parameters(machine, Key.fromSeed(machine, 6));
    const { weight } = new Embedding(new Scope(parameters), 1000, 200);
    const within = (k: number) => weight.data.filter((x) => Math.abs(x) < k).length / weight.size;
    expect(within(1)).toBeCloseTo(0.6827, 2);
    expect(within(2)).toBeCloseTo(0.9545, 2);
    expect(within(3)).toBeCloseTo(0.9973, 2);
  });
});

describe("a model trained by PyTorch", async () => {
  const { characters, text, nats, prompt, tokens, continuation, logprobs } = golden.trained;
  const tokenizer = tokenizerFromJSON({ kind: "char", characters, specials: [] });
  const model = await LanguageModel.load(bytesOf("trained.safetensors"), { runtime, tokenizer });

  test("has the sizes that its weights have", () => {
    expect(model.config).toMatchObject({ embed: 10, hidden: 16, layers: 2, documents: false });
  });

  test("scores a text as PyTorch does, the state carried", () => {
    const score = model.score(text);
    expect(score.tokens).toBe(text.length - 1);
    expect(Math.abs(score.nats - nats)).toBeLessThan(1e-6);
    report("trained nats", Math.abs(score.nats - nats));
  });

  test("stays usable when it is saved and loaded, quantised or not", async () => {
    for (const saved of [model.save(), (await model.quantize()).save()]) {
      const again = await LanguageModel.load(saved, { runtime });
      expect(again.record).toMatchObject({ imported: true, steps: 0 });
      expect(again.generate({ prompt, maxTokens: 5 }).text).toHaveLength(5);
    }
  });

  test("continues as PyTorch does, with the same log-probabilities", () => {
    const { samples } = model.generate({
      prompt,
      maxTokens: tokens.length,
      greedy: true,
      logprobs: true,
    });
    expect(samples[0].text).toBe(continuation);
    expect(samples[0].tokens).toEqual(tokens);
    const own = samples[0].logprobs!.map(({ logprob }) => logprob);
    for (const [i, logprob] of own.entries()) {
      expect(Math.abs(logprob - logprobs[i])).toBeLessThan(1e-5);
    }
    report(
      "trained logprobs",
      Math.max(...own.map((logprob, i) => Math.abs(logprob - logprobs[i]))),
    );
  });

  test("keeps its weights' bits through save and load", async () => {
    const again = await LanguageModel.load(model.save(), { runtime });
    expect(again.fingerprint()).toBe(model.fingerprint());
    const weights = readSafetensors(bytesOf("trained.safetensors")).tensors;
    for (const [name, entry] of readSafetensors(model.save()).tensors) {
      expect(Buffer.compare(entry.data, weights.get(name)!.data), name).toBe(0);
    }
  });
});
