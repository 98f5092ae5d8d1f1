// Text on its way into a language model: data as tokens, and a prompt as the state after it.

import { describe, InvalidInputError } from "../../host/errors.js";
import type { Pieces } from "../../host/pieces.js";
import type { Primed } from "../../sampling/sampler.js";
import { checkDocument, type Document, type Labels, type LabelTokens } from "../../text/labels.js";
import type { Markers } from "../../text/markers.js";
import { skipping, type Tokenizer, type Unknown } from "../../text/tokenizer.js";
import type { CausalNetwork } from "./causal-network.js";

/** Tokens of one text, or of each document. */
export interface EncodedData {
  readonly parts: Int32Array[];
  /** Code points of all of it, but for unknown ones. */
  readonly characters: number;
  /** Characters that the tokenizer lacks, which were left out. */
  readonly unknown: number;
}

/** Refuses documents where the model learns a text, and the reverse. @throws InvalidInputError */
export function encodeData(
  tokenizer: Tokenizer,
  documents: boolean,
  labels: LabelTokens | undefined,
  data: string | readonly Document[],
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
  let [left, characters] = [0, 0];
  const skip = skipping(unknown, () => left++);
  const parts = ((documents ? data : [data]) as readonly Document[]).map((given, i) => {
    const name = `documents[${i}]`;
    const document = typeof given === "string" ? { text: given } : checkDocument(given, name);
    const { text, labels: own } = document as Exclude<Document, string>;
    const tokens = tokenizer.encode(text, skip);
    characters += codePoints(text);
    if (labels) {
      const before = labels.encode(
        own,
        `${name}.labels`,
        unknown === "skip" ? () => {} : undefined,
      );
      return Int32Array.from([...before, ...tokens]);
    }
    if (own && Object.keys(own).length > 0) throw withoutLabels(`${name} has labels`);
    return tokens;
  });
  return { parts, characters: characters - left, unknown: left };
}

function withoutLabels(what: string): InvalidInputError {
  return new InvalidInputError(
    `${what}; this model knows none: it was created from documents without labels`,
  );
}

/** What a network is fed for a prompt. */
export interface PromptTokens {
  readonly fed: Int32Array;
  /** Those of the prompt itself. */
  readonly context: readonly number[];
  /** Tokens that are never drawn. */
  readonly never: readonly number[];
}

/** A prompt after the start of a document, or as a text. @throws InvalidInputError */
export function promptTokens(
  tokenizer: Tokenizer,
  markers: Markers | undefined,
  prompt: string,
  unknown: Unknown,
  labels: { readonly tokens: LabelTokens | undefined; readonly given: Labels | undefined },
): PromptTokens {
  const tokens = tokenizer.encode(prompt, skipping(unknown));
  const context = Array.from(tokens);
  const { given, tokens: known } = labels;
  if (given !== undefined && !known) throw withoutLabels(`labels are given`);
  if (!markers) return { fed: tokens.length > 0 ? tokens : opening(tokenizer), context, never: [] };
  const before = known?.encode(given) ?? [];
  const fed = Int32Array.from([markers.start, ...before, ...tokens]);
  return { fed, context, never: [markers.start, ...(known?.all ?? [])] };
}

/** Feeds a prompt to one row, `piece` tokens at a time. */
export function* primeNetwork<State>(
  network: CausalNetwork<State>,
  { fed, context, never }: PromptTokens,
  markers: Markers | undefined,
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
  return { state, logits, context, end: markers?.end, never };
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
