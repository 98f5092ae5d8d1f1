// The frame predictor: clips, and how they go on.

import { FramePredictor } from "../../entries/node.js";
import { framePredictorRules } from "../../models/video/frames-config.js";
import { framesDataRules } from "../../models/video/frames-training.js";
import { pick } from "../options/options.js";
import {
  clipTable,
  dataHelp,
  plainReadTable,
  previewTable,
  sharedHelp,
} from "../options/picture-options.js";
import { type OptionTable, table } from "../options/tables.js";
import {
  anyClips,
  framesEvaluationRows,
  measureFrames,
  readSameClips,
} from "../run/measure-frames.js";
import { besides } from "../run/picture-files.js";
import type { Kind } from "./kind.js";
import type { Inspection } from "./model.js";
import { createPictures, inspectPictures, openPictures, type PictureKind } from "./pictures.js";

const options: readonly OptionTable[] = [
  table("Model", "FramePredictor.create", framePredictorRules, {
    clips: "the clips, for their shape",
    shape: "the shape of a frame, instead of clips",
    input: "frames that are read before the first is predicted (default: half of a clip's)",
    output: "frames that are predicted in training (default: a clip's others)",
    patch:
      "side of a patch in pixels, whose numbers are channels (default: 4, or what divides both sides)",
    hidden: "channels of the states",
    layers: "layers of the encoder, and of the forecaster",
    kernel: "side of the convolutions' kernels, in patches; odd",
    shared: "encoder and forecaster are the same layers: half the weights",
    loss: "what is made small: the squared error, or the cross-entropy of black and white pixels (bernoulli), or the likelihood of grey ones (gaussian), from which frames can be drawn",
    seed: sharedHelp.seed,
    runtime: sharedHelp.runtime,
  }),
  plainReadTable,
  clipTable,
  table(
    "Data",
    "fit",
    framesDataRules,
    {
      ...dataHelp,
      batch: "clips of a batch",
      val: "<fraction> fraction of the clips that is kept for validation",
      feed: "what is read after the first prediction: its own predictions, the truth, or both, own ones more and more (scheduled) (default: own, of likelihoods truth)",
      feedSteps: "steps after which it reads nothing but its own predictions (scheduled)",
    },
    { asLibrary: ["val"] },
  ),
  previewTable,
];

/** Clips that are shown. */
const SHOWN = 4;

const own: PictureKind<FramePredictor> = {
  options,
  clips: true,
  words: ({ config: { input, output, loss } }) =>
    `frame predictor, ${input} read and ${output} predicted, ${loss} ${loss === "squared" ? "error" : "pixels"}`,
  fixed: ({ config }) => pick(config, ["input", "output", "loss"]),
  ofRun: (run) => pick(run, ["feed", "feedSteps"]),
  sheet: (model, set) => {
    const { input, output } = model.config;
    const some = set.first(SHOWN);
    const real = some.span(input, input + output).stills();
    return {
      make() {
        const made = model.continue(some.span(0, input), { frames: output }).images.stills();
        return { images: besides([real, made], output), columns: output };
      },
    };
  },
  sheetEvery: 20,
  use: (path, paths) => ["continue", path, paths[0], "--frames", "20", "--out", "longer.gif"],
};

/** The frame predictor. */
export const framesKind: Kind<FramePredictor> = {
  name: "frames",
  aliases: [],
  title: "a predictor of frames",
  summary: "a model that continues clips",
  model: "FramePredictor",
  commands: ["continue"],
  options,
  evaluation: { group: "Clips", rows: framesEvaluationRows },
  load: (bytes) => FramePredictor.load(bytes),
  create: (task, asked) =>
    createPictures(own, "FramePredictor", task, asked, ({ images, ...given }) =>
      FramePredictor.create({ ...given, clips: images }),
    ),
  open: (path, model, task) => openPictures(own, path, model, task),
  inspect: inspectFrames,
  read: readSameClips,
  evaluate: measureFrames,
  pictures: {
    shape: anyClips,
    labels: () => [],
    continue: (model, set, how) => model.continue(set, how).images,
  },
};

function inspectFrames(model: FramePredictor): Inspection {
  const all = inspectPictures(own, model);
  const [[, shape], ...traits] = all.traits;
  const { loss } = model.config;
  return {
    ...all,
    traits: [["frames", shape], ...traits],
    unit: loss === "squared" ? "(squared error a frame)" : "nats a frame",
    targets: "clip",
  };
}
