// Documents with labels, from JSON lines or a table of columns between tabs.

import type { Document, LabelKind } from "../../entries/node.js";
import { linesOf } from "../../text/lines.js";
import { Failure, UsageError } from "../errors.js";
import { plural } from "../show/format.js";

/** Which fields of a record count. */
export interface RecordFields {
  /** The one that holds the text; where it is not said, one of `TEXTS`. */
  readonly text?: string;
  readonly labels: readonly string[];
}

/** Names that a text has where nothing is said. */
const TEXTS = ["text", "lines", "content"];

/** Whether a file's name says that it holds JSON lines. */
export function namesRecords(path: string): boolean {
  return /\.(jsonl|ndjson)$/i.test(path);
}

/** `title,author:category`: names of fields, and what their values are. @throws UsageError */
export function readLabelFields(given: string | undefined): {
  readonly names: string[];
  readonly kinds?: Record<string, LabelKind>;
} {
  const kinds: Record<string, LabelKind> = {};
  const names = (given ?? "").split(",").flatMap((part) => {
    const [, name, kind] = /^(.*?)(?::(category|text))?$/.exec(part.trim())!;
    if (kind) kinds[name] = kind as LabelKind;
    return name === "" ? [] : [name];
  });
  if (given !== undefined && names.length === 0) {
    throw new UsageError("--label-fields needs names, such as title,author");
  }
  return Object.keys(kinds).length > 0 ? { names, kinds } : { names };
}

/** The documents of files: tables where their names end with .tsv, else JSON lines. @throws Failure */
export function readRecords(
  files: readonly { path: string; pieces: readonly string[] }[],
  fields: RecordFields,
): Document[] {
  return files.flatMap(({ path, pieces }) => {
    const lines = pieces.flatMap(linesOf);
    const records = /\.tsv$/i.test(path) ? table(path, lines, fields) : jsonLines(path, lines);
    const documents = records.map(({ place, record }) => documentOf(place, record, fields));
    if (fields.labels.length > 0) checkPresent(path, documents, fields.labels);
    return documents;
  });
}

interface Placed {
  readonly place: string;
  readonly record: Readonly<Record<string, unknown>>;
}

function jsonLines(path: string, lines: readonly string[]): Placed[] {
  return lines.flatMap((line, i) => {
    if (line.trim() === "") return [];
    const place = `${path} line ${i + 1}`;
    let record: unknown;
    try {
      record = JSON.parse(line);
    } catch (error) {
      throw new Failure(`${place}: expected a JSON object, got ${shown(line)}`, { cause: error });
    }
    if (typeof record !== "object" || record === null || Array.isArray(record)) {
      throw new Failure(`${place}: expected a JSON object, got ${shown(line)}`);
    }
    return [{ place, record: record as Placed["record"] }];
  });
}

function table(path: string, lines: readonly string[], { labels, text }: RecordFields): Placed[] {
  const [header = "", ...rest] = lines;
  const columns = header.split("\t").map((name) => name.trim());
  const missing = [...labels, ...(text === undefined ? [] : [text])].filter(
    (name) => !columns.includes(name),
  );
  if (missing.length > 0) {
    throw new Failure(
      `${path}: its first line must name the columns, ${missing.join(" and ")} among them; got ${shown(header)}`,
    );
  }
  return rest.flatMap((line, i) => {
    if (line.trim() === "") return [];
    const place = `${path} line ${i + 2}`;
    const cells = line.split("\t");
    if (cells.length !== columns.length) {
      throw new Failure(
        `${place}: expected ${plural(columns.length, "column")} between tabs, got ${cells.length}`,
      );
    }
    const filled = columns.flatMap((name, c) => (cells[c] === "" ? [] : [[name, cells[c]]]));
    return [{ place, record: Object.fromEntries(filled) }];
  });
}

function documentOf(place: string, record: Placed["record"], fields: RecordFields): Document {
  const { labels: wanted, text = TEXTS.find((name) => record[name] !== undefined) } = fields;
  const value = text === undefined ? undefined : record[text];
  const lines = Array.isArray(value) && value.every((line) => typeof line === "string");
  if (typeof value !== "string" && !lines) {
    const names = Object.keys(record).slice(0, 10).join(", ");
    throw new Failure(
      value === undefined
        ? `${place}: no field ${text ?? TEXTS.join(", ")}; its fields are ${names}: --text-field names the text's`
        : `${place}: ${text} must be a text or a list of lines, got ${shown(JSON.stringify(value))}`,
    );
  }
  const whole = typeof value === "string" ? value : (value as string[]).join("\n");
  if (wanted.length === 0) return whole;
  const labels: Record<string, string> = {};
  for (const name of wanted) {
    const label = record[name];
    if (label === undefined || label === null || label === "") continue;
    if (typeof label === "object") {
      throw new Failure(
        `${place}: ${name} must be a text, a number, true or false, got ${shown(JSON.stringify(label))}`,
      );
    }
    labels[name] = String(label);
  }
  return { text: whole, labels };
}

/** A field that no document has is a slip. */
function checkPresent(
  path: string,
  documents: readonly Document[],
  names: readonly string[],
): void {
  for (const name of names) {
    const has = documents.some((one) => typeof one === "object" && one.labels?.[name]);
    if (!has) throw new Failure(`${path}: no document has a field ${name}`);
  }
}

function shown(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
