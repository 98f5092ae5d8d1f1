import { describe, expect, test } from "vitest";
import type { LanguageFitOptions, LanguageModelOptions } from "../../../src/entries/index.js";
import { f32Data, readSafetensors } from "../../../src/formats/safetensors.js";
import { text, train } from "../help.js";
import { create, losses, small } from "./help.js";

describe("seeds", () => {
  const after = async (options: LanguageModelOptions, fit: LanguageFitOptions = small) => {
    const model = await create(options);
    await train(model, text, fit);
    return model.fingerprint();
  };

  test("the same twice, another otherwise", async () => {
    const options = { dropout: 0.2, layers: 2 };
    const first = await after({ ...options, seed: 7 });
    expect(await after({ ...options, seed: 7 })).toBe(first);
    expect(await after({ ...options, seed: 8 })).not.toBe(first);
    expect(await after({ ...options, seed: 7 + 2 ** 32 })).not.toBe(first);
    expect(first).toMatch(/^[0-9a-f]{64}$/);
  });

  test("0 is a seed, and the default", async () => {
    expect(await after({ seed: 0 })).toBe(await after({ seed: undefined }));
    expect(await after({ seed: 0 })).not.toBe(await after({ seed: 1 }));
  });

  test("initial values depend on the seed, before any step", async () => {
    expect((await create()).fingerprint()).toBe((await create()).fingerprint());
    expect((await create({ seed: 2 })).fingerprint()).not.toBe((await create()).fingerprint());
  });

  test("a second run of a model is not the first again", async () => {
    const model = await create();
    const first = await train(model, text, { ...small, lr: 1e-9 });
    const second = await train(model, text, { ...small, lr: 1e-9 });
    expect(losses(second)).not.toEqual(losses(first));
  });

  test("dropout drops in training, not in evaluation", async () => {
    const [plain, dropping] = [create(), create({ dropout: 0.5 })];
    expect((await dropping).score(text)).toEqual((await plain).score(text));
    const [a] = await train(await plain, text, { ...small, steps: 1 });
    const [b] = await train(await dropping, text, { ...small, steps: 1 });
    expect(b.loss).not.toBe(a.loss);
  });
});

describe("dropout", () => {
  test("is other at every step, and at every batch of a step", async () => {
    // One batch is the whole text, and nothing moves: what differs is what is dropped.
    const same = { ...small, batching: "streams", lr: 1e-30, steps: 4 } as const;
    const data = text.slice(0, 4 * 8 + 1);
    const plain = losses(await train(await create({ corpus: text }), data, same));
    expect(new Set(plain).size).toBe(1);
    const dropping = losses(await train(await create({ dropout: 0.3 }), data, same));
    expect(new Set(dropping).size).toBe(4);
    const two = { ...same, accumulate: 2 };
    const doubled = losses(await train(await create({ dropout: 0.3 }), data, two));
    expect(doubled[0]).toBeCloseTo((dropping[0] + dropping[1]) / 2, 5);
  });

  test("of embedding, between layers and of the output, and nowhere else", async () => {
    // One token: where a unit was dropped, the weights behind it have no gradient at all.
    const still = async (dropout: number) => {
      const model = await create({ embed: 64, hidden: 64, layers: 2, dropout });
      const before = readSafetensors(model.save()).tensors;
      const sgd = { optimizer: "sgd", momentum: 0, lr: 100, clip: 0 } as const;
      await train(model, text, { ...sgd, steps: 1, batch: 1, seqLen: 1 });
      const after = readSafetensors(model.save()).tensors;
      /** How many columns of a matrix stayed as they were. */
      return (name: string, rows?: number) => {
        const [a, b] = [f32Data(before.get(name)!), f32Data(after.get(name)!)];
        const [all, columns] = before.get(name)!.shape;
        const moved = new Set<number>();
        for (let i = 0; i < (rows ?? all) * columns; i++) if (a[i] !== b[i]) moved.add(i % columns);
        return columns - moved.size;
      };
    };
    const [none, half] = [await still(0), await still(0.5)];
    for (const name of ["embedding.weight", "lstm.weight_ih_l1", "linear.weight"]) {
      expect(none(name), name).toBe(0);
      expect(half(name), name).toBeGreaterThan(18);
      expect(half(name), name).toBeLessThan(46);
    }
  });
});
