// The two parts that a model's last run had of its data: what it learned, and what it kept for its validation.

import { splitDocuments } from "../data/documents.js";
import type { GridSet } from "../data/grids/grid-set.js";
import type { ImageSet } from "../data/images/image-set.js";
import { type Pair, splitPairs } from "../data/pairs.js";
import { splitTokens } from "../data/texts.js";
import { Key, purposes } from "../host/key.js";
import type { Labelled } from "../models/images/batches.js";
import type { PictureData } from "../models/images/rows.js";
import type { Corpus } from "../models/language/corpora.js";
import type { LanguageModel } from "../models/language/language-model.js";
import type { Seq2Seq } from "../models/seq2seq/seq2seq.js";
import { markersOf } from "../text/markers.js";
import { type AnyModel, insideOf, kindOf } from "./inside.js";
import { isPictures } from "./nearest-training.js";

/** Data in two parts. */
export interface Parts {
  readonly training: unknown;
  readonly heldOut: unknown;
  /** Which of the data were learned; of one text it is not said. */
  readonly learned?: readonly number[];
}

/**
 * The data of the model's last run as its validation parted them; undefined where it had no validation, where they are other data,
 * and for models whose validation is not known from these data.
 */
export async function ownSplit(model: AnyModel, data: unknown): Promise<Parts | undefined> {
  const { record } = model;
  const run = record.history[record.history.length - 1];
  const val = Number(run?.dataOptions.val ?? 0);
  if (!(val > 0)) return undefined;
  const { machine } = insideOf(model);
  const seed = Key.fromSeed(machine, run.seed);
  const asked = { val, key: seed.fold(purposes.shuffle).fold(record.runs - 1), hash: run.data };
  const kind = kindOf(model);
  if (kind === "LanguageModel") return ofCorpus(model as never, data as Corpus, asked);
  if (kind === "Seq2Seq") return ofPairs(model as never, data as readonly Pair[], asked);
  if (kind === "GridModel") return ofGrids(data as GridSet, asked);
  if ("labelled" in model) return ofPictures(model as never, data as PictureData, asked);
  return undefined;
}

interface Asked {
  readonly val: number;
  /** Of the run's data. */
  readonly key: Key;
  readonly hash: string;
}

async function ofCorpus(
  model: LanguageModel,
  data: Corpus,
  { val, key, hash }: Asked,
): Promise<Parts | undefined> {
  const { corpusHash } = await import("../models/language/data.js");
  const { parts, labels, learned } = model.encoded(data, "skip");
  const markers = model.config.documents && {
    ...markersOf(model.tokenizer),
    ...{ labels, learned },
  };
  if (corpusHash(parts, markers || undefined) !== hash) return undefined;
  if (typeof data === "string") {
    const { train, validation } = splitTokens(parts[0], val);
    const text = (tokens: Int32Array) => model.tokenizer.decode(tokens);
    return { training: text(train), heldOut: text(validation) };
  }
  // A conversation may be several documents: then it is not known which is which.
  if (parts.length !== data.length) return undefined;
  const held = new Set(splitDocuments(parts, val, key, learned).validation);
  return parted(data, (i) => held.has(parts[i]));
}

async function ofPairs(
  { tokenizers, config }: Seq2Seq,
  data: readonly Pair[],
  { val, key, hash }: Asked,
): Promise<Parts | undefined> {
  const [{ hashPairs }, { encodePairs }] = await Promise.all([
    import("../models/seq2seq/data.js"),
    import("../models/seq2seq/encode-pairs.js"),
  ]);
  const encoded = encodePairs(tokenizers, config, "pairs", data, () => {});
  const { train, validation } = splitPairs(encoded, val, key);
  // A run's hash is of the pairs that it learned.
  if (hashPairs(train.map(({ tokens }) => tokens)) !== hash) return undefined;
  const held = new Set<unknown>(validation);
  return parted(data, (i) => held.has(encoded[i]));
}

async function ofGrids(data: GridSet, { val, key, hash }: Asked): Promise<Parts | undefined> {
  if (data.fingerprint() !== hash) return undefined;
  const { heldOut } = await import("../models/grids/data.js");
  return subsets(data, heldOut(data, val, key));
}

async function ofPictures(
  model: { labelled(what: string, data: PictureData): Labelled },
  data: PictureData,
  { val, key, hash }: Asked,
): Promise<Parts | undefined> {
  const [{ drawValidation, fingerprintOf }, { splitKey }] = await Promise.all([
    import("../models/images/split.js"),
    import("../models/images/data.js"),
  ]);
  const all = model.labelled("data", data);
  if (fingerprintOf(all) !== hash) return undefined;
  const { trained } = drawValidation(all, val, splitKey(key));
  const own = new Set(trained);
  const held = Array.from({ length: data.length }, (_, i) => !own.has(i));
  return isPictures(data) ? subsets(data, held) : parted(data, (i) => held[i]);
}

function parted<T>(data: readonly T[], held: (i: number) => boolean): Parts {
  return {
    training: data.filter((_, i) => !held(i)),
    heldOut: data.filter((_, i) => held(i)),
    learned: Array.from(data.keys()).filter((i) => !held(i)),
  };
}

function subsets(data: ImageSet | GridSet, held: readonly boolean[]): Parts {
  const places = (kept: boolean) => Array.from(held.keys()).filter((i) => held[i] === kept);
  const learned = places(false);
  return { training: data.subset(learned), heldOut: data.subset(places(true)), learned };
}
