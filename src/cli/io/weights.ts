// How much each example counts, from a file: a number a line, or a column of a table.

import { foundByName } from "../../data/images/by-name.js";
import { linesOf } from "../../text/lines.js";
import { Failure, UsageError } from "../errors.js";
import { number, typedAgain } from "../options/options.js";
import { readText } from "./files.js";
import { readLabelRows } from "./label-rows.js";

/** Where weights are. */
export interface WeightFlags {
  readonly weights?: string;
  readonly weightField?: string;
}

/** What `fit` is given of weights; nothing where there are none. */
interface Given {
  readonly weights?: readonly number[];
}

/**
 * Weights of examples, in the order of these; of pictures by their names where the table has them.
 * @throws UsageError, Failure with file, line and what was expected
 */
export function readWeights(
  { weights: path, weightField: field }: WeightFlags,
  names?: readonly string[],
): Given {
  if (path === undefined) {
    if (field === undefined) return {};
    throw new UsageError("--weight-field needs --weights, the file that the field is in");
  }
  return { weights: field === undefined ? lines(path) : column(path, field, names) };
}

/** Words that give the same weights again. */
export function weightsAgain(flags: object): string[] {
  return typedAgain(flags, ["weights", "weightField"]);
}

function lines(path: string): number[] {
  const all = linesOf(readText(path).pieces.join(""));
  return all.flatMap((line, i) => {
    if (line.trim() === "") return [];
    const hint = "; of a table say the column with --weight-field";
    return [weightOf(line, `${path}:${i + 1}`, i === 0 ? hint : "")];
  });
}

function column(path: string, field: string, names: readonly string[] | undefined): number[] {
  const { rows, by } = readLabelRows(path);
  const values = rows.map((row, i) => {
    if (!Object.hasOwn(row, field)) {
      const known = Object.keys(row).join(", ");
      throw new Failure(`${path}: row ${i} has no ${JSON.stringify(field)}; it has ${known}`);
    }
    return weightOf(String(row[field]), `${path}: row ${i}`, "");
  });
  if (by === undefined || names === undefined) return values;
  return foundByName(
    names,
    rows.map((row, i) => [String(row[by]), values[i]] as const),
    "weight",
  );
}

function weightOf(text: string, where: string, hint: string): number {
  try {
    const value = number(text);
    if (value >= 0) return value;
  } catch {
    // Said below, with the place.
  }
  throw new Failure(
    `${where}: expected a weight, a number of 0 or more, got ${JSON.stringify(text.slice(0, 40))}${hint}`,
  );
}
