import { describe, expect, test } from "vitest";
import { LanguageModel, type Pair, Seq2Seq } from "../../src/entries/index.js";
import { nearName } from "../../src/host/near-names.js";
import { words } from "../../src/host/words.js";
import { suitedToPasses } from "../../src/models/base/suited.js";
import { suitedNetwork, suitedRun } from "../../src/models/language/defaults.js";
import { names, runtime, text, tiny, train } from "./help.js";

describe("what follows from the size of the data", () => {
  test("a larger corpus has a larger network, less dropout, more steps", () => {
    const sizes = [60, 1500, 7000, 25_000, 100_000, 1_000_000, 1e9];
    const networks = sizes.map((size) => suitedNetwork(size));
    const runs = sizes.map((size) => suitedRun(size));
    for (let i = 1; i < sizes.length; i++) {
      expect(networks[i].hidden).toBeGreaterThanOrEqual(networks[i - 1].hidden);
      expect(networks[i].dropout).toBeLessThanOrEqual(networks[i - 1].dropout);
      expect(runs[i].steps).toBeGreaterThanOrEqual(runs[i - 1].steps);
    }
    expect(networks[0].dropout).toBe(0.5);
    expect(networks.at(-1)).toMatchObject({ hidden: 256, dropout: 0 });
  });

  test("few passes have no dropout", () => {
    expect(suitedToPasses(4.9)).toEqual({ dropout: 0 });
    expect(suitedToPasses(5)).toEqual({});
  });

  test("a model takes what suits its corpus, and what is given as it is given", async () => {
    const { config } = await LanguageModel.create({ runtime, corpus: text });
    expect(config).toMatchObject(suitedNetwork(text.length));
    const sized = await LanguageModel.create({ runtime, corpus: text, hidden: 12 });
    expect(sized.config).toMatchObject({ hidden: 12, dropout: 0, embed: 64 });
    const bytes = await LanguageModel.create({ runtime, tokenizer: "byte" });
    expect(bytes.config).toMatchObject({ hidden: 256, dropout: 0 });
  });

  test("a run that is not told its length takes what suits; one that is, does what it is told", async () => {
    const model = await LanguageModel.create({ runtime, ...tiny, corpus: text });
    await train(model, text, { val: 0.1 }, 1);
    const { steps, lr, batch } = suitedRun(text.length);
    expect(model.run!.options).toMatchObject({ steps, lr, patience: 3 });
    expect(model.run!.dataOptions).toMatchObject({ batch });
    const told = await LanguageModel.create({ runtime, ...tiny, corpus: text });
    await train(told, text, { steps: 7, val: 0.1, batch: 3 }, 1);
    expect(told.run!.options).toMatchObject({ steps: 7, lr: 2e-3, patience: 0 });
    expect(told.run!.dataOptions).toMatchObject({ batch: 3 });
  });

  test("pairs, too", async () => {
    const pairs: Pair[] = names.map((source) => ({
      source,
      target: [...source].reverse().join(""),
    }));
    const model = await Seq2Seq.create({ runtime, corpus: pairs });
    expect(model.config).toMatchObject({ hidden: 128, dropout: 0.2 });
    for await (const { steps } of model.fit(pairs)) {
      expect(steps).toBe(1000);
      break;
    }
    expect(model.run!.dataOptions).toMatchObject({ batch: 8 });
  });
});

describe("epochs", () => {
  test.each([
    ["documents", names, { epochs: 3, batch: 4 }, 15],
    ["half a pass", names, { epochs: 0.5, batch: 2 }, 5],
    ["accumulated", names, { epochs: 4, batch: 4, accumulate: 2 }, 10],
    ["a text", `${"abcdefgh".repeat(16)}a`, { epochs: 2, batch: 4, seqLen: 8 }, 8],
    ["never none", names, { epochs: 0.001 }, 1],
  ])("%s", async (_, data, options, steps) => {
    const model = await LanguageModel.create({ runtime, ...tiny, corpus: data });
    const reports = await train(model, data, options);
    expect(reports).toHaveLength(steps);
    const same = await LanguageModel.create({ runtime, ...tiny, corpus: data });
    const { epochs: _epochs, ...rest } = options;
    await train(same, data, { ...rest, steps });
    expect(model.fingerprint()).toBe(same.fingerprint());
  });
});

