// The folders of ../shared/data/models, where they are: tiny models of each architecture in all their files' forms, and
// a real one.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fromPretrained } from "../../../src/entries/hugging-face-names.js";
import { LanguageModel } from "../../../src/entries/index.js";
import { filesIn, furthest, greedyOf, logitsOf, runtime, shared } from "./help.js";

const there = existsSync(join(shared, "stories260K"));
if (!there) console.log(`skipped: ${shared} is not here`);

interface Prompt {
  readonly ids: readonly number[];
  readonly first: readonly number[];
  readonly last: readonly number[];
  readonly greedy: readonly number[];
}

const json = (...path: string[]) => JSON.parse(readFileSync(join(shared, ...path), "utf8"));

/** Folder, file of weights, configuration. */
const forms: readonly (readonly [string, string, string])[] = [
  ["tiny-gpt2", "model.safetensors", "config.json"],
  ["tiny-gpt2", "model.safetensors", "config-v5.json"],
  ["tiny-gpt2", "model-f16.safetensors", "config.json"],
  ["tiny-gpt2", "model-hub-names.safetensors", "config.json"],
  ["tiny-llama", "model.safetensors", "config.json"],
  ["tiny-llama", "model.safetensors", "config-v5.json"],
  ["tiny-llama", "model-bf16.safetensors", "config.json"],
  ["tiny-mistral", "model.safetensors", "config.json"],
  ["tiny-mistral", "model.safetensors", "config-v5.json"],
  ["tiny-qwen2", "model.safetensors", "config.json"],
  ["tiny-qwen2", "model.safetensors", "config-v5.json"],
  ["tiny-qwen2", "sharded", "config.json"],
  ["tiny-qwen3", "model.safetensors", "config.json"],
  ["tiny-qwen3", "model.safetensors", "config-v5.json"],
];

describe.skipIf(!there)("transformers' logits and greedy tokens", () => {
  test.each(forms)("%s, %s, %s", async (name, weights, config) => {
    const folder = filesIn(join(shared, name));
    const own =
      weights === "sharded"
        ? filesIn(join(shared, name, weights))
        : { "model.safetensors": folder[weights] };
    const tokenizer = { "tokenizer.json": folder["tokenizer.json"] };
    const files = { ...own, ...tokenizer, "config.json": folder[config] };
    const model = await fromPretrained(files, { runtime });
    const { prompts, variants = {} } = json(name, "logits.json");
    const wanted: readonly Prompt[] = variants[weights]?.prompts ?? prompts;
    expect(wanted.length).toBeGreaterThan(0);
    for (const { ids, first, last, greedy } of wanted) {
      expect(furthest(logitsOf(model, ids, 0), first)).toBeLessThan(1e-4);
      expect(furthest(logitsOf(model, ids, ids.length - 1), last)).toBeLessThan(1e-4);
      expect(greedyOf(model, ids, greedy.length)).toEqual(greedy);
    }
  });
});

describe.skipIf(!there)("stories260K", async () => {
  const model = there
    ? await fromPretrained(filesIn(join(shared, "stories260K")), { runtime })
    : (undefined as unknown as LanguageModel);
  const wanted = there ? json("stories260K", "expected-greedy.json") : {};

  test("its 256 greedy tokens, alone, among others, and without the cache", async () => {
    const options = { prompt: "", greedy: true, maxTokens: 256 };
    const { samples } = model.generate({ ...options, samples: 3 });
    for (const { tokens } of samples) expect(tokens).toEqual(wanted.greedyTokens);
    const one = model.generate(options);
    expect(one.samples[0].tokens).toEqual(wanted.greedyTokens);
    expect(one.text).toBe(wanted.text);
    let streamed = "";
    for await (const { text } of model.stream(options)) streamed += text;
    expect(streamed).toBe(wanted.text);
    const { bos } = model.tokenizer as unknown as { bos: number };
    for (const length of [1, 100, 255]) {
      const ids = [bos, ...wanted.greedyTokens.slice(0, length)];
      const logits = logitsOf(model, ids, length);
      expect(logits.indexOf(Math.max(...logits))).toBe(wanted.greedyTokens[length]);
    }
  });

  test("saved, loaded and trained, as every model", async () => {
    const again = await LanguageModel.load(model.save(), { runtime });
    const options = { prompt: "Once upon a time", maxTokens: 30, seed: 5 };
    expect(again.generate(options)).toEqual(model.generate(options));
    const stories = ["Once upon a time there was a cat.", "One day, the cat saw a dog."];
    const before = again.score(stories).nats;
    await again.fit(stories, { steps: 4, batch: 2, lr: 1e-3, val: 0 });
    expect(again.score(stories).nats).toBeLessThan(before);
  });
});
