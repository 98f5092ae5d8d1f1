// What the tests of the language model share: a short run, and models to have it.

import {
  type LanguageFitOptions,
  LanguageModel,
  type LanguageModelOptions,
  type TextStepReport,
} from "../../../src/entries/index.js";
import { names, runtime, text, tiny } from "../help.js";

export const small: LanguageFitOptions = { steps: 12, batch: 4, seqLen: 8, lr: 1e-2 };
export const create = (options: LanguageModelOptions = {}) =>
  LanguageModel.create({ runtime, ...tiny, corpus: text, ...options });
export const createNames = (options: LanguageModelOptions = {}) =>
  create({ corpus: names, ...options });
export const losses = (reports: readonly TextStepReport[]) => reports.map(({ loss }) => loss);
