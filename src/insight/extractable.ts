// Extractable memorisation (Carlini et al., "Quantifying Memorization Across Neural Language Models", 2022): how much of a text
// a model continues word for word from some tokens of it.

import { opening } from "../data/openings.js";
import type { Pair } from "../data/pairs.js";
import { checkKeys, checkNumber, describe, InvalidInputError } from "../host/errors.js";
import { eventLoop } from "../host/event-loop.js";
import { inTurns, type Pieces } from "../host/pieces.js";
import type { AnyCausalNetwork } from "../models/language/causal-network.js";
import type { Corpus } from "../models/language/corpora.js";
import type { LanguageModel } from "../models/language/language-model.js";
import type { AnyPairNetwork } from "../models/seq2seq/pair-network.js";
import type { Seq2Seq } from "../models/seq2seq/seq2seq.js";
import { leading } from "../sampling/greedy.js";
import { markersOf } from "../text/markers.js";
import { insideOf, kindOf } from "./inside.js";
import { type Interval, wilson } from "./intervals.js";

/** Options of `extractable`. */
export interface ExtractableOptions {
  /** Tokens that are given. Default [8, 16, 32, 64]; of documents that are shorter, what leaves half of them. */
  readonly prefix?: readonly number[];
  /** Tokens that follow and must all be equal. Default 50; where most documents are shorter, half of a typical one. */
  readonly length?: number;
  /** Places of the texts that are tried, at most, evenly spread. Default 200. */
  readonly examples?: number;
}

/** What a model gives back of texts. */
export interface Extractable {
  /** Tokens that had to be equal. */
  readonly length: number;
  readonly prefixes: readonly ExtractedFrom[];
  /** The first texts that came back, of the longest prefix. */
  readonly found: readonly { readonly prefix: string; readonly text: string }[];
}

/** What came of one length of prefix. */
export interface ExtractedFrom {
  /** Tokens that were given; "source" of pairs, and "before" of conversations: all that is said before an answer. */
  readonly prefix: number | "source" | "before";
  readonly examples: number;
  /** Those whose likeliest continuation is the text. */
  readonly extracted: number;
  /** extracted / examples, with Wilson's 95 % interval. */
  readonly share: number;
  readonly interval: Interval;
  /** Tokens that are equal before the first that is not, on average. */
  readonly tokens: number;
}

/** Texts that are shown of those that came back. */
const SHOWN = 5;
/** Rows that are read side by side. */
const ROWS = 64;

/**
 * How much of texts a model continues word for word: of each example some tokens are given, and the likeliest continuation
 * (greedy, as `generate({ greedy: true })`) counts where it is the text's own. Of held-out texts this is near 0; of training
 * texts it says how much can be extracted.
 *
 * ```ts
 * const { prefixes } = await extractable(model, text);
 * ```
 *
 * - one text: places evenly spread over it, of each the same continuation behind prefixes of 8 to 64 tokens;
 * - documents: their beginnings; conversations: the assistant's messages after all that was said before;
 * - pairs: the targets after their sources.
 *
 * @throws InvalidInputError for other models, options that cannot be used, or texts that are all too short
 */
export async function extractable(
  model: LanguageModel | Seq2Seq,
  texts: Corpus | readonly Pair[],
  options: ExtractableOptions = {},
): Promise<Extractable> {
  checkKeys("extractable", options, ["prefix", "length", "examples"]);
  const { prefix, length, examples = 200 } = options;
  if (prefix !== undefined && !(Array.isArray(prefix) && prefix.length > 0)) {
    throw new InvalidInputError(`prefix must be a list of lengths, got ${describe(prefix)}`);
  }
  for (const [i, one] of (prefix ?? []).entries()) {
    checkNumber(`prefix[${i}]`, one, { integer: true, min: 1 });
  }
  if (length !== undefined) checkNumber("length", length, { integer: true, min: 1 });
  checkNumber("examples", examples, { integer: true, min: 1 });
  const how = { prefix, length, examples };
  const kind = kindOf(model);
  if (kind === "Seq2Seq") {
    const reading = await import("./pair-reading.js");
    return inTurns(ofPairs(model as Seq2Seq, texts as readonly Pair[], how, reading), eventLoop);
  }
  if (kind !== "LanguageModel") {
    throw new InvalidInputError(
      "extractable is for a LanguageModel or a Seq2Seq; of pictures nearestTraining says what was copied",
    );
  }
  return inTurns(ofTexts(model as LanguageModel, texts as Corpus, how), eventLoop);
}

