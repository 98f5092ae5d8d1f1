// The Transformer's cache: the same bits however tokens are cut and whatever is beside them; the work of a token
// grows by attention's share alone; beams copy a block before they write to it; memory does not grow.

import { describe, expect, test } from "vitest";
import {
  LanguageModel,
  type LanguageModelOptions,
  type Runtime,
} from "../../../src/entries/index.js";
import type { Machine } from "../../../src/host/machine.js";
import type { TransformerNetwork } from "../../../src/models/language/transformer.js";
import { runtime, text, train } from "../help.js";

const context = 130;
const sizes = { kind: "transformer", hidden: 16, layers: 2, heads: 4, context } as const;

const kinds: Record<string, LanguageModelOptions["network"]> = {
  llama: { ...sizes, style: "llama" },
  "llama, untied, groups": { ...sizes, kvHeads: 2, tied: false },
  "llama, a window, one group": { ...sizes, kvHeads: 1, window: 9 },
  gpt2: { ...sizes, style: "gpt2", bias: true },
  "gpt2, untied, a window": { ...sizes, style: "gpt2", tied: false, window: 50 },
};

const networkOf = (model: LanguageModel) =>
  (model as unknown as { core: { network: TransformerNetwork } }).core.network;

async function trained(
  network: LanguageModelOptions["network"],
  on: Runtime = runtime,
): Promise<LanguageModel> {
  const model = await LanguageModel.create({ runtime: on, corpus: text, network, seed: 2 });
  await train(model, text, { steps: 10, batch: 8, seqLen: 32, lr: 1e-2 });
  return model;
}

/** A runtime that shows the machine of its only model. */
function watched(): { machine: () => Machine; on: Runtime } {
  let made: Machine | undefined;
  const machine = () => {
    made = runtime.machine();
    return made;
  };
  return { machine: () => made!, on: { machine } as unknown as Runtime };
}

const formats = ["f32", "int8"] as const;
const every = Object.keys(kinds).flatMap((kind) =>
  formats.map((format) => [kind, format] as const),
);

describe.each(every)("%s, %s", async (kind, format) => {
  const plain = await trained(kinds[kind]);
  const model = format === "int8" ? await plain.quantize() : plain;
  const network = networkOf(model);
  const V = network.classes;
  const tokens = model.tokenizer.encode(text.slice(100, 100 + context));

  /** Logits after each piece of `size` tokens; row r reads what row 0 does, `shift` · r tokens on. */
  const read = (size: number, rows = 1, shift = 0): Float32Array[] => {
    const state = network.start(rows);
    const found: Float32Array[] = [];
    for (let at = 0; at < context; at += size) {
      const steps = Math.min(size, context - at);
      const fed = Int32Array.from({ length: steps * rows }, (_, i) => {
        const [t, r] = [at + Math.floor(i / rows), i % rows];
        return tokens[(t + r * shift) % context];
      });
      const logits = new Float32Array(rows * V);
      network.step(state, fed, logits, steps);
      found.push(logits);
    }
    network.free(state);
    return found;
  };

  test("alone or among 16, token by token, in pieces or whole: the same bits", () => {
    const one = read(1);
    expect(new Set(one.map((logits) => logits.join())).size).toBeGreaterThan(context / 2);
    for (const size of [1, 7, 64, context]) {
      for (const rows of [1, 16]) {
        for (const [i, logits] of read(size, rows, 3).entries()) {
          const alone = one[Math.min((i + 1) * size, context) - 1];
          expect(logits.subarray(0, V)).toEqual(alone);
        }
      }
    }
  });

  test("branches write to copies: each has the bits of one that read all by itself", () => {
    const length = 60;
    const alone = [5, 9].map((token) => {
      const state = network.start(1);
      network.step(state, tokens.subarray(0, length), undefined, length);
      const logits = new Float32Array(V);
      network.step(state, [token]);
      network.step(state, [token], logits);
      network.free(state);
      return logits;
    });
    const state = network.start(1);
    network.step(state, tokens.subarray(0, length), undefined, length);
    const { used } = network.cache.memory;
    const both = network.select(state, [0, 0]);
    network.free(state);
    expect(network.cache.memory.used).toBe(used);
    const logits = new Float32Array(2 * V);
    network.step(both, [5, 9]);
    // The last block of each is its own; what is full is still one.
    expect(network.cache.memory.used).toBe(used + 1);
    network.step(both, [5, 9], logits);
    expect(logits.subarray(0, V)).toEqual(alone[0]);
    expect(logits.subarray(V)).toEqual(alone[1]);
    // A branch that is dropped, as beams are, gives its own block back and no other.
    const first = network.select(both, [0]);
    network.free(both);
    expect(network.cache.memory.used).toBe(used);
    network.free(first);
    expect(network.cache.memory.used).toBe(0);
  });
});

test("the work of 1,000 tokens: as many products each, and attention to one position more", async () => {
  const most = 1000;
  const { machine, on } = watched();
  const sizes = { hidden: 16, layers: 2, heads: 2, context: most };
  const model = await trained({ kind: "transformer", ...sizes }, on);
  const { kernels } = machine();
  const work = { products: 0, attended: 0, calls: 0 };
  const counted = new Proxy({} as typeof kernels, {
    get(_, name: keyof typeof kernels) {
      const own = kernels[name];
      if (typeof own !== "function") return own;
      return (...given: number[]) => {
        work.calls++;
        if (name === "matmul_packed") work.products += given[4] * given[5] * given[6];
        if (name === "cached_attention") {
          const queries = machine().i32(given[5], 2)[1];
          work.attended += queries * machine().i32(given[3], 1)[0];
        }
        return (own as (...given: number[]) => unknown)(...given);
      };
    },
  });
  Object.defineProperty(machine(), "kernels", { value: counted });
  const network = networkOf(model);
  const state = network.start(1);
  const each = Array.from({ length: most }, (_, t) => {
    Object.assign(work, { products: 0, attended: 0, calls: 0 });
    network.step(state, [t % network.classes], new Float32Array(network.classes));
    return { ...work };
  });
  const [{ products, calls }] = each;
  expect(products).toBe(network.work.predict);
  each.forEach((one, t) => {
    expect(one).toEqual({ products, calls, attended: sizes.layers * (t + 1) });
  });
  network.free(state);
});

test("memory is the same after 50 and after 300 generations of all kinds", async () => {
  const { machine, on } = watched();
  const model = await trained({ ...sizes, context: 60 }, on);
  const network = networkOf(model);
  const generate = (i: number) => {
    const own = { prompt: text.slice(i, i + 1 + ((i * 7) % 40)), maxTokens: 1 + (i % 11), seed: i };
    if (i % 5 === 0) model.generate({ ...own, beams: 3 });
    else if (i % 5 === 1) model.generate({ ...own, maxTokens: 70, overflow: "slide" });
    else model.generate({ ...own, samples: 1 + (i % 4) });
  };
  for (let i = 0; i < 50; i++) generate(i);
  const { bytes } = machine();
  const held = network.cache.memory.bytes;
  for (let i = 50; i < 300; i++) generate(i);
  expect(machine().bytes).toBe(bytes);
  expect(machine().activationBytes).toBe(0);
  expect(network.cache.memory).toEqual({ used: 0, bytes: held });
});
