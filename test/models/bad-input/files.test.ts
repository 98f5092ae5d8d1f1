import { describe, expect, test } from "vitest";
import {
  InvalidInputError,
  LanguageModel,
  ModelFileError,
  numerics,
  tokenizerFromJSON,
  version,
} from "../../../src/entries/index.js";
import {
  f32Entry,
  readSafetensors,
  type TensorEntry,
  writeSafetensors,
} from "../../../src/formats/safetensors.js";
import { refused, refusedLater, runtime, text, train, weights } from "../help.js";
import { changed, char, described, documents, halfway, type Json, sizesOf, small } from "./help.js";

describe("files", async () => {
  const good = (await halfway).save({ training: true });
  const loading = (bytes: unknown) => () => LanguageModel.load(bytes as Uint8Array, { runtime });

  test("the changes below are changes of good files", async () => {
    for (const model of [char, documents, halfway]) {
      const bytes = changed(await model, {});
      const again = await LanguageModel.load(bytes, { runtime });
      expect(again.fingerprint()).toBe((await model).fingerprint());
      expect(Buffer.compare(again.save({ training: true }), bytes)).toBe(0);
    }
  });

  test.each([
    [
      "nothing",
      undefined,
      InvalidInputError,
      "the file must be a Uint8Array or an ArrayBuffer, got undefined",
    ],
    ["a string", "model", InvalidInputError, "read the file first"],
    ["a list", [...good.subarray(0, 9)], InvalidInputError, "got an array of 9"],
    ["no bytes", new Uint8Array(), ModelFileError, "at least 8 bytes"],
    ["zeros", new Uint8Array(100), ModelFileError, "header"],
    [
      "text",
      new TextEncoder().encode("{}".repeat(50)),
      ModelFileError,
      "this is no safetensors file",
    ],
    ["half a file", good.subarray(0, good.length / 2), ModelFileError, "data_offsets"],
    ["all but a byte", good.subarray(0, -1), ModelFileError, "within the"],
    ["the header alone", good.subarray(0, 400), ModelFileError, "header length"],
    ["a byte too many", Uint8Array.of(...good, 0), ModelFileError, "bytes of data"],
  ] as [string, unknown, typeof ModelFileError, string][])(
    "%s",
    async (_, bytes, kind, message) => {
      await refused(loading(bytes), kind, message);
    },
  );

  test("cut anywhere: refused, never a crash or a model", async () => {
    for (let end = 0; end < good.length; end += 97) {
      await refused(loading(good.subarray(0, end)), ModelFileError, "safetensors file");
    }
  });

  test("a byte changed anywhere in the header: refused or a model, never a crash", async () => {
    const length = Number(new DataView(good.buffer).getBigUint64(0, true));
    let refusals = 0;
    for (let at = 0; at < 8 + length; at += 7) {
      const bytes = good.slice();
      bytes[at] ^= 1 << (at % 8);
      try {
        await LanguageModel.load(bytes, { runtime });
      } catch (error) {
        if (!(error instanceof ModelFileError)) throw error;
        refusals++;
      }
    }
    expect(refusals).toBeGreaterThan(length / 7 / 2);
  });

  /** A tensor of the same shape, of zeros with 16 bits. */
  const halved = (name: string) => ({
    tensors: (tensors: Map<string, TensorEntry>) => {
      const entry = tensors.get(name)!;
      tensors.set(name, { ...entry, dtype: "F16", data: new Uint8Array(entry.data.length / 2) });
    },
  });
  const inRecord = (change: Json) => ({ record: { ...char.record, ...change } });
  /** A tensor of twice the length in half the bytes each: as many bytes, other numbers. */
  const narrowed = (name: string) => ({
    tensors: (tensors: Map<string, TensorEntry>) => {
      const entry = tensors.get(name)!;
      const shape = [...entry.shape.slice(0, -1), 2 * entry.shape[entry.shape.length - 1]];
      tensors.set(name, { ...entry, dtype: "BF16", shape });
    },
  });
  const holding = (name: string, value: number) => ({
    tensors: (tensors: Map<string, TensorEntry>) => {
      const entry = tensors.get(name)!;
      const data = entry.data.slice();
      new DataView(data.buffer).setFloat32(data.length - 4, value, true);
      tensors.set(name, { ...entry, data });
    },
  });
  const without = (...gone: string[]) => ({
    tensors: (tensors: Map<string, TensorEntry>) => {
      for (const name of gone) tensors.delete(name);
    },
  });
  const with_ = (name: string, shape: number[], from = name) => ({
    tensors: (tensors: Map<string, TensorEntry>) => {
      const n = shape.reduce((product, axis) => product * axis, 1);
      tensors.set(from, f32Entry(name, shape, new Float32Array(n)));
    },
  });

  test.each([
    [without("linear.bias"), "the file's tensors do not fit the model; missing: linear.bias"],
    [without("linear.bias", "lstm.bias_hh_l0"), "missing: lstm.bias_hh_l0, linear.bias"],
    [with_("linear.extra", [3]), "not expected: linear.extra"],
    [
      with_("lstm.wrong", [48, 6], "lstm.weight_ih_l0"),
      "missing: lstm.weight_ih_l0; not expected: lstm.wrong",
    ],
    [
      with_("linear.weight", [12, 14]),
      "linear.weight has shape [12, 14], the model needs [14, 12]",
    ],
    [with_("linear.bias", [14, 1]), "linear.bias has shape [14, 1], the model needs [14]"],
    [with_("embedding.weight", [15, 6]), "embedding.weight has shape [15, 6]", "needs [14, 6]"],
    [
      {
        tensors: (tensors: Map<string, TensorEntry>) => {
          const entry = tensors.get("linear.bias")!;
          tensors.set("linear.bias", { ...entry, dtype: "I32" });
        },
      },
      'tensor "linear.bias": expected dtype F32, F16, BF16 or F64, got I32',
    ],
  ] as [object, ...string[]][])("tensors: %#", async (change, ...parts) => {
    await refused(loading(changed(await char, change)), ModelFileError, ...parts);
  });

  test.each([
    [{ format: 3 }, "the file has format 3, this version of simdream reads formats 1 and 2"],
    [{ format: "1" }, 'the file has format "1"'],
    [{ format: undefined }, "the file has format undefined"],
    [{ numerics: "2" }, 'numerics must be a whole number of at least 0, got "2"'],
    [{ version: 3 }, "version must be a string, got 3"],
    [{ model: "ImageModel" }, 'the file holds a "ImageModel", expected a "LanguageModel"'],
    [{ model: 5 }, 'the file holds a 5, expected a "LanguageModel"'],
    [{ config: null }, "the file's configuration must be an object, got null"],
    [{ network: { hidden: -3 } }, "the file's configuration is damaged: hidden must be", "got -3"],
    [{ network: { kind: "rnn" } }, 'the file\'s network is "rnn"', "knows lstm, transformer"],
    [{ network: null }, "the file's network must be an object, got null"],
    [{ assets: [1] }, "the file's assets must be an object, got an array of 1"],
    [
      { config: { heads: 3 } },
      "the file's configuration is damaged",
      'heads is for network "transformer"',
    ],
    [
      { network: { ...sizesOf(await char), hidden: 13 } },
      "lstm.weight_ih_l0 has shape [48, 6]",
      "[52, 6]",
    ],
    [
      { network: { ...sizesOf(await char), layers: 2 } },
      "missing: lstm.weight_ih_l1, lstm.weight_hh_l1",
    ],
    [
      { config: { ...(await char).config, documents: true } },
      "the file's tokenizer lacks <start> or <end>",
    ],
    [{ assets: { tokenizer: null } }, "the tokenizer in the model file is damaged", "got null"],
    [
      { assets: { tokenizer: { kind: "word" } } },
      "the tokenizer in the model file is damaged: kind must be",
    ],
    [
      { assets: { tokenizer: { kind: "char", characters: "aba", specials: [] } } },
      "U+0061 is there twice",
    ],
    [
      { assets: { tokenizer: { kind: "byte", specials: [] } } },
      "embedding.weight has shape [14, 6]",
    ],
    [
      { record: null },
      "the training record in the file is damaged: it must be an object, got null",
    ],
    [
      { record: { ...(await char).record, steps: -1 } },
      "the training record in the file is damaged: steps",
    ],
    [{ record: { ...(await char).record, loss: "low" } }, "loss must be a number", 'got "low"'],
    [
      { record: { ...(await char).record, steps: 2 } },
      "the training record",
      "shorter than the run",
    ],
    [
      { progress: null },
      "the run's progress in the file is damaged: it must be an object, got null",
    ],
    [{ progress: "a".repeat(100) }, "the run's progress", "must be an object, got"],
    [inRecord({ imported: "yes" }), "imported must be true or false"],
    [inRecord({ history: [{ version: "0" }] }), "data must be a string, got undefined"],
    [inRecord({ history: [null] }), "a run in history must be an object, got null"],
    [{ config: { documents: "no", seed: 0 } }, "documents must be true or false"],
    [{ progress: undefined }, "the file has a run's tensors without the run: training.exp_avg."],
  ] as [Json, ...string[]][])("description: %o", async (change, ...parts) => {
    await refused(loading(described(change)), ModelFileError, ...parts);
  });

  test.each([
    [(json: string) => json.slice(0, -9), "the simdream metadata is not JSON"],
    [() => "", "the simdream metadata is not JSON"],
    [() => "[1]", "the simdream metadata must be an object, got an array of 1"],
    [() => "null", "the simdream metadata must be an object, got null"],
    [() => "7", "the simdream metadata must be an object, got 7"],
    [() => '{"__proto__":{"format":1}}', "the file has format undefined"],
    [() => "[".repeat(100000), "at most 32 levels deep"],
  ] as [(json: string) => string, string][])("metadata: %#", async (raw, message) => {
    await refused(loading(changed(await char, { raw })), ModelFileError, message);
  });

  const inRun = (change: Json) => ({
    json: (json: Json) => void Object.assign(json.progress, change),
  });
  const inOptions = (change: Json) => ({
    json: (json: Json) => void Object.assign(json.progress.options, change),
  });
  const damaged = "the run's progress in the file is damaged";
  const [phase] = (await halfway).run!.phases;
  test.each([
    [inRun({ step: -1 }), `${damaged}: step must be a whole number`],
    [inRun({ step: 2.5 }), `${damaged}: step must be a whole number`],
    [inRun({ step: "3" }), `${damaged}: step must be`, 'got "3"'],
    [inRun({ step: 4 }), "shorter than the run"],
    [inRun({ targets: null }), `${damaged}: targets`],
    [inRun({ examples: -1 }), `${damaged}: examples`],
    [inRun({ phases: null }), "phases must be a list, got null"],
    [inRun({ phases: [] }), "phases must be a list"],
    [inRun({ phases: [null] }), `${damaged}: a phase must be an object, got null`],
    [inRun({ phases: [phase, phase] }), "the run in the file has 2 phases, the model 1"],
    [inRun({ phases: [{ ...phase, optimizerSteps: 1e300 }] }), `${damaged}: optimizerSteps`],
    [
      inRun({ phases: [{ ...phase, plateau: null }] }),
      `${damaged}: plateau must be an object, got null`,
    ],
    [
      inRun({ phases: [{ ...phase, plateau: { factor: 2, best: 0, waited: 0 } }] }),
      `${damaged}: plateau.factor`,
    ],
    [inRun({ data: 5 }), `${damaged}: data must be a string, got 5`],
    [inRun({ bestLoss: "1" }), `${damaged}: bestLoss`],
    [inRun({ options: null }), damaged, "object of options, got null"],
    [inRun({ options: 5 }), damaged, "object of options, got 5"],
    [inOptions({ nesterov: true }), damaged, "does not know the option nesterov"],
    [inOptions({ lr: -1 }), `${damaged}: lr must be`],
    [inOptions({ schedule: "zigzag" }), `${damaged}: schedule must be one of`],
    [inOptions({ optimizer: "lion" }), `${damaged}: optimizer must be one of`],
    [inOptions({ optimizer: "sgd" }), "the checkpoint lacks training.momentum.embedding.weight"],
    [inOptions({ ema: 0.5 }), "the checkpoint lacks training.average.embedding.weight"],
    [without("training.exp_avg.linear.bias"), "the checkpoint lacks training.exp_avg.linear.bias"],
    [
      without("training.exp_avg.linear.bias", "training.exp_avg_sq.embedding.weight"),
      "lacks training.exp_avg.linear.bias, training.exp_avg_sq.embedding.weight",
    ],
    [without("training.best"), "the checkpoint lacks training.best"],
    [with_("training.best", [7]), "training.best has shape [7], the model needs ["],
    [narrowed("training.best"), "training.best", "has dtype BF16, a run needs F32"],
    [narrowed("training.carried.0"), "has dtype BF16, a run needs F32"],
    [narrowed("training.exp_avg.linear.bias"), "has dtype BF16, a run needs F32"],
    [halved("linear.bias"), "linear.bias", "has dtype F16, a run needs F32"],
    [with_("training.carried.1", [6, 8]), "training.carried.1 must have one axis, got 2"],
    ...["best", "carried.1", "exp_avg.linear.bias", "exp_avg_sq.embedding.weight"].flatMap((name) =>
      [Number.NaN, Infinity].map((value) => [
        holding(`training.${name}`, value),
        `tensor "training.${name}" must have `,
        `got ${value}: the file is damaged`,
      ]),
    ),
    [holding("training.exp_avg_sq.linear.bias", -1), "must have numbers of at least 0, got -1"],
    [inOptions({ patience: { toString: 1 } }), `${damaged}: patience must be a whole number`],
    [inOptions({ patience: [{ valueOf: 1 }] }), `${damaged}: patience must be a whole number`],
    [inRun({ before: 3 }), `${damaged}: before must be an object, got 3`],
    [inRun({ before: { bestLoss: {}, bestStep: 0 } }), `${damaged}: bestLoss must be a number`],
    [inRun({ before: { bestLoss: 1, bestStep: -1 } }), `${damaged}: bestStep must be a whole`],
    [inRun({ finished: "soon" }), "finished must be one of steps, patience"],
    [inRun({ dataOptions: { batch: [2] } }), "batch must be a string or a number"],
    [inRun({ dataOptions: "abc" }), "dataOptions must be an object"],
    [with_("training.more", [7]), "the checkpoint has unexpected tensors: training.more"],
    [
      with_("training.exp_avg.linear.bias", [15]),
      "tensor linear.bias has shape [15], the model needs [14]",
    ],
    [without("training.carried.1"), "has 1 carried states of [48] numbers, the run needs 2 of 48"],
    [without("training.carried.0"), "training.carried.1"],
    [with_("training.carried.1", [3]), "2 carried states of [48, 3] numbers"],
    [with_("training.carried.2", [48]), "has 3 carried states", "the run needs 2"],
    [
      inRun({ dataOptions: { ...(await halfway).run!.dataOptions, batch: 1e9 } }),
      "carried states of [48, 48] numbers",
    ],
  ] as [object, ...string[]][])("checkpoint: %#", async (change, ...parts) => {
    await refused(loading(changed(await halfway, change)), ModelFileError, ...parts);
  });

  test("another arithmetic: the weights are read, the run is not resumed", async () => {
    const model = await LanguageModel.load(
      changed(await halfway, { json: (json) => void Object.assign(json, { numerics: 1 }) }),
      { runtime },
    );
    expect(model.fingerprint()).toBe((await halfway).fingerprint());
    expect(model.record).toEqual((await halfway).record);
    for (const resume of [undefined, true]) {
      const work = train(model, text, { ...small, resume });
      await refusedLater(
        work,
        InvalidInputError,
        "numerics version 1",
        `this version of simdream (${version}) computes with ${numerics}`,
        "resume: false",
      );
    }
    await train(model, text, { ...small, resume: false });
    expect(model.record.steps).toBe((await halfway).record.steps + small.steps);
  });

  test("weights of another program", async () => {
    const file = readSafetensors((await char).save());
    const foreign = (change: (tensors: Map<string, TensorEntry>) => void = () => {}) => {
      const tensors = new Map(file.tensors);
      change(tensors);
      return writeSafetensors(tensors.values());
    };
    const { tokenizer } = char;
    const loadIt = (bytes: Uint8Array, options: object) => () =>
      LanguageModel.load(bytes, { runtime, ...options });
    expect((await loadIt(foreign(), { tokenizer })()).fingerprint()).toBe(
      (await char).fingerprint(),
    );
    expect((await loadIt(foreign(), { tokenizer })()).generate({ maxTokens: 3 }).text).toHaveLength(
      3,
    );

    await refused(loadIt(foreign(), {}), ModelFileError, 'no "simdream" metadata', "{ tokenizer }");
    const other = tokenizerFromJSON({ kind: "byte", specials: [] });
    const rows = "embedding.weight has 14 rows, the tokenizer 256 tokens";
    await refused(loadIt(foreign(), { tokenizer: other }), ModelFileError, rows);
    const notOne = 'a tokenizer made before, got "char"';
    await refused(loadIt(foreign(), { tokenizer: "char" }), InvalidInputError, notOne);
    const misspelt = "LanguageModel.load does not know the option tokeniser";
    await refused(loadIt(foreign(), { tokeniser: 1 }), InvalidInputError, misspelt);
    const gone = foreign((tensors) => void tensors.delete("embedding.weight"));
    const matrix = "expected a matrix embedding.weight; the file has lstm.weight_ih_l0,";
    await refused(loadIt(gone, { tokenizer }), ModelFileError, matrix);
    const none = writeSafetensors([]);
    await refused(loadIt(none, { tokenizer }), ModelFileError, "the file has no tensors");
    const more = foreign((t) => void t.set("head", f32Entry("head", [2], new Float32Array(2))));
    await refused(loadIt(more, { tokenizer }), ModelFileError, "not expected: head");
    const flat = foreign((tensors) => {
      const name = "lstm.weight_hh_l0";
      tensors.set(name, f32Entry(name, [0, 1000000], new Float32Array(0)));
    });
    await refused(loadIt(flat, { tokenizer }), ModelFileError, "the model needs [4000000, 6]");
    const hollow = foreign((tensors) => {
      tensors.set("embedding.weight", f32Entry("embedding.weight", [14, 0], new Float32Array(0)));
    });
    await refused(loadIt(hollow, { tokenizer }), ModelFileError, "make no model: embed must be");
  });

  test("all that was loaded before is as it was", async () => {
    expect(weights(await char).every(Number.isFinite)).toBe(true);
    expect((await LanguageModel.load(good, { runtime })).fingerprint()).toBe(
      (await halfway).fingerprint(),
    );
  });
});
