// Data files without some of their documents, and those documents, as files of their own: for what was learned from lines,
// records, pairs, rows, pictures, clips or levels. Numbers count from 1, over all files in their order.

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { Failure, UsageError } from "../errors.js";
import { plural } from "../show/format.js";
import { readBytes } from "./files.js";
import { readLabelRows } from "./label-rows.js";
import { clipFilesIn, filesIn, isFolder } from "./picture-folders.js";
import { isGzip, isIDX, isIDXFile, isPictureFile } from "./picture-heads.js";

/** What a document is. */
type Unit = "line" | "text" | "file" | "picture" | "clip" | "level";

/** How files are read. */
export interface DocumentsOf {
  readonly unit: Unit;
  /** Whether the first line of each file names columns. */
  readonly head?: boolean;
  /** Labels, in the order of the pictures where they are in an IDX file. */
  readonly labels?: string | undefined;
}

/** Some of the data. */
export interface Part {
  readonly paths: readonly string[];
  readonly labels?: string;
}

/** Data in two parts. */
export interface Parted {
  readonly rest: Part;
  readonly removed: Part;
  /** What was removed: "line 17", or the name of a picture. */
  readonly names: readonly string[];
}

/** Numbers, and names of files: "17,18", "3-9", "cat/7.png". */
export interface Wanted {
  readonly text: string;
  readonly ranges: readonly (readonly [number, number])[];
  readonly names: readonly string[];
}

/** @throws UsageError */
export function wantedDocuments(text: string): Wanted {
  const ranges: [number, number][] = [];
  const names: string[] = [];
  for (const part of text.split(",").map((one) => one.trim())) {
    const [, from, to = from] = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part) ?? [];
    if (from === undefined && part !== "") names.push(part);
    else if (Number(from) >= 1 && Number(from) <= Number(to))
      ranges.push([Number(from), Number(to)]);
    else {
      throw new UsageError(
        `--documents must be numbers from 1, such as 17,18 or 3-9, or names of picture files, got ${JSON.stringify(text)}`,
      );
    }
  }
  return { text, ranges, names };
}

/**
 * Writes both parts to a folder.
 * @throws Failure where there is no such document, or none is left; UsageError for data that cannot be parted
 */
export function part(
  paths: readonly string[],
  of: DocumentsOf,
  wanted: Wanted,
  folder: string,
): Parted {
  const found = partsOf(paths, of);
  const drops = found.units.map((unit, i) => isWanted(unit, i + 1, wanted));
  checkWanted(found.units, drops, wanted, unitName(of.unit));
  const write = (name: string, kept: (i: number) => boolean): Part => {
    const into = join(folder, name);
    mkdirSync(into, { recursive: true });
    return found.write(into, kept);
  };
  return {
    rest: write("rest", (i) => !drops[i]),
    removed: write("removed", (i) => drops[i]),
    names: found.units.flatMap(({ name }, i) =>
      drops[i] ? [name ?? `${unitName(of.unit)} ${i + 1}`] : [],
    ),
  };
}

/** What people call it: the documents of one text are its lines. */
function unitName(unit: Unit): string {
  return unit === "text" ? "line" : unit;
}

/** A folder for files that nobody needs afterwards, and what removes it. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "simdream-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A document of a file. */
interface DocumentUnit {
  readonly name?: string | undefined;
  /** Why it is none: a blank line. */
  readonly none?: string;
}

/** Documents, and what writes some of them. */
interface Documents {
  readonly units: readonly DocumentUnit[];
  write(folder: string, kept: (unit: number) => boolean): Part;
}

function isWanted({ name }: DocumentUnit, number: number, { ranges, names }: Wanted): boolean {
  const named = name !== undefined && names.some((one) => one === name || one === basename(name));
  return named || ranges.some(([from, to]) => number >= from && number <= to);
}

