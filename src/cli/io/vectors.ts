// Rows of numbers from a table (CSV), and back.

import { Failure } from "../errors.js";
import { readText } from "./files.js";
import { isFolder } from "./picture-folders.js";
import { isPictureFile } from "./picture-heads.js";
import { separatorOf } from "./separator.js";

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;
const SHOWN = 24;

/** Whether these paths are for `readVectors`: files, none of which begins as pictures do. */
export function holdVectors(paths: readonly string[]): boolean {
  return paths.length > 0 && paths.every((path) => !isFolder(path) && !isPictureFile(path));
}

/**
 * Rows of numbers, all of one width, between tabs, semicolons or commas. The first line may name the columns.
 * @throws Failure with file and line of what is no number
 */
export function readVectors(paths: readonly string[]): Float32Array[] {
  const rows: Float32Array[] = [];
  let first = "";
  for (const path of paths) {
    const lines = readText(path)
      .pieces.join("")
      .replace(/^\ufeff/, "")
      .split(/\r\n|\r|\n/);
    const head = lines.findIndex((line) => line.trim() !== "");
    const between = separatorOf(lines[head] ?? "");
    for (const [i, line] of lines.entries()) {
      if (line.trim() === "") continue;
      const cells = line.split(between).map((cell) => cell.trim());
      if (i === head && cells.every((cell) => !NUMBER.test(cell) && cell !== "")) continue;
      const place = `${path}:${i + 1}`;
      const row = Float32Array.from(cells, (cell) => numberOf(place, cell));
      if (rows.length === 0) first = place;
      else if (row.length !== rows[0].length) {
        throw new Failure(
          `${place}: expected ${rows[0].length} numbers, as in ${first}, got ${row.length}`,
        );
      }
      rows.push(row);
    }
  }
  if (rows.length > 0) return rows;
  throw new Failure(`${paths.join(", ")}: expected rows of numbers, got none`);
}

function numberOf(place: string, cell: string): number {
  const value = NUMBER.test(cell) ? Math.fround(Number(cell)) : Number.NaN;
  if (Number.isFinite(value)) return value;
  const got = JSON.stringify(cell.length > SHOWN ? `${cell.slice(0, SHOWN)}…` : cell);
  const hint = /^[+-]?\d+,\d+$/.test(cell) ? "; decimals have a point" : "";
  throw new Failure(`${place}: expected a number, got ${got}${hint}`);
}

/** A row as a line, each number as short as it can be to be read as the same one. */
export function lineOf(row: Float32Array): string {
  return Array.from(row, shortest).join(",");
}

function shortest(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(Number(value.toPrecision(9)));
}
