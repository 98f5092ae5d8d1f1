// A small model of conversations, made in the page: a Transformer over byte pairs, trained in the worker that it will live in.

/** What it is, and how it learns: in less than a minute. */
const SIZES = { kind: "transformer", hidden: 64, layers: 2, heads: 4, context: 256 };
const VOCABULARY = 600;
const RUN = { batch: 16, lr: 4e-3, schedule: "cosine", weightDecay: 0.1, val: 0 };

/**
 * @param LanguageModel of the worker
 * @param conversations what it learns
 * @param told is told each report
 * @returns the model; where it is stopped, as far as it has come
 */
export async function smallChat(LanguageModel, conversations, { steps, signal, told }) {
  const model = await LanguageModel.create({
    corpus: conversations,
    network: SIZES,
    tokenizer: "bpe",
    vocab: VOCABULARY,
  });
  const options = { ...RUN, steps, warmup: Math.ceil(steps / 20), signal };
  try {
    for await (const report of model.fit(conversations, options)) told(report);
  } catch (error) {
    if (!signal.aborted || model.record.steps === 0) throw error;
  }
  return model;
}
