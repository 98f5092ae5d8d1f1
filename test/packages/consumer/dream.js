// Trains and samples, here and in a worker, as a user of the package would.
import { LanguageModel } from "simdream";
import { regex } from "simdream/grammar";
import { defineModel, Linear, mse, tanh } from "simdream/nn";
import { startWorker } from "simdream/worker";

const text = "the cat sat on the mat. the rat sat on the hat.\n".repeat(8);
const shape = { corpus: text, hidden: 16, dropout: 0.1, seed: 1 };
const fit = { steps: 6, batch: 4, seqLen: 16, shards: 2, workers: 2 };
const sampling = { prompt: "the", maxTokens: 24, seed: 7, grammar: regex("[a-z .]{24}") };

const Curve = defineModel({
  name: "Curve",
  defaults: { hidden: 8 },
  batch: (points, indices) => ({
    x: Float32Array.from(indices, (i) => points[i][0]),
    y: Float32Array.from(indices, (i) => points[i][1]),
  }),
  build(scope, { hidden }) {
    const first = new Linear(scope.child("first"), 1, hidden);
    const second = new Linear(scope.child("second"), hidden, 1);
    const forward = (tape, x) => second.forward(tape, tanh(tape, first.forward(tape, x)));
    return {
      forward,
      loss: (tape, { x, y }, { rows }) =>
        mse(tape, forward(tape, tape.tensor(x, [rows, 1])), tape.tensor(y, [rows, 1])),
    };
  },
});
const points = Array.from({ length: 20 }, (_, i) => [i / 20, (i / 20) ** 2]);

/** A network of one's own. */
async function curve() {
  const model = await Curve.create({ seed: 1 });
  await model.fit(points, { steps: 6, batch: 5, shards: 2 });
  const [y] = model.compute((tape, { forward }) => forward(tape, tape.tensor([0.5], [1, 1])));
  return { fingerprint: model.fingerprint(), y };
}

export async function dream() {
  const model = await LanguageModel.create(shape);
  for await (const { loss } of model.fit(text, fit)) if (!(loss > 0)) throw new Error(`${loss}`);
  const here = { fingerprint: model.fingerprint(), text: model.generate(sampling).text };

  const worker = await startWorker();
  const remote = await worker.LanguageModel.create(shape);
  for await (const { loss } of remote.fit(text, fit)) if (!(loss > 0)) throw new Error(`${loss}`);
  let piece = "";
  for await (const chunk of remote.stream(sampling)) piece += chunk.text;
  const there = { fingerprint: await remote.fingerprint(), text: piece };
  await worker.close();
  return { here, there, own: await curve() };
}
