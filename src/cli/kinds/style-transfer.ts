// The network of one style: photographs, and the picture whose style it learns.

import type { ImageSet, StepReport } from "../../entries/node.js";
import { StyleTransfer, type StyleTransferOptions } from "../../entries/style.js";
import type { Rules } from "../../host/rules.js";
import { pictureDataRules } from "../../models/images/batches.js";
import { styleTransferRules } from "../../models/style/painter-config.js";
import { UsageError } from "../errors.js";
import { onePicture } from "../io/one-picture.js";
import { checkPaths, uses } from "../io/paths.js";
import { readWeights, weightsAgain } from "../io/weights.js";
import { pick, typedAgain } from "../options/options.js";
import { dataHelp, plainReadTable, previewTable } from "../options/picture-options.js";
import { type OptionTable, table } from "../options/tables.js";
import type { Task } from "../options/task.js";
import { call, checkedOn, type Job, type RunOptions } from "../run/job.js";
import { readRows } from "../run/measure-pictures.js";
import { measureStyle, photographFlags, readSamePhotographs } from "../run/measure-style.js";
import { besides } from "../run/picture-files.js";
import { plural, size } from "../show/format.js";
import { type Examples, readExamples } from "./examples.js";
import type { Kind } from "./kind.js";
import { newExamples } from "./pictures.js";

interface LikeOptions {
  readonly like?: string;
  readonly squeezenet?: string;
  readonly styleSize?: number;
}

const likeRules: Rules<LikeOptions, keyof LikeOptions> = {
  like: { type: "text", own: true },
  squeezenet: { type: "text", own: true },
  styleSize: { type: "integer", min: 1, own: true },
};

/** Options of `create` that the model keeps. */
const KEPT = ["channels", "blocks", "window", "content", "variation"] as const;

const options: readonly OptionTable[] = [
  table<StyleTransferOptions, "style" | "features" | "runtime">(
    "Model",
    "StyleTransfer.create",
    styleTransferRules,
    {
      style: "the picture whose style is learned",
      features: "what styles are compared in",
      channels: "channels of the first layer; there are four times as many in the middle",
      blocks: "residual blocks in the middle",
      window: "side of the parts of photographs that it learns on, in pixels",
      content: "how much the photograph counts beside the style; with --squeezenet 1",
      variation: "how much differences between neighbouring pixels are avoided",
      seed: "seed of everything random in training",
      runtime: "what `load()` gives; the package's own kernels by default",
    },
  ),
  table("Model", undefined, likeRules, {
    like: "<file> the picture whose style is learned",
    squeezenet:
      "<file> compare in the features of SqueezeNet 1.0, safetensors (default: random filters)",
    styleSize: "the longer side at which the style is seen, at most its own (default: 256)",
  }),
  {
    ...plainReadTable,
    help: {
      ...plainReadTable.help,
      size: "<n> bring all pictures to this size: 256, or 256x192 (width x height; default: 256)",
      mode: "<colours> photographs are learned in rgb",
    },
  },
  table("Data", "fit", pictureDataRules, dataHelp, { asLibrary: ["val"] }),
  previewTable,
];

/** The longer side of a style where nothing is said. */
const SIDE = 256;
/** Photographs that show how far it is. */
const SHOWN = 4;

/** The network of one style. */
export const styleKind: Kind<StyleTransfer> = {
  name: "style",
  aliases: [],
  title: "a network of a style",
  summary: "a model that gives pictures the style of another",
  model: "StyleTransfer",
  commands: ["style"],
  options,
  evaluation: { group: "Pictures", rows: readRows },
  load: (bytes) => StyleTransfer.load(bytes),
  async create(task, asked) {
    const { like, squeezenet, styleSize = SIDE } = task.flags as LikeOptions;
    if (like === undefined) {
      throw new UsageError("train --model style needs --like, the picture whose style is learned");
    }
    checkPaths([
      ...[...uses("--like", like), ...uses("--squeezenet", squeezenet)],
      ...uses("a photograph", ...task.paths),
    ]);
    const { examples, run } = await newExamples(task, asked, () => photographs(task));
    const style = await onePicture(like, "rgb", styleSize);
    const given = pick(task.flags, [...KEPT, "seed"]);
    const { featuresOf } = await import("../run/stylise.js");
    const features = (await featuresOf(squeezenet)) as StyleTransferOptions["features"];
    return job(await StyleTransfer.create({ ...given, style, features }), task, examples, run);
  },
  async open(_, model, task) {
    const examples = await photographs(task);
    const of = model.run?.dataOptions;
    return {
      fixed: { ...pick(model.config, KEPT), seed: model.config.seed },
      ofRun: of ? { ...pick(of, ["batch", "val", "shift"]), flip: of.flip === 1 } : {},
      check() {},
      *jobs(run) {
        yield job(model, task, examples, run);
      },
    };
  },
  inspect: ({ config }) => ({
    model: words(config),
    traits: Object.entries(pick(config, [...KEPT, "form", "features"])).map(([name, value]) => [
      name,
      String(value),
    ]),
    assets: [],
    unit: "distance",
    targets: "picture",
    json: {},
  }),
  read: readSamePhotographs,
  evaluate: measureStyle,
};

function words({ channels, blocks }: StyleTransfer["config"]): string {
  return `network of a style, ${plural(channels, "channel")}, ${plural(blocks, "block")}`;
}

function photographs({ paths, flags }: Task): Promise<Examples> {
  return readExamples({ paths, flags: photographFlags(flags) });
}

function job(
  model: StyleTransfer,
  { flags }: Task,
  { data, words: of, again }: Examples,
  options: RunOptions,
): Job {
  const weights = readWeights(flags, data.names);
  return {
    model,
    options,
    data,
    fit: (signal, resume): AsyncIterable<StepReport> =>
      model.fit(data, { ...options, ...weights, ...call(signal, resume) }),
    look() {
      const { run, parameterCount } = model;
      const batch = Number(run!.dataOptions.batch);
      const val = Number(options.val ?? 0);
      const every =
        (flags.previewEvery as number | undefined) ??
        Math.max(1, Math.round(run!.options.steps / 20));
      return {
        targets: "picture",
        data: of,
        model: `${words(model.config)}: ${plural(parameterCount, "parameter")}, ${size(4 * parameterCount)}`,
        batch: plural(batch, "picture"),
        figures: "loss: the distance from the style, and a part of that from the photograph",
        pass: Math.ceil(((1 - val) * data.length) / batch) / run!.options.accumulate,
        check: checkedOn(val, run, (percent) => `${percent} of the pictures`, "picture"),
        preview: () => [],
        sheet: {
          every,
          make() {
            const some = data.first(SHOWN);
            return { images: besides([some, stylised(model, some)], SHOWN), columns: some.length };
          },
        },
        again: [
          ...again,
          ...typedAgain(flags, ["like", "squeezenet", "styleSize", "previewEvery"]),
          ...weightsAgain(flags),
        ],
        use: (path) => ["style", "photo.png", "--with", path, "--out", "styled.png"],
      };
    },
  };
}

/** Every picture in the style, whether the model has learned anything yet or not. */
function stylised(model: StyleTransfer, set: ImageSet): ImageSet {
  return Array.from({ length: set.length }, (_, i) => model.stylise(set.subset([i]))).reduce(
    (all, one) => all.concat(one),
  );
}
