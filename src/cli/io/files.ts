// Files in: texts and documents.

import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { decodeUtf8, InvalidInputError, type LanguageModel } from "../../entries/node.js";
import { Failure, reason } from "../errors.js";

export const documentModes = ["none", "lines", "files"] as const;

/** How files are cut: not at all, a document a line, or a document a file. */
export type DocumentMode = (typeof documentModes)[number];

/** A file's text. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** @throws Failure */
export function readBytes(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Failure(`cannot read ${path}: ${reason(error)}`, { cause: error });
  }
}

/** @throws Failure, or InvalidInputError with the place of what is not UTF-8 */
export function readTexts(paths: readonly string[]): TextFile[] {
  const files = paths.map((path) => ({ path, text: decodeUtf8(readBytes(path), path) }));
  if (files.some(({ text }) => text !== "")) return files;
  const one = files.length === 1;
  throw new Failure(`${paths.join(", ")} ${one ? "is" : "are"} empty; expected text`);
}

/** The files as the library takes them: one text, or a list of documents. */
export function arrange(files: readonly TextFile[], mode: DocumentMode): string | string[] {
  const texts = files.map(({ text }) => text);
  if (mode === "none") return texts.join("");
  if (mode === "files") return texts;
  const lines = texts.flatMap(linesOf).filter((line) => line.trim() !== "");
  if (lines.length > 0) return lines;
  throw new Failure(`${files.map(({ path }) => path).join(", ")}: every line is empty`);
}

function linesOf(text: string): string[] {
  return text.split(/\r?\n/);
}

/** @throws Failure for a character that the model does not know, with file, line and column */
export function checkCharacters(
  { tokenizer }: LanguageModel,
  files: readonly TextFile[],
  mode: DocumentMode,
): void {
  if (tokenizer.kind !== "char") return;
  for (const { path, text } of files) {
    const parts = mode === "lines" ? linesOf(text) : [text];
    for (const [i, part] of parts.entries()) {
      try {
        tokenizer.encode(part);
      } catch (error) {
        if (!(error instanceof InvalidInputError)) throw error;
        const message =
          mode === "lines" ? error.message.replace("line 1", `line ${i + 1}`) : error.message;
        throw new Failure(`${path}: ${message}`, { cause: error });
      }
    }
  }
}

/** Names of files for people: all of a few, else how many. */
export function named(paths: readonly string[]): string {
  if (paths.length > 3) return `${paths.length} files`;
  return paths.map((path) => basename(path)).join(", ");
}
