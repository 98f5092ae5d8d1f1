// simdream/nn refuses what it cannot use, before an address reaches a kernel.

import { describe, expect, test } from "vitest";
import { InvalidInputError, load, ModelFileError } from "../../src/entries/index.js";
import * as nn from "../../src/entries/nn-names.js";

const runtime = await (await load()).withPictures();
const points = Array.from({ length: 12 }, (_, i) => ({ x: i / 12, y: (i / 12) ** 2 }));

type Point = (typeof points)[number];
const batch = (data: readonly Point[], indices: Int32Array) => ({
  x: Float32Array.from(indices, (i) => data[i].x),
  y: Float32Array.from(indices, (i) => data[i].y),
});

const recipe = {
  name: "Line",
  defaults: { hidden: 4, gate: true, kind2: "a", widths: [1, 2], words: [] as readonly string[] },
  build(scope: nn.Scope, { hidden }: { readonly hidden: number }) {
    const first = new nn.Linear(scope.child("first"), 1, hidden);
    const second = new nn.Linear(scope.child("second"), hidden, 1);
    const forward = (tape: nn.Tape, x: nn.Tensor) =>
      second.forward(tape, nn.tanh(tape, first.forward(tape, x)));
    return {
      forward,
      first,
      loss: (tape: nn.Tape, { x, y }: ReturnType<typeof batch>, { rows }: nn.LossContext) =>
        nn.mse(tape, forward(tape, tape.tensor(x, [rows, 1])), tape.tensor(y, [rows, 1])) as
          | nn.Tensor
          | nn.LossParts,
    };
  },
  batch,
};
const Line = nn.defineModel(recipe);

