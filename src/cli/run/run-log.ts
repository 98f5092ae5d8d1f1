// The log of a run: a file of JSON lines, one for each step report.

import { closeSync, existsSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import type { StepReport } from "../../entries/node.js";
import { Failure, reason } from "../errors.js";

/** Opened once, written a line at a time, so that a killed run leaves whole lines. */
export class RunLog {
  readonly #path: string;
  readonly #file: number;

  /**
   * @param step where the run goes on, 0 for a new one. The lines up to it stay; what an interrupted
   *   run had written after its last checkpoint is dropped, because those steps are taken again.
   * @throws Failure
   */
  constructor(path: string, step: number) {
    this.#path = path;
    const going = step > 0 && existsSync(path);
    const keep = going ? linesUpTo(path, step) : 0;
    this.#file = this.#guarded(() => openSync(path, going ? "r+" : "w"));
    this.#guarded(() => ftruncateSync(this.#file, keep));
    this.#end = keep;
  }

  #end: number;

  write(report: StepReport): void {
    const line = Buffer.from(`${JSON.stringify(report)}\n`);
    this.#end += this.#guarded(() => writeSync(this.#file, line, 0, line.length, this.#end));
  }

  close(): void {
    this.#guarded(() => closeSync(this.#file));
  }

  #guarded<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw new Failure(`cannot write the log ${this.#path}: ${reason(error)}`, { cause: error });
    }
  }
}

/** Bytes of the log's whole lines up to this step. @throws Failure where the file is something else */
function linesUpTo(path: string, step: number): number {
  const bytes = readLog(path);
  let keep = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, keep)) {
    const logged = stepOf(bytes.toString("utf8", keep, end));
    if (logged === undefined && keep === 0) {
      throw new Failure(`${path} is not a log of simdream; choose another name for --log`);
    }
    if (logged === undefined || logged > step) break;
    keep = end + 1;
  }
  return keep;
}

function readLog(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new Failure(`cannot read the log ${path}: ${reason(error)}`, { cause: error });
  }
}

function stepOf(line: string): number | undefined {
  try {
    const { step } = JSON.parse(line) as { step?: unknown };
    return typeof step === "number" ? step : undefined;
  } catch {
    return undefined;
  }
}
