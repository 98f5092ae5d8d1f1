// Documents with labels from files: JSON lines, or a table between tabs whose first line names the columns.

import { checkMessages, isConversation } from "../../data/conversations.js";
import type { ChatMessage, Conversation, LabelKind, LabelledDocument } from "../../entries/node.js";
import { textsIn } from "../../models/language/corpora.js";
import { linesOf } from "../../text/lines.js";
import { Failure, UsageError } from "../errors.js";
import { readTexts, type TextFile } from "./files.js";

/** What is read of each record. */
export interface RecordFields {
  /** The field that the text is in: the first of these that a record has. */
  readonly text: readonly string[];
  /** Those that are labels. */
  readonly labels: readonly string[];
}

/** A document, or a conversation, and where it is from. */
export interface RecordDocument {
  readonly document: string | LabelledDocument | Conversation;
  readonly path: string;
  readonly line: number;
}

/** Fields of one record, and its line. */
interface Record {
  readonly values: Readonly<{ [name: string]: unknown }>;
  readonly line: number;
}

/** Fields that a text is in where no option says which. */
export const TEXT_FIELDS: readonly string[] = ["text", "lines"];

/** Options that say of files that they hold records. */
export interface RecordFlags {
  readonly textField?: string;
  readonly labelFields?: string;
}

/**
 * Whether files hold records: JSON lines by their name, others where options speak of fields, or where they are
 * tables by their name and the model has labels.
 */
export function holdRecords(
  paths: readonly string[],
  { textField, labelFields }: RecordFlags,
  labels: number = 0,
): boolean {
  if (textField !== undefined || labelFields !== undefined) return true;
  return paths.some((path) => isJsonLines(path) || (labels > 0 && /\.tsv$/i.test(path)));
}

function isJsonLines(path: string): boolean {
  return /\.(jsonl|ndjson)$/i.test(path);
}

/** "title,author:category": names of fields, and kinds where they are said. @throws UsageError */
export function labelFieldsOf(option: string | undefined): Map<string, LabelKind | undefined> {
  const fields = new Map<string, LabelKind | undefined>();
  for (const field of option?.split(",") ?? []) {
    const [name, kind, ...rest] = field.trim().split(":");
    const known = kind === undefined || kind === "category" || kind === "text";
    if (name === "" || !known || rest.length > 0 || fields.has(name)) {
      throw new UsageError(
        `--label-fields must be names that differ, such as title,author or title:text,author:category, ` +
          `got ${JSON.stringify(option)}`,
      );
    }
    fields.set(name, kind);
  }
  return fields;
}

/**
 * Documents of files, in order.
 * @param all whether every label must be in at least one of the records
 * @throws Failure with file, line and what was expected
 */
export function readRecords(
  paths: readonly string[],
  fields: RecordFields,
  all: boolean,
): RecordDocument[] {
  const found = new Set<string>();
  const documents = readTexts(paths).flatMap((file) => {
    const records = isJsonLines(file.path) ? jsonRecords(file) : tableRecords(file, fields.text);
    return Array.from(records, ({ values, line }) => {
      for (const name of Object.keys(values)) found.add(name);
      const where = { path: file.path, line };
      if (isConversation(values) && !fields.text.some((field) => Object.hasOwn(values, field))) {
        return { ...where, document: conversationIn(values, fields.labels, where) };
      }
      const text = textIn(values, fields.text, where);
      const labels = labelsIn(values, fields.labels, where);
      return { ...where, document: Object.keys(labels).length > 0 ? { text, labels } : text };
    });
  });
  if (documents.length === 0) {
    throw new Failure(
      `${paths.join(", ")}: expected records after the names of the columns, got none`,
    );
  }
  const missing = fields.labels.find(
    (name) => !documents.some(({ document }) => hasLabel(document, name)),
  );
  if (!all || missing === undefined) return documents;
  throw new Failure(
    `${paths.join(", ")}: no record has the label ${JSON.stringify(missing)}; they have ${some(found)}`,
  );
}

function hasLabel(document: RecordDocument["document"], name: string): boolean {
  return Object.hasOwn(Object((document as LabelledDocument).labels), name);
}

/** Numbered lines that are not blank. */
function* filledLines({ pieces }: TextFile): Generator<readonly [string, number]> {
  let line = 0;
  for (const piece of pieces) {
    for (const text of linesOf(piece)) {
      line++;
      if (text.trim() !== "") yield [text, line];
    }
  }
}

