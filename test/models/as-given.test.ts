// What is handed over is taken as it is at the call, and is the caller's to change afterwards.

import { describe, expect, test } from "vitest";
import {
  Autoencoder,
  Diffusion,
  GAN,
  LanguageModel,
  Seq2Seq,
  VAE,
} from "../../src/entries/index.js";
import { names, runtime, text, tiny } from "./help.js";
import { create as createPairs, few, labelled } from "./pairs-help.js";

const fit = { steps: 3, batch: 4, val: 0.2 };

describe("a language model", async () => {
  const make = (corpus: readonly string[]) => LanguageModel.create({ runtime, ...tiny, corpus });
  const plain = await make(names);
  await plain.fit(names, fit);

  test("of a list that is changed meanwhile", async () => {
    const list = [...names];
    const making = make(list);
    list.splice(0, list.length, "0");
    const model = await making;
    list.splice(0, 1, ...names);
    const training = model.fit(list, fit);
    list.fill("rose");
    await training;
    expect(model.fingerprint()).toBe(plain.fingerprint());
  });

  test("of bytes that are changed meanwhile", async () => {
    const bytes = plain.save({ training: true });
    const loading = LanguageModel.load(bytes, { runtime });
    bytes.fill(0);
    const model = await loading;
    expect(model.save({ training: true })).toEqual(plain.save({ training: true }));
  });

  test("refuses what it refused", async () => {
    await expect(plain.fit({} as never, fit)).rejects.toThrow(/expected a list of strings/);
    await expect(plain.fit([null] as never, fit)).rejects.toThrow(
      /documents\[0\] must be a string or { text, labels }, got null/,
    );
    await expect(LanguageModel.load(text as never, { runtime })).rejects.toThrow(/Uint8Array/);
  });
});

test("a model of pairs, of pairs and bytes that are changed meanwhile", async () => {
  const plain = await createPairs({ corpus: labelled });
  await plain.fit(labelled, { ...few, validation: labelled.slice(0, 4) });
  const list = labelled.map((pair) => ({ ...pair }));
  const validation = list.slice(0, 4).map((pair) => ({ ...pair }));
  const making = createPairs({ corpus: list });
  for (const pair of list) pair.source = "0";
  const model = await making;
  for (const [i, pair] of list.entries()) Object.assign(pair, labelled[i]);
  const training = model.fit(list, { ...few, validation });
  for (const pair of [...list, ...validation]) pair.target = "a";
  await training;
  expect(model.record).toEqual(plain.record);
  const bytes = model.save();
  const loading = Seq2Seq.load(bytes, { runtime });
  bytes.fill(0);
  expect((await loading).fingerprint()).toBe(plain.fingerprint());
});

/** Both load what they compute with before they read what they are given. */
describe.each([
  ["GAN", GAN],
  ["Diffusion", Diffusion],
] as const)("%s", (name, { create }) => {
  test("of options that are changed meanwhile", async () => {
    const options = { runtime, shape: [2], hidden: 8, seed: 3 };
    const making = create(options);
    options.shape[0] = 5;
    Object.assign(options, { hidden: 4, seed: 1, other: true });
    const model = await making;
    expect(model.shape).toEqual([2]);
    const same = await create({ runtime, shape: [2], hidden: 8, seed: 3 });
    expect(model.fingerprint()).toBe(same.fingerprint());
  });

  test("refuses what is meant for another place by its name, and keys that are no options", async () => {
    const model = await create({ runtime, shape: [2], hidden: 8 });
    const refused = `${name}.create needs an object of options, got a value of type ${name}`;
    await expect(create(model as never)).rejects.toThrow(refused);
    const keys = JSON.parse('{ "shape": [2], "__proto__": [] }');
    await expect(create(keys)).rejects.toThrow("does not know the option __proto__");
    await expect(create(null as never)).rejects.toThrow("needs an object of options, got null");
  });
});

/** Their decoders begin at the mean of what they are given. */
describe.each([
  ["VAE", VAE],
  ["Autoencoder", Autoencoder],
] as const)("%s", (_, { create }) => {
  test("of vectors that are changed meanwhile", async () => {
    const vectors = () => Array.from({ length: 4 }, (_, i) => Float32Array.of(i, -i));
    const images = vectors();
    const making = create({ runtime, images, hidden: 4 });
    for (const vector of images) vector.fill(9);
    const same = await create({ runtime, images: vectors(), hidden: 4 });
    expect((await making).fingerprint()).toBe(same.fingerprint());
  });
});
