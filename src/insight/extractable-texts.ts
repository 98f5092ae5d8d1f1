// Texts, documents and answers that a language model continues as they are.

import { opening } from "../data/openings.js";
import type { Pieces } from "../host/pieces.js";
import type { AnyCausalNetwork } from "../models/language/causal-network.js";
import type { Corpus } from "../models/language/corpora.js";
import type { LanguageModel } from "../models/language/language-model.js";
import { continued, type Passage } from "../models/language/passages.js";
import { markersOf } from "../text/markers.js";
import {
  type Asked,
  type Counted,
  type Extractable,
  spread,
  summary,
  typical,
} from "./extracted.js";
import { insideOf } from "./inside.js";

/** A place of a text. */
interface Example extends Passage {
  /** What of what is read is the text's own. */
  readonly prefix: Int32Array;
}

export function* ofTexts(model: LanguageModel, texts: Corpus, asked: Asked): Pieces<Extractable> {
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

function* measure(network: AnyCausalNetwork, examples: readonly Example[]): Pieces<Counted[]> {
  const right = yield* continued(network, examples);
  return examples.map(({ prefix, follows }, i) => ({ prefix, follows, right: right[i] }));
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
