// What was asked for, as far as it is JSON: what a run can be begun with again on other data, so that all that followed
// from the data follows again.

import type { GivenOptions } from "../formats/model-file.js";
import type { RunState } from "./state.js";

/** What changes no bit, or belongs to one call. */
const unsaid = ["runtime", "resume", "signal", "workers", "onProgress"];

/** What is learned, or learned from: never in a file's record. */
const data = ["corpus", "images", "clips", "grids", "validation", "weights", "style", "reflow"];

/** Longer lists and texts are data, too. */
const [LIST, TEXT] = [100, 1000];
const DEPTH = 4;

/** Options as they were given; those that are data, functions or objects of the library are `true`. */
function givenOptions(options: object): Readonly<Record<string, unknown>> {
  const said = inOrder(options).filter(
    ([name, value]) => value !== undefined && !unsaid.includes(name),
  );
  return Object.fromEntries(
    said.map(([name, value]) => [
      name,
      data.includes(name) ? true : (jsonOf(value, DEPTH) ?? true),
    ]),
  );
}

/** In the order of their names: who says the same in another order says the same. */
function inOrder(options: object): [string, unknown][] {
  return Object.entries(options).sort(([one], [other]) => (one < other ? -1 : 1));
}

/** A value as JSON; undefined where it is none, or is data. */
function jsonOf(value: unknown, depth: number): unknown {
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (typeof value === "string") return value.length <= TEXT ? value : undefined;
  if (typeof value !== "object" || depth === 0) return undefined;
  const list = Array.isArray(value);
  const plain = list || [null, Object.prototype].includes(Object.getPrototypeOf(value));
  const entries = plain ? Object.entries(value) : [];
  if (!plain || entries.length > LIST) return undefined;
  const parts = entries
    .filter(([, one]) => one !== undefined)
    .map(([name, one]) => [name, jsonOf(one, depth - 1)] as const);
  if (parts.some(([, one]) => one === undefined)) return undefined;
  return list ? parts.map(([, one]) => one) : Object.fromEntries(parts);
}

/**
 * What was asked for of a run: what a later call says counts, besides all that earlier ones said.
 * @param created the options of `create`, in the model's first run
 */
export function givenOf(
  before: GivenOptions | undefined,
  created: object | undefined,
  options: object,
): GivenOptions {
  if (before?.train) return before;
  const fit = givenOptions(options);
  if (!before) return { ...(created && { create: givenOptions(created) }), fit };
  // A run has steps or epochs, the later of the two.
  const over = fit.steps === undefined ? "steps" : "epochs";
  const said = fit.steps ?? fit.epochs;
  const kept = inOrder({ ...before.fit, ...fit }).filter(
    ([name]) => said === undefined || name !== over,
  );
  return { ...before, fit: Object.fromEntries(kept) };
}

/** Whether what `create` did with the data is to be done again: a run of a recipe begins, of a model that was created with some. */
export function begins(state: RunState | undefined): boolean {
  if (!state?.again || state.progress.run > 0 || state.progress.step > 0) return false;
  const { create } = state.progress.given ?? {};
  return !create || ["images", "clips"].some((name) => create[name] !== undefined);
}
