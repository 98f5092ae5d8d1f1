// Addition of numbers of up to three digits, the task of Keras's addition_rnn: 50,000 different sums, 5,000
// of them held out, one LSTM layer of 128 units. What part is added rightly, to the letter, with the source
// reversed and not, with attention and without.
//
//   node test/tasks/addition.mjs [--attention none|luong|…] [--reverse] [--steps 12000]

import { parseArgs } from "node:util";
import { numbers } from "../../bench/peers/work.mjs";
import { Seq2Seq } from "../../dist/node.js";

const { values } = parseArgs({
  options: {
    attention: { type: "string", default: "none" },
    reverse: { type: "boolean", default: false },
    steps: { type: "string", default: "12000" },
  },
});
const { attention, reverse } = values;
const steps = Number(values.steps);

const random = numbers();
const below = (n) => Math.floor(random() * n);
const operand = () => below(10 ** (1 + below(3)));

// As in Keras: a sum and its mirror image count as one, and both sides are padded with spaces.
const sums = new Map();
while (sums.size < 50000) {
  const [a, b] = [operand(), operand()];
  const key = `${Math.min(a, b)}+${Math.max(a, b)}`;
  if (sums.has(key)) continue;
  sums.set(key, { source: `${a}+${b}`.padEnd(7), target: String(a + b).padEnd(4) });
}
const pairs = [...sums.values()];
// The first of them have more short numbers than the last: mixed (Fisher and Yates), so that both parts are alike.
for (let i = pairs.length - 1; i > 0; i--) {
  const j = below(i + 1);
  [pairs[i], pairs[j]] = [pairs[j], pairs[i]];
}
const [train, heldOut] = [pairs.slice(5000), pairs.slice(0, 5000)];
const create = {
  corpus: pairs,
  embed: 32,
  hidden: 128,
  attention,
  reverseSource: reverse,
  seed: 1,
};
const model = await Seq2Seq.create(create);
const name = `attention ${attention}, ${reverse ? "reversed" : "not reversed"}`;
console.log(`${name}: ${model.parameterCount} parameters`);

const started = performance.now();
const fit = { steps, batch: 128, lr: 4e-3, schedule: "cosine", clip: 1, weightDecay: 0.1 };
const validation = heldOut.slice(0, 500);
for await (const { step, validation: nats, measures } of model.fit(train, { ...fit, validation })) {
  if (nats === undefined) continue;
  const exact = (100 * measures.exactMatch).toFixed(1);
  console.log(`step ${step}: held out ${nats.toFixed(4)} nats, ${exact} % of 200 exact`);
}
const minutes = ((performance.now() - started) / 60000).toFixed(1);
const right = heldOut.filter(
  ({ source, target }) => model.generate({ source, greedy: true, maxTokens: 8 }).text === target,
);
const exact = ((100 * right.length) / heldOut.length).toFixed(2);
console.log(`${name}: ${exact} % of ${heldOut.length} held-out sums exact, ${minutes} minutes`);
