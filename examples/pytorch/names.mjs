// Samples a model that names.py trained in PyTorch: node names.mjs lstm (or transformer), in the folder of its files. Saves it
// as names.safetensors, which the command line reads, and `python3 names.py back names.safetensors`.
import { readFile, writeFile } from "node:fs/promises";
import { createTokenizer, LanguageModel } from "simdream";

const [kind = "lstm"] = process.argv.slice(2);
const vocabulary = JSON.parse(await readFile("vocabulary.json", "utf8"));
const tokenizer = createTokenizer("char", vocabulary, { order: "given" });
// The weights say the other sizes themselves.
const network = kind === "lstm" ? kind : { kind, heads: 4, context: 32 };
const model = await LanguageModel.load(await readFile("weights.safetensors"), {
  tokenizer,
  network,
});

// "." begins and ends each name.
const [{ logprobs }] = model.generate({ prompt: ".", maxTokens: 1, logprobs: 3 }).samples;
const likely = logprobs[0].top.map(({ text, logprob }) => `${text} ${logprob.toFixed(5)}`);
console.log("first:", likely.join(", "));
const options = { prompt: ".", stop: ".", maxTokens: 30, temperature: 0.8 };
for (const { text } of model.generate({ ...options, samples: 5, seed: 1 }).samples)
  console.log(text);
await writeFile("names.safetensors", model.save());
