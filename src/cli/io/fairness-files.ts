// Specifications of audits in, with the lists and tables that they name: paths are from the specification's folder.

import { dirname, isAbsolute, join } from "node:path";
import { checkFairnessSpec, type FairnessSpec, type ListOrFile } from "../../entries/fairness.js";
import { InvalidInputError } from "../../entries/node.js";
import { linesOf } from "../../text/lines.js";
import { Failure } from "../errors.js";
import { readText } from "./files.js";
import { readLabelRows } from "./label-rows.js";

/** A specification, and where it is. */
export interface SpecFile {
  readonly spec: FairnessSpec;
  /** A path as the specification has it. */
  at(path: string): string;
}

/** @throws Failure with the file and the place that does not fit */
export function readSpec(path: string): SpecFile {
  const text = readText(path).pieces.join("");
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Failure(`${path}: expected JSON, ${(error as Error).message}`, { cause: error });
  }
  const at = (name: string) => (isAbsolute(name) ? name : join(dirname(path), name));
  try {
    return { spec: checkFairnessSpec(json), at };
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    throw new Failure(`${path}: ${error.message}`, { cause: error });
  }
}

/** Files that a specification names. */
export function filesOf({ spec, at }: SpecFile): string[] {
  const files: unknown[] = [];
  for (const one of Object.values(spec.attributes ?? {})) {
    if ("classifier" in one) files.push(one.classifier);
    if ("words" in one) files.push(...Object.values(one.words));
    if ("lists" in one) files.push(...Object.values(one.lists));
  }
  for (const one of spec.audits) {
    if (one.audit === "pairs") files.push(one.pairs);
    if (one.audit === "templates") files.push(one.templates, one.figures?.file);
    if (one.audit === "substitution") files.push(one.texts);
    if (one.audit === "substitution" || one.audit === "distribution") files.push(one.prompts);
  }
  const named = files.filter((one): one is string => typeof one === "string");
  return [...new Set(named.map(at))];
}

/** A list as it is, or the lines of a file that are not blank. @throws Failure */
export function readList({ at }: SpecFile, list: ListOrFile): readonly string[] {
  if (typeof list !== "string") return list;
  const path = at(list);
  const lines = readText(path).pieces.flatMap((piece) => [...linesOf(piece)]);
  const filled = lines.map((line) => line.trim()).filter((line) => line !== "");
  if (filled.length > 0) return filled;
  throw new Failure(`${path}: expected a text a line, got none`);
}

/** Rows of a table (CSV or TSV) that have these columns. @throws Failure */
export function readTableWith(
  { at }: SpecFile,
  name: string,
  columns: readonly (string | undefined)[],
): readonly Readonly<Record<string, string>>[] {
  const path = at(name);
  const { rows } = readLabelRows(path);
  const known = Object.keys(rows[0]);
  const missing = columns.find((column) => column !== undefined && !known.includes(column));
  if (missing === undefined) return rows as readonly Record<string, string>[];
  throw new Failure(
    `${path}: no column ${JSON.stringify(missing)}; it has ${known.slice(0, 10).join(", ")}`,
  );
}

/** Whether a list is a table: a file by its name. */
export function isTable(list: unknown): list is string {
  return typeof list === "string" && /\.(csv|tsv)$/i.test(list);
}
