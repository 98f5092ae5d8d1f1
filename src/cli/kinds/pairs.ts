// The encoder-decoder's side of `train`: pairs, with labels or without.

import {
  type CleanOptions,
  type Pair,
  Seq2Seq,
  type Seq2SeqFitOptions,
  type Seq2SeqOptions,
} from "../../entries/index.js";
import { load } from "../../entries/node.js";
import { flag, UsageError } from "../errors.js";
import { named } from "../io/files.js";
import { columnNames, leftOut, type PairFiles, readPairFiles, warnings } from "../io/pair-files.js";
import { pick } from "../options/options.js";
import type { Task } from "../options/task.js";
import { sharedFitNames, type TrainFlags } from "../options/train-options.js";
import type { Job, RunOptions } from "../run/job.js";
import { oneLine, percent, plural, size, whole } from "../show/format.js";
import type { Kind, Trained } from "./kind.js";

/** What `Seq2Seq.create` takes as it is. */
const createNames = [
  ...["vocab", "embed", "hidden", "layers", "dropout", "seed", "attention"],
  ...["bidirectional", "reverseSource", "tied", "shared"],
];
const cleanNames = ["normalize", "lowercase", "foldWidth"];
const objectiveNames = ["lambda", "smoothing", "scheduledSampling"];
const noiseNames = ["noiseDrop", "noiseSwap", "noiseMask"];

export const pairsKind: Kind = {
  name: "seq2seq",
  own: [
    ...["attention", "bidirectional", "reverseSource", "tied", "shared"],
    ...["sourceTokenizer", "targetTokenizer", "minLength", "dedupe", "valFile"],
    ...columnNames,
    ...cleanNames,
    ...objectiveNames,
    ...noiseNames,
  ],
  fitNames: [...sharedFitNames, ...objectiveNames, ...noiseNames],
  async create(task, options) {
    const { flags, explicit } = task;
    const clean: CleanOptions = pick(flags, cleanNames);
    const data = readData(task, clean);
    const kinds = tokenizersOf(flags);
    if (explicit.has("vocab") && !Object.values(kinds).includes("bpe")) {
      throw new UsageError('--vocab is for the tokenizer "bpe" only');
    }
    checkLabels(data.pairs, explicit);
    const own: Omit<Seq2SeqOptions, "corpus"> = pick(flags, createNames);
    const corpus = [...data.pairs, ...(data.validation ?? [])];
    const model = Seq2Seq.create(await load(), { ...own, tokenizer: kinds, clean, corpus });
    return jobOf(model, task, data, options);
  },
};

/** @throws UsageError, Failure, InvalidInputError */
export function openPairs(path: string, model: Seq2Seq, task: Task): Trained {
  const { config, tokenizers, run } = model;
  const { clean = {}, labels, ...fixed } = config;
  const { flags, explicit } = task;
  return {
    kind: pairsKind,
    fixed: {
      ...fixed,
      ...{ normalize: "NFC", lowercase: false, foldWidth: false, ...clean },
      ...tokenizersFixed(tokenizers.source.kind, tokenizers.target.kind),
    },
    ofRun: run ? ofRun(run.dataOptions) : {},
    check() {
      if (explicit.has("vocab")) {
        throw new UsageError(`--vocab cannot change with --resume; ${path} has its vocabularies`);
      }
    },
    *jobs(options) {
      if (labels.length > 0 && flags.labelColumn === undefined) {
        const some = labels.slice(0, 3).join(", ");
        throw new UsageError(`${path} learns labels (${some}): give --label-column as before`);
      }
      yield jobOf(model, task, readData(task, clean), options);
    },
  };
}

/** Options of a run under the names that the command line has for them. */
function ofRun(options: Readonly<Record<string, string | number>>): Record<string, unknown> {
  const { drop, swap, mask, validation: _, ...same } = options;
  return { ...same, noiseDrop: drop, noiseSwap: swap, noiseMask: mask };
}

