// Files of format 1, each with a run in the middle, and what the run comes to. Made with simdream 0.1.0:
//
//   node make.mjs path/to/simdream-0.1.0/dist/node.js
import { writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { LanguageModel, Seq2Seq, load } = await import(pathToFileURL(process.argv[2]).href);
const here = (name) => new URL(name, import.meta.url);

const text = "the cat sat on the mat. the rat sat on the hat.\n".repeat(10);
const pairs = ["one", "two", "three", "four", "five", "six"].map((source, label) => ({
  source,
  target: source.toUpperCase(),
  label: label % 2 === 0 ? "even" : "odd",
}));
const sizes = { embed: 4, hidden: 8, seed: 3 };
const runtime = await load();

async function half(model, data, options) {
  for await (const { step } of model.fit(data, options)) if (step === 3) break;
  const file = model.save({ training: true });
  for await (const _ of model.fit(data, options));
  return { file, fingerprint: model.fingerprint() };
}

const fit = { steps: 6, batch: 2, weightDecay: 0.1, ema: 0.5 };
const language = await half(await LanguageModel.create({ runtime, ...sizes, corpus: text }), text, {
  ...fit,
  ...{ seqLen: 8, batching: "streams", val: 0.2, evalEvery: 1, patience: 5 },
});
const seq2seq = await half(await Seq2Seq.create({ runtime, ...sizes, corpus: pairs }), pairs, fit);
writeFileSync(here("language.safetensors"), language.file);
writeFileSync(here("seq2seq.safetensors"), seq2seq.file);
const fingerprints = { language: language.fingerprint, seq2seq: seq2seq.fingerprint };
writeFileSync(here("expected.json"), `${JSON.stringify({ text, pairs, fingerprints }, null, 2)}\n`);
