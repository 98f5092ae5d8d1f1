// The options of `train`: those of all kinds of models, and for each kind its own.

import { Command, Help, InvalidArgumentError, Option } from "commander";
import { clusterRows } from "../io/cluster.js";
import type { Kind } from "../kinds/kind.js";
import { kindNamed, kinds } from "../kinds/kinds.js";
import { addOptions, count, makeOption, number, type OptionRow } from "./options.js";
import { namesIn, type OptionTable, rowsOf } from "./tables.js";
import type { TrainFlags } from "./task.js";
import { roundTable, trainingTable } from "./training-help.js";

const modelRow: OptionRow = [
  "--model <kind>",
  `what to train: ${kinds.map(({ name, summary }) => `${name}, ${summary}`).join("; ")}`,
  kinds[0].name,
  (name: string) => {
    // Of a kind of several names, which one was said may say how the files are read.
    if (kindNamed(name)) return name;
    const names = kinds.map((one) => one.name).join(", ");
    throw new InvalidArgumentError(`Allowed choices are ${names}.`);
  },
];

/** What the guard does, by its name on the command line. */
const guards: Readonly<Record<string, string>> = {
  stop: "stop",
  lr: "lower-rate",
  dropout: "more-dropout",
};

const guardRows: readonly OptionRow[] = [
  [
    "--guard [action]",
    `${trainingTable.help.guard} (choices: ${Object.keys(guards).join(", ")}; default: stop)`,
    undefined,
    (text: string) => {
      if (Object.hasOwn(guards, text)) return { action: guards[text] };
      throw new InvalidArgumentError(`Allowed choices are ${Object.keys(guards).join(", ")}.`);
    },
  ],
];

const speedRows: readonly OptionRow[] = [
  [
    "--workers <n>",
    "threads that compute the shards; the result is the same (default: one a shard, as far as there are cores)",
    undefined,
    number,
  ],
];

const weightRows: readonly OptionRow[] = [
  [
    "--weights <file>",
    "how much each example counts in the loss: a number of 0 or more a line, in their order; they are divided by their mean",
  ],
  [
    "--weight-field <name>",
    "the numbers are this column of the file, a table (CSV, TSV) or JSON, found by the column file or taken in order",
  ],
];

const fileRows: readonly OptionRow[] = [
  ["--out <file>", "where the model goes (default: the file of --resume)"],
  ["--resume <file>", "resume an interrupted run; its options are taken from the file"],
  ["--from <file>", "train this model further, in a new run on these files"],
  [
    "--unknown <what>",
    "with --from: characters that the model does not know (default: error)",
    undefined,
    ["error", "skip"],
  ],
];

const adapterRows: readonly OptionRow[] = [
  [
    "--lora <rank>",
    "with --from: train an adapter of this rank beside the model, which stays as it is; --out and --resume are the adapter's",
    undefined,
    count,
  ],
  [
    "--lora-alpha <x>",
    "what an adapter adds is multiplied with x / rank (default: 16)",
    undefined,
    number,
  ],
  [
    "--lora-targets <names>",
    "the matrices that have one: attention, all, or names such as q_proj,v_proj (default: attention in a Transformer, else all)",
  ],
];

const outputRows: readonly OptionRow[] = [
  ["--checkpoint-every <n>", "steps between checkpoints (default: a twentieth)", undefined, count],
  ["--keep-state", "keep the optimizer's state in the final file, to train further"],
  ["--log <file>", "a line of JSON for every step"],
  ["--json", "print one JSON object at the end"],
  ["--quiet", "print errors only"],
];

/**
 * Adds the options of all kinds, because the kind may be that of the file in --resume; an option that
 * several kinds have is read once for all. Help shows what one kind takes.
 */
export function addTrainOptions(target: Command): void {
  addOptions(target, "Files", fileRows);
  const files = [...target.options];
  const model = makeOption("Model", modelRow);
  target.addOption(model);
  const own = new Map(kinds.map((kind) => [kind.name, ownOptions(kind)]));
  for (const options of own.values()) for (const option of options) addOnce(target, option);
  const from = target.options.length;
  addOptions(target, "Data", weightRows);
  addOptions(target, "Training", [...rowsOf(trainingTable), ...rowsOf(roundTable)]);
  addOptions(target, "Training", guardRows);
  addOptions(target, "Adapter", adapterRows);
  addOptions(target, "Speed", speedRows);
  addOptions(target, "Cluster", clusterRows);
  addOptions(target, "Output", outputRows);
  const shared = target.options.slice(from);
  target.configureHelp({
    helpWidth: 100,
    visibleOptions: (command) => {
      const ofHelp = new Help().visibleOptions(command).filter(({ long }) => long === "--help");
      return [...files, model, ...own.get(chosen(command))!, ...shared, ...ofHelp];
    },
  });
  target.addHelpText("after", () => {
    const others = kinds.filter(({ name }) => name !== chosen(target));
    const lines = others.map(
      ({ name, title }) => `  simdream train --model ${name} --help  ${title}`,
    );
    return `\nOptions of other models:\n${lines.join("\n")}`;
  });
}

/** Those that a model keeps, whoever reads. */
const NOT_READ = ["sourceTokenizer", "targetTokenizer", "normalize", "lowercase", "foldWidth"];

/** What `train` does where nothing is said, by the names that commands have. */
export function trainDefaults(): TrainFlags {
  const target = new Command();
  addTrainOptions(target);
  return target.opts();
}

/** Names of the options that say how files are read. */
export const readingNames: readonly string[] = [
  ...new Set(kinds.flatMap(({ options }) => readingOptions(options).flatMap(([, names]) => names))),
  ...["weights", "weightField"],
];

/** Adds the options that say how files are read, of all kinds. */
export function addReadingOptions(target: Command, without: readonly string[] = []): void {
  for (const { options } of kinds) {
    for (const [one, names] of readingOptions(options)) {
      const some = names.filter((name) => !without.includes(name));
      for (const row of rowsOf(one, some)) addOnce(target, makeOption("Files", row));
    }
  }
  for (const row of weightRows) addOnce(target, makeOption("Files", row));
}

/** Tables, and which of their options say how files are read. */
function readingOptions(tables: readonly OptionTable[]): (readonly [OptionTable, string[]])[] {
  const of = tables.filter(({ call, group }) => reads(call) && group !== "Output");
  return of.map((one) => [one, namesIn(one).filter((name) => !NOT_READ.includes(name))] as const);
}

function reads(call: string | undefined): boolean {
  return call === undefined || call === "readPairs";
}

/** The name of the kind that --model says. */
function chosen(target: Command): string {
  return kindNamed(target.opts().model)!.name;
}

function ownOptions({ options }: Kind): Option[] {
  return options.flatMap((one) => rowsOf(one).map((row) => makeOption(one.group, row)));
}

/** Choices of two kinds are one list for the parser; the library knows which of them its model has. */
function addOnce(target: Command, option: Option): void {
  const known = target.options.find(({ long }) => long === option.long);
  if (!known) target.addOption(new Option(option.flags).default(option.defaultValue));
  const own = known ?? target.options.at(-1)!;
  const choices = [...new Set([...(own.argChoices ?? []), ...(option.argChoices ?? [])])];
  if (choices.length > 0) own.choices(choices);
  else if (option.parseArg) own.argParser(option.parseArg);
  own.helpGroup(own.helpGroupHeading ?? option.helpGroupHeading!);
}
