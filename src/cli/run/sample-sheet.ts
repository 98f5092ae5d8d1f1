// Pictures that a run writes beside its model every so often, so that people see how far it is.

import type { StepReport } from "../../entries/node.js";
import { Failure } from "../errors.js";
import { writeWhole } from "../io/atomic.js";
import { checkPaths, type PathUse, uses } from "../io/paths.js";
import { blocks, showsColours } from "../show/blocks.js";
import { scaleFor } from "../show/scale.js";
import { warn } from "../show/terminal.js";
import { type PictureSheet, passes } from "./job.js";
import type { Progress } from "./progress.js";

export class SampleSheet {
  /** Where they are. */
  readonly path: string;
  readonly #sheet: PictureSheet;
  readonly #progress: Progress;
  readonly #output: NodeJS.WriteStream | undefined;
  #failed = false;

  /** @param out the model's file @throws UsageError where the pictures would be written over what is read */
  constructor(
    sheet: PictureSheet,
    out: string,
    reads: readonly PathUse[],
    progress: Progress,
    output: NodeJS.WriteStream | undefined,
  ) {
    this.#sheet = sheet;
    this.#progress = progress;
    this.#output = output;
    this.path = `${out.replace(/\.safetensors$/, "")}.samples.png`;
    checkPaths(reads, [...uses("--out", out), ...uses("the samples", this.path)]);
  }

  /** After a step: writes them where it is time. */
  async after(report: StepReport): Promise<void> {
    if (!passes(report, this.#sheet.every) && !report.finished) return;
    const made = this.#sheet.make();
    if ("png" in made) return this.#write(await made.png);
    const { images, columns } = made;
    this.#write(await images.grid({ columns, scale: scaleFor(images) }));
    if (!showsColours(this.#output)) return;
    const lines = blocks(images, (this.#output!.columns || 80) - 1);
    if (lines !== undefined) this.#progress.draw(lines);
  }

  #write(png: Uint8Array): void {
    try {
      writeWhole(this.path, png);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      if (!this.#failed) warn(`${error.message}; the run continues`);
      this.#failed = true;
    }
  }
}