describe("operations refuse shapes that do not fit", async () => {
  const model = await Line.create({ runtime, seed: 1 });
  const other = await Line.create({ runtime, seed: 1 });
  const wrong: Record<
    string,
    (tape: nn.Tape, x: nn.Tensor, network: { first: nn.Linear }) => unknown
  > = {
    "too few values": (tape) => tape.tensor([1, 2], [3]),
    "too many values": (tape) => tape.tensor([1, 2, 3, 4], [3]),
    "half an axis": (tape) => tape.tensor([1], [0.5, 2]),
    "an axis below 0": (tape) => tape.tensor([1], [-1, -1]),
    "no shape": (tape) => tape.tensor([1], 1 as never),
    "no values": (tape) => tape.tensor(undefined as never, [1]),
    "no tensor": (tape) => nn.tanh(tape, Float32Array.of(1) as never),
    "no second tensor": (tape, x) => nn.add(tape, x, undefined as never),
    "other shapes": (tape, x) => nn.add(tape, x, x.reshaped([3, 2])),
    "another size": (_, x) => x.reshaped([7]),
    "a size that wraps around": (_, x) => x.reshaped([2 ** 32, 2 ** 32]),
    "columns past the end": (tape, x) => nn.columns(tape, x, 1, 4),
    "columns before the start": (tape, x) => nn.columns(tape, x, -1, 2),
    "columns backwards": (tape, x) => nn.columns(tape, x, 2, 1),
    "rows side by side that differ": (tape, x) => nn.concat(tape, x, x.reshaped([3, 2])),
    "a stack of nothing": (tape) => nn.stack(tape, []),
    "a stack of other shapes": (tape, x) => nn.stack(tape, [x, x.reshaped([3, 2])]),
    "entries of a scalar": (tape) => nn.unstack(tape, tape.tensor([1], [])),
    "a layer of other inputs": (tape, x, { first }) => first.forward(tape, x),
    "a product that does not fit": (tape, x) => nn.matmul(tape, x, x),
    "a product with a vector": (tape, x) => nn.matmul(tape, x, tape.tensor([1, 2, 3], [3])),
    "softmax of a scalar": (tape) => nn.softmax(tape, tape.tensor([1], [])),
    "sum of a scalar": (tape) => nn.sumLast(tape, tape.tensor([1], [])),
    "first sum of a scalar": (tape) => nn.sumFirst(tape, tape.tensor([1], [])),
    "ids outside": (tape, x) => nn.gather(tape, x, [2]),
    "an id that is no whole number": (tape, x) => nn.gather(tape, x, [0.5]),
    "ids of another shape": (tape, x) => nn.gather(tape, x, [0, 1], [3]),
    "rows of a vector": (tape) => nn.gather(tape, tape.tensor([1, 2], [2]), [0]),
    "scatter outside": (tape, x) => nn.scatter(tape, x, [0, 5], 5),
    "scatter of too few": (tape, x) => nn.scatter(tape, x, [0], 5),
    "scatter to no number of rows": (tape, x) => nn.scatter(tape, x, [0, 1], -1),
    "repeat less than nothing": (tape, x) => nn.repeatLast(tape, x, -2),
    "a target of another shape": (tape, x) => nn.mse(tape, x, tape.tensor([1, 2, 3], [3])),
    "a class outside": (tape, x) => nn.crossEntropy(tape, x, [0, 3]),
    "too few classes": (tape, x) => nn.crossEntropy(tape, x, [0]),
    "a norm of another width": (tape, x) => nn.layerNorm(tape, x, tape.tensor([1, 2], [2])),
    "heads of no number": (tape, x) => nn.attention(tape, x, x, x),
    "a window below 0": (tape) => {
      const q = tape.tensor(new Float32Array(8), [1, 2, 2, 2]);
      return nn.attention(tape, q, q, q, { causal: true, window: -3 });
    },
    "noise of no shape": (tape) => nn.gaussianNoise(tape, [-4]),
    "dropout of everything": (tape, x) => nn.dropout(tape, x, 1),
    "a picture of two axes": (tape, x) => nn.conv2d(tape, x, x),
    "half a window": (tape) =>
      nn.maxPool2d(tape, tape.tensor(new Float32Array(16), [1, 4, 4, 1]), { kernel: 1.5 }),
    "half a border": (tape) => {
      const maps = tape.tensor(new Float32Array(16), [1, 4, 4, 1]);
      return nn.convTranspose2d(tape, maps, tape.tensor([1], [1, 1, 1, 1]), undefined, {
        stride: 2,
        outputPadding: 0.5,
      });
    },
    "a tensor of another model": (tape, x) =>
      other.compute((theirs) => {
        nn.tanh(tape, theirs.tensor([1], [1]));
        return x;
      }),
  };
  for (const [name, work] of Object.entries(wrong)) {
    test(name, () => {
      const { machine } = (model as unknown as { core: { machine: { activationBytes: number } } })
        .core;
      const before = model.fingerprint();
      expect(() =>
        model.compute((tape, network) => {
          work(tape, tape.tensor([1, 2, 3, 4, 5, 6], [2, 3]), network);
          return tape.tensor([0], [1]);
        }),
      ).toThrow(InvalidInputError);
      expect(machine.activationBytes).toBe(0);
      expect(model.fingerprint()).toBe(before);
    });
  }

  test("a tensor that has ended", () => {
    let kept: nn.Tensor | undefined;
    model.compute((tape) => {
      kept = tape.tensor([1, 2], [2]);
      return kept;
    });
    const use = (x: nn.Tensor) => model.compute((tape) => nn.tanh(tape, x));
    expect(() => use(kept!)).toThrow("has ended");
    expect(() => use(kept!.reshaped([1, 2]))).toThrow("has ended");
  });

  test("a rounded matrix is for linear alone", async () => {
    const rounded = await model.quantize();
    expect(() =>
      rounded.compute((tape, { first }) => {
        const x = tape.tensor([1], [1, 1]);
        return nn.mul(tape, x.reshaped([1, 1]), nn.sumLast(tape, first.weight as never));
      }),
    ).toThrow(InvalidInputError);
  });

  test("pictures are asked for", async () => {
    const plain = await Line.create({ runtime: await load(), seed: 1 });
    expect(() => plain.compute((tape) => nn.softplus(tape, tape.tensor([1], [1])))).toThrow(
      "pictures: true",
    );
  });
});

test("nothing beside something, and sums of nothing", async () => {
  const model = await Line.create({ runtime, seed: 1 });
  // So that what is never written shows.
  model.compute((tape) => tape.tensor(new Float32Array(4096).fill(7), [4096]));
  const results = model.compute((tape) => {
    const x = tape.tensor([1, 2, 3, 4, 5, 6], [2, 3]);
    const none = nn.columns(tape, x, 1, 1);
    const many = tape.tensor([], [20, 0]);
    return {
      beside: nn.concat(tape, none, x),
      before: nn.concat(tape, x, none),
      last: nn.sumLast(tape, many),
      first: nn.sumFirst(tape, many.reshaped([0, 20])),
    };
  });
  expect([...results.beside]).toEqual([1, 2, 3, 4, 5, 6]);
  expect([...results.before]).toEqual([1, 2, 3, 4, 5, 6]);
  expect([...results.last, ...results.first]).toEqual(Array(40).fill(0));
});

