// How a language model's text becomes batches and a validation loss.

import { learnedOf } from "../../data/conversations.js";
import { type DocumentMarkers, documentBatches, splitDocuments } from "../../data/documents.js";
import { hashTokens } from "../../data/fingerprint.js";
import { everyNth } from "../../data/order.js";
import {
  type Batches,
  cutRows,
  splitTokens,
  streamBatches,
  windowBatches,
} from "../../data/texts.js";
import { checkNumber, InvalidInputError } from "../../host/errors.js";
import type { Key } from "../../host/key.js";
import { inTurns, type Pieces } from "../../host/pieces.js";
import { type Rules, resolve } from "../../host/rules.js";
import type { TrainingData } from "../../train/data.js";
import type { DataOptions } from "../../train/progress.js";
import { PATIENCE } from "../base/suited.js";
import type { AnyCausalNetwork } from "./causal-network.js";
import { suitedRun } from "./defaults.js";
import { copyingOf, type Passage, passagesOf } from "./passages.js";
import type { EncodedData } from "./prompt.js";
import { measureDocuments, measureText } from "./score.js";

/** How `fit` makes batches of its text. */
export interface LanguageDataOptions {
  /** Rows of a batch. Default 32, or fewer for little data. */
  readonly batch?: number;
  /** Tokens of a row; fewer where the text is shorter. Default 64, or fewer for little data. */
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
  /**
   * Of documents with labels, 0 to 0.5: the fraction that is read without any, and the fraction that is read with
   * a random half of them, others each time, so that `generate` can do without. Default 0.1.
   */
  readonly labelDropout?: number;
}

/** What each option may be. */
export const languageDataRules: Rules<LanguageDataOptions> = {
  batch: { type: "integer", min: 1, max: 1e6, value: 32, fits: true },
  seqLen: { type: "integer", min: 1, max: 1e6, value: 64, fits: true },
  batching: { type: "choice", of: ["windows", "streams"], value: "windows" },
  maxLength: { type: "integer", min: 1, max: 1e6, value: 1024 },
  val: { type: "number", min: 0, max: 0.9, value: 0 },
  labelDropout: { type: "number", min: 0, max: 0.5, value: 0.1 },
};

export const languageDataKeys: readonly string[] = Object.keys(languageDataRules);

/**
 * The training data of one run. `parts` is one text, or the documents where there are markers, with their labels.
 * @param begun the options of the run that is resumed, which hold unless others are given
 */
export function languageData(
  network: AnyCausalNetwork,
  { parts, owners }: Pick<EncodedData, "parts" | "owners">,
  given: LanguageDataOptions,
  key: Key,
  markers: DocumentMarkers | undefined,
  begun?: DataOptions,
): TrainingData {
  if (given.labelDropout !== undefined && !markers?.labels) {
    throw new InvalidInputError("labelDropout is for documents with labels; this model has none");
  }
  const tokens = parts.reduce((all, { length }) => all + length, 0);
  const { steps, lr, ...suited } = suitedRun(tokens, network);
  const o = resolve(languageDataRules, given, begun ?? suited);
  checkContext(network, o, markers);
  const own = markers
    ? documentData(network, { parts, owners }, o, key, markers, begun)
    : textData(network, parts[0], o, key);
  const { batches, measure, passages, steps: longest, ...rest } = own;
  return {
    fingerprint: corpusHash(parts, markers),
    // Of very many data, one pass at least.
    defaults: { steps: Math.max(steps, Math.ceil(rest.pass.batches)), lr, patience: PATIENCE },
    ...rest,
    validate:
      measure && (async (breathe, most) => ({ loss: await inTurns(measure(most), breathe) })),
    ...(passages
      ? { copying: (breathe) => inTurns(copyingOf(network, ...passages()), breathe) }
      : {}),
    carried: [],
    activations: async (rows, recompute) => ({
      bytes: await network.activationBytes(rows, longest, recompute),
      steps: longest,
    }),
    batch(index) {
      const current = batches.batch(index);
      const { tokens, rows } = current;
      return { targets: tokens, rows, cut: (from, to) => cutRows(current, from, to) };
    },
  };
}

/** Tells corpora apart, by their tokens and by what is said of documents. */
export function corpusHash(
  parts: readonly Int32Array[],
  markers: DocumentMarkers | undefined,
): string {
  return hashTokens(markers ? parts.flatMap((one) => [one, ...besides(markers, one)]) : parts);
}

