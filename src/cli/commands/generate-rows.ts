// simdream generate, of a model of rows of numbers: a table, or a picture of points.

import { UsageError } from "../errors.js";
import { checkWritable, writeWhole } from "../io/atomic.js";
import type { Read } from "../io/models.js";
import { checkPaths, uses } from "../io/paths.js";
import { able } from "../io/picture-models.js";
import { lineOf } from "../io/vectors.js";
import type { Sampling } from "../options/sampling-options.js";
import { plural } from "../show/format.js";
import { scatter } from "../show/scatter.js";
import { printJson, printLine, printText } from "../show/terminal.js";

/** What of the command's options such a model understands. */
interface RowFlags {
  readonly samples?: number;
  readonly seed?: number;
  readonly temperature?: number;
  readonly out?: string;
  readonly json?: boolean;
}

const SAMPLES = 1000;

/** @throws UsageError, Failure, InvalidInputError */
export async function generateRows(
  path: string,
  read: Read,
  { samples = SAMPLES, seed = 0, temperature, out, json }: RowFlags,
  sampling: Sampling,
): Promise<void> {
  const { model, verbs } = able(path, read, "rows");
  const picture = out !== undefined && /\.png$/i.test(out);
  if (out !== undefined) {
    checkPaths(uses("the model", path), uses("--out", out));
    if (!picture && !/\.(csv|tsv|txt)$/i.test(out)) {
      throw new UsageError(
        `--out ${out}: rows are written as CSV, or points as PNG; give a name that ends in .csv or .png`,
      );
    }
    checkWritable(out);
  }
  const rows = verbs.rows(model, { samples, seed, temperature, ...sampling });
  const text = rows.map((row) => `${lineOf(row)}\n`).join("");
  if (picture && rows[0].length < 2) {
    throw new UsageError(`--out ${out}: one number is no point; give a name that ends in .csv`);
  }
  if (picture) writeWhole(out, await scatter([{ name: "generated", rows, colour: 1 }]));
  else if (out !== undefined) writeWhole(out, new TextEncoder().encode(text));
  if (json) {
    const each = out === undefined ? { rows: rows.map((row) => Array.from(row)) } : { out };
    return printJson({ samples, seed, ...each });
  }
  if (out === undefined) printText(text);
  else printLine(`${plural(samples, "row")} in ${out}`);
}
