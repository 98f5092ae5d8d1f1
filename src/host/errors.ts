import { nearName } from "./near-names.js";

/** Every error that simdream throws on purpose. Its message says what was expected and what came. */
export class SimdreamError extends Error {
  override name = "SimdreamError";
}

/** An option, argument or piece of data that cannot be used. Nothing was changed. */
export class InvalidInputError extends SimdreamError {
  override name = "InvalidInputError";
}

/** A model file that is damaged, hostile, of another version, or of another model. */
export class ModelFileError extends SimdreamError {
  override name = "ModelFileError";
}

/** More memory was asked for than the model or the runtime can have. */
export class OutOfMemoryError extends SimdreamError {
  override name = "OutOfMemoryError";
}

/** Training met a loss or gradient that is not a finite number; the last good weights were kept. */
export class DivergedError extends SimdreamError {
  override name = "DivergedError";
}

/** A model computed numbers that are not finite: nothing can be drawn from them or measured by them. */
export class NotFiniteError extends SimdreamError {
  override name = "NotFiniteError";
}

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
  const high = max === Infinity ? "" : `${low && " and"} at most ${max}`;
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
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new InvalidInputError(`${what} needs an object of options, got ${describe(options)}`);
  }
  const unknown = Object.keys(options).filter((key) => !known.includes(key));
  if (unknown.length === 0) return;
  const near = new Set(
    unknown.slice(0, 10).flatMap((key) => nearName(key.slice(0, 40), known) ?? []),
  );
  const hint =
    near.size > 0 ? `did you mean ${[...near].join(" and ")}?` : `it knows ${some(known)}`;
  throw new InvalidInputError(
    `${what} does not know the option${unknown.length > 1 ? "s" : ""} ${some(unknown)}; ${hint}`,
  );
}

/** Names in a message: ten of them at most, each cut where it is very long. */
export function some(names: readonly string[]): string {
  const shown = names
    .slice(0, 10)
    .map((name) => (name.length > 80 ? `${name.slice(0, 80)}…` : name));
  const left = names.length - shown.length;
  return shown.join(", ") + (left > 0 ? ` and ${left} more` : "");
}

/** A value as an error message shows it: short, and with its type where that is the surprise. */
export function describe(value: unknown): string {
  if (typeof value === "string")
    return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  if (typeof value === "number" || typeof value === "boolean" || value == null)
    return String(value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  return `a value of type ${typeof value}`;
}
