// What is checked of options and data, and how errors show it; with the classes of errors.

import { cut } from "./cut.js";
import { InvalidInputError } from "./error-classes.js";
import { tagOf } from "./kinds.js";
import { nearName } from "./near-names.js";
import { words } from "./words.js";

// By their names: where the classes are another bundle's, a star would be all of that bundle.
export {
  DivergedError,
  GrammarError,
  InvalidInputError,
  ModelFileError,
  NotFiniteError,
  OutOfMemoryError,
  RefusedError,
  SimdreamError,
} from "./error-classes.js";

/** Names that a message lists, and characters of each. */
const [SHOWN, NAME] = [10, 60];

/** What a number option may be, and what is said when it is not. */
export interface NumberRule {
  readonly integer?: boolean;
  readonly min?: number;
  readonly max?: number;
  /** The minimum itself is not allowed. */
  readonly above?: boolean;
}

/** Returns `value` if it obeys the rule. @throws InvalidInputError naming option, rule and value. */
export function checkNumber(name: string, value: unknown, rule: NumberRule): number {
  const { integer = false, min = -Infinity, max = Infinity, above = false } = rule;
  const fits =
    typeof value === "number" &&
    Number.isFinite(value) &&
    (!integer || Number.isSafeInteger(value)) &&
    (above ? value > min : value >= min) &&
    value <= max;
  if (fits) return value;
  const kind = integer ? "a whole number" : "a number";
  const low = min === -Infinity ? "" : above ? ` above ${min}` : ` of at least ${min}`;
  const inexact = integer && Number.isInteger(value) && !Number.isSafeInteger(value);
  const most = inexact ? Math.min(max, Number.MAX_SAFE_INTEGER) : max;
  const high = most === Infinity ? "" : `${low && " and"} at most ${most}`;
  throw new InvalidInputError(`${name} must be ${kind}${low}${high}, got ${describe(value)}`);
}

/** Returns `value` if it is one of `choices`. @throws InvalidInputError listing them. */
export function checkChoice<T extends string>(
  name: string,
  value: unknown,
  choices: readonly T[],
): T {
  if (choices.includes(value as T)) return value as T;
  throw new InvalidInputError(
    `${name} must be one of ${choices.join(", ")}, got ${describe(value)}`,
  );
}

/** Returns `value` if it is true or false. @throws InvalidInputError */
export function checkFlag(name: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw new InvalidInputError(`${name} must be true or false, got ${describe(value)}`);
}

/** Returns `value` if it is an abort signal, of whatever realm, or undefined. @throws InvalidInputError */
export function checkSignal(value: AbortSignal | undefined): AbortSignal | undefined {
  if (value === undefined || typeof value?.throwIfAborted === "function") return value;
  throw new InvalidInputError(`signal must be an AbortSignal, got ${describe(value)}`);
}

/** Refuses misspelt options instead of ignoring them, and says what may be meant. @throws InvalidInputError */
export function checkKeys(what: string, options: object, known: readonly string[]): void {
  const object = typeof options === "object" && options !== null;
  const unknown = object ? Object.keys(options).filter((key) => !known.includes(key)) : [];
  // A promise, a buffer, a model: what was meant for another place.
  const other = !object || !["Object", "Module"].includes(tagOf(options));
  if (other || (unknown.length > 0 && kindOf(options) !== "Object")) {
    throw new InvalidInputError(`${what} needs an object of options, got ${describe(options)}`);
  }
  if (unknown.length === 0) return;
  const near = new Set(
    unknown.slice(0, SHOWN).flatMap((key) => nearName(key.slice(0, NAME), known, words) ?? []),
  );
  const hint =
    near.size > 0 ? `did you mean ${[...near].join(" and ")}?` : `it knows ${listed(known)}`;
  throw new InvalidInputError(
    `${what} does not know the option${unknown.length > 1 ? "s" : ""} ${listed(unknown)}; ${hint}`,
  );
}

/** Names as an error message lists them: the first ten, and how many more there are. */
export function listed(names: Iterable<string>): string {
  const all = [...names];
  const more = all.length > SHOWN ? ` and ${all.length - SHOWN} more` : "";
  return (
    all
      .slice(0, SHOWN)
      .map((name) => cut(name, NAME))
      .join(", ") + more
  );
}

/** A value as an error message shows it: short, and with its type where that is the surprise. */
export function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(cut(value, 40));
  if (typeof value === "number" || typeof value === "boolean" || value == null)
    return String(value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value !== "object") return `a value of type ${typeof value}`;
  const kind = kindOf(value);
  if (kind === "Promise") return "a promise: await it first";
  return `a value of type ${kind === "Object" ? "object" : kind}`;
}

/** What it is, or the name of its class. */
function kindOf(value: object): string {
  const tag = tagOf(value);
  if (tag !== "Object") return tag;
  const { constructor: made } = value;
  return (typeof made === "function" && cut(String(made.name), NAME)) || tag;
}
