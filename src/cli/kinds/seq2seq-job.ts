// An encoder-decoder's run: what is said of it, and what is shown while it learns.

import type { NoiseOptions, Pair, Seq2Seq, Seq2SeqFitOptions } from "../../entries/node.js";
import { named } from "../io/files.js";
import { leftOut, type PairFiles, warnings } from "../io/pair-files.js";
import { readWeights, weightsAgain } from "../io/weights.js";
import { given, typedAgain } from "../options/options.js";
import { columnTable, keptTable } from "../options/pair-options.js";
import { allNames } from "../options/tables.js";
import type { Task } from "../options/task.js";
import { type Amount, fewWords } from "../run/few-data.js";
import { call, checkedOn, type Job, type RunOptions, runOf } from "../run/job.js";
import { oneLine, plural, whole } from "../show/format.js";
import { describeModel } from "../show/seq2seq-rows.js";

/** Pairs to learn from, and those for validation where a file has them. */
export interface PairData extends PairFiles {
  readonly validation: readonly Pair[] | undefined;
}

/** How much there is to learn from. */
export function amountOf({ pairs }: PairData): Amount {
  const different = new Set(pairs.map(({ source }) => source)).size;
  return { of: "pair", count: pairs.length, different };
}

/** How files are read; it is no part of the run. */
const readNames = [...allNames([columnTable, keptTable]), "valFile"];

/** A job of an encoder-decoder on pairs. */
export function pairsJob(
  model: Seq2Seq,
  { paths, flags }: Task,
  data: PairData,
  options: RunOptions,
): Job {
  const { noiseDrop: drop, noiseSwap: swap, noiseMask: mask, ...rest } = options;
  const noise = given({ drop, swap, mask }) as NoiseOptions;
  const { pairs, validation } = data;
  const fitOptions: Seq2SeqFitOptions = {
    ...rest,
    ...readWeights(flags),
    ...(Object.keys(noise).length > 0 ? { noise } : {}),
    ...(validation ? { validation, val: 0 } : {}),
  };
  let heldOut: readonly Pair[] | undefined;
  return {
    model,
    options: validation ? { ...options, val: 0 } : options,
    data: pairs,
    async *fit(signal, resume) {
      const reports = model.fit(pairs, { ...fitOptions, ...call(signal, resume) });
      for await (const { heldOut: some, ...report } of reports) {
        if (some && some.length > 0) heldOut = some;
        yield report;
      }
    },
    look() {
      const [{ source }] = validation ?? pairs;
      const { batch } = runOf(model)!.dataOptions;
      return {
        data: `${named(paths)}: ${describeData(model, data)}`,
        model: describeModel(model),
        batch: `${Math.min(Number(batch), pairs.length)} pairs`,
        pass: passOf(model, pairs.length * (1 - (fitOptions.val ?? 0))),
        preview: previews(model, () => heldOut ?? pairs),
        check: validation
          ? `${plural(validation.length, "pair")} of ${named([String(flags.valFile)])}`
          : checkedOn(fitOptions.val, runOf(model), (percent) => `${percent} of the sources`),
        warnings: warnings(data),
        note: fewWords(amountOf(data)),
        again: [...typedAgain(flags, readNames), ...weightsAgain(flags)],
        use: (path) => ["translate", path, source],
      };
    },
  };
}

/** Steps of one pass over so many pairs. */
function passOf(model: Seq2Seq, pairs: number): number {
  const run = runOf(model);
  return Math.ceil(pairs / Number(run!.dataOptions.batch)) / run!.options.accumulate;
}

/** Answers that are shown at a time. */
const SHOWN = 3;

/** Some sources with the model's answers, others at every call. */
function previews(model: Seq2Seq, pairs: () => readonly Pair[]): () => readonly string[] {
  let next = 0;
  return () => {
    const sources = [...new Set(pairs().map(({ source }) => source))];
    return Array.from({ length: Math.min(SHOWN, sources.length) }, () => {
      const source = sources[next++ % sources.length];
      return `${oneLine(source, 30)} → ${model.generate({ source, greedy: true, maxTokens: 80 }).text}`;
    });
  };
}

function describeData({ tokenizers, config }: Seq2Seq, data: PairData): string {
  const { source, target } = tokenizers;
  const sizes = config.shared
    ? `${source.kind}, one vocabulary of ${whole(source.size)}`
    : `${source.kind} → ${target.kind}, vocabularies of ${whole(source.size)} and ${whole(target.size)}`;
  const labels = config.labels.length > 0 ? `, ${plural(config.labels.length, "label")}` : "";
  return `${plural(data.pairs.length, "pair")}${labels} (${sizes})${leftOut(data)}`;
}
