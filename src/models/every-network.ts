// How every network is built, by its model's name. Read by the worker's script alone: everything else
// reaches a network through the class that uses it.

import type { NetworkBuilder } from "../train/trainable.js";
import { buildLanguageModel } from "./language/language-model.js";
import { buildSeq2Seq } from "./seq2seq/seq2seq.js";

const builders: Readonly<Record<string, NetworkBuilder>> = {
  LanguageModel: buildLanguageModel,
  Seq2Seq: buildSeq2Seq,
};

/** Adds the parameters of whatever network is described. */
export const buildEveryNetwork: NetworkBuilder = (parameters, description) =>
  builders[description.model](parameters, description);
