// What the pages do: a small training, and what it must come to in every place.

const text = "the cat sat on the mat. the rat sat on the hat.\n".repeat(8);
export const shape = { corpus: text, hidden: 16, dropout: 0.1, seed: 1 };
export const fit = { steps: 6, batch: 4, seqLen: 16, shards: 2, workers: 2 };
export const sampling = { prompt: "the", maxTokens: 24, seed: 7 };

/** A model trained in this thread, by whatever copy of the library. */
export async function trained({ LanguageModel, load }, runtime = load()) {
  const model = await LanguageModel.create({ runtime: await runtime, ...shape });
  for await (const _ of model.fit(text, fit));
  return model;
}

/** The same in a worker; and what it streams. */
export async function dreamIn(worker) {
  const model = await worker.LanguageModel.create(shape);
  for await (const _ of model.fit(text, fit));
  let streamed = "";
  for await (const { text: piece } of model.stream(sampling)) streamed += piece;
  return { fingerprint: await model.fingerprint(), text: streamed };
}

/** Leaves what the page comes to where the test looks for it. */
export function report(work) {
  work().then(
    (result) => {
      globalThis.result = result;
    },
    (error) => {
      globalThis.result = { error: `${error?.name}: ${error?.message}` };
    },
  );
}

export const outcome = (model) => ({
  fingerprint: model.fingerprint(),
  text: model.generate(sampling).text,
});
