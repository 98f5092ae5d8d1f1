// What is said of pictures in words: a list of captions for each, in whatever languages, and how files give them.

import { describe, InvalidInputError, listed } from "../../host/errors.js";
import { isKind } from "../../host/kinds.js";
import { linesOf } from "../../text/lines.js";
import { checkText } from "../../text/utf8.js";
import { baseOf, foundByName } from "./by-name.js";

/** Captions of each picture, in their order; at least one each. */
export type Captions = readonly (readonly string[])[];

/** Captions of some pictures: one or several for each, in the pictures' order, or by the name of its file. */
export type CaptionsGiven =
  | readonly (string | readonly string[])[]
  | ReadonlyMap<string, string | readonly string[]>
  | Readonly<Record<string, string | readonly string[]>>;

/** @throws InvalidInputError where a picture has none, or one is empty */
export function checkCaptions(captions: unknown, count: number): Captions {
  if (!Array.isArray(captions) || captions.length !== count) {
    const got = Array.isArray(captions) ? captions.length : describe(captions);
    throw new InvalidInputError(
      `captions must be a list of one or several for each picture, ${count}, got ${got}`,
    );
  }
  return captions.map((own: unknown, i) => captionsOf(`captions[${i}]`, own));
}

/** A caption, or several. @throws InvalidInputError */
export function captionsOf(what: string, given: unknown): readonly string[] {
  const own: unknown[] = Array.isArray(given) ? given : [given];
  if (own.length === 0) {
    throw new InvalidInputError(`${what} must have a caption at least, got an empty list`);
  }
  return own.map((one, i) => {
    const name = Array.isArray(given) ? `${what}[${i}]` : what;
    if (typeof one !== "string" || one.trim() === "") {
      throw new InvalidInputError(
        `${name} must be a caption, got ${one === "" ? "an empty text" : describe(one)}`,
      );
    }
    return checkText(name, one);
  });
}

/** The captions of pictures of these names. @throws InvalidInputError for one that has none, or that of two pictures */
export function captionsByName(
  names: readonly string[] | undefined,
  given: Exclude<CaptionsGiven, readonly unknown[]>,
): Captions {
  const map: unknown = given;
  if (!isKind(map, "Object", "Map")) {
    throw new InvalidInputError(
      `captions must be a list, or texts by the names of files, got ${describe(given)}`,
    );
  }
  if (!names) {
    throw new InvalidInputError(
      "captions by name: the pictures have no names; give a list in their order",
    );
  }
  const named = isKind(map, "Map")
    ? Array.from(map, ([name, own]) => [String(name), own] as const)
    : Object.entries(given);
  const found = foundByName<unknown>(names, named, "caption");
  return names.map((name, i) => captionsOf(`the captions of ${describe(name)}`, found[i]));
}

/** Names of files as captions: "red_bird-2.png" says "red bird 2". @throws InvalidInputError */
export function captionsOfNames(names: readonly string[] | undefined): Captions {
  if (!names) throw new InvalidInputError("names as captions: the pictures have no names");
  return names.map((name) => {
    const words = baseOf(name)
      .replace(/\.[^.]*$/, "")
      .replace(/[\s_-]+/g, " ")
      .trim();
    if (words !== "") return [words];
    throw new InvalidInputError(`names as captions: ${describe(name)} has no words`);
  });
}

/**
 * Captions of a file, by the names of pictures: lines `file<TAB>caption`, with further captions in further columns or
 * lines; JSON, `{ "file": "caption" }` or `{ "file": ["caption", …] }`; or lines of JSON as Hugging Face's folders of
 * pictures have them, `{ "file_name": "a.png", "text": "a red hat" }`, where a file may come several times.
 *
 * ```ts
 * const captions = readCaptions("a.png\ta red hat\na.png\t一顶红帽子\nb.png\ta dog\tein Hund\n");
 * // a.png: 2 captions, b.png: 2
 * ```
 *
 * @param name of the file, for errors
 * @throws InvalidInputError with the line, or the entry, that cannot be used
 */
export function readCaptions(text: string, name = "the captions"): Map<string, string[]> {
  if (typeof text !== "string") {
    throw new InvalidInputError(`${name} must be a text, got ${describe(text)}`);
  }
  const content = text.replace(/^\ufeff/, "");
  const captions = isRecords(content)
    ? fromRecords(content, name)
    : isJSON(content)
      ? fromJSON(content, name)
      : fromLines(content, name);
  if (captions.size > 0) return captions;
  throw new InvalidInputError(`${name} has no caption`);
}

/** Whether it begins as JSON does; a name in brackets has a tab after it. */
function isJSON(text: string): boolean {
  return /^\s*(\{|\[[^\t\n]*(\n|$))/.test(text);
}

/** Whether it begins with a record of a line of its own. */
function isRecords(text: string): boolean {
  return /^\s*\{[^\n]*"file_name"\s*:[^\n]*\}\s*(\n|$)/.test(text);
}

/** What a record calls its captions; the first one that is there. */
const SAID = ["text", "caption", "captions"] as const;

function fromRecords(text: string, name: string): Map<string, string[]> {
  const captions = new Map<string, string[]>();
  for (const [i, line] of linesOf(text).entries()) {
    if (line.trim() === "") continue;
    const where = `${name}, line ${i + 1}`;
    const record = parsed(line, where, '{ "file_name": "a.png", "text": "caption" }');
    const file = Object(record).file_name;
    if (typeof file !== "string" || file === "") {
      throw new InvalidInputError(`${where}: file_name must be a picture's, got ${describe(file)}`);
    }
    const said = SAID.find((one) => Object.hasOwn(Object(record), one));
    if (!said) {
      throw new InvalidInputError(
        `${where}: expected the captions of ${describe(file)} as "text" or "caption", got ${listed(Object.keys(Object(record)))}`,
      );
    }
    const own = captionsOf(`${where}: ${said}`, Object(record)[said]);
    captions.set(file, [...(captions.get(file) ?? []), ...own]);
  }
  return captions;
}

const FORM = '{ "file": "caption" } or { "file": ["caption", …] }';

function fromJSON(text: string, name: string): Map<string, string[]> {
  const json = parsed(text, name, FORM);
  if (!isKind(json, "Object")) {
    throw new InvalidInputError(`${name} must be ${FORM}, got ${describe(json)}`);
  }
  return new Map(
    Object.entries(json).map(([file, own]) => [
      file,
      [...captionsOf(`${name}: ${describe(file)}`, own)],
    ]),
  );
}

/** @throws InvalidInputError where it is not JSON */
function parsed(text: string, where: string, form: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? `: ${cause.message}` : "";
    throw new InvalidInputError(`${where} is not JSON${why}; expected ${form}`, { cause });
  }
}

function fromLines(text: string, name: string): Map<string, string[]> {
  const captions = new Map<string, string[]>();
  for (const [i, line] of linesOf(text).entries()) {
    if (line.trim() === "") continue;
    const wrong = (got: string) =>
      new InvalidInputError(
        `${name}, line ${i + 1}: expected the name of a picture, a tab and a caption, got ${got}`,
      );
    const [file, ...cells] = line.split("\t").map((cell) => cell.trim());
    if (cells.length === 0) throw wrong("no tab");
    if (file === "") throw wrong("no name");
    // A table has empty cells where a picture has fewer captions than others.
    const own = cells.filter((cell) => cell !== "");
    if (own.length === 0) throw wrong("no caption");
    for (const caption of own) checkText(`${name}, line ${i + 1}`, caption);
    const before = captions.get(file);
    if (before) for (const caption of own) before.push(caption);
    else captions.set(file, own);
  }
  return captions;
}
