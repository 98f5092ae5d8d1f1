// Text on its way into a language model: data as tokens, and a prompt as the state after it.

import type { LabelledDocument, Labels } from "../../data/labels.js";
import { type DocumentLabels, opening as openingOf } from "../../data/openings.js";
import { describe, InvalidInputError } from "../../host/errors.js";
import type { Pieces } from "../../host/pieces.js";
import type { ResolvedGeneration } from "../../sampling/options.js";
import type { Primed } from "../../sampling/sampler.js";
import type { Markers } from "../../text/markers.js";
import { skipping, type Tokenizer, type Unknown } from "../../text/tokenizer.js";
import type { CausalNetwork } from "./causal-network.js";
import { type Corpus, textOf } from "./corpora.js";
import type { LabelEncoder } from "./labels.js";

/** Tokens of one text, or of each document. */
export interface EncodedData {
  readonly parts: Int32Array[];
  /** Of documents of a model with labels. */
  readonly labels: DocumentLabels | undefined;
  /** Code points of all of it, but for unknown ones. */
  readonly characters: number;
  /** Characters that the tokenizer lacks, which were left out. */
  readonly unknown: number;
}

/** Refuses documents where the model learns a text, and the reverse. @throws InvalidInputError */
export function encodeData(
  tokenizer: Tokenizer,
  documents: boolean,
  data: Corpus,
  encoder: LabelEncoder | undefined,
  unknown: Unknown = "error",
): EncodedData {
  const fits = documents ? Array.isArray(data) : typeof data === "string";
  if (!fits) {
    throw new InvalidInputError(
      documents
        ? `this model learns documents: expected a list of strings, got ${describe(data)}`
        : `this model learns a text: expected a string, got ${describe(data)}`,
    );
  }
  const given = (documents ? data : [data]) as readonly (string | LabelledDocument)[];
  const texts = given.map((one, i) => {
    const text = textOf(`documents[${i}]`, one);
    if (typeof text === "string") return text;
    throw new InvalidInputError(
      `documents[${i}] must be a string or { text, labels }, got ${describe(text)}`,
    );
  });
  let left = 0;
  const skip = skipping(unknown, () => left++);
  const parts = texts.map((text) => tokenizer.encode(text, skip));
  const characters = texts.reduce((n, text) => n + codePoints(text), 0) - left;
  const encoded = given.map((one, i) => {
    const labels = typeof one === "object" ? one.labels : undefined;
    return [parts[i], labelTokens(`documents[${i}].labels`, labels, encoder, unknown)] as const;
  });
  const labels = encoder && { of: new Map(encoded), end: encoder.end };
  return { parts, labels, characters, unknown: left };
}

/** @throws InvalidInputError for labels that the model does not know */
function labelTokens(
  what: string,
  labels: Labels | undefined,
  encoder: LabelEncoder | undefined,
  unknown: Unknown,
): Int32Array[] {
  if (encoder) return encoder.encode(what, labels, unknown);
  if (labels === undefined || Object.keys(Object(labels)).length === 0) return [];
  throw new InvalidInputError(
    `${what}: this model knows no labels; it was created from a corpus without them`,
  );
}

/** What a network is fed for a prompt. */
export interface PromptTokens {
  readonly fed: Int32Array;
  /** Those of the prompt itself. */
  readonly context: readonly number[];
}

/** A prompt after the start and the labels of a document, or as a text. @throws InvalidInputError */
export function promptTokens(
  tokenizer: Tokenizer,
  markers: Markers | undefined,
  { prompt, labels, unknown }: Pick<ResolvedGeneration, "prompt" | "labels" | "unknown">,
  encoder: LabelEncoder | undefined,
): PromptTokens {
  const tokens = tokenizer.encode(prompt, skipping(unknown));
  const context = Array.from(tokens);
  const own = labelTokens("labels", labels, encoder, unknown);
  if (!markers) return { fed: tokens.length > 0 ? tokens : opening(tokenizer), context };
  if (markers.pretrained?.opens === false && tokens.length > 0) return { fed: tokens, context };
  const begin = openingOf(markers.start, encoder && { tokens: own, end: encoder.end });
  const fed = new Int32Array(begin.length + tokens.length);
  fed.set(begin);
  fed.set(tokens, begin.length);
  return { fed, context };
}

/** Feeds a prompt to one row, `piece` tokens at a time. */
export function* primeNetwork<State>(
  network: CausalNetwork<State>,
  { fed, context }: PromptTokens,
  markers: Markers | undefined,
  never: readonly number[],
  piece: number,
  slides: boolean,
): Pieces<Primed<State>> {
  const state = network.start(1, slides);
  // Without anything to begin from, every token is as likely as any other.
  const logits = new Float32Array(network.classes);
  let whole = false;
  try {
    for (let at = 0; at < fed.length; at += piece) {
      if (at > 0) yield;
      const some = fed.subarray(at, at + piece);
      network.step(state, some, at + piece < fed.length ? undefined : logits, some.length);
    }
    whole = true;
  } finally {
    if (!whole) network.free(state);
  }
  const ends = markers?.pretrained?.ends;
  return { state, logits, context, end: markers?.end, ends, never };
}

/** What a text model is fed before an empty prompt: a line break or a space, if it knows one. */
function opening(tokenizer: Tokenizer): Int32Array {
  for (const text of ["\n", " "]) {
    try {
      return tokenizer.encode(text);
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
    }
  }
  return new Int32Array(0);
}

function codePoints(text: string): number {
  let n = 0;
  for (const _ of text) n++;
  return n;
}
