// Levels of text: a file each, or many in one, separated by empty lines or by lines that begin with ";". Gzipped ones
// are told by their first bytes.

import { gunzip, isGzip } from "../../formats/deflate.js";
import { bytesOf } from "../../host/bytes.js";
import { checkKeys, describe, InvalidInputError } from "../../host/errors.js";
import { linesOf } from "../../text/lines.js";
import { checkText, decodeUtf8 } from "../../text/utf8.js";
import { LABEL, type LabelRow, labelsOf } from "../images/parts.js";
import type { Grid, GridParts } from "./parts.js";
import { isCharacter, sorted } from "./symbols.js";

/** A file of levels with its name, and what is said of all that are in it. */
export interface LevelFile {
  readonly name: string;
  readonly bytes?: Uint8Array | ArrayBuffer;
  readonly text?: string;
  readonly label?: string;
  readonly labels?: LabelRow;
}

/** Levels: the text of a file, its bytes, or either with a name. */
export type LevelText = string | Uint8Array | ArrayBuffer | LevelFile;

export interface LevelOptions {
  /** Lines that are shorter than the longest of their level are filled up with this symbol; without it they are refused. */
  readonly pad?: string;
  /** "file" keeps levels of one file on one side of a split; "none", the default, does not. */
  readonly group?: "none" | "file";
}

/** A line of a level: what has a length, and a character at each place. */
type Row = string | readonly string[];

/** A level, and where it was found. */
interface Level {
  /** Its lines, as characters where one is beyond U+FFFF. */
  readonly rows: readonly Row[];
  readonly name: string | undefined;
  readonly file: number;
  /** The number of its first line, from 1. */
  readonly line: number;
}

/** @throws InvalidInputError naming file, level and line of what cannot be used */
export function fromText(
  files: LevelText | readonly LevelText[],
  options: LevelOptions = {},
): GridParts {
  checkKeys("fromText", options, ["pad", "group"]);
  const { pad, group = "none" } = options;
  if (pad !== undefined && !(typeof pad === "string" && pad !== "" && isCharacter(pad))) {
    throw new InvalidInputError(`pad must be one character, got ${describe(pad)}`);
  }
  if (group !== "none" && group !== "file") {
    throw new InvalidInputError(`group must be one of none, file, got ${describe(group)}`);
  }
  const given = (Array.isArray(files) ? files : [files]) as readonly LevelText[];
  const named = given.map((file, i) => fileOf(file, given.length > 1 ? `file ${i}` : "the text"));
  const levels = named.flatMap(({ what, text }, file) => levelsOf(what, text, file));
  if (levels.length === 0) {
    throw new InvalidInputError(
      named.length === 0 ? "there is no file of levels" : `there is no level in ${named[0].what}`,
    );
  }
  const whole = levels.map((level) => padded(level, named[level.file].what, pad));
  const found = new Set<string>();
  for (const { rows } of whole) for (const row of rows) for (const one of row) found.add(one);
  const symbols = sorted(found);
  const places = new Map(symbols.map((symbol, i) => [symbol, i]));
  const grids = whole.map(({ rows }): Grid => {
    const [height, width] = [rows.length, rows[0].length];
    const cells = new Uint16Array(width * height);
    let cell = 0;
    for (const row of rows) for (const one of row) cells[cell++] = places.get(one)!;
    return { width, height, cells };
  });
  const names = namesOf(levels, named);
  const said = levels.map(({ file }) => named[file].said);
  const some = said.some((row) => Object.keys(row).length > 0);
  return {
    ...{ symbols, grids, names },
    labels: some ? labelsOf(said, (i) => named[levels[i].file].what, "file") : [],
    groups: group === "file" ? levels.map(({ file }) => String(file)) : undefined,
  };
}

interface NamedText {
  readonly name: string | undefined;
  /** What it is called in errors. */
  readonly what: string;
  readonly text: string;
  readonly said: LabelRow;
}

