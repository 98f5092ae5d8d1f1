// A log that `train --log` wrote, also one whose last line was cut off when the program was killed.

import { linesOf } from "../../text/lines.js";
import { Failure } from "../errors.js";
import { readTexts } from "./files.js";

/** A step of a log. */
interface LogStep {
  readonly step: number;
  readonly loss: number;
  readonly validation?: number;
}

/** The steps of a log, in order. */
export interface Log {
  readonly path: string;
  readonly steps: readonly LogStep[];
  /** Lines that are none, the one that was cut off at the end not counted. */
  readonly damaged: number;
}

/** @throws Failure for a file that is empty or no log; InvalidInputError for what is not UTF-8 */
export function readLog(path: string): Log {
  const lines = readTexts([path], "log").flatMap(({ pieces }) => pieces.flatMap(linesOf));
  const filled = lines.filter((line) => line.trim() !== "");
  const read = filled.map(stepOf);
  const steps = read.filter((step) => step !== undefined);
  if (steps.length === 0) {
    const cut = read.length === 1 && /^\{"step":\d.*[^}]$/.test(filled[0]);
    const why = cut ? "its only line is cut off" : "no line of it is a step";
    throw new Failure(
      `${path}: ${why}; expected a log that train --log wrote, with a line of JSON for every step`,
    );
  }
  const whole = read.at(-1) === undefined ? read.slice(0, -1) : read;
  const damaged = whole.length - steps.length;
  if (damaged > steps.length) {
    throw new Failure(`${path}: ${damaged} of ${whole.length} lines are no steps: it is no log`);
  }
  return { path, steps: steps.sort((a, b) => a.step - b.step), damaged };
}

function stepOf(line: string): LogStep | undefined {
  try {
    const { step, loss, validation } = JSON.parse(line) as Record<string, unknown>;
    if (!Number.isSafeInteger(step) || !isNumber(loss)) return undefined;
    return { step: Number(step), loss, ...(isNumber(validation) ? { validation } : {}) };
  } catch {
    return undefined;
  }
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