interface Asked extends ExtractableOptions {
  readonly examples: number;
}

/** A place of a text: what is read, and what follows. */
interface Example {
  readonly read: Int32Array;
  /** What of it is the text's own. */
  readonly prefix: Int32Array;
  readonly follows: Int32Array;
}

function* ofTexts(model: LanguageModel, texts: Corpus, asked: Asked): Pieces<Extractable> {
  const network = insideOf(model).adapted() as unknown as AnyCausalNetwork;
  const { context = Infinity } = network;
  const { parts, learned, labels } = model.encoded(texts, "skip");
  const documents = typeof texts !== "string";
  const openingOf = (document: Int32Array) => {
    const tokens = labels?.of.get(document) ?? [];
    return opening(markersOf(model.tokenizer).start, labels && { tokens, end: labels.end });
  };
  const decoded = (tokens: Int32Array) => model.tokenizer.decode(tokens);
  if (learned) {
    const length = asked.length ?? Math.min(50, Math.max(1, typical(answers(parts, learned)) >> 1));
    const all: Example[] = [];
    for (const document of parts) {
      const own = learned.get(document);
      if (!own) continue;
      const start = own.begins ? new Int32Array(0) : openingOf(document);
      for (const { from, to } of runsOf(own.marks, document.length)) {
        const before = document.subarray(0, from);
        const read = joined(start, before);
        if (to - from < length || read.length + length > context) continue;
        all.push({ read, prefix: before, follows: document.subarray(from, from + length) });
      }
    }
    const counted = yield* measure(network, spread(all, asked.examples));
    return summary(length, [["before", counted]], decoded);
  }
  const middle = documents ? typical(parts.map((one) => one.length)) : parts[0].length;
  const room = Math.min(context, Math.max(2, middle));
  const length = asked.length ?? Math.min(50, room >> 1);
  const fitting = (asked.prefix ?? [8, 16, 32, 64]).filter((n) => n + length <= room);
  const prefixes = fitting.length > 0 ? fitting : (asked.prefix ?? [Math.max(1, room - length)]);
  const longest = Math.max(...prefixes);
  const found: [number, readonly Counted[]][] = [];
  for (const prefix of prefixes) {
    const all: Example[] = [];
    if (documents) {
      for (const document of parts) {
        if (document.length < prefix + length) continue;
        const own = document.subarray(0, prefix);
        const read = joined(openingOf(document), own);
        all.push({ read, prefix: own, follows: document.subarray(prefix, prefix + length) });
      }
    } else {
      // The same continuations behind every prefix.
      const [text] = parts;
      const places = Math.max(0, text.length - longest - length + 1);
      const count = Math.min(asked.examples, places);
      for (let i = 0; i < count; i++) {
        const at = longest + Math.floor((i * (places - 1)) / Math.max(1, count - 1));
        const read = text.subarray(at - prefix, at);
        all.push({ read, prefix: read, follows: text.subarray(at, at + length) });
      }
    }
    const some = spread(all, asked.examples).filter(
      ({ read, follows }) => read.length + follows.length <= context,
    );
    found.push([prefix, yield* measure(network, some)]);
  }
  return summary(length, found, decoded);
}

function* ofPairs(
  model: Seq2Seq,
  pairs: readonly Pair[],
  asked: Asked,
  { encodePairs, pad }: typeof import("./pair-reading.js"),
): Pieces<Extractable> {
  const network = insideOf(model).adapted() as unknown as AnyPairNetwork;
  const { tokenizers, config } = model;
  const layout = { ...markersOf(tokenizers.target), reverse: config.reverseSource };
  const all = encodePairs(tokenizers, config, "pairs", pairs, () => {})
    .map(({ tokens }) => tokens)
    .filter(({ source, target }) => source.length > 0 && target.length > 0);
  const length = asked.length ?? Math.min(50, typical(all.map(({ target }) => target.length)));
  const some = spread(
    all.filter(({ target }) => target.length >= Math.min(length, 2)),
    asked.examples,
  );
  const counted: Counted[] = [];
  for (let at = 0; at < some.length; at += ROWS) {
    const group = some.slice(at, at + ROWS);
    const state = yield* network.open(pad(group, layout), 1024);
    const logits = new Float32Array(group.length * network.classes);
    network.step(
      state,
      group.map(() => layout.start),
      logits,
    );
    const follows = group.map(({ target }) => target.subarray(0, length));
    const right = yield* leading(network, state, logits, follows);
    for (const [i, { source }] of group.entries()) {
      counted.push({ prefix: source, follows: follows[i], right: right[i] });
    }
  }
  const { source, target } = tokenizers;
  return summary(
    length,
    [["source", counted]],
    (tokens) => target.decode(tokens),
    (tokens) => source.decode(tokens),
  );
}