function fileOf(given: LevelText, unnamed: string): NamedText {
  if (typeof given === "string") {
    return { name: undefined, what: unnamed, text: checkText(unnamed, given), said: {} };
  }
  const { name, bytes, text, label, labels } = Object(given) as LevelFile;
  if (typeof name !== "string") {
    const own = bytesOf(unnamed, given as Uint8Array | ArrayBuffer);
    return { name: undefined, what: unnamed, text: decoded(unnamed, own), said: {} };
  }
  if ((bytes === undefined) === (text === undefined)) {
    throw new InvalidInputError(`${name} must have either bytes or text`);
  }
  const said = { ...(label === undefined ? {} : { [LABEL]: label }), ...labels };
  const own = text === undefined ? decoded(name, bytesOf(name, bytes!)) : checkText(name, text);
  return { name, what: name, text: own, said };
}

function decoded(what: string, bytes: Uint8Array): string {
  return decodeUtf8(isGzip(bytes) ? gunzip(what, bytes) : bytes, what);
}

/** The levels of a file. A line that begins with ";" ends a level, and names the next with what else it has. */
function levelsOf(what: string, text: string, file: number): Level[] {
  const levels: Level[] = [];
  let rows: Row[] = [];
  let name: string | undefined;
  const end = (line: number) => {
    if (rows.length > 0) levels.push({ rows, name, file, line: line - rows.length });
    if (rows.length > 0) name = undefined;
    rows = [];
  };
  const lines = linesOf(text.replace(/^\uFEFF/, ""));
  for (const [i, line] of lines.entries()) {
    if (line === "" || line.startsWith(";")) {
      end(i + 1);
      if (line !== "") name = line.slice(1).trim() || undefined;
    } else {
      rows.push(checkLine(what, line, i + 1));
    }
  }
  end(lines.length + 1);
  return levels;
}

/** The characters of a line. @throws InvalidInputError for tabs and other control characters, which are no symbols */
function checkLine(what: string, line: string, number: number): Row {
  let beyond = false;
  for (let i = 0; i < line.length; i++) {
    const unit = line.charCodeAt(i);
    beyond ||= unit >= 0xd800 && unit < 0xe000;
    if (unit >= 32 && unit !== 127) continue;
    const shown = unit === 9 ? "a tab" : `the control character ${describe(line[i])}`;
    throw new InvalidInputError(
      `${what}, line ${number}: ${shown} at column ${i + 1} cannot be a symbol of a level`,
    );
  }
  return beyond ? Array.from(line) : line;
}

function padded(level: Level, what: string, pad: string | undefined): Level {
  const { rows, name, line } = level;
  const width = rows.reduce((most, row) => Math.max(most, row.length), 0);
  const short = rows.findIndex((row) => row.length < width);
  if (short < 0) return level;
  if (pad === undefined) {
    const other = rows.findIndex((row) => row.length === width);
    const which = name === undefined ? "" : `, level ${describe(name)}`;
    throw new InvalidInputError(
      `${what}${which}: the lines of a level have one length, got ${rows[short].length} characters in line ` +
        `${line + short} and ${width} in line ${line + other}; pad: " " fills lines up with a symbol`,
    );
  }
  const filled = rows.map((row) => [...row, ...Array<string>(width - row.length).fill(pad)]);
  return { ...level, rows: filled };
}

/** What levels are called: by their files, and where there are several in one by what these say, or their number. */
function namesOf(levels: readonly Level[], files: readonly NamedText[]): string[] | undefined {
  if (levels.every((level) => level.name === undefined && files[level.file].name === undefined)) {
    return undefined;
  }
  const counts = new Map<number, number>();
  for (const { file } of levels) counts.set(file, (counts.get(file) ?? 0) + 1);
  const seen = new Map<number, number>();
  return levels.map(({ name, file }) => {
    const n = seen.get(file) ?? 0;
    seen.set(file, n + 1);
    const own = files[file].name;
    if (own !== undefined && counts.get(file) === 1) return own;
    return [own, name ?? String(n)].filter((part) => part !== undefined).join("#");
  });
}
