// Files in: texts and documents.

import { constants } from "node:buffer";
import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { basename } from "node:path";
import { decodeUtf8, InvalidInputError, type LanguageModel } from "../../entries/node.js";
import { endsLine, linesOf } from "../../text/lines.js";
import { Failure, reason } from "../errors.js";
import { whole } from "../show/format.js";
import { decodedPieces, PIECE } from "./pieces.js";
import { complaint, notText } from "./wrong-file.js";

/** Bytes by which other files are known. */
const HEAD = 512;

export const documentModes = ["none", "lines", "files"] as const;

/** How files are cut: not at all, a document a line, or a document a file. */
export type DocumentMode = (typeof documentModes)[number];

/** A file's text. */
export interface TextFile {
  readonly path: string;
  /** The text: in one piece, or where that would be too long for a string, in pieces of whole lines. */
  readonly pieces: readonly string[];
}

/** @throws Failure */
export function readBytes(path: string): Uint8Array {
  return reading(path, () => readFileSync(path));
}

/** The first bytes of a file, as far as it can be read; whoever reads it all will say what is wrong with it. */
export function headOf(path: string, length: number): Uint8Array {
  try {
    const file = openSync(path, "r");
    try {
      const head = new Uint8Array(length);
      return head.subarray(0, readSync(file, head, 0, length, 0));
    } finally {
      closeSync(file);
    }
  } catch {
    return new Uint8Array();
  }
}

/** @throws Failure, or InvalidInputError with the place of what is not UTF-8 */
export function readTexts(paths: readonly string[], expected: "text" | "log" = "text"): TextFile[] {
  const files = paths.map((path) => readText(path, PIECE, expected));
  if (files.some(({ pieces }) => pieces.some((piece) => /\S/.test(piece)))) return files;
  const blank = files.some(({ pieces }) => pieces.some((piece) => piece !== ""));
  const be = files.length === 1 ? "is" : "are";
  const empty = blank ? "empty but for white space" : "empty";
  const wanted = expected === "log" ? "a log" : "text";
  throw new Failure(`${paths.join(", ")} ${be} ${empty}; expected ${wanted}`);
}

/**
 * A file's text, in pieces of at most `most` bytes.
 * @throws Failure, also for a line that is longer; InvalidInputError for what is not UTF-8
 */
export function readText(
  path: string,
  most: number = PIECE,
  expected: "text" | "log" = "text",
): TextFile {
  const pieces = reading(path, () => {
    const file = openSync(path, "r");
    try {
      checkIs(expected, file, path);
      const { size } = fstatSync(file);
      if (size <= most) return [decodeUtf8(readFileSync(file), path)];
      return Array.from(decodedPieces(file, path, most));
    } finally {
      closeSync(file);
    }
  });
  return { path, pieces };
}

/** Refuses what is known to be something else. @throws Failure */
function checkIs(expected: "text" | "log", file: number, path: string): void {
  if (!fstatSync(file).isFile()) return;
  const head = new Uint8Array(HEAD);
  const looks = notText(head.subarray(0, readSync(file, head, 0, HEAD, 0)), expected);
  if (looks) throw new Failure(complaint(path, expected, looks));
}

/** The files as the library takes them: one text, or a list of documents. @throws Failure */
export function arrange(files: readonly TextFile[], mode: DocumentMode): string | string[] {
  if (mode === "none") return joined(files);
  if (mode === "files") return files.map((file) => joined([file]));
  const lines: string[] = [];
  for (const { pieces } of files) {
    for (const piece of pieces) {
      for (const line of linesOf(piece)) if (line.trim() !== "") lines.push(line);
    }
  }
  return lines;
}

/**
 * All ways of arranging files that a run may have been begun with: version 0.1 joined texts without a
 * line break.
 */
export function* arrangements(
  files: readonly TextFile[],
  mode: DocumentMode,
): Generator<string | string[]> {
  const now = arrange(files, mode);
  yield now;
  if (mode !== "none") return;
  const before = joined(files, false);
  if (before !== now) yield before;
}

/**
 * One text, with a line break after every file that others follow, unless it ends with one.
 * @throws Failure where the text would be too long for a string
 */
function joined(files: readonly TextFile[], breaks = true): string {
  const filled = files.filter(({ pieces }) => pieces.some((piece) => piece !== ""));
  const texts = filled.flatMap(({ pieces }, i) => {
    const open = i + 1 < filled.length && !endsLine(pieces[pieces.length - 1]);
    return breaks && open ? [...pieces, "\n"] : pieces;
  });
  const length = texts.reduce((sum, text) => sum + text.length, 0);
  if (length <= constants.MAX_STRING_LENGTH) return texts.join("");
  throw new Failure(
    `${named(files.map(({ path }) => path))}: ${whole(length)} characters, one text can have at most ` +
      `${whole(constants.MAX_STRING_LENGTH)}; use a part of it, or --documents lines, with which ` +
      "every line is a text of its own",
  );
}

/** @throws Failure for a character that the model does not know, with file, line and column */
export function checkCharacters(
  { tokenizer }: LanguageModel,
  files: readonly TextFile[],
  mode: DocumentMode,
): void {
  if (tokenizer.kind !== "char") return;
  for (const { path, pieces } of files) {
    let before = 0;
    for (const piece of pieces) {
      const parts = mode === "lines" ? linesOf(piece) : [piece];
      for (const [i, part] of parts.entries()) {
        try {
          tokenizer.encode(part);
        } catch (error) {
          if (!(error instanceof InvalidInputError)) throw error;
          const above = before + (mode === "lines" ? i : 0);
          const message = error.message.replace(
            /line (\d+)/,
            (_, n) => `line ${above + Number(n)}`,
          );
          throw new Failure(`${path}: ${message}`, { cause: error });
        }
      }
      if (pieces.length > 1) before += linesOf(piece).length;
    }
  }
}

/** Names of files for people: all of a few, else how many. */
export function named(paths: readonly string[]): string {
  if (paths.length > 3) return `${paths.length} files`;
  return paths.map((path) => basename(path)).join(", ");
}

/** @throws Failure where the system cannot do it; errors of ours stay as they are */
function reading<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Failure || error instanceof InvalidInputError) throw error;
    throw new Failure(`cannot read ${path}: ${reason(error)}`, { cause: error });
  }
}
