// What follows where the data are few: no validation that nobody asked for and that would say nothing, and a word.

import type { Task } from "../options/task.js";
import { plural } from "../show/format.js";
import type { RunOptions } from "./job.js";

/** An amount of data: documents, characters of a text, pairs, pictures, clips. */
export interface Amount {
  readonly of: "document" | "character" | "pair" | "picture" | "clip" | "row" | "grid";
  readonly count: number;
  /** How many are unlike all others: equal ones are never on both sides of a validation. */
  readonly different: number;
}

/** Fewer have no tenth that says anything. */
const VALIDATED = {
  document: 10,
  character: 500,
  pair: 10,
  picture: 10,
  clip: 10,
  row: 10,
  grid: 10,
};
/** Fewer are learnt by heart. */
const ENOUGH = {
  document: 100,
  character: 5000,
  pair: 100,
  picture: 100,
  clip: 100,
  row: 100,
  grid: 20,
};

/** The run's options, without the validation that a default would make of too few data. */
export function validatedOn(
  options: RunOptions,
  { of, different }: Amount,
  { explicit }: Pick<Task, "explicit">,
): RunOptions {
  if (different >= VALIDATED[of] || explicit.has("val")) return options;
  return { ...options, val: 0 };
}

/** A warning where there are few data. */
export function fewWords({ of, count }: Amount): string | undefined {
  if (count >= ENOUGH[of]) return undefined;
  const few = `${plural(count, of)} ${count === 1 ? "is" : "are"} few`;
  return `${few}: the model will learn much of it by heart; some thousands are a beginning`;
}
