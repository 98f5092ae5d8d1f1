// What a model is asked, and how it reads that.

import type { ChatMessage } from "../text/chat-message.js";
import type { AnyModel } from "./inside.js";

/** A text, cut where the model begins to speak. */
export interface TextInput {
  /** What is given. Default none. */
  readonly prompt?: string;
  /** Of a model of conversations, in place of `prompt`: what was said before. */
  readonly messages?: readonly ChatMessage[];
  /** What the model says, or would have said, after it. */
  readonly text: string;
  /** Of a model with labels: what is said of the document. */
  readonly labels?: Readonly<Record<string, string | undefined>>;
}

/** A source and its answer. */
export interface PairInput {
  readonly source: string;
  readonly target: string;
}

/**
 * What a model is asked: a text or a pair of texts where it reads such; and for every model a function that calls any of
 * its verbs, such as `(model) => model.classify(pictures)`.
 */
export type InsightInput<M extends AnyModel = AnyModel> =
  | string
  | TextInput
  | PairInput
  | ((model: M) => unknown);

/** What a reading of texts says. */
export interface ReadText {
  /** What was read, token by token; the start of a document is "". */
  readonly tokens: readonly string[];
  /** What was predicted after each: the next token. */
  readonly targets: readonly string[];
  /** ln p of each, in nats. */
  readonly logProbs: Float32Array<ArrayBuffer>;
}

/** What a function gives, or what a text says. */
export type ReadInput<I> = I extends (model: never) => infer Result ? Awaited<Result> : ReadText;

/** One computation of a model. */
export interface Reading {
  run(): unknown;
  /** Of texts, what is read and said. */
  readonly text?: {
    readonly tokens: readonly string[];
    readonly targets: readonly string[];
    /** The place of each target in the vocabulary. */
    readonly ids: readonly number[];
    /** Targets from this one on are the model's own. */
    readonly from: number;
  };
}
