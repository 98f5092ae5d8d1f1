import { expect, test } from "vitest";
import { copied } from "../../src/entries/game.js";
import {
  Autoencoder,
  GridModel,
  GridSet,
  ImageSet,
  LanguageModel,
  Seq2Seq,
  VAE,
} from "../../src/entries/index.js";
import {
  audit,
  copiedRuns,
  exposure,
  extractable,
  lossGap,
  nearestTraining,
} from "../../src/entries/insight.js";
import { difference, student, wilson } from "../../src/insight/intervals.js";
import { ownSplit } from "../../src/insight/own-split.js";

const text = "the cat sat on the mat and the dog sat on the log. ".repeat(12);
const digits = Array.from({ length: 40 }, (_, i) => `no ${(i * 7919) % 1000}\n`).join("");

for (const network of ["lstm", "gru", "transformer"] as const) {
  test(`what is extractable is what generate gives greedily (${network})`, async () => {
    const sizes =
      network === "transformer"
        ? { hidden: 32, layers: 1, heads: 2, context: 64 }
        : { hidden: 32, embed: 16, dropout: 0 };
    const model = await LanguageModel.create({ corpus: text, network, seed: 1, ...sizes });
    await model.fit(text, { steps: 60, batch: 8, seqLen: 32, lr: 1e-2 });
    const asked = { prefix: [4, 12], length: 9, examples: 20 };
    const found = await extractable(model, text, asked);
    for (const { prefix, examples, extracted, tokens } of found.prefixes) {
      expect(examples).toBe(20);
      const places = text.length - 12 - 9 + 1;
      let [right, matched] = [0, 0];
      for (let i = 0; i < 20; i++) {
        const at = 12 + Math.floor((i * (places - 1)) / 19);
        const said = model.generate({
          prompt: text.slice(at - Number(prefix), at),
          greedy: true,
          maxTokens: 9,
        }).text;
        const own = text.slice(at, at + 9);
        let k = 0;
        while (k < 9 && said[k] === own[k]) k++;
        matched += k;
        if (k === 9) right++;
      }
      expect(extracted).toBe(right);
      expect(tokens).toBeCloseTo(matched / 20, 12);
    }
    expect(found.prefixes[1].extracted).toBeGreaterThan(found.found.length > 0 ? 0 : -1);
  });
}

test("documents are extracted from their beginnings, pairs from their sources, answers from what was said", async () => {
  const documents = ["abcdefgh", "ijklmnop", "qrstuvwx"];
  const model = await LanguageModel.create({
    corpus: documents,
    hidden: 48,
    embed: 16,
    dropout: 0,
  });
  await model.fit(documents, { steps: 150, batch: 3, lr: 1e-2 });
  const own = await extractable(model, documents);
  expect(own.length).toBe(4);
  expect(own.prefixes).toHaveLength(1);
  expect(own.prefixes[0]).toMatchObject({ prefix: 4, examples: 3, extracted: 3, share: 1 });
  expect(own.found[0]).toEqual({ prefix: "abcd", text: "efgh" });

  const pairs = documents.map((one) => ({ source: one.slice(0, 4), target: one.slice(4) }));
  const translator = await Seq2Seq.create({ corpus: pairs, hidden: 48, embed: 16 });
  await translator.fit(pairs, { steps: 120, batch: 3, lr: 1e-2 });
  const answered = await extractable(translator, pairs);
  expect(answered.prefixes).toMatchObject([{ prefix: "source", examples: 3, extracted: 3 }]);

  const talks = documents.map((one) => [
    { role: "user", content: one.slice(0, 4) },
    { role: "assistant", content: one.slice(4) },
  ]);
  const talker = await LanguageModel.create({ corpus: talks, hidden: 48, embed: 16, dropout: 0 });
  await talker.fit(talks, { steps: 150, batch: 3, lr: 1e-2 });
  const said = await extractable(talker, talks);
  expect(said.prefixes).toMatchObject([{ prefix: "before", examples: 3, extracted: 3 }]);
});

test("the rank of a secret is that of all secrets of its format, scored one by one", async () => {
  for (const network of ["lstm", "transformer"] as const) {
    const sizes =
      network === "transformer"
        ? { hidden: 16, layers: 1, heads: 2, context: 32 }
        : { hidden: 16, embed: 8 };
    const model = await LanguageModel.create({ corpus: `${digits}0123456789`, network, ...sizes });
    await model.fit(digits, { steps: 20, batch: 8, seqLen: 16 });
    const canaries = ["791", "000", "958"].map((secret) => ({ prefix: "\nno ", secret }));
    const found = await exposure(model, canaries);
    const all = Array.from({ length: 1000 }, (_, i) => {
      const secret = String(i).padStart(3, "0");
      const whole = model.score(`\nno ${secret}`);
      return { secret, nats: whole.nats * whole.tokens };
    });
    for (const { secret, rank, space, exposure: bits, exact, logProbability } of found) {
      const own = all.find((one) => one.secret === secret)!;
      // Sums of other batches may differ in the last digits.
      const before = (most: number) => all.filter(({ nats }) => nats < own.nats + most).length;
      expect(rank).toBeGreaterThanOrEqual(1 + before(-1e-4));
      expect(rank).toBeLessThanOrEqual(before(1e-4));
      expect(space).toBe(1000);
      expect(exact).toBe(true);
      expect(bits).toBeCloseTo(Math.log2(1000 / rank), 9);
      const prefix = model.score("\nno ");
      expect(logProbability).toBeCloseTo(prefix.nats * prefix.tokens - own.nats, 4);
    }
    const [ended] = await exposure(model, canaries.slice(1, 2), { most: 1 });
    expect(ended.rank).toBeLessThanOrEqual(found[1].rank);
    expect(ended.exact).toBe(found[1].rank <= 1);
  }
});

