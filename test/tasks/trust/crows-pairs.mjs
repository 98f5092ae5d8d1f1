// The measure of CrowS-Pairs, as it is taken of autoregressive models, on a text model that is trained here: a small LSTM of characters learns
// WikiText-2's validation part. The figures of compareVariants are held against another computation: of all pairs by PyTorch
// (crows-pairs.py, from the weights alone), of some by the probabilities that `generate` gives of each next character.
//
//   node test/tasks/trust/crows-pairs.mjs <output folder> wiki.valid.txt crows_pairs_anonymized.csv [--steps 300] [--seed 0]
//   python3 test/tasks/trust/crows-pairs.py <output folder>
//
// The sentences are offensive by design: they are read, and none is shown. The same command prints the same fingerprints and figures.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { compareVariants } from "../../../dist/fairness.js";
import { LanguageModel } from "../../../dist/node.js";
import { percent } from "../pictures/data.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    steps: { type: "string", default: "300" },
    alone: { type: "string", default: "6" },
    seed: { type: "string", default: "0" },
  },
});
const [out, textFile, pairsFile] = positionals;
if (pairsFile === undefined) throw new Error("usage: crows-pairs.mjs <folder> <text> <pairs.csv>");
const number = (name) => Number(values[name]);

const text = readFileSync(textFile, "utf8");
const file = join(out, `wikitext-${values.seed}.safetensors`);
const model = await (existsSync(file)
  ? LanguageModel.load(readFileSync(file))
  : LanguageModel.create({
      corpus: text,
      embed: 48,
      hidden: 128,
      layers: 1,
      seed: number("seed"),
    }));
if (model.record.steps === 0) {
  for await (const { step, loss } of model.fit(text, {
    steps: number("steps"),
    batch: 32,
    seqLen: 64,
    val: 0,
  })) {
    if (step === 200) console.log(`after 200 steps: fingerprint ${model.fingerprint()}`);
    if (step % 100 === 0) console.log(`step ${step}: loss ${loss.toFixed(3)}`);
  }
  mkdirSync(out, { recursive: true });
  writeFileSync(file, model.save());
}
console.log(`fingerprint ${model.fingerprint()}`);

const [head, ...rows] = cells(readFileSync(pairsFile, "utf8"));
const column = (name) => head.indexOf(name);
const [more, less, kind] = ["sent_more", "sent_less", "bias_type"].map(column);
const items = rows.map((row) => ({ texts: { more: row[more], less: row[less] }, kind: row[kind] }));

const began = performance.now();
const found = await compareVariants(model, items);
const [pair] = found.pairs;
console.log(
  `${found.items} pairs: the first is likelier in ${words(pair.likelier)}, mean ${pair.mean.toFixed(4)}, gap ${pair.gap.toFixed(4)} nats; ${found.unknown} characters are not known; ${((performance.now() - began) / 1000).toFixed(0)} s`,
);
for (const { kind, pairs } of found.kinds) console.log(`  ${kind}: ${words(pairs[0].likelier)}`);

// What PyTorch reads: tokens after a line break, and what was found.
const tokens = (one) => [...model.tokenizer.encode(`\n${one}`, () => {})];
const all = items.map(({ texts }, i) => ({
  more: tokens(texts.more),
  less: tokens(texts.less),
  found: found.logProbabilities[i],
}));
writeFileSync(
  join(out, "pairs.json"),
  JSON.stringify({ file, share: pair.likelier.share, pairs: all }),
);

// Character by character, from what generate says of the next one.
let apart = 0;
const some = Array.from({ length: number("alone") }, (_, i) =>
  Math.floor((i * items.length) / number("alone")),
);
for (const i of some) {
  for (const variant of ["more", "less"]) {
    const own = all[i][variant];
    let sum = 0;
    for (let t = 1; t < own.length; t++) {
      const prompt = model.tokenizer.decode(own.slice(0, t));
      const { logprobs } = model.generate({ prompt, maxTokens: 1, logprobs: model.tokenizer.size })
        .samples[0];
      sum += [logprobs[0], ...logprobs[0].top].find(({ token }) => token === own[t]).logprob;
    }
    apart = Math.max(apart, Math.abs(sum - found.logProbabilities[i][variant]));
  }
}
console.log(
  `${some.length} pairs character by character: at most ${apart.toExponential(1)} nats apart`,
);

function words({ share, low, high, count, trials }) {
  return `${percent(share)} (${percent(low)} to ${percent(high)}, ${count} of ${trials})`;
}

/** Lines of a CSV file with quoted cells. */
function cells(csv) {
  const rows = [];
  let [row, cell, quoted] = [[], "", false];
  for (let i = 0; i < csv.length; i++) {
    const c = csv[i];
    if (quoted && c === '"' && csv[i + 1] === '"') cell += csv[i++];
    else if (c === '"') quoted = !quoted;
    else if (!quoted && (c === "," || c === "\n")) {
      row.push(cell.replace(/\r$/, ""));
      cell = "";
      if (c === ",") continue;
      rows.push(row);
      row = [];
    } else cell += c;
  }
  return rows;
}
