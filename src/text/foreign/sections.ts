// The sections of a tokenizer.json: JSON from outside, each part named by its type.

import { describe, InvalidInputError } from "../../host/errors.js";

/** A part of a tokenizer.json. */
export type Section = Readonly<Record<string, unknown>>;

/** Parts of one section: a hostile file may nest or repeat them. */
const MOST_PARTS = 32;

/** Returns `value` if it is an object. @throws InvalidInputError */
export function checkSection(name: string, value: unknown): Section {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Section;
  throw new InvalidInputError(`${name} must be an object, got ${describe(value)}`);
}

/** Returns `value` if it is a list. @throws InvalidInputError */
export function checkList(name: string, value: unknown, most: number): readonly unknown[] {
  if (Array.isArray(value) && value.length <= most) return value;
  const expected = `a list of at most ${most}`;
  throw new InvalidInputError(`${name} must be ${expected}, got ${describe(value)}`);
}

/** Returns `value` if it is a string, `absent` if it is missing. @throws InvalidInputError */
export function checkString(name: string, value: unknown, absent?: string): string {
  const found = value ?? absent;
  if (typeof found === "string") return found;
  throw new InvalidInputError(`${name} must be a string, got ${describe(value)}`);
}

/** Returns `value` if it is true or false, `absent` if it is missing. @throws InvalidInputError */
export function checkBoolean(name: string, value: unknown, absent: boolean): boolean {
  const found = value ?? absent;
  if (typeof found === "boolean") return found;
  throw new InvalidInputError(`${name} must be true or false, got ${describe(value)}`);
}

/**
 * The parts of a section in order: none for null, one, or those of a Sequence.
 * @param list what a Sequence calls its parts
 * @throws InvalidInputError
 */
export function partsOf(name: string, section: unknown, list: string): Section[] {
  if (section === null || section === undefined) return [];
  const one = checkSection(name, section);
  if (one.type !== "Sequence") return [one];
  return checkList(`${name}.${list}`, one[list], MOST_PARTS).map((part, i) => {
    const found = checkSection(`${name}.${list}[${i}]`, part);
    if (found.type === "Sequence") {
      throw new InvalidInputError(`${name}.${list}[${i}] is a Sequence inside of another one`);
    }
    return found;
  });
}

/** What a part's pattern says: a text, or a regular expression. @throws InvalidInputError */
export function patternOf(name: string, part: Section): { text?: string; regex?: string } {
  const pattern = checkSection(`${name}.pattern`, part.pattern);
  if (pattern.String !== undefined) {
    const text = checkString(`${name}.pattern`, pattern.String);
    if (text === "") throw new InvalidInputError(`${name}.pattern must not be empty`);
    return { text };
  }
  return { regex: checkString(`${name}.pattern`, pattern.Regex) };
}

/** For types that are not known. @throws InvalidInputError naming it */
export function refuseType(name: string, part: Section, known: string): never {
  throw new InvalidInputError(
    `${name} of the type ${describe(part.type)} is not supported; it may be ${known}`,
  );
}