test("runs that samples share with training texts are found, with their places", () => {
  const training = ["one two three", "four five 😀 six"];
  const found = copiedRuns(["xx five 😀 sixx", "nothing", "one two three"], training, {
    length: 8,
  });
  expect(found.lengths).toEqual([11, 2, 13]);
  expect(found.share).toBeCloseTo(2 / 3, 12);
  expect(found.whole).toBeCloseTo(1 / 3, 12);
  expect(found.longest).toMatchObject({ sample: 2, length: 13, document: 0, at: 0 });
  const one = copiedRuns(["xx five 😀 sixx"], training).longest;
  expect(one).toMatchObject({ from: 2, length: 11, document: 1, at: 4, text: " five 😀 six" });
  expect(copiedRuns(["zzz"], "abc").longest).toBeUndefined();
  expect(() => copiedRuns([], "abc")).toThrow("samples must be a list of at least one text");
});

test("intervals", () => {
  expect(wilson(0, 20)[0]).toBe(0);
  expect(wilson(0, 20)[1]).toBeCloseTo(0.1611, 4);
  expect(wilson(7, 20)[0]).toBeCloseTo(0.1812, 4);
  expect(wilson(7, 20)[1]).toBeCloseTo(0.5671, 4);
  for (const [free, value] of [
    [5, 2.5706],
    [10, 2.2281],
    [30, 2.0423],
    [1e9, 1.96],
  ]) {
    expect(student(free)).toBeCloseTo(value, 2);
  }
  const { value, interval } = difference(
    { mean: 1, variance: 0.01, blocks: 11 },
    { mean: 2, variance: 0.03, blocks: 21 },
  );
  expect(value).toBe(1);
  expect(interval[0]).toBeCloseTo(1 - 2.0423 * 0.2, 2);
});

test("the gap is the difference of the means, and its interval covers it", async () => {
  const model = await LanguageModel.create({ corpus: text, hidden: 16, embed: 8 });
  await model.fit(text, { steps: 100, batch: 8, seqLen: 16, lr: 1e-2 });
  const other = Array.from({ length: 600 }, (_, i) => text[(i * 17) % text.length]).join("");
  const gap = lossGap(model, text, other);
  expect(gap).toMatchObject({ measure: "nats", blocks: [3, 3] });
  expect(gap.gap).toBeCloseTo(gap.heldOut - gap.training, 12);
  expect(gap.gap).toBeGreaterThan(0.5);
  expect(gap.interval[0]).toBeLessThan(gap.gap);
  expect(gap.interval[1]).toBeGreaterThan(gap.gap);
  expect(() => lossGap(model, text, "the cat")).toThrow(
    "heldOut must have at least two blocks, got 1",
  );
});

test("copied pictures are near to one training picture, blurred ones to none", async () => {
  const pixels = (count: number, seed: number) => {
    let state = seed;
    return Uint8Array.from({ length: count * 64 }, () => {
      state = (state * 48271) % 2147483647;
      return state % 256;
    });
  };
  const set = (bytes: Uint8Array) =>
    new ImageSet({ height: 8, width: 8, channels: 1, pixels: bytes });
  const train = set(pixels(2000, 3));
  const test = set(pixels(100, 5));
  const copies = await nearestTraining(train.subset([7, 1999, 1500, 3]), train, { heldOut: test });
  expect(copies.same).toBe(4);
  expect(copies.nearest.map(({ example }) => example)).toEqual([7, 1999, 1500, 3]);
  expect(copies.pixels.near).toBe(1);
  const others = await nearestTraining(set(pixels(100, 9)), train, { heldOut: test });
  expect(others.same).toBe(0);
  expect(others.pixels.near).toBeLessThan(0.2);
  const grey = set(new Uint8Array(64 * 50).fill(128));
  const blurred = await nearestTraining(grey, train, { heldOut: test });
  expect(blurred.pixels.near).toBeLessThan(0.2);
  await expect(nearestTraining(train.subset([0]), [new Float32Array(3)])).rejects.toThrow(
    "samples must be of the training examples' size",
  );
});

