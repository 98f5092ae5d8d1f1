// The model's file during a run. A disk that is full now may have space again later, and what was
// learned is worth more than a checkpoint: so only the last writing may fail.

import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Failure } from "../errors.js";
import { writeWhole } from "../io/atomic.js";
import { warn } from "../show/terminal.js";
import type { Trainee } from "./job.js";

export class Checkpoints {
  readonly #model: Trainee;
  readonly #out: string;
  readonly #write: typeof writeWhole;
  #failed = false;
  /** The step of the checkpoint in the file. */
  #step: number | undefined;
  /** The file as it was written last. */
  #written: string | undefined;
  #shared = false;

  constructor(model: Trainee, out: string, write: typeof writeWhole = writeWhole) {
    this.#model = model;
    this.#out = out;
    this.#write = write;
  }

  /** The file before the first step: what cannot be written then is known before any work. @throws Failure */
  begin(): void {
    this.#save(true);
  }

  /** Writes a checkpoint, or says that it could not; the next one is tried again. */
  keep(): void {
    try {
      this.#save(true);
      if (this.#failed) warn(`${this.#out} is written again`);
      this.#failed = false;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (!this.#failed)
        warn(`${error.message}; the run continues, and the next checkpoint is tried`);
      this.#failed = true;
    }
  }

  /**
   * What the run ends with; with its state where it shall be resumed.
   * @throws Failure saying where the model is instead
   */
  end(training: boolean): void {
    try {
      this.#save(training);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      const elsewhere = this.#rescued(training);
      const step = this.#step === undefined ? "" : `; ${this.#out} has that of step ${this.#step}`;
      const where = elsewhere === undefined ? step : `. The model is in ${elsewhere}${step}`;
      throw new Failure(error.message + where, { cause: error });
    }
  }

  /** The model in the system's folder for temporary files, which may be on a disk with space. */
  #rescued(training: boolean): string | undefined {
    let folder: string | undefined;
    try {
      folder = mkdtempSync(join(tmpdir(), "simdream-"));
      const path = join(folder, basename(this.#out));
      this.#write(path, this.#model.save({ training }));
      return path;
    } catch {
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
      return undefined;
    }
  }

  #save(training: boolean): void {
    const bytes = this.#model.save({ training });
    const found = identity(this.#out);
    if (this.#written && found && found !== this.#written && !this.#shared) {
      warn(`${this.#out} is written by another program, too: only what is written last stays`);
      this.#shared = true;
    }
    this.#write(this.#out, bytes);
    this.#written = identity(this.#out);
    this.#step = this.#model.run?.step;
  }
}

/** What tells a file from another of its name, or from itself written again; undefined where there is none. */
function identity(path: string): string | undefined {
  try {
    const { dev, ino, mtimeNs } = statSync(path, { bigint: true });
    return [dev, ino, mtimeNs].join(":");
  } catch {
    return undefined;
  }
}
