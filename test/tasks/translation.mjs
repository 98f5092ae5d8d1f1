// English to Chinese on a file of sentence pairs: trains, translates what was held out, and tells loss,
// BLEU and chrF, the latter by the length of the source.
//
//   node test/tasks/translation.mjs cmn-eng.txt out [--attention none | --network transformer] [--workers 2]
//
// Writes to the folder: pairs.json (both sides as tokens, for translation.py), and for the LSTM <attention>, for the
// Transformer "transformer" with .safetensors, .json (the figures) and .tsv (source, reference, translation).

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { numbers } from "../../bench/peers/work.mjs";
import { bleu, chrF, readPairs, Seq2Seq } from "../../dist/node.js";
import { targetsBySource } from "./help.mjs";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    network: { type: "string", default: "lstm" },
    attention: { type: "string", default: "luong" },
    workers: { type: "string", default: "2" },
    epochs: { type: "string" },
  },
});
const [data, out] = positionals;
if (out === undefined) throw new Error("usage: translation.mjs <pairs.txt> <out>");
const settings = JSON.parse(readFileSync(new URL("translation.json", import.meta.url), "utf8"));
const { network, attention } = values;
const transformer = network === "transformer";
const name = transformer ? network : attention;
const workers = Number(values.workers);
const epochs = Number(values.epochs ?? settings.epochs);
mkdirSync(out, { recursive: true });

const { pairs } = readPairs(readFileSync(data, "utf8"), { normalize: "NFKC", dedupe: true });
const { train, heldOut } = split(pairs, settings.pairs);
const { tokenizer, vocab, embed, hidden, dropout, bidirectional } = settings;
const { lr, warmup, ...sizes } = transformer
  ? settings.transformer
  : { lr: settings.lr, warmup: settings.warmup, embed, hidden, dropout, bidirectional, attention };
// The vocabularies are of all pairs: a held-out character that is not among them could not be scored.
const model = await Seq2Seq.create({
  ...{ corpus: pairs, tokenizer, vocab, network: { kind: network, ...sizes }, seed: 1 },
});
writeFileSync(join(out, "pairs.json"), JSON.stringify(asTokens(model, train, heldOut)));
console.log(
  `${train.length} pairs to train on, ${heldOut.length} held out, ${model.parameterCount} parameters`,
);

const { batch, clip, smoothing, weightDecay } = settings;
const steps = epochs * Math.ceil(train.length / batch);
const evalEvery = Math.ceil(steps / epochs);
const started = performance.now();
let padding = 0;
const fingerprints = {};
const fit = { steps, batch, lr, warmup, clip, smoothing, weightDecay, schedule: "cosine" };
const parallel = { shards: 2, workers };
for await (const report of model.fit(train, {
  ...fit,
  ...parallel,
  evalEvery,
  validation: heldOut,
})) {
  if (report.step === 200 || report.step === steps) {
    fingerprints[report.step] = model.fingerprint();
    console.log(`step ${report.step}: ${fingerprints[report.step]}`);
  }
  if (report.validation === undefined) continue;
  padding = report.measures.padding;
  const passed = ((performance.now() - started) / 60000).toFixed(1);
  console.log(
    `step ${report.step}: loss ${report.loss.toFixed(3)}, held out ${report.validation.toFixed(4)} nats, ` +
      `${Math.round(report.tokensPerSecond)} tokens/s, ${passed} minutes`,
  );
}
const minutes = (performance.now() - started) / 60000;
writeFileSync(join(out, `${name}.safetensors`), model.save());

const translated = Array.from(targetsBySource(heldOut), ([source, targets]) => ({
  ...{ source, targets, answer: model.generate({ source, beams: 5, maxTokens: 60 }).text },
}));
const lines = translated.map(({ source, targets, answer }) =>
  [source, answer, ...targets].join("\t"),
);
writeFileSync(join(out, `${name}.tsv`), `${lines.join("\n")}\n`);

const { nats, accuracy } = model.score(heldOut);
const curve = [
  [1, 3],
  [4, 4],
  [5, 5],
  [6, 6],
  [7, 7],
  [8, 8],
  [9, 10],
  [11, 14],
  [15, 99],
].map(([from, to]) => {
  const some = translated.filter(({ source }) => words(source) >= from && words(source) <= to);
  return { words: `${from} to ${to}`, sources: some.length, ...quality(some) };
});
const over8 = quality(translated.filter(({ source }) => words(source) > 8));
const figures = { name, parameters: model.parameterCount, epochs, steps, minutes, padding };
const result = { ...figures, fingerprints, nats, accuracy, ...quality(translated), over8, curve };
writeFileSync(join(out, `${name}.json`), `${JSON.stringify(result, undefined, 2)}\n`);
console.log(result);

/** A part of the pairs and the rest, in an order that looks random; no source is in both. */
function split(all, count) {
  const next = numbers();
  const targets = targetsBySource(all);
  const order = new Map(Array.from(targets.keys(), (source) => [source, next()]));
  const sources = [...order.keys()].sort((a, b) => order.get(a) - order.get(b));
  const chosen = new Set();
  let room = count;
  for (const source of sources) {
    const { length } = targets.get(source);
    if (length > room) continue;
    chosen.add(source);
    room -= length;
  }
  return {
    train: all.filter(({ source }) => chosen.has(source)),
    heldOut: all.filter(({ source }) => !chosen.has(source)),
  };
}

/** What another program needs to train on the same tokens. */
function asTokens({ tokenizers: { source, target } }, ...parts) {
  const [train, heldOut] = parts.map((pairs) =>
    pairs.map((pair) => [[...source.encode(pair.source)], [...target.encode(pair.target)]]),
  );
  const markers = { start: target.special("<start>"), end: target.special("<end>") };
  return { sources: source.size, targets: target.size, ...markers, train, heldOut };
}

function words(text) {
  return text.split(" ").length;
}

/** BLEU and chrF of answers, with every translation that the source has as a reference. */
function quality(some) {
  const answers = some.map(({ answer }) => answer);
  const targets = some.map(({ targets }) => targets);
  return {
    bleu: bleu(answers, targets, { tokenize: "zh" }).score,
    chrF: chrF(answers, targets).score,
  };
}