test("an audit says that a model that knows its text by heart is overfitted, and why", async () => {
  const own = Array.from({ length: 400 }, (_, i) => "etaoin shrdlu\n"[(i * i * 31 + i) % 13]).join(
    "",
  );
  const other = Array.from({ length: 600 }, (_, i) => "etaoin shrdlu\n"[(i * 7 + (i >> 3)) % 13]);
  const model = await LanguageModel.create({ corpus: own, hidden: 64, embed: 16, dropout: 0 });
  await model.fit(own, { steps: 200, batch: 16, seqLen: 64, lr: 1e-2 });
  const how = { heldOut: other.join(""), samples: 10, run: 20, length: 20, prefix: [16] };
  const found = await audit(model, own, how);
  expect(found.model).toBe("LanguageModel");
  expect(found.overfitted).toBe(true);
  expect(found.signs).toEqual(expect.arrayContaining(["gap", "extractable"]));
  expect(found.why).toHaveLength(found.signs.length);
  expect(JSON.parse(JSON.stringify(found))).toMatchObject({ exposure: null, neighbours: null });
  const alone = await audit(model, own, { samples: 2 });
  expect(alone.gap).toBeNull();
  await expect(audit(model, own, { canaries: [{ prefix: "", secret: "x" }] })).rejects.toThrow(
    'symbols has "0", which the model does not know',
  );
});

test("pictures are audited by their neighbours, and what has no such verb by its loss alone", async () => {
  const rows = Array.from({ length: 40 }, (_, i) => Float32Array.of(i % 5, (i * i) % 7, i / 40));
  const vae = await VAE.create({ shape: [3], latent: 2, network: "dense", hidden: 8 } as never);
  await vae.fit(rows as never, { steps: 5 });
  const found = await audit(vae as never, rows, { heldOut: rows.slice(0, 20), samples: 8 });
  expect(found.gap?.measure).toBe("elbo");
  expect(found.neighbours?.samples).toBe(8);
  await expect(audit(vae as never, rows, { canaries: [] })).rejects.toThrow(
    "canaries are for a LanguageModel",
  );
});

test("without held-out data a model is compared with what its last run kept for its validation", async () => {
  const model = await LanguageModel.create({ corpus: text, hidden: 16, embed: 8, seed: 3 });
  await model.fit(text, { steps: 5, batch: 4, seqLen: 16, val: 0.3 });
  const own = await ownSplit(model, text);
  expect(`${own!.training}${own!.heldOut}`).toBe(text);
  expect(String(own!.heldOut).length).toBe(Math.round(0.3 * text.length));
  expect(await ownSplit(model, `${text}.`)).toBeUndefined();
  const found = await audit(model, text, { samples: 2, length: 5, prefix: [4] });
  expect(found.heldOut).toBe("validation");
  expect(found.gap).not.toBeNull();

  const documents = Array.from({ length: 40 }, (_, i) => `word ${(i * i) % 97}`);
  const lister = await LanguageModel.create({ corpus: documents, hidden: 16, embed: 8 });
  await lister.fit(documents, { steps: 3, val: 0.25 });
  const parts = await ownSplit(lister, documents);
  const [learned, kept] = [parts!.training, parts!.heldOut] as string[][];
  expect([...learned, ...kept].sort()).toEqual([...documents].sort());
  // What the run measured is what is held out.
  expect(lister.score(kept).nats).toBeCloseTo(lister.run!.lastValidation!, 6);

  const pairs = documents.map((source, i) => ({ source, target: documents[(i * 7) % 40] }));
  const translator = await Seq2Seq.create({ corpus: pairs, hidden: 16, embed: 8 });
  await translator.fit(pairs, { steps: 2, batch: 8, val: 0.25 });
  const both = await ownSplit(translator, pairs);
  const answered = both!.heldOut as typeof pairs;
  expect(translator.score(answered).nats).toBeCloseTo(translator.run!.lastValidation!, 6);

  const rows = Array.from({ length: 40 }, (_, i) => Float32Array.of(i % 5, (i * i) % 7, i / 40));
  const coder = await Autoencoder.create({ shape: [3], latent: 2, network: "dense", hidden: 8 });
  await coder.fit(rows, { steps: 3, val: 0.25 });
  const sides = await ownSplit(coder, rows);
  const other = sides!.heldOut as Float32Array[];
  expect(coder.score(other).squaredError).toBeGreaterThan(0);
  expect((sides!.training as unknown[]).length + other.length).toBe(40);

  const levels = Array.from({ length: 20 }, (_, i) => {
    const cells = Array.from({ length: 16 }, (_, c) => ".#@"[(c * c + i * (c + 3)) % 3]).join("");
    return cells.match(/..../g)!.join("\n");
  });
  const grids = GridSet.fromText(
    levels.map((level, i) => ({ name: `${i}`, text: level })) as never,
  );
  const drawer = await GridModel.create({ grids: await grids, hidden: 16, embed: 8 });
  await drawer.fit(await grids, { steps: 3, val: 0.25 });
  const drawn = await audit(drawer as never, await grids, { samples: 4, copied });
  expect(drawn.heldOut).toBe("validation");
  expect(drawn.copied!.samples.share).toBeGreaterThanOrEqual(0);
  expect(drawn.gap!.measure).toBe("nats");
});
