// What is said of pictures in a file: rows as CSV, a table between tabs, or JSON.

import type { LabelRow } from "../../entries/node.js";
import { LINE_END, linesOf } from "../../text/lines.js";
import { Failure } from "../errors.js";
import { readText } from "./files.js";
import { separatorOf } from "./separator.js";

/** Columns that name a picture, in place of the order; capitals and what is between words make no difference. */
const NAMES = ["file", "filename", "filepath", "name", "image", "imagepath", "picture", "path"];

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
  const columns = Object.keys(rows[0]).filter((name) =>
    rows.every((row) => Object.hasOwn(row, name)),
  );
  const known = columns.map((name) => name.toLowerCase().replace(/[\s_-]/g, ""));
  const [place] = NAMES.map((name) => known.indexOf(name)).filter((at) => at >= 0);
  return { rows, by: columns[place] };
}

/** A list of objects, or an object a line. */
function jsonRows(path: string, text: string): LabelRow[] {
  let rows: unknown;
  try {
    rows = /^\s*\[/.test(text)
      ? JSON.parse(text)
      : linesOf(text).flatMap((line) => (line.trim() === "" ? [] : [JSON.parse(line)]));
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
  const [{ cells: names } = NOTHING, ...lines] = tableLines(path, text);
  if (names.some((name) => name === "") || new Set(names).size !== names.length) {
    throw new Failure(`${path}: the first line must name the columns, each once`);
  }
  return lines.map(({ cells, line }) => {
    if (cells.length === names.length) {
      return Object.fromEntries(names.map((name, n) => [name, cells[n]]));
    }
    throw new Failure(
      `${path}:${line}: expected ${names.length} columns, as in the first line, got ${cells.length}`,
    );
  });
}

/** A line of a table, and which line of the file it begins in. */
interface TableLine {
  readonly cells: readonly string[];
  readonly line: number;
}

const NOTHING: TableLine = { cells: [], line: 1 };

/** Lines that are not empty (RFC 4180), with quoted cells or without. */
function tableLines(path: string, text: string): TableLine[] {
  const [head] = text.split(LINE_END, 1);
  const comma = separatorOf(head);
  const lines: TableLine[] = [];
  let cells: string[] = [];
  let cell = "";
  let quoted = false;
  let begun = 1;
  let line = 1;
  const endCell = () => {
    cells.push(cell);
    cell = "";
  };
  const endLine = () => {
    endCell();
    if (cells.length > 1 || cells[0] !== "") lines.push({ cells, line: begun });
    cells = [];
    begun = line + 1;
  };
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    // Of CRLF, its last character.
    const isEnd = c === "\n" || (c === "\r" && text[i + 1] !== "\n");
    if (isEnd && quoted) line++;
    if (quoted) {
      if (c !== '"') cell += c;
      else if (text[i + 1] === '"') cell += text[i++];
      else quoted = false;
    } else if (c === '"' && cell === "") quoted = true;
    else if (c === comma) endCell();
    else if (isEnd) {
      endLine();
      line++;
    } else if (c !== "\r") cell += c;
  }
  if (quoted) throw new Failure(`${path}: a quoted cell has no end`);
  endLine();
  return lines;
}
