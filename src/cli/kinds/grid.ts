// The model of grids: levels, maps, pixel art.

import {
  GridModel,
  type GridModelOptions,
  type GridSet,
  type StepReport,
} from "../../entries/node.js";
import type { Rules } from "../../host/rules.js";
import { gridDataRules } from "../../models/grids/data.js";
import { named } from "../io/files.js";
import { type LevelFlags, readLevels } from "../io/levels.js";
import { readWeights, weightsAgain } from "../io/weights.js";
import { pick, typedAgain } from "../options/options.js";
import { createTable, namesOf, type OptionTable, table } from "../options/tables.js";
import type { Task } from "../options/task.js";
import { type Amount, fewWords, validatedOn } from "../run/few-data.js";
import { call, checkedOn, type Job, type RunOptions } from "../run/job.js";
import { gridEvaluationRows, measureGrids } from "../run/measure-grids.js";
import { plural, size } from "../show/format.js";
import type { Kind } from "./kind.js";

const readRules: Rules<LevelFlags, keyof LevelFlags> = {
  labels: { type: "text", own: true },
  pad: { type: "text", own: true },
};

const readHelp = {
  labels:
    "<file> labels in a table (CSV, JSON) with a row for each level, found by the column file or taken in order",
  pad: "<symbol> fills up lines that are shorter than others of their level (default: an error)",
} as const;

const made = await GridModel.rules();

const options: readonly OptionTable[] = [
  createTable<GridModelOptions>("GridModel.create", made, {
    runtime: "what `load()` gives (default: the package's own kernels)",
    grids: "the grids, for their symbols and labels",
    order:
      "<path> the path over a grid: rows, columns, or columns up and down by turns (snake) (default: columns where grids are wider than high, else rows)",
    labels: "which labels are learned, or false (default: all)",
    runs: "<which> what the network is told of runs: how long a symbol has been the same (cells), and a whole line (lines), so that it knows how wide a gap has become",
    counted:
      '<symbols> symbols of which the network is told how many came before, such as "@$." (default: none)',
    seed: "seed of everything random in training",
    network: "what the model is made of",
    embed: "numbers that the features of a cell are read as",
    hidden: "units of a layer; a Transformer's width",
    layers: "layers; a Transformer's blocks",
    dropout: "<p> dropout of what is read, between layers, and before the output",
    heads: "heads of attention; they must divide --hidden (default: of 32 numbers each, or fewer)",
    inner: "width inside the feed-forward (default: 8/3 of --hidden)",
    context: "the most cells that the model sees at once",
  }),
  table("Data", undefined, readRules, readHelp),
  table("Data", "fit", gridDataRules, {
    batch: "grids of a batch, or windows of them",
    window: "cells that are learned at a time: of larger grids some lines",
    symmetries: "<which> learn grids mirrored left to right, too, or under all eight symmetries",
    val: "<fraction> fraction of the grids that is kept for validation; 0: none",
    labelDropout: "<fraction> how often each label is left out, so that generate can do without",
  }),
];

/** The model of grids. */
export const gridKind: Kind<GridModel> = {
  name: "grid",
  aliases: ["grids", "levels"],
  title: "a model of grids",
  summary: "a model of levels, maps and pixel art",
  model: "GridModel",
  commands: ["generate"],
  options,
  evaluation: { group: "Grids", rows: gridEvaluationRows },
  load: (bytes) => GridModel.load(bytes),
  async create(task, asked) {
    const grids = await readLevels(task.paths, task.flags as LevelFlags);
    const given = pick(task.flags, namesOf(options, "GridModel.create"));
    const model = await GridModel.create({ ...given, grids });
    return gridJob(model, task, grids, validatedOn(asked, amountOf(grids), task));
  },
  async open(_, model, task) {
    const grids = await readLevels(task.paths, task.flags as LevelFlags);
    const { width: _w, height: _h, runs = "none", counted = [], ...fixed } = model.config;
    return {
      fixed: { ...fixed, runs, counted: counted.join("") },
      ofRun: pick(model.run?.dataOptions ?? {}, Object.keys(gridDataRules)),
      check() {},
      *jobs(run) {
        yield gridJob(model, task, grids, run);
      },
    };
  },
  inspect: ({ config, symbols, labels }) => ({
    model: `grids, ${config.network}, by ${config.order}`,
    traits: [
      ...sizesOf(config).map(([name, value]) => [name, String(value)] as const),
      ["grids", `${config.width} × ${config.height} where nothing else is asked for`],
    ],
    assets: [
      ["symbols", symbols.length > 40 ? String(symbols.length) : symbols.join(" ")],
      ...labels.map(({ name, classes }) => [`label ${name}`, classes.join(", ")] as const),
    ],
    unit: "nats a cell",
    targets: "cell",
    json: { symbols, ...(labels.length > 0 ? { labels } : {}) },
  }),
  read: (_path, _model, paths, flags) => readLevels(paths, flags as LevelFlags),
  evaluate: measureGrids,
};

function amountOf({ grids }: GridSet): Amount {
  const different = new Set(grids.map(({ width, cells }) => `${width}:${cells}`)).size;
  return { of: "grid", count: grids.length, different };
}

function gridJob(model: GridModel, task: Task, grids: GridSet, options: RunOptions): Job {
  const { paths, flags } = task;
  const weights = readWeights(flags);
  const cells = grids.grids.reduce((sum, grid) => sum + grid.cells.length, 0);
  return {
    model,
    options,
    data: grids,
    fit: (signal, resume): AsyncIterable<StepReport> =>
      model.fit(grids, { ...options, ...weights, ...call(signal, resume) }),
    look() {
      const { config, run, parameterCount, labels } = model;
      const { batch, window } = run!.dataOptions;
      const said = labels.length > 0 ? `, with ${labels.map(({ name }) => name).join(", ")}` : "";
      return {
        targets: "cell",
        data: `${named(paths)}: ${plural(grids.length, "grid")}, ${plural(cells, "cell")} of ${plural(grids.symbols.length, "symbol")}${said}`,
        model: `${config.network}, ${sizesOf(config)
          .map((size) => size.join(" "))
          .join(", ")}: ${plural(parameterCount, "parameter")}, ${size(4 * parameterCount)}`,
        batch: `${batch} × at most ${window} cells`,
        pass: Math.max(1, cells / (Number(batch) * Number(window))) / run!.options.accumulate,
        check: checkedOn(
          Number(options.val ?? 0),
          run,
          (percent) => `${percent} of the grids`,
          "cell",
        ),
        preview: () => [],
        note: fewWords(amountOf(grids)),
        again: [...typedAgain(flags, ["labels", "pad"]), ...weightsAgain(flags)],
        use: (path) => ["generate", path, "--samples", "3"],
      };
    },
  };
}

/** What the network's sizes are. */
function sizesOf({
  network: _,
  order: _o,
  width: _w,
  height: _h,
  seed: _s,
  ...sizes
}: GridModel["config"]) {
  return Object.entries(sizes);
}
