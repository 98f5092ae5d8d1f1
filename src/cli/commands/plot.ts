// simdream plot: the losses of runs as a picture.

import { basename } from "node:path";
import type { Command } from "commander";
import { UsageError } from "../errors.js";
import { checkWritable, writeWhole } from "../io/atomic.js";
import { checkPaths, uses } from "../io/paths.js";
import { type Log, readLog } from "../io/read-log.js";
import { addOptions, command, examples } from "../options/options.js";
import { visible } from "../show/escape.js";
import { plural, whole } from "../show/format.js";
import { lossChart } from "../show/loss-chart.js";
import { type Curves, curvesOf } from "../show/loss-curves.js";
import { printJson, printLine, warn } from "../show/terminal.js";

interface PlotFlags {
  readonly out?: string;
  readonly logScale?: boolean;
  readonly json?: boolean;
}

export function plotCommand(): Command {
  const target = command("plot", "Draws the losses of runs as a picture, from their logs.");
  target.argument("<logs...>", "files that train --log wrote; several share one picture");
  addOptions(target, "Output", [
    ["--out <file>", "where the picture goes, as SVG (default: standard output)"],
    ["--log-scale", "equal distances are equal factors of the loss"],
    ["--json", "print one JSON object about the runs; needs --out"],
  ]);
  examples(target, [
    "simdream plot run.log --out loss.svg",
    "simdream plot small.log large.log --log-scale --out loss.svg",
  ]);
  return target.action((paths: string[], flags: PlotFlags) => plot(paths, flags));
}

function plot(paths: readonly string[], { out, logScale = false, json }: PlotFlags): void {
  if (json && out === undefined) throw new UsageError("--json needs --out, where the picture goes");
  if (out === undefined && process.stdout.isTTY) {
    throw new UsageError("a terminal shows no pictures: give --out loss.svg");
  }
  checkPaths(uses("a log that is drawn", ...paths), uses("--out", out));
  if (out !== undefined) checkWritable(out);
  const logs = paths.map(readLog);
  for (const { path, damaged } of logs) {
    if (damaged === 0) continue;
    warn(`${path}: ${plural(damaged, "damaged line")} left out`);
  }
  const curves = logs.map((log, i) => curvesOf(log, names(paths)[i]));
  const picture = lossChart(curves, logScale);
  if (out === undefined) {
    process.stdout.write(picture);
    return;
  }
  writeWhole(out, new TextEncoder().encode(picture));
  if (json) printJson({ logs: logs.map((log, i) => facts(log, curves[i])), out });
  else for (const [i, log] of logs.entries()) printLine(described(log, curves[i]));
}

/** Names that tell the logs apart: those of the files, or where they are alike the paths. */
function names(paths: readonly string[]): readonly string[] {
  const short = paths.map((path) => visible(basename(path)));
  return new Set(short).size === new Set(paths).size ? short : paths.map(visible);
}

function facts({ path, steps }: Log, { best }: Curves): object {
  const { step, loss } = steps[steps.length - 1];
  return { log: path, step, loss, best: best ?? null };
}

function described({ path, steps }: Log, { best, smooth }: Curves): string {
  const { step } = steps[steps.length - 1];
  const training = `training ${smooth[smooth.length - 1].loss.toFixed(3)} at step ${whole(step)}`;
  if (best === undefined) return `${path}: ${training}`;
  return `${path}: ${training}, best validation ${best.loss.toFixed(3)} at step ${whole(best.step)}`;
}
