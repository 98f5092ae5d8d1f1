// Models as Hugging Face's folders, for transformers to read: those of each architecture and tokenizer, made here, and
// where it is there a pretrained one.
//
//   node test/tasks/hugging-face.mjs out [stories260K/], then python3 test/tasks/hugging-face.py out
//
// Writes a folder for each model, with expected.json: prompts with their tokens, the log-probabilities of what comes
// next, and the greedy tokens.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fromPretrained, toPretrained } from "../../dist/hugging-face-node.js";
import { LanguageModel } from "../../dist/node.js";

const [out, pretrained] = process.argv.slice(2);
if (out === undefined) throw new Error("usage: hugging-face.mjs <out> [folder of a model]");

const corpus = [
  ..."the cat sat on the mat|don't  stop.\n\n  12345 “quoted”|’tis １２３ 👩‍🚀!|\u0000\t\r\n ~ é字🙂 \u00a0".split(
    "|",
  ),
  ...["rose lily iris", "poppy, violet; daisy"],
];
const sizes = { network: "transformer", hidden: 32, layers: 2, heads: 4, context: 64 };
const scaled = {
  type: "llama3",
  factor: 8,
  lowFreqFactor: 1,
  highFreqFactor: 4,
  originalContext: 16,
};
const models = {
  llama: {},
  "llama-scaled": { ropeScaling: scaled, tied: false, kvHeads: 2, theta: 500, headSize: 10 },
  "llama-linear": { ropeScaling: { type: "linear", factor: 3 }, tokenizer: "byte" },
  mistral: { window: 6, normEps: 1e-6 },
  qwen2: { qkvBias: true, tokenizer: "bpe", vocab: 300 },
  "qwen2-window": { qkvBias: true, window: 6 },
  qwen3: { qkNorm: true, headSize: 16, kvHeads: 1 },
  gpt2: { style: "gpt2", tokenizer: "bpe", vocab: 300 },
  "gpt2-bias": { style: "gpt2", bias: true, inner: 40, normEps: 1e-4, tied: false },
};

for (const [name, own] of Object.entries(models)) {
  const model = await LanguageModel.create({ ...sizes, ...own, corpus, seed: 3 });
  await model.fit(corpus, { steps: 30, batch: 4, lr: 1e-2, val: 0 });
  await write(name, model, corpus);
}
const text = corpus.join(" ");
const plain = await LanguageModel.create({ ...sizes, corpus: text, seed: 3 });
await plain.fit(text, { steps: 30, batch: 4, seqLen: 16, lr: 1e-2, val: 0 });
await write("text", plain, corpus);
if (pretrained !== undefined) {
  const names = readdirSync(pretrained).filter((name) => /\.(json|safetensors)$/.test(name));
  const files = names.map((name) => [name, new Blob([readFileSync(join(pretrained, name))])]);
  await write("pretrained", await fromPretrained(Object.fromEntries(files)), corpus.slice(0, 3));
}

async function write(name, model, prompts) {
  const folder = join(out, name);
  mkdirSync(folder, { recursive: true });
  for (const [file, bytes] of Object.entries(await toPretrained(model))) {
    writeFileSync(join(folder, file), bytes);
  }
  const { size } = model.tokenizer;
  const expected = prompts.map((prompt) => {
    const asked = { prompt, greedy: true, maxTokens: 8, logprobs: size };
    const [{ tokens, logprobs }] = model.generate(asked).samples;
    const next = new Array(size);
    for (const { token, logprob } of logprobs[0].top) next[token] = logprob;
    return { prompt, ids: [...model.tokenizer.encode(prompt)], next, tokens };
  });
  writeFileSync(join(folder, "expected.json"), JSON.stringify(expected));
  console.log(`${folder}: ${model.parameterCount} parameters`);
}
