// The Transformer's cache over a long time, at the size of stories260K, with random weights.
//
//   node test/tasks/cache.mjs [generations]      (default 10,000; about ten minutes)
//
// Shows the time of a token by its position, of 1,000 in one sample: it grows by attention alone. Then generates so
// many times, of all kinds, and fails if the model's memory is larger at the end than after the first hundred.

import { LanguageModel, load } from "../../dist/node.js";

const generations = Number(process.argv[2] ?? 10_000);
const context = 1024;
const sizes = { layers: 5, heads: 8, kvHeads: 4, hidden: 64, inner: 172, context };
const corpus = String.fromCodePoint(...Array.from({ length: 512 }, (_, i) => 0x4e00 + i));
const real = await load();
let machine;
const runtime = {
  machine() {
    machine = real.machine();
    return machine;
  },
};
const network = { kind: "transformer", ...sizes };
const model = await LanguageModel.create({ runtime, corpus, network, seed: 1 });
await model.fit(corpus, { steps: 1, batch: 1, seqLen: 8 });
const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

/** Microseconds of each token, the median of some samples. */
async function tokenTimes(count, samples) {
  const times = Array.from({ length: count }, () => []);
  for (let seed = 0; seed < samples; seed++) {
    let before = performance.now();
    let at = 0;
    for await (const _ of model.stream({ prompt: corpus[0], maxTokens: count, seed })) {
      const now = performance.now();
      times[at++].push(1000 * (now - before));
      before = now;
    }
  }
  return times.map((own) => median(own));
}

const times = await tokenTimes(1000, 7);
for (const from of [0, 100, 300, 500, 700, 900]) {
  const some = times.slice(from, from + 100);
  console.log(`tokens ${from} to ${from + 99}: ${median(some).toFixed(0)} µs each`);
}

function generate(i) {
  const prompt = corpus.slice(i % 50, (i % 50) + 1 + ((i * 7) % 200));
  const own = { prompt, maxTokens: 1 + (i % 23), seed: i };
  if (i % 7 === 0) model.generate({ ...own, beams: 4 });
  else if (i % 500 === 1) model.generate({ ...own, maxTokens: 1100, overflow: "slide" });
  else model.generate({ ...own, samples: 1 + (i % 5) });
}

let held = 0;
for (let i = 0; i < generations; i++) {
  generate(i);
  if (i === 99) held = machine.bytes;
  if ((i + 1) % Math.max(100, generations / 10) > 0) continue;
  const mega = (bytes) => (bytes / 2 ** 20).toFixed(1);
  const { rss, heapUsed } = process.memoryUsage();
  console.log(
    `${i + 1} generations: model ${mega(machine.bytes)} MiB, process ${mega(rss)}, heap ${mega(heapUsed)}`,
  );
}
if (machine.bytes > held) {
  console.error(`the model's memory grew from ${held} to ${machine.bytes} bytes`);
  process.exitCode = 1;
}
