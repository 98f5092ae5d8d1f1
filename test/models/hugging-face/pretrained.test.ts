// Models of Hugging Face's files against what transformers computes with them: logits, greedy tokens, gradients.

import { describe, expect, test } from "vitest";
import type { Batch } from "../../../src/data/texts.js";
import { fromPretrained } from "../../../src/entries/hugging-face-names.js";
import { LanguageModel } from "../../../src/entries/index.js";
import { f32Data, readSafetensors } from "../../../src/formats/safetensors.js";
import { Tape } from "../../../src/nn/tape.js";
import {
  expected,
  filesOf,
  furthest,
  gradients,
  greedyOf,
  logitsOf,
  networkOf,
  parametersOf,
  runtime,
  small,
} from "./help.js";

describe.each(small)("%s", async (name) => {
  const model = await fromPretrained(filesOf(name), { runtime });
  const own = expected.models[name];

  test("logits and greedy tokens", () => {
    expect([...model.tokenizer.encode(expected.text)]).toEqual(expected.ids);
    expect(furthest(logitsOf(model, expected.ids, 0), own.first)).toBeLessThan(1e-5);
    const last = logitsOf(model, expected.ids, expected.ids.length - 1);
    expect(furthest(last, own.last)).toBeLessThan(1e-5);
    expect(greedyOf(model, expected.ids, own.greedy.length)).toEqual(own.greedy);
  });

  test("loss and gradient of every parameter", () => {
    const network = networkOf(model);
    const parameters = parametersOf(model);
    parameters.enableGradients();
    const [B, T] = [own.inputs.length, own.inputs[0].length];
    const timeMajor = (rows: readonly (readonly number[])[]) =>
      Int32Array.from({ length: B * T }, (_, i) => rows[i % B][Math.floor(i / B)]);
    const targets = timeMajor(own.targets);
    const tokens = targets.filter((target) => target >= 0).length;
    const batch: Batch = {
      ...{ inputs: timeMajor(own.inputs), targets, tokens, steps: T, rows: B },
      continues: false,
    };
    const loss = network.machine.scoped(() => {
      const tape = new Tape(network.machine, { record: true });
      const { loss } = network.loss(tape, batch, undefined);
      tape.backward(loss);
      return loss.data[0];
    });
    expect(Math.abs(loss - own.loss)).toBeLessThan(1e-5);
    const wanted = readSafetensors(gradients).tensors;
    let seen = 0;
    for (const [path, shape, view] of parameters.views(parameters.grads)) {
      const entry = wanted.get(`${name}.${path}`)!;
      const values = f32Data(entry);
      const turned = entry.shape.length === 2 && name === "gpt2" && /\.c_\w+\.weight$/.test(path);
      const expectedValues = turned
        ? values.map((_, i) => values[(i % shape[1]) * shape[0] + Math.floor(i / shape[1])])
        : values;
      const largest = expectedValues.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
      expect(furthest(view, expectedValues), path).toBeLessThan(1e-6 + 1e-4 * largest);
      seen++;
    }
    expect(seen).toBe([...wanted.keys()].filter((key) => key.startsWith(`${name}.`)).length);
  });

  test("saved and loaded, it is the same model", async () => {
    const again = await LanguageModel.load(model.save(), { runtime });
    expect(again.fingerprint()).toBe(model.fingerprint());
    expect(again.config).toEqual(model.config);
    expect(again.record.imported).toBe(true);
    const options = { prompt: expected.text, maxTokens: 20, seed: 3, samples: 2 };
    expect(again.generate(options)).toEqual(model.generate(options));
  });

  test.each(["int8", "int4"] as const)("rounded to %s while it is read", async (weights) => {
    const rounded = await fromPretrained(filesOf(name), { runtime, weights });
    const later = await model.quantize({ bits: weights === "int8" ? 8 : 4 });
    expect(rounded.fingerprint()).toBe(later.fingerprint());
    expect(rounded.save()).toEqual(later.save());
    expect((await LanguageModel.load(rounded.save(), { runtime })).quantized).toBe(true);
  });
});