function checkWanted(
  units: readonly DocumentUnit[],
  drops: readonly boolean[],
  { ranges, names }: Wanted,
  unit: string,
): void {
  const last = Math.max(0, ...ranges.map(([, to]) => to));
  if (last > units.length) {
    throw new Failure(
      `--documents: there is no ${unit} ${last}; the files have ${plural(units.length, unit)}`,
    );
  }
  const unknown = names.find(
    (one) =>
      !units.some(({ name }) => name !== undefined && (one === name || one === basename(name))),
  );
  if (unknown !== undefined) {
    const some = units.some(({ name }) => name !== undefined);
    const why = some ? "no picture has that name" : `here documents have numbers: ${unit}s from 1`;
    throw new Failure(`--documents ${unknown}: ${why}`);
  }
  const none = units.findIndex(({ none }, i) => drops[i] && none !== undefined);
  if (none >= 0) throw new Failure(`--documents: ${unit} ${none + 1} ${units[none].none}`);
  if (units.every(({ none }, i) => drops[i] || none !== undefined)) {
    throw new Failure(
      `--documents names all ${plural(units.length, unit)}: nothing would be left to learn`,
    );
  }
}

function partsOf(paths: readonly string[], of: DocumentsOf): Documents {
  switch (of.unit) {
    case "file":
      return joined(paths.map((path) => whole(path)));
    case "picture":
    case "clip":
      return pictures(paths, of);
    case "level":
      return joined(
        paths.map((path) => (isPictureFile(path) && !isGzipped(path) ? whole(path) : levels(path))),
      );
    default:
      return joined(paths.map((path) => lines(path, of)));
  }
}

/** Documents of several files; those of one name go to folders of their own. */
function joined(files: readonly Documents[]): Documents {
  let count = 0;
  const starts = files.map(({ units }) => {
    const start = count;
    count += units.length;
    return start;
  });
  return {
    units: files.flatMap(({ units }) => units),
    write(folder, kept) {
      const parts = files.map((file, i) => {
        const into = files.length === 1 ? folder : join(folder, String(i));
        mkdirSync(into, { recursive: true });
        return file.write(into, (unit) => kept(starts[i] + unit));
      });
      return { paths: parts.flatMap(({ paths }) => paths) };
    },
  };
}

/** A file that is one document. */
function whole(path: string): Documents {
  return {
    units: [{ name: path }],
    write: (_, kept) => ({ paths: kept(0) ? [path] : [] }),
  };
}

/** Lines, with their ends: LF, CRLF or CR. */
function lines(path: string, { head = false, unit }: DocumentsOf): Documents {
  const bytes = readBytes(path);
  const ends = lineEnds(bytes);
  const blank = (i: number) => isBlank(bytes.subarray(i === 0 ? 0 : ends[i - 1], ends[i]));
  const first = head ? ends.findIndex((_, i) => !blank(i)) : -1;
  const noneOf = (i: number) => {
    if (i === first) return "names the columns";
    return unit === "line" && blank(i) ? "is blank: it holds no document" : undefined;
  };
  return {
    units: ends.map((_, i) => {
      const none = noneOf(i);
      return none === undefined ? {} : { none };
    }),
    write(folder, kept) {
      const to = join(folder, basename(path));
      const parts = ends.flatMap((end, i) =>
        kept(i) || i === first ? [bytes.subarray(i === 0 ? 0 : ends[i - 1], end)] : [],
      );
      writeFileSync(to, Buffer.concat(parts));
      return { paths: [to] };
    },
  };
}

/** Where each line ends, after its end. */
function lineEnds(bytes: Uint8Array): number[] {
  const ends: number[] = [];
  for (let at = 0; at < bytes.length; at++) {
    const crlf = bytes[at] === 13 && bytes[at + 1] === 10;
    if (bytes[at] === 10 || (bytes[at] === 13 && !crlf)) ends.push(at + 1);
  }
  if (bytes.length > (ends[ends.length - 1] ?? 0)) ends.push(bytes.length);
  return ends;
}

function isBlank(line: Uint8Array): boolean {
  return new TextDecoder().decode(line).trim() === "";
}