function tokenizersOf(flags: TrainFlags) {
  const { tokenizer, sourceTokenizer = tokenizer, targetTokenizer = tokenizer } = flags;
  return { source: sourceTokenizer, target: targetTokenizer };
}

function tokenizersFixed(source: string, target: string): Record<string, string> {
  const both = source === target ? source : `${source} for sources, ${target} for targets`;
  return { tokenizer: both, sourceTokenizer: source, targetTokenizer: target };
}

interface PairData extends PairFiles {
  readonly validation: readonly Pair[] | undefined;
}

function readData({ paths, flags }: Task, clean: CleanOptions): PairData {
  const kept = pick(flags, [...columnNames, "dedupe", "minLength", "maxLength"]);
  const read = (files: readonly string[]) => readPairFiles(files, { ...kept, ...clean });
  const train = read(paths);
  if (flags.valFile === undefined) return { ...train, validation: undefined };
  const { pairs, problems } = read([flags.valFile]);
  return { ...train, problems: [...train.problems, ...problems], validation: pairs };
}

/** λ weighs two losses; without labels there is one. @throws UsageError */
function checkLabels(pairs: readonly Pair[], explicit: ReadonlySet<string>): void {
  const labelled = pairs.some(({ label }) => label !== undefined);
  if (explicit.has("labelColumn") && !labelled) {
    throw new UsageError("--label-column: no line has a label there");
  }
  if (explicit.has("lambda") && !labelled) {
    throw new UsageError(
      "--lambda weighs the decoder's loss against the labels': give --label-column",
    );
  }
}

/** How the files are read is no part of the run. */
function again(flags: TrainFlags): string[] {
  const names = [...columnNames, "dedupe", "minLength", "maxLength", "valFile"];
  const defaults = { sourceColumn: 0, targetColumn: 1 };
  const given = Object.entries(pick(flags, names)).filter(
    ([name, value]) => value !== (defaults as Record<string, unknown>)[name],
  );
  return given.flatMap(([name, value]) => [flag(name), ...(value === true ? [] : [String(value)])]);
}

function jobOf(model: Seq2Seq, { paths, flags }: Task, data: PairData, options: RunOptions): Job {
  const { noiseDrop: drop, noiseSwap: swap, noiseMask: mask, ...rest } = options;
  const noise = pick({ drop, swap, mask }, ["drop", "swap", "mask"]);
  const { pairs, validation } = data;
  const fitOptions: Seq2SeqFitOptions = {
    ...rest,
    ...(Object.keys(noise).length > 0 ? { noise } : {}),
    ...(validation ? { validation, val: 0 } : {}),
  };
  return {
    model,
    options: validation ? { ...options, val: 0 } : options,
    fit: (signal) => model.fit(pairs, { ...fitOptions, ...(signal ? { signal } : {}) }),
    look() {
      const { source } = (validation ?? pairs)[0];
      const answer = () => model.generate({ source, greedy: true, tokens: 80 }).text;
      return {
        data: `${named(paths)}: ${describeData(model, data)}`,
        model: describeModel(model),
        batch: `${fitOptions.batch ?? 64} pairs`,
        sample: () => `${oneLine(source, 30)} → ${answer()}`,
        check: validation
          ? `${plural(validation.length, "pair")} of ${named([flags.valFile!])}`
          : percent(fitOptions.val, (part) => `${part} of the sources`),
        warnings: warnings(data),
        again: again(flags),
        use: (path) => ["translate", path, source],
      };
    },
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

function describeModel({ config, parameters }: Seq2Seq): string {
  const { attention, bidirectional, reverseSource, tied } = config;
  const traits = [
    attention === "none" ? "no attention" : `${attention} attention`,
    ...(bidirectional ? ["bidirectional"] : []),
    ...(reverseSource ? ["source reversed"] : []),
    ...(tied ? ["tied"] : []),
  ];
  return (
    `seq2seq, ${traits.join(", ")}, embed ${config.embed}, hidden ${config.hidden}, ` +
    `${plural(config.layers, "layer")}: ${plural(parameters, "parameter")}, ${size(4 * parameters)}`
  );
}