function* jsonRecords(file: TextFile): Generator<Record> {
  for (const [text, line] of filledLines(file)) {
    let values: unknown;
    try {
      values = JSON.parse(text);
    } catch {
      values = undefined;
    }
    if (typeof values !== "object" || values === null || Array.isArray(values)) {
      throw unexpected(
        { path: file.path, line },
        'a JSON object such as {"text": "…"}',
        text.trim(),
      );
    }
    yield { values: values as Record["values"], line };
  }
}

function* tableRecords(file: TextFile, fields: readonly string[]): Generator<Record> {
  let names: readonly string[] | undefined;
  for (const [row, line] of filledLines(file)) {
    const cells = row.split("\t");
    if (!names) {
      names = cells.map((cell) => cell.trim());
      const columns = new Set(names);
      if (fields.some((name) => columns.has(name)) && columns.size === names.length) continue;
      const expected = `names of columns between tabs that differ, ${JSON.stringify(fields[0])} among them (--text-field names another)`;
      throw unexpected({ path: file.path, line }, expected, row);
    }
    if (cells.length !== names.length) {
      const got = `${cells.length} in ${JSON.stringify(row.slice(0, 40))}`;
      throw new Failure(
        `${file.path}:${line}: expected ${names.length} cells between tabs, got ${got}`,
      );
    }
    yield { values: Object.fromEntries(names.map((name, i) => [name, cells[i]])), line };
  }
}

interface Where {
  readonly path: string;
  readonly line: number;
}

/** Messages; further fields of their record are not looked at. @throws Failure */
function conversationIn(
  values: Record["values"],
  labels: readonly string[],
  where: Where,
): Conversation {
  if (labels.length > 0) throw unexpected(where, "a text with labels", "a conversation");
  const { messages } = values as { readonly messages: readonly ChatMessage[] };
  try {
    checkMessages("messages", messages);
  } catch (error) {
    throw new Failure(`${where.path}:${where.line}: ${(error as Error).message}`, { cause: error });
  }
  for (const text of textsIn("the line", { messages })) wholeText(text, "messages", where);
  return { messages };
}

/** A text, or the lines of one. */
function textIn(values: Record["values"], fields: readonly string[], where: Where): string {
  const name = fields.find((field) => Object.hasOwn(values, field)) ?? fields[0];
  const value = Object.hasOwn(values, name) ? values[name] : undefined;
  const text = Array.isArray(value) && value.every(isText) ? value.join("\n") : value;
  if (isText(text) && text !== "") return wholeText(text, name, where);
  const other =
    value === undefined ? `; it has ${some(Object.keys(values))} (--text-field names another)` : "";
  throw unexpected(
    where,
    `a text, or a list of its lines, as ${JSON.stringify(name)}`,
    value,
    other,
  );
}

/** Labels as texts; empty ones and null are as good as none. */
function labelsIn(
  values: Record["values"],
  names: readonly string[],
  where: Where,
): { [name: string]: string } {
  const given = names.flatMap((name) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (value === undefined || value === null || value === "") return [];
    if (["string", "number", "boolean"].includes(typeof value)) {
      return [[name, wholeText(String(value), name, where)]];
    }
    throw unexpected(where, `a text as the label ${JSON.stringify(name)}`, value);
  });
  return Object.fromEntries(given);
}

/** @throws Failure for half a character, which JSON can have */
function wholeText(text: string, name: string, { path, line }: Where): string {
  if (!/\p{Surrogate}/u.test(text)) return text;
  throw new Failure(
    `${path}:${line}: ${JSON.stringify(name)} has half a character; was it cut inside an emoji?`,
  );
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function unexpected({ path, line }: Where, expected: string, value: unknown, more = ""): Failure {
  const shown = isText(value) && value !== "" ? value : jsonOf(value);
  const short = shown.length > 60 ? `${shown.slice(0, 60)}…` : shown;
  return new Failure(`${path}:${line}: expected ${expected}, got ${short}${more}`);
}

function jsonOf(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "nothing";
  } catch {
    // Engines read what is deeper than they write.
    return "what is nested too deep";
  }
}

/** Names for people, the first ten. */
function some(names: Iterable<string>): string {
  const all = [...names];
  const more = all.length > 10 ? ` and ${all.length - 10} more` : "";
  return (
    all
      .slice(0, 10)
      .map((name) => name.slice(0, 60))
      .join(", ") + more || "none"
  );
}
