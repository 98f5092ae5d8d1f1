// How a language model's text becomes batches and a validation loss.

import { documentBatches, splitDocuments } from "../../data/documents.js";
import { hashTokens } from "../../data/fingerprint.js";
import {
  type Batches,
  cutRows,
  evaluationBatches,
  splitTokens,
  streamBatches,
  windowBatches,
} from "../../data/texts.js";
import type { Key } from "../../host/key.js";
import { inTurns, type Pieces } from "../../host/pieces.js";
import { type Rules, resolve } from "../../host/rules.js";
import type { Markers } from "../../text/markers.js";
import type { TrainingData } from "../../train/data.js";
import type { DataOptions } from "../../train/progress.js";
import type { CausalNetwork } from "./causal-network.js";
import { measureDocuments, measureText } from "./score.js";

/** How `fit` makes batches of its text. */
export interface LanguageDataOptions {
  /** Rows of a batch. Default 32. */
  readonly batch?: number;
  /** Tokens of a row; fewer where the text is shorter. Default 64. */
  readonly seqLen?: number;
  /**
   * `windows`: random places of the text; `streams`: the text from front to back in `batch` parallel
   * streams, the state carried from batch to batch. Default `windows`. Not for documents.
   */
  readonly batching?: "windows" | "streams";
  /** Documents longer than this many tokens are cut. Default 1024. */
  readonly maxLength?: number;
  /**
   * Fraction kept for validation, 0 to 0.9: the end of a text, or documents drawn by the seed. Default 0.
   */
  readonly val?: number;
}

/** What each option may be. */
export const languageDataRules: Rules<LanguageDataOptions> = {
  batch: { type: "integer", min: 1, max: 1e6, value: 32 },
  seqLen: { type: "integer", min: 1, max: 1e6, value: 64 },
  batching: { type: "choice", of: ["windows", "streams"], value: "windows" },
  maxLength: { type: "integer", min: 1, max: 1e6, value: 1024 },
  val: { type: "number", min: 0, max: 0.9, value: 0 },
};

export const languageDataKeys: readonly string[] = Object.keys(languageDataRules);

/** The training data of one run. `parts` is one text, or the documents where there are markers. */
export function languageData(
  network: CausalNetwork,
  { parts }: { readonly parts: readonly Int32Array[] },
  given: LanguageDataOptions,
  key: Key,
  markers: Markers | undefined,
): TrainingData {
  const { maxLength, batching, val, ...asked } = resolve(languageDataRules, given);
  let { batch, seqLen } = asked;

  let batches: Batches;
  let measure: (() => Pieces<number>) | undefined;
  let options: DataOptions;
  if (markers) {
    const { train, validation } =
      val > 0 ? splitDocuments(parts, val, key) : { train: parts, validation: [] };
    batches = documentBatches(train, { batch, maxLength, ...markers, key });
    if (val > 0) {
      const rows = { rows: batch, maxLength };
      measure = () => measureDocuments(network, validation, markers, rows);
    }
    options = { batch, maxLength, val, ...(val > 0 ? { split: "random" } : {}) };
  } else {
    const { train, validation } =
      val > 0
        ? splitTokens(parts[0], val)
        : { train: parts[0], validation: parts[0].subarray(0, 0) };
    // A short text has shorter windows, and fewer streams.
    const targets = Math.max(1, train.length - 1);
    if (batching === "streams") batch = Math.min(batch, targets);
    seqLen = Math.min(seqLen, batching === "windows" ? targets : Math.floor(targets / batch));
    batches =
      batching === "windows"
        ? windowBatches(train, { batch, seqLen, key })
        : streamBatches(train, { batch, seqLen });
    if (val > 0) {
      // Streams long enough that their cold start hardly counts.
      const rows = Math.max(1, Math.min(batch, Math.floor(validation.length / 512)));
      measure = () => measureText(evaluationBatches(validation, { rows, seqLen: 64 }), network);
    }
    options = { batch, seqLen, batching, val };
  }
  return {
    fingerprint: hashTokens(parts),
    options,
    rows: batch,
    validate: measure && (async (breathe) => ({ loss: await inTurns(measure(), breathe) })),
    carries: batching === "streams" && !markers,
    carried: [],
    batch(index) {
      const current = batches.batch(index);
      const { tokens, rows } = current;
      return { targets: tokens, rows, cut: (from, to) => cutRows(current, from, to) };
    },
  };
}
