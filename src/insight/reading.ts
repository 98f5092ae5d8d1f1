// How a model reads an input: one computation, with names for what is read and what is said. Each family says how in a few
// lines; what none of them reads is a function that calls the model.

import { describe, InvalidInputError } from "../host/errors.js";
import type { Reading } from "./input.js";
import { type AnyModel, kindOf } from "./inside.js";

/** @throws InvalidInputError */
export async function readingOf(model: AnyModel, input: unknown): Promise<Reading> {
  const kind = kindOf(model);
  if (typeof input === "function") return { run: () => input(model) };
  if (kind === "LanguageModel")
    return (await import("./read-language.js")).readLanguage(model, input);
  if (kind === "Seq2Seq") return (await import("./read-pair.js")).readPair(model, input);
  throw new InvalidInputError(
    `a ${kind} is traced through a function that calls it, such as (model) => model.score(data), got ${describe(input)}`,
  );
}
