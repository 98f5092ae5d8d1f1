// Rounds beside synchronous training: tiny Shakespeare, an LSTM of 256 units and a Transformer of 4 layers, 4 heads and width 128,
// the same number of examples in 4 shards. Nats a character over the last tenth of the text, and bytes an example.
//
//   node test/tasks/cluster/rounds.mjs tinyshakespeare.txt [--model lstm|transformer] [--steps 2000] [--workers 1]
//     [--rounds 0] [--bits 32] [--momentum 0.5] [--lr 0.7] [--hidden 256]
//
// Without --rounds all runs of the model, one after the other: synchronous, 30 steps a round, 100 steps a round in 8 bits. Each
// prints a line of JSON; --rounds 0 is the synchronous one alone.

import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { bytesPerExample } from "../../../dist/cluster.js";
import { LanguageModel } from "../../../dist/node.js";

const text = (value) => ({ type: "string", default: value });
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    ...{ model: text("lstm"), steps: text("2000"), workers: text("1"), hidden: text("256") },
    ...{ rounds: { type: "string" }, bits: text("32"), momentum: text("0.5"), lr: text("0.7") },
  },
});
const [file] = positionals;
if (file === undefined) throw new Error("usage: rounds.mjs <tinyshakespeare.txt>");
const corpus = readFileSync(file, "utf8");
const [BATCH, SHARDS, LENGTH] = [32, 4, 64];

const networks = {
  lstm: {
    create: { hidden: Number(values.hidden), embed: 64, layers: 1 },
    fit: { lr: 4e-3, weightDecay: 0.01 },
  },
  transformer: {
    create: { network: { kind: "transformer", hidden: 128, layers: 4, heads: 4, context: LENGTH } },
    fit: { lr: 1e-3, betas: [0.9, 0.99], weightDecay: 0.1 },
  },
};

async function run(rounds) {
  const { create, fit } = networks[values.model];
  const model = await LanguageModel.create({ corpus, ...create, seed: 1 });
  const steps = Number(values.steps);
  const train = corpus.slice(0, Math.floor(0.9 * corpus.length));
  const begun = performance.now();
  const common = { steps, batch: BATCH, seqLen: LENGTH, shards: SHARDS, clip: 1 };
  const options = { ...common, ...fit };
  const course = { schedule: "cosine", lrMin: 0.1, warmup: 100 };
  const workers = Number(values.workers);
  const reports = model.fit(train, { ...options, ...course, workers, ...(rounds && { rounds }) });
  let last;
  for await (const report of reports) {
    const passed = Math.floor(report.step / 300) > Math.floor((last?.step ?? 0) / 300);
    if (passed) console.error(`step ${report.step}: loss ${report.loss.toFixed(3)}`);
    last = report;
  }
  const held = corpus.slice(Math.floor(0.9 * corpus.length));
  const { nats } = model.score(held, { resetEvery: LENGTH });
  const traffic = { parameters: model.parameterCount, batch: BATCH, shards: SHARDS };
  const example = 8 * LENGTH;
  const found = {
    model: values.model,
    steps,
    rounds: rounds ?? null,
    nats: Number(nats.toFixed(4)),
    bytes: Math.round(bytesPerExample({ ...traffic, example, ...(rounds && { rounds }) })),
    parameters: model.parameterCount,
    minutes: Number(((performance.now() - begun) / 60000).toFixed(1)),
    fingerprint: model.fingerprint(),
  };
  console.log(JSON.stringify(found));
  return found;
}

const outer = { momentum: Number(values.momentum), lr: Number(values.lr) };
if (values.rounds !== undefined) {
  const steps = Number(values.rounds);
  await run(steps > 0 ? { steps, bits: Number(values.bits), ...outer } : undefined);
} else {
  const synchronous = await run();
  for (const rounds of [
    { steps: 30, ...outer },
    { steps: 30, bits: 8, ...outer },
    { steps: 100, ...outer },
    { steps: 100, bits: 8, ...outer },
  ]) {
    const { nats, bytes } = await run(rounds);
    const worse = (100 * (nats / synchronous.nats - 1)).toFixed(2);
    const less = (synchronous.bytes / bytes).toFixed(1);
    console.log(
      `H ${rounds.steps}, ${rounds.bits ?? 32} bits: loss ${worse} %, bytes ${less} times fewer`,
    );
  }
}