describe("defineModel refuses", () => {
  const wrong: Record<string, object> = {
    "no name": { name: undefined },
    "a name with spaces": { name: "my model" },
    "no build": { build: undefined },
    "no batch": { batch: 3 },
    "a module that is no address": { module: 5 },
    "no defaults": { defaults: undefined },
    "a default that is no plain value": { defaults: { hidden: { a: 1 } } },
    "a default that is no number": { defaults: { hidden: Number.NaN } },
    "a setting called seed": { defaults: { seed: 1 } },
    "an option that it does not know": { layers: 3 },
  };
  for (const [name, change] of Object.entries(wrong)) {
    test(name, () => {
      expect(() => nn.defineModel({ ...recipe, ...change } as never)).toThrow(InvalidInputError);
    });
  }
});

test("settings have the type of their defaults", async () => {
  const wrong: object[] = [
    { hiden: 4 },
    { hidden: "4" },
    { hidden: Number.POSITIVE_INFINITY },
    { gate: 1 },
    { kind2: true },
    { widths: [1, "2"] },
    { widths: 3 },
    { seed: -1 },
    { seed: "1" },
  ];
  for (const options of wrong) {
    await expect(Line.create({ runtime, ...options } as never)).rejects.toThrow(InvalidInputError);
  }
  const { config } = await Line.create({
    runtime,
    widths: [],
    words: ["a"],
    kind2: "b",
    gate: false,
  });
  expect(config).toEqual({ hidden: 4, gate: false, kind2: "b", widths: [], words: ["a"], seed: 0 });
});

test("parameters have sizes and names", async () => {
  const builds: ((scope: nn.Scope) => unknown)[] = [
    (scope) => new nn.Linear(scope, 0, 3),
    (scope) => new nn.Linear(scope, 1.5, 3),
    (scope) => new nn.Linear(scope, undefined as never, 3),
    (scope) => [new nn.Linear(scope, 1, 3), new nn.Linear(scope, 1, 3)],
    (scope) => scope.param("", [1], nn.constant(0)),
    (scope) => scope.param("training.x", [1], nn.constant(0)),
    (scope) => scope.param("x", [1], nn.constant(0)).data.fill(1),
    () => undefined,
  ];
  for (const own of builds) {
    const Wrong = nn.defineModel({
      ...recipe,
      name: "Wrong",
      build: (scope: nn.Scope) => {
        own(scope);
        return undefined as never;
      },
    });
    await expect(Wrong.create({ runtime })).rejects.toThrow(InvalidInputError);
  }
});

const train = async (change: object, options: object = {}, data: unknown = points) => {
  const model = await nn.defineModel({ ...recipe, ...change } as typeof recipe).create({ runtime });
  await model.fit(data as typeof points, { steps: 2, ...options });
  return model;
};

describe("a loss is one number for each example", () => {
  const losing = (own: (tape: nn.Tape, losses: nn.Tensor) => unknown) => ({
    build(scope: nn.Scope, config: { readonly hidden: number }) {
      const network = recipe.build(scope, config);
      const { loss } = network;
      const changed = (...args: Parameters<typeof loss>) =>
        own(args[0], loss(...args) as nn.Tensor) as nn.Tensor;
      return { ...network, loss: changed };
    },
  });
  const wrong: Record<string, (tape: nn.Tape, losses: nn.Tensor) => unknown> = {
    "not a mean": (tape, losses) => nn.mean(tape, losses),
    "not a sum": (tape, losses) => ({ loss: nn.sum(tape, losses) }),
    "not of each pair": (tape, losses) => nn.concat(tape, losses, losses),
    "not a number": () => 1,
    "not nothing": () => undefined,
    "a part is one, too": (tape, loss) => ({ loss, parts: { all: nn.sum(tape, loss) } }),
    "a penalty is a scalar": (_, loss) => ({ loss, penalty: loss }),
    "statistics are arrays": (_, loss) => ({ loss, statistics: { mean: [1] } }),
  };
  for (const [name, own] of Object.entries(wrong)) {
    test(name, async () => {
      await expect(train(losing(own), { batch: 4 })).rejects.toThrow(InvalidInputError);
    });
  }

  test("and a column will do", async () => {
    const column = await train(losing((_, losses) => losses.reshaped([losses.size, 1])));
    expect(column.fingerprint()).toBe((await train({})).fingerprint());
  });

  test("a penalty is counted once, however the batch is cut", async () => {
    const squares = (tape: nn.Tape, loss: nn.Tensor) => {
      const one = tape.tensor([2], [1]);
      return { loss, penalty: nn.mul(tape, one, one) };
    };
    const plain = async (own: typeof losing, shards: number, more: boolean) => {
      const reports = [];
      const Model = nn.defineModel({
        ...recipe,
        ...(more ? own(squares) : {}),
      } as typeof recipe);
      const model = await Model.create({ runtime });
      for await (const { loss } of model.fit(points, { steps: 1, batch: 5, shards })) {
        reports.push(loss);
      }
      return reports[0];
    };
    for (const shards of [1, 2, 3]) {
      const [without, withIt] = [
        await plain(losing, shards, false),
        await plain(losing, shards, true),
      ];
      expect(withIt - without).toBeCloseTo(4, 5);
    }
  });
});