/** @throws InvalidInputError for rows that the network cannot read */
function checkContext(
  { context, carries }: AnyCausalNetwork,
  { seqLen, batching }: Required<LanguageDataOptions>,
  markers: DocumentMarkers | undefined,
): void {
  if (markers) return;
  checkNumber("seqLen (the model's context holds no more)", seqLen, { max: context });
  if (batching === "windows" || carries) return;
  throw new InvalidInputError(
    'batching "streams" carries a state from batch to batch; a Transformer has none: use "windows"',
  );
}

/** What is said of a document besides what it is: its labels, and what of it is learned. */
function besides(
  { labels, learned }: DocumentMarkers,
  document: Int32Array,
): readonly Int32Array[] {
  const own = learned?.get(document);
  return [...(labels?.of.get(document) ?? []), ...(own ? [Int32Array.from(own.marks)] : [])];
}

/** What differs between a text and documents. */
type OwnData = Pick<
  TrainingData,
  "options" | "rows" | "examples" | "carries" | "validationTargets"
> & {
  readonly pass: NonNullable<TrainingData["pass"]>;
  readonly batches: Batches;
  /** Tokens of the longest row. */
  readonly steps: number;
  readonly measure: ((most: number) => Pieces<number>) | undefined;
  /** Passages of what is learned and of what is held out, by which copying is measured. */
  readonly passages: (() => readonly [Passage[], Passage[]]) | undefined;
};

function documentData(
  network: AnyCausalNetwork,
  { parts, owners }: Pick<EncodedData, "parts" | "owners">,
  { batch, maxLength, val, labelDropout }: Required<LanguageDataOptions>,
  key: Key,
  markers: DocumentMarkers,
  begun: DataOptions | undefined,
): OwnData {
  // Runs of before documents were drawn have the last ones for validation.
  const random = begun === undefined || begun.split === "random";
  const longest = Math.min(maxLength, (network.context ?? Infinity) - 1);
  const { train, validation } =
    val > 0
      ? splitDocuments(parts, val, random ? key : undefined, markers.learned)
      : { train: parts, validation: [] };
  const targetsOf = (documents: readonly Int32Array[]) =>
    documents.reduce((all, one) => all + learnedOf(one, markers.learned?.get(one)), 0);
  const validationTargets = targetsOf(validation);
  const drop: DataOptions = markers.labels ? { labelDropout } : {};
  const batches = documentBatches(train, { batch, maxLength: longest, ...markers, ...drop, key });
  const most = train.reduce((most, { length }) => Math.max(most, length), 0);
  return {
    batches,
    steps: 1 + Math.min(longest, most),
    options: { batch, maxLength, val, ...drop, ...(val > 0 && random ? { split: "random" } : {}) },
    rows: batch,
    examples: () => {
      const numbers = new Map(parts.map((part, i) => [part, owners[i]]));
      return {
        ...{ count: 1 + owners[owners.length - 1], what: "documents" },
        of: batches.documents.map((one) => numbers.get(one)!),
        rows: batches.rows,
      };
    },
    carries: false,
    pass: { batches: batches.epoch!, targets: targetsOf(train) },
    validationTargets,
    passages:
      val === 0 || markers.learned
        ? undefined
        : () => [passagesOf(train, markers), passagesOf(validation, markers)],
    measure:
      val === 0
        ? undefined
        : (most) => {
            const some = everyNth(validation, validationTargets / most);
            return measureDocuments(network, some, markers, { rows: batch, maxLength });
          },
  };
}

function textData(
  network: AnyCausalNetwork,
  text: Int32Array,
  { batching, val, ...asked }: Required<LanguageDataOptions>,
  key: Key,
): OwnData {
  const { train, validation } =
    val > 0 ? splitTokens(text, val) : { train: text, validation: text.subarray(0, 0) };
  // A short text has shorter windows, and fewer streams.
  const targets = Math.max(1, train.length - 1);
  const streams = batching === "streams";
  const batch = streams ? Math.min(asked.batch, targets) : asked.batch;
  const seqLen = Math.min(asked.seqLen, streams ? Math.floor(targets / batch) : targets);
  const batches = streams
    ? streamBatches(train, { batch, seqLen })
    : windowBatches(train, { batch, seqLen, key });
  // Streams long enough that their cold start hardly counts.
  const rows = (length: number) => Math.max(1, Math.min(batch, Math.floor(length / 512)));
  return {
    batches,
    steps: seqLen,
    options: { batch, seqLen, batching, val },
    rows: batch,
    carries: streams,
    pass: { batches: targets / (batch * seqLen), targets },
    validationTargets: Math.max(0, validation.length - 1),
    passages: val === 0 ? undefined : () => [passagesOf(train), passagesOf(validation)],
    measure:
      val === 0
        ? undefined
        : (most) => {
            const length = Math.min(validation.length, most);
            return measureText(network, validation, { rows: rows(length), most });
          },
  };
}
