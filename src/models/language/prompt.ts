// Text on its way into a language model: data as tokens, and a prompt as the state after it.

import {
  checkMessages,
  isConversation,
  type Learned,
  messagesName,
  messagesOf,
} from "../../data/conversations.js";
import type { DocumentMarkers } from "../../data/documents.js";
import type { LabelledDocument, Labels } from "../../data/labels.js";
import { type DocumentLabels, opening as openingOf } from "../../data/openings.js";
import { describe, InvalidInputError } from "../../host/errors.js";
import type { Pieces } from "../../host/pieces.js";
import type { ResolvedGeneration } from "../../sampling/options.js";
import type { Primed } from "../../sampling/sampler.js";
import { endsOf, type Markers, markersOf } from "../../text/markers.js";
import { skipping, type Tokenizer, type Unknown } from "../../text/tokenizer.js";
import type { CausalNetwork } from "./causal-network.js";
import { type Corpus, textOf } from "./corpora.js";
import type { LabelEncoder } from "./labels.js";
import type { ReadBefore } from "./prefixes.js";
import type { Speaker } from "./speaker.js";

/** Tokens of one text, or of each document. */
export interface EncodedData {
  readonly parts: Int32Array[];
  /** Of which of the documents that were given each part is: a conversation may be several parts. */
  readonly owners: readonly number[];
  /** Of documents of a model with labels. */
  readonly labels: DocumentLabels | undefined;
  /** Of conversations. */
  readonly learned: DocumentMarkers["learned"];
  /** Code points of all of it, or of what is learned of conversations, but for unknown ones. */
  readonly characters: number;
  /** Ends that are learned. */
  readonly ends: number;
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
  speaker?: Speaker,
): EncodedData {
  const fits = documents ? Array.isArray(data) : typeof data === "string";
  if (!fits) {
    throw new InvalidInputError(
      documents
        ? `this model learns documents: expected a list of strings, got ${describe(data)}`
        : `this model learns a text: expected a string, got ${describe(data)}`,
    );
  }
  const given = (documents ? data : [data]) as Exclude<Corpus, string>;
  let left = 0;
  let characters = 0;
  let ends = 0;
  const skip = skipping(unknown, () => left++);
  const parts: Int32Array[] = [];
  const owners: number[] = [];
  const labels = new Map<Int32Array, readonly Int32Array[]>();
  const learned = new Map<Int32Array, Learned>();
  for (const [i, one] of given.entries()) {
    const what = `documents[${i}]`;
    if (isConversation(one)) {
      const messages = messagesOf(what, one);
      const final = endsOf(markersOf(tokenizer));
      for (const [document, own] of speaking(what, speaker).documents(
        messagesName(what, one),
        messages,
        skip,
      )) {
        parts.push(document);
        owners.push(i);
        learned.set(document, own);
        const said = document.filter((_, at) => own.marks[at] > 0);
        characters += codePoints(tokenizer.decode(said));
        ends += own.marks[document.length] + said.filter((token) => final.includes(token)).length;
      }
      continue;
    }
    const text = textOf(what, one);
    if (typeof text !== "string") {
      const expected = "a string or { text, labels }";
      throw new InvalidInputError(`${what} must be ${expected}, got ${describe(text)}`);
    }
    const before = left;
    const tokens = tokenizer.encode(text, skip);
    characters += codePoints(text) - (left - before);
    ends++;
    parts.push(tokens);
    owners.push(i);
    const said = typeof one === "object" ? (one as LabelledDocument).labels : undefined;
    labels.set(tokens, labelTokens(`${what}.labels`, said, encoder, unknown));
  }
  return {
    parts,
    owners,
    labels: encoder && { of: labels, end: encoder.end },
    learned: learned.size > 0 ? learned : undefined,
    ...{ characters, ends, unknown: left },
  };
}

/** @throws InvalidInputError for a model that knows no conversations */
function speaking(what: string, speaker: Speaker | undefined): Speaker {
  if (speaker) return speaker;
  throw new InvalidInputError(
    `${what} is a conversation, and this model knows none: it was created from a corpus without them, ` +
      "or loaded without a chat template",
  );
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
  {
    prompt,
    messages,
    labels,
    unknown,
  }: Pick<ResolvedGeneration, "prompt" | "messages" | "labels" | "unknown">,
  encoder: LabelEncoder | undefined,
  speaker?: Speaker,
): PromptTokens {
  const skip = skipping(unknown);
  const said = messages && {
    of: speaking("messages", speaker),
    messages: checkMessages("messages", messages),
  };
  const tokens = said
    ? said.of.prompt("messages", said.messages, skip)
    : tokenizer.encode(prompt, skip);
  const context = Array.from(tokens);
  const own = labelTokens("labels", labels, encoder, unknown);
  if (said?.of.opens === false) return { fed: tokens, context };
  if (!markers) return { fed: tokens.length > 0 ? tokens : opening(tokenizer), context };
  if (markers.pretrained?.opens === false && tokens.length > 0) return { fed: tokens, context };
  const begin = openingOf(markers.start, encoder && { tokens: own, end: encoder.end });
  const fed = new Int32Array(begin.length + tokens.length);
  fed.set(begin);
  fed.set(tokens, begin.length);
  return { fed, context };
}

/** Feeds a prompt to one row, `piece` tokens at a time, but for what was read `before`. */
export function* primeNetwork<State>(
  network: CausalNetwork<State>,
  { fed, context }: PromptTokens,
  markers: Markers | undefined,
  never: readonly number[],
  piece: number,
  slides: boolean,
  before: ReadBefore | undefined,
): Pieces<Primed<State>> {
  const begun = before?.begin(fed, slides);
  const { read = 0 } = begun ?? {};
  const state = begun ? (begun.state as State) : network.start(1, slides);
  // Without anything to begin from, every token is as likely as any other.
  const logits = begun?.logits ?? new Float32Array(network.classes);
  let whole = false;
  try {
    for (let at = read; at < fed.length; at += piece) {
      if (at > read) yield;
      const some = fed.subarray(at, at + piece);
      network.step(state, some, at + piece < fed.length ? undefined : logits, some.length);
    }
    before?.keep(fed, state, logits);
    whole = true;
  } finally {
    if (!whole) network.free(state);
  }
  const ends = markers?.pretrained?.ends;
  // What stands before every prompt is not one's own.
  const cached = before && Math.max(0, read - (fed.length - context.length));
  const keep =
    before &&
    ((tokens: readonly number[], answered: State) => {
      if (tokens.length > 1) before.keep(Int32Array.of(...fed, ...tokens.slice(0, -1)), answered);
    });
  return { state, logits, context, end: markers?.end, ends, never, cached, keep };
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
