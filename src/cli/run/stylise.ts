// What simdream style and simdream texture have in common: features of a file, steps with a meter, a picture at the end.

import { Classifier, modelKind } from "../../entries/node.js";
import type { StyleOptions, StyleReport } from "../../entries/style.js";
import { INTERRUPTED } from "../errors.js";
import { writeWhole } from "../io/atomic.js";
import { readBytes } from "../io/files.js";
import { namingFile } from "../io/wrong-file.js";
import { count, number, type OptionRow } from "../options/options.js";
import { clock } from "../show/format.js";
import { Meter } from "../show/meter.js";
import { messageOutput, printJson, printLine, warn } from "../show/terminal.js";
import { Interruption } from "./interruption.js";

/** Options that both commands have. */
export interface StyliseFlags {
  readonly out?: string;
  readonly features?: string;
  readonly steps?: number;
  readonly variation?: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

export const recipeRows: readonly OptionRow[] = [
  [
    "--features <file>",
    "compare in the features of this file: SqueezeNet 1.0 as safetensors, or a classifier that train wrote (default: random filters)",
  ],
  ["--steps <n>", "gradients that are computed (default: 240)", undefined, count],
  [
    "--variation <x>",
    "how much differences between neighbouring pixels are avoided (default: 1, of a texture 0)",
    undefined,
    number,
  ],
];

export const styliseOutRows: readonly OptionRow[] = [
  ["--out <file>", "PNG file of the picture"],
  ["--json", "print one JSON object"],
  ["--quiet", "say nothing"],
];

/** Features of a file: a model of ours says that it is one. @throws ModelFileError */
export async function featuresOf(path: string | undefined): Promise<StyleOptions["features"]> {
  if (path === undefined) return "random";
  const bytes = readBytes(path);
  if (modelKind(bytes) !== undefined) return namingFile(path, () => Classifier.load(bytes));
  const { squeezeNet } = await import("../../entries/style.js");
  return namingFile(path, async () => squeezeNet(bytes));
}

/** Takes the steps and writes the picture; after Ctrl-C the one so far. */
export async function stylise(
  what: string,
  run: AsyncIterable<StyleReport>,
  flags: StyliseFlags & { readonly out: string },
): Promise<void> {
  const output = messageOutput(flags);
  const meter = new Meter(output, what);
  const interruption = new Interruption(() => meter.end());
  const since = performance.now();
  let last: StyleReport | undefined;
  for await (const report of run) {
    last = report;
    const seconds = (performance.now() - since) / 1000;
    const all = seconds / report.progress;
    if (report.step === 1 && output && !output.isTTY) {
      printLine(`${what}: ${report.steps} steps, about ${clock(all)}`);
    }
    meter.show(report.progress, all - seconds);
    if (interruption.asked) break;
  }
  meter.end();
  if (!last) return;
  const { step, steps, loss, style, content, image } = last;
  writeWhole(flags.out, await image.toPNG(0));
  if (step < steps) {
    process.exitCode = INTERRUPTED;
    warn(`stopped after ${step} of ${steps} steps; the picture so far is in ${flags.out}`);
  } else interruption.end();
  const { width, height } = image;
  if (flags.json) return printJson({ out: flags.out, width, height, step, loss, style, content });
  if (!flags.quiet)
    printLine(`${width} × ${height} in ${flags.out}, style distance ${style.toPrecision(3)}`);
}
