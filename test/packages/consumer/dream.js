// Trains and samples, here and in a worker, as a user of the package would.
import { LanguageModel } from "simdream";
import { startWorker } from "simdream/worker";

const text = "the cat sat on the mat. the rat sat on the hat.\n".repeat(8);
const shape = { corpus: text, hidden: 16, dropout: 0.1, seed: 1 };
const fit = { steps: 6, batch: 4, seqLen: 16, shards: 2, workers: 2 };
const sampling = { prompt: "the", maxTokens: 24, seed: 7 };

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
  return { here, there };
}