test("a run that is resumed goes on as it began, without being told", async () => {
  const options = {
    steps: 6,
    batch: 3,
    val: 0.25,
    evalEvery: 2,
    maxLength: 3,
    lr: 0.01,
    keep: "last",
  } as const;
  const make = () => LanguageModel.create({ runtime, ...tiny, corpus: names });
  const straight = await make();
  await train(straight, names, options);
  const broken = await make();
  await train(broken, names, options, 2);
  const { lr, evalEvery } = options;
  await train(broken, names, { lr, evalEvery });
  expect(broken.run!.step).toBe(6);
  expect(broken.fingerprint()).toBe(straight.fingerprint());
});

test("a run of before documents were drawn has the last ones for validation still", async () => {
  const model = await LanguageModel.create({ runtime, ...tiny, corpus: names });
  await train(model, names, { steps: 6, batch: 3, val: 0.25 }, 2);
  const bytes = Buffer.from(model.save({ training: true })).toString("latin1");
  const split = ',\\"split\\":\\"random\\"';
  const older = bytes.replaceAll(split, " ".repeat(split.length));
  expect(older).not.toBe(bytes);
  const read = await LanguageModel.load(Buffer.from(older, "latin1"), { runtime });
  const reports = await train(read, names, { steps: 6, evalEvery: 3, keep: "last" });
  const last = read.score(names.slice(-Math.round(names.length / 4)));
  expect(reports.at(-1)!.validation).toBeCloseTo(last.nats, 6);
});

describe("near names", () => {
  const fit = ["steps", "lr", "batch", "weightDecay", "seqLen", "clip", "val", "accumulate"];
  const generate = [
    "maxTokens",
    "topK",
    "topP",
    "temperature",
    "repetitionPenalty",
    "samples",
    "stop",
  ];
  test.each([
    ["learning_rate", fit, "lr"],
    ["learningRate", fit, "lr"],
    ["epochs", fit, "steps"],
    ["n_epochs", fit, "steps"],
    ["batchSize", fit, "batch"],
    ["weight_decay", fit, "weightDecay"],
    ["block_size", fit, "seqLen"],
    ["max_grad_norm", fit, "clip"],
    ["stepz", fit, "steps"],
    ["max_new_tokens", generate, "maxTokens"],
    ["max-length", generate, "maxTokens"],
    ["top_p", generate, "topP"],
    ["temprature", generate, "temperature"],
    ["num_return_sequences", generate, "samples"],
    ["hiddenSize", ["embed", "hidden", "layers"], "hidden"],
    ["num_layers", ["embed", "hidden", "layers"], "layers"],
    ["embeddingSize", ["embed", "hidden", "layers"], "embed"],
    ["max_completion_tokens", generate, "maxTokens"],
    ["temp", generate, "temperature"],
    ["repeat_penalty", generate, "repetitionPenalty"],
    ["max_seq_length", fit, "seqLen"],
    ["per_device_train_batch_size", fit, "batch"],
    ["emsize", ["embed", "hidden", "layers"], "embed"],
    ["nhid", ["embed", "hidden", "layers"], "hidden"],
    ["warmup_ratio", ["warmup", "workers"], "warmup"],
    ["eval_steps", ["evalEvery", "steps"], "evalEvery"],
    ["lr_scheduler_type", ["lr", "schedule"], "schedule"],
    ["optim", ["optimizer"], "optimizer"],
    ["random_state", ["seed"], "seed"],
    ["text", ["corpus", "tokenizer"], "corpus"],
    ["input", ["source", "samples"], "source"],
    ["colour", fit, undefined],
    ["x", [], undefined],
  ])("%s", (given, known, near) => {
    expect(nearName(given, known, words)).toBe(near);
  });
});