/** An example, and how many of its tokens were right. */
interface Counted {
  readonly prefix: Int32Array;
  readonly follows: Int32Array;
  readonly right: number;
}

/** Examples that have read as many tokens go side by side. */
function* measure(network: AnyCausalNetwork, examples: readonly Example[]): Pieces<Counted[]> {
  const right = new Int32Array(examples.length);
  const byLength = new Map<number, number[]>();
  for (const [i, { read }] of examples.entries()) {
    const same = byLength.get(read.length) ?? [];
    byLength.set(read.length, same);
    same.push(i);
  }
  for (const [length, same] of byLength) {
    for (let at = 0; at < same.length; at += ROWS) {
      const group = same.slice(at, at + ROWS);
      const rows = group.length;
      const tokens = new Int32Array(length * rows);
      for (const [b, i] of group.entries()) {
        for (let t = 0; t < length; t++) tokens[t * rows + b] = examples[i].read[t];
      }
      const state = network.start(rows);
      const logits = new Float32Array(rows * network.classes);
      if (length > 0) network.step(state, tokens, logits, length);
      yield;
      const follows = group.map((i) => examples[i].follows);
      const found = yield* leading(network, state, logits, follows);
      for (const [b, i] of group.entries()) right[i] = found[b];
    }
  }
  return examples.map(({ prefix, follows }, i) => ({ prefix, follows, right: right[i] }));
}

function summary(
  length: number,
  each: readonly (readonly [ExtractedFrom["prefix"], readonly Counted[]])[],
  decode: (tokens: Int32Array) => string,
  decodePrefix = decode,
): Extractable {
  const whole = ({ follows, right }: Counted) => right === follows.length;
  const prefixes = each.map(([prefix, counted]) => {
    const examples = counted.length;
    const extracted = counted.filter(whole).length;
    const tokens = counted.reduce((sum, { right }) => sum + right, 0) / Math.max(1, examples);
    const share = extracted / Math.max(1, examples);
    return { prefix, examples, extracted, share, interval: wilson(extracted, examples), tokens };
  });
  if (prefixes.every(({ examples }) => examples === 0)) {
    throw new InvalidInputError(
      `the texts are too short: none has ${length} tokens after a prefix; give a smaller length or prefix`,
    );
  }
  const [, last] = each[each.length - 1];
  const found = last
    .filter(whole)
    .slice(0, SHOWN)
    .map(({ prefix, follows }) => ({ prefix: decodePrefix(prefix), text: decode(follows) }));
  return { length, prefixes, found };
}

/** The median; 0 of none. */
function typical(lengths: readonly number[]): number {
  return lengths.slice().sort((a, b) => a - b)[lengths.length >> 1] ?? 0;
}

/** So many of a list, evenly spread. */
export function spread<T>(all: readonly T[], most: number): readonly T[] {
  if (all.length <= most) return all;
  return Array.from({ length: most }, (_, i) => all[Math.floor((i * all.length) / most)]);
}

/** Where what is learned begins and ends. */
function runsOf(marks: Uint8Array, length: number): { from: number; to: number }[] {
  const runs: { from: number; to: number }[] = [];
  for (let at = 0; at < length; at++) {
    if (marks[at] === 0) continue;
    const from = at;
    while (at < length && marks[at] > 0) at++;
    runs.push({ from, to: at });
  }
  return runs;
}

function answers(
  parts: readonly Int32Array[],
  learned: ReadonlyMap<Int32Array, { readonly marks: Uint8Array }>,
): number[] {
  return parts.flatMap((document) => {
    const own = learned.get(document);
    return own ? runsOf(own.marks, document.length).map(({ from, to }) => to - from) : [];
  });
}

function joined(a: Int32Array, b: Int32Array): Int32Array {
  const both = new Int32Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