/** Levels of a text file: what stands between empty lines, and lines that begin with ";". */
function levels(path: string): Documents {
  const bytes = isGzipped(path) ? gunzipSync(readBytes(path)) : readBytes(path);
  const ends = lineEnds(bytes);
  const line = (i: number) => bytes.subarray(i === 0 ? 0 : ends[i - 1], ends[i]);
  const within = (i: number) => {
    const text = new TextDecoder().decode(line(i)).replace(/[\r\n]+$/, "");
    return text !== "" && !text.startsWith(";");
  };
  let count = 0;
  const of = ends.map((_, i) => {
    if (!within(i)) return -1;
    if (i === 0 || !within(i - 1)) count++;
    return count - 1;
  });
  return {
    units: Array.from({ length: count }, () => ({})),
    write(folder, kept) {
      const to = join(folder, basename(path).replace(/\.gz$/i, ""));
      const parts = ends.flatMap((_, i) => (of[i] < 0 || kept(of[i]) ? [line(i)] : []));
      writeFileSync(to, Buffer.concat(parts));
      return { paths: of.some((unit) => unit >= 0 && kept(unit)) ? [to] : [] };
    },
  };
}

function isGzipped(path: string): boolean {
  return isGzip(readBytes(path));
}

/** Pictures of folders, files of pictures, or of one IDX file; clips. */
function pictures(paths: readonly string[], { labels, unit }: DocumentsOf): Documents {
  const [path] = paths;
  if (paths.length === 1 && !isFolder(path) && isIDXFile(path) && idx(path))
    return idxItems(path, labels);
  checkByName(labels);
  const units: {
    readonly name: string;
    readonly path: string;
    readonly within: string | undefined;
  }[] = [];
  for (const one of paths) {
    if (!isFolder(one)) units.push({ name: one, path: one, within: undefined });
    else
      for (const name of unit === "clip" ? clipsIn(one) : filesIn(one).pictures)
        units.push({ name, path: join(one, name), within: one });
  }
  return {
    units,
    write(folder, kept) {
      const out: string[] = [];
      for (const [i, { name, path: own, within }] of units.entries()) {
        if (!kept(i)) continue;
        if (within === undefined) {
          out.push(own);
          continue;
        }
        const into = join(folder, String(paths.indexOf(within)), basename(resolve(within)));
        const to = join(into, name);
        mkdirSync(dirname(to), { recursive: true });
        symlinkSync(resolve(own), to);
        if (!out.includes(into)) out.push(into);
      }
      return { paths: out };
    },
  };
}

/** Files that are clips, or the folders of their frames. */
function clipsIn(folder: string): string[] {
  const names = clipFilesIn(folder);
  const framed =
    names.every((name) => name.includes("/")) && !names.some((name) => /\.(gif|apng)$/i.test(name));
  return framed ? [...new Set(names.map((name) => dirname(name)))] : names;
}

/** @throws UsageError for labels that go by the order of the pictures */
function checkByName(labels: string | undefined): void {
  if (labels === undefined || isIDXFile(labels) || readLabelRows(labels).by !== undefined) return;
  throw new UsageError(
    `${labels} gives labels in the order of the pictures: add a column file with their names, so that some can be left out`,
  );
}

/** An IDX file, where it is one: gunzipped. */
function idx(path: string): Buffer | undefined {
  const bytes = readBytes(path);
  const plain = isGzip(bytes) ? gunzipSync(bytes) : Buffer.from(bytes);
  return isIDX(plain) ? plain : undefined;
}

function idxItems(path: string, labels: string | undefined): Documents {
  const file = idx(path)!;
  const said = labels !== undefined && isIDXFile(labels) ? idx(labels) : undefined;
  if (labels !== undefined && !said) checkByName(labels);
  const count = file.readUInt32BE(4);
  return {
    units: Array.from({ length: count }, () => ({})),
    write(folder, kept) {
      const some = (bytes: Buffer, name: string) => {
        const head = 4 + 4 * bytes[3];
        const size = (bytes.length - head) / bytes.readUInt32BE(4);
        const items = Array.from({ length: count }, (_, i) => i).filter(kept);
        const begin = Buffer.from(bytes.subarray(0, head));
        begin.writeUInt32BE(items.length, 4);
        const parts = items.map((i) => bytes.subarray(head + i * size, head + (i + 1) * size));
        const to = join(folder, name.replace(/\.gz$/i, ""));
        writeFileSync(to, Buffer.concat([begin, ...parts]));
        return to;
      };
      const to = some(file, basename(path));
      return {
        paths: [to],
        ...(said ? { labels: some(said, `labels-${basename(labels!)}`) } : {}),
      };
    },
  };
}
