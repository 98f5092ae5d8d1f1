// What is said of pictures in a file: an IDX file of classes, or rows as CSV, a table between tabs, or JSON.

import { InvalidInputError, type LabelRow } from "../../entries/node.js";
import { Failure, ofPictures } from "../errors.js";
import { readText } from "./files.js";

/** Columns that name a picture, in place of the order. */
const NAMES = ["file", "filename", "name", "image", "picture", "path"];

/** Rows, and the column that names the pictures, where there is one. */
export interface LabelRows {
  readonly rows: readonly LabelRow[];
  readonly by: string | undefined;
}

/** @throws Failure with the file and what was expected */
export function readLabelRows(path: string): LabelRows {
  const text = readText(path).pieces.join("");
  const rows = /^\s*[[{]/.test(text) ? jsonRows(path, text) : tableRows(path, text);
  if (rows.length === 0) throw new Failure(`${path} has no rows of labels`);
  const by = NAMES.find((name) => rows.every((row) => Object.hasOwn(row, name)));
  return { rows, by };
}

/** A list of objects, or an object a line. */
function jsonRows(path: string, text: string): LabelRow[] {
  let rows: unknown;
  try {
    rows = /^\s*\[/.test(text)
      ? JSON.parse(text)
      : text.split("\n").flatMap((line) => (line.trim() === "" ? [] : [JSON.parse(line)]));
  } catch (cause) {
    throw new Failure(`${path}: ${cause instanceof Error ? cause.message : "no JSON"}`, { cause });
  }
  if (Array.isArray(rows)) {
    const wrong = rows.findIndex(
      (row) => Object.prototype.toString.call(row) !== "[object Object]",
    );
    if (wrong < 0) return rows;
    throw new Failure(
      `${path}: row ${wrong} of labels must be an object such as { "label": "cat" }`,
    );
  }
  throw new Failure(`${path}: expected a list of objects`);
}

function tableRows(path: string, text: string): LabelRow[] {
  const [first = "", ...lines] = cellsOf(path, text);
  const names = [...first];
  if (names.some((name) => name === "") || new Set(names).size !== names.length) {
    throw new Failure(`${path}: the first line must name the columns, each once`);
  }
  return lines.map((cells, i) => {
    if (cells.length === names.length) {
      return Object.fromEntries(names.map((name, n) => [name, cells[n]]));
    }
    throw new Failure(
      `${path}:${i + 2}: expected ${names.length} columns, as in the first line, got ${cells.length}`,
    );
  });
}

/** Cells of each line (RFC 4180): between commas, or tabs where the first line has one; quoted or not. */
function cellsOf(path: string, text: string): string[][] {
  const comma = text.slice(0, text.indexOf("\n") >>> 0).includes("\t") ? "\t" : ",";
  const lines: string[][] = [];
  let cells: string[] = [];
  let cell = "";
  let quoted = false;
  const end = () => {
    cells.push(cell);
    cell = "";
  };
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c !== '"') cell += c;
      else if (text[i + 1] === '"') cell += text[i++];
      else quoted = false;
    } else if (c === '"' && cell === "") quoted = true;
    else if (c === comma) end();
    else if (c === "\n") {
      end();
      if (cells.length > 1 || cells[0] !== "") lines.push(cells);
      cells = [];
    } else if (c !== "\r") cell += c;
  }
  if (quoted) throw new Failure(`${path}: a quoted cell has no end`);
  end();
  if (cells.length > 1 || cells[0] !== "") lines.push(cells);
  return lines;
}

/** An error of the library, as one about this file. */
export function aboutFile(path: string, error: unknown): unknown {
  if (!(error instanceof InvalidInputError)) return error;
  return new Failure(`${path}: ${ofPictures(error.message)}`, { cause: error });
}
