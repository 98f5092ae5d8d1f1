// Gradients of the joint objective against finite differences of plain arithmetic in float64, through
// both heads. Plain gradient descent at a rate of 1 shows the gradient: it is what a weight has lost.

import { expect, test } from "vitest";
import type { Pair, Seq2Seq, Seq2SeqOptions } from "../../../src/entries/index.js";
import { f32Data, readSafetensors } from "../../../src/formats/safetensors.js";
import { create, labelled, type Nudge, naive, train } from "../pairs-help.js";

const LAMBDA = 0.7;
const some = [labelled[1], labelled[4], labelled[8]];

const kinds: Partial<Seq2SeqOptions>[] = [
  { attention: "none", reverseSource: true },
  { attention: "luong", bidirectional: true },
  { attention: "luong-dot", layers: 2 },
  { attention: "bahdanau", bidirectional: true },
  { attention: "luong", shared: true, tied: true },
];

const weightsOf = (model: Seq2Seq) =>
  new Map([...readSafetensors(model.save()).tensors].map(([name, t]) => [name, f32Data(t)]));

/** L_encoder + λ L_decoder of the pairs. */
function objective(model: Seq2Seq, pairs: readonly Pair[], nudge: Nudge): number {
  let [encoder, decoder, tokens] = [0, 0, 0];
  for (const pair of pairs) {
    const { nats, labels } = naive(model, pair, nudge);
    encoder -= Math.log(labels[model.config.labels.indexOf(pair.label!)]) / pairs.length;
    const length = pair.target.length + 1;
    decoder += nats * length;
    tokens += length;
  }
  return encoder + (LAMBDA * decoder) / tokens;
}

test.each(kinds)("%o", { timeout: 60_000 }, async (options) => {
  const sizes = { corpus: labelled, embed: 4, hidden: 6, ...options };
  const [before, after] = [await create(sizes), await create(sizes)];
  const plain = { optimizer: "sgd", momentum: 0, lr: 1, clip: 0 } as const;
  await train(after, some, { ...plain, steps: 1, batch: some.length, lambda: LAMBDA });
  const [old, changed] = [weightsOf(before), weightsOf(after)];
  const gradients = new Map(
    [...old].map(([name, values]) => [name, values.map((x, i) => x - changed.get(name)![i])]),
  );
  const largest = [...gradients.values()]
    .flatMap((g) => [...g])
    .reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  for (const [name, gradient] of gradients) {
    // The steepest weight of each tensor, and one in its middle.
    const steepest = gradient.reduce(
      (best, x, i) => (Math.abs(x) > Math.abs(gradient[best]) ? i : best),
      0,
    );
    expect(gradient[steepest], name).not.toBe(0);
    for (const index of new Set([steepest, gradient.length >> 1])) {
      const by = 1e-4;
      const [up, down] = [by, -by].map((by) => objective(before, some, { name, index, by }));
      const wanted = (up - down) / (2 * by);
      expect(Math.abs(gradient[index] - wanted), `${name}[${index}]`).toBeLessThan(
        1e-5 * Math.max(largest, 0.1),
      );
    }
  }
});
