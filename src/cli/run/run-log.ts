// The log of a run: a file of JSON lines, one for each step report.

import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  statSync,
  writeSync,
} from "node:fs";
import type { StepReport } from "../../entries/node.js";
import { Failure, reason } from "../errors.js";
import { plural } from "../show/format.js";

/** Characters of lines that wait for space on the disk. */
const WAITING = 1 << 20;
/** A line and its end, which the last one lacks. */
const LINE = /([^\r\n]*)(\r\n|\r|\n|$)/g;
/** How a line begins: with the first two members of a report. */
const FIRST = /^\{"step":\d+,"steps":\d/;
const BEGINNING = '{"step":';

/** Writes bytes at a place of a file, and says how many. */
export type Write = typeof writeSync;

/**
 * Opened once, written a line at a time, so that a killed run leaves whole lines. A disk that is full
 * does not end the run: lines wait until there is space, and what could not be written is told at the end.
 */
export class RunLog {
  readonly #path: string;
  readonly #file: number;
  readonly #write: Write;
  #end: number;
  #waiting = "";
  #lost = 0;
  #error: unknown;

  /**
   * @param step where the run resumes, 0 for a new one. The lines up to it stay; what an interrupted
   *   run had written after its last checkpoint is dropped, because those steps are taken again.
   * @throws Failure where the file is none, or is no log
   */
  constructor(path: string, step: number, write: Write = writeSync) {
    this.#path = path;
    this.#write = write;
    this.#file = this.#guarded(() => openLog(path));
    try {
      this.#end = linesUpTo(path, readFileSync(this.#file), step);
      this.#guarded(() => ftruncateSync(this.#file, this.#end));
    } catch (error) {
      closeSync(this.#file);
      throw error;
    }
  }

  write(report: StepReport): void {
    const line = `${JSON.stringify(report)}\n`;
    if (this.#waiting.length + line.length > WAITING) this.#lost++;
    else this.#waiting += line;
    this.#flush();
  }

  /** Ends the log with a whole line. Returns what is missing in it, for people; undefined: nothing. */
  close(): string | undefined {
    this.#flush();
    const missing = this.#lost + this.#waiting.split("\n").length - 1;
    try {
      ftruncateSync(this.#file, this.#end);
      closeSync(this.#file);
    } catch (error) {
      this.#error = error;
    }
    if (missing === 0) return undefined;
    return `the log ${this.#path} lacks ${plural(missing, "step")}: ${reason(this.#error)}`;
  }

  #flush(): void {
    const bytes = Buffer.from(this.#waiting);
    let done = 0;
    try {
      while (done < bytes.length) {
        done += this.#write(this.#file, bytes, done, bytes.length - done, this.#end + done);
      }
    } catch (error) {
      this.#error = error;
    }
    const whole = bytes.lastIndexOf(10, done - 1) + 1;
    const kept = done === bytes.length ? done : done === 0 ? 0 : whole;
    this.#end += kept;
    this.#waiting = bytes.toString("utf8", kept);
  }

  #guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw new Failure(`cannot write the log ${this.#path}: ${reason(error)}`, { cause: error });
    }
  }
}

/** Refuses, before there is any work to lose, what is no log and no new file. @throws Failure */
export function checkLog(path: string): void {
  const file = statSync(path, { throwIfNoEntry: false });
  if (file?.isFile() === false) {
    throw new Failure(`cannot write the log ${path}: it is not a file`);
  }
  if (file) linesUpTo(path, readLog(path), 0);
}

/** Opens a file and nothing else: a pipe without a reader would keep the program waiting. */
function openLog(path: string): number {
  const notFile = () => new Error("it is not a file");
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === false) throw notFile();
  const flags = constants.O_RDWR | constants.O_CREAT | (constants.O_NONBLOCK ?? 0);
  const file = openSync(path, flags);
  if (fstatSync(file).isFile()) return file;
  closeSync(file);
  throw notFile();
}

/**
 * Bytes of the log's whole lines up to this step. The last line may have been cut off where a run was killed;
 * a file that holds anything else is not written over.
 * @throws Failure
 */
function linesUpTo(path: string, bytes: Buffer, step: number): number {
  let keep = 0;
  let kept = true;
  // What ends a line is one byte in UTF-8, too, and no part of a longer character.
  for (const { 0: whole, 1: line, 2: end, index } of bytes.toString("latin1").matchAll(LINE)) {
    const logged = end === "" && isCut(line) ? Infinity : stepOf(line);
    if (logged === undefined) throw notLog(path);
    kept &&= logged <= step;
    if (kept) keep = index + whole.length;
  }
  return keep;
}

function isCut(line: string): boolean {
  return line.startsWith(BEGINNING) || BEGINNING.startsWith(line);
}

function notLog(path: string): Failure {
  return new Failure(`${path} is not a log of simdream; choose another name for --log`);
}

function readLog(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Failure(`cannot read the log ${path}: ${reason(error)}`, { cause: error });
  }
}

function stepOf(line: string): number | undefined {
  if (!FIRST.test(line)) return undefined;
  try {
    const { step } = JSON.parse(line) as { step?: unknown };
    return typeof step === "number" ? step : undefined;
  } catch {
    return undefined;
  }
}
