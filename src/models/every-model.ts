// All models by name, for whoever is told the name only, such as a worker. A page that uses one model
// imports its class and not this.

import type { Runtime } from "../host/runtime.js";
import { LanguageModel } from "./language/language-model.js";
import { Seq2Seq } from "./seq2seq/seq2seq.js";

/** How models of one class come to be. */
export interface ModelClass {
  create(runtime: Runtime, options: object): object;
  load(runtime: Runtime, bytes: Uint8Array, options?: object): object;
}

/** A new class adds a line here. */
export const everyModel: Readonly<Record<string, ModelClass>> = {
  LanguageModel,
  Seq2Seq,
};
