// Whether what was found says that a model is overfitted, and why.

import {
  type Audit,
  auditThresholds,
  type CopiedLevels,
  type Parts,
  type Sign,
} from "./audit-report.js";
import type { CopiedRuns } from "./copied-runs.js";
import { wilson } from "./intervals.js";

/** Whether it is overfitted, and why. */
export function verdict(
  kind: string,
  found: Parts,
  heldOut: Audit["heldOut"],
): Pick<Audit, "overfitted" | "signs" | "why"> {
  const all: (readonly [Sign, string | undefined])[] = [
    ["gap", gapSign(kind, found)],
    ["extractable", extractableSign(kind, found)],
    ["copied", copiedSign(found)],
    ["near", nearSign(found)],
  ];
  const seen = all.filter(([, words]) => words !== undefined);
  const fine =
    heldOut === null
      ? "no sign of learning by heart, as far as that can be seen without held-out data"
      : "no sign of learning by heart beyond what held-out data show";
  return {
    overfitted: seen.length > 0,
    signs: seen.map(([sign]) => sign),
    why: seen.length > 0 ? seen.map(([, words]) => words!) : [fine],
  };
}

const percent = (fraction: number) => `${Number((100 * fraction).toFixed(1))} %`;

function gapSign(kind: string, { gap }: Parts): string | undefined {
  if (!gap) return undefined;
  const { measure, training, heldOut, interval } = gap;
  const nats = measure === "nats" || kind === "Classifier";
  const least = Math.max(auditThresholds.gap * Math.abs(heldOut), nats ? auditThresholds.nats : 0);
  if (!(interval[0] > least)) return undefined;
  return (
    `the held-out ${measure} is ${heldOut.toPrecision(3)}, of training data ${training.toPrecision(3)}: ` +
    `the gap is more than ${percent(auditThresholds.gap)} of it`
  );
}

function extractableSign(kind: string, { extractable }: Parts): string | undefined {
  if (!extractable) return undefined;
  const { training, heldOut } = extractable;
  // Answers are right without having been learned by heart.
  if (kind === "Seq2Seq" && !heldOut) return undefined;
  const own = training.prefixes[training.prefixes.length - 1];
  const other = heldOut?.prefixes[heldOut.prefixes.length - 1];
  const least = Math.max(auditThresholds.extractable, other?.interval[1] ?? 0);
  if (!(own.examples > 0 && own.interval[0] > least)) return undefined;
  const than = other ? `, of held-out data ${percent(other.share)}` : "";
  return `${percent(own.share)} of training examples are continued word for word for ${training.length} tokens${than}`;
}

function copiedSign({ copied }: Parts): string | undefined {
  if (!copied) return undefined;
  const { samples, heldOut } = copied;
  const of = (one: CopiedRuns | ReturnType<CopiedLevels>) => {
    const count = "windows" in one ? one.windows : one.samples;
    return wilson(Math.round(one.share * count), count);
  };
  const least = Math.max(auditThresholds.copied, heldOut ? of(heldOut)[1] : 0);
  if (!(of(samples)[0] > least)) return undefined;
  const than = heldOut ? `, of held-out data ${percent(heldOut.share)}` : "";
  if ("windows" in samples) {
    return `${percent(samples.share)} of the windows of drawn levels stand in training levels${than}`;
  }
  return `${percent(samples.share)} of the samples have a run of ${samples.length} characters of the training data${than}`;
}

function nearSign({ neighbours }: Parts): string | undefined {
  if (!neighbours) return undefined;
  const sides = [neighbours.pixels, ...(neighbours.features ? [neighbours.features] : [])];
  const near = sides.find(({ interval }) => interval && interval[0] > auditThresholds.near);
  const same = neighbours.same / neighbours.samples;
  if (!near && !(same > auditThresholds.near)) return undefined;
  return near
    ? `${percent(near.near!)} of the samples are nearer to a training example than 5 % of held-out ones are`
    : `${percent(same)} of the samples are a training example`;
}