test("data and batches", async () => {
  const refused = expect(train({}, {}, [])).rejects;
  await refused.toThrow("at least one example");
  await expect(train({}, {}, null)).rejects.toThrow(InvalidInputError);
  await expect(train({ length: () => 2.5 })).rejects.toThrow(InvalidInputError);
  await expect(train({ targets: () => Number.NaN })).rejects.toThrow(InvalidInputError);
  await expect(train({ batch: () => ({ f: () => 1 }) })).rejects.toThrow("plain data");
  await expect(train({ batch: () => new Map() })).rejects.toThrow("plain data");
  await expect(train({}, { batch: 0 })).rejects.toThrow(InvalidInputError);
  await expect(train({}, { val: 0.95 })).rejects.toThrow(InvalidInputError);
  await expect(train({}, { val: 0.01 })).rejects.toThrow("use more data");
  await expect(train({}, { epoch: 1 })).rejects.toThrow("epochs");
});

test("a run is resumed on the same data alone", async () => {
  const model = await Line.create({ runtime });
  for await (const { step } of model.fit(points, { steps: 4 })) if (step === 2) break;
  const others = points.map(({ x, y }, i) => ({ x, y: i === 3 ? y + 1 : y }));
  await expect(model.fit(others, { steps: 4 })).rejects.toThrow("other data");
  await expect(model.fit(points, { steps: 4, batch: 5 })).rejects.toThrow("batch 12");
  await model.fit(points);
  expect(model.record.steps).toBe(4);
});

test("phases", async () => {
  const phased = (phases: unknown) => ({
    build(scope: nn.Scope, config: { readonly hidden: number }) {
      return { ...recipe.build(scope, config), phases };
    },
  });
  const wrong: unknown[] = [
    [],
    [{ trains: ["first."] }],
    [{ name: "a", trains: ["nothing."] }],
    [{ name: "a" }, { name: "b" }],
    [
      { name: "a", trains: ["first."] },
      { name: "a", trains: ["second."] },
    ],
    [{ name: "a", repeats: 0.5 }],
    [{ name: "a", trains: "first." }],
    [{ name: "a", options: { lr: -1 } }],
    [{ name: "a", options: { optimiser: "sgd" } }],
    [{ name: "a", train: ["first."] }],
  ];
  for (const phases of wrong) {
    await expect(train(phased(phases))).rejects.toThrow(InvalidInputError);
  }
  await train(phased([{ name: "a", trains: ["first."], options: { clip: 0.5 } }]));
});

test("files", async () => {
  const model = await train({});
  const bytes = model.save();
  await expect(Line.load(bytes, { runtime, hidden: 4 })).rejects.toThrow(InvalidInputError);
  await expect(Line.load(bytes, { runtime, seed: 1 })).rejects.toThrow("and its seed itself");
  const Other = nn.defineModel({ ...recipe, name: "Other" });
  await expect(Other.load(bytes, { runtime })).rejects.toThrow(ModelFileError);
  const Wider = nn.defineModel({
    ...recipe,
    defaults: { ...recipe.defaults, hidden: "wide" },
  } as unknown as typeof recipe);
  await expect(Wider.load(bytes, { runtime })).rejects.toThrow(ModelFileError);
  const More = nn.defineModel({ ...recipe, defaults: { ...recipe.defaults, more: 1 } });
  expect((await More.load(bytes, { runtime })).fingerprint()).toBe(model.fingerprint());
});

test("what is computed is a copy, and noise follows from the seed", async () => {
  const model = await Line.create({ runtime });
  const draw = (seed?: number) =>
    model.compute((tape) => [nn.gaussianNoise(tape, [3]), nn.uniformNoise(tape, [2])], { seed });
  expect(draw()).toEqual(draw(0));
  expect(draw(1)).not.toEqual(draw(0));
  expect(draw()[0]).toHaveLength(3);
  expect(() => model.compute(() => 5 as never)).toThrow(InvalidInputError);
  expect(() => model.compute((tape) => tape.tensor([1], [1]), { sed: 1 } as never)).toThrow("seed");
});
