// A pair of encoders of pictures and texts.

import { ImageTextPair } from "../../entries/node.js";
import { pictureDataRules } from "../../models/images/batches.js";
import { imageTextRules } from "../../models/images/image-text-config.js";
import { pick } from "../options/options.js";
import { bodyHelp, dataHelp, readTable, sharedHelp, textHelp } from "../options/picture-options.js";
import { type OptionTable, table } from "../options/tables.js";
import { readSameExamples } from "../run/measure-gan.js";
import { checkCaptions, measurePair, pairEvaluationRows } from "../run/measure-pair.js";
import { plural } from "../show/format.js";
import type { Kind } from "./kind.js";
import {
  createPictures,
  inspectPictures,
  inspectWords,
  keptWords,
  openPictures,
  type PictureKind,
  shapeOf,
} from "./pictures.js";

const options: readonly OptionTable[] = [
  table("Model", "ImageTextPair.create", imageTextRules, {
    ...sharedHelp,
    ...bodyHelp,
    ...textHelp,
    images: "the pictures, for their shape and captions",
    features: "how many numbers stand for a picture or a text",
    temperature:
      "what cosines are divided by before the softmax, at first; it is learned, down to 0.01",
  }),
  readTable,
  table("Data", "fit", pictureDataRules, dataHelp, { asLibrary: ["val"] }),
];

const own: PictureKind<ImageTextPair> = {
  options,
  words: ({ config: { features, text } }) =>
    `pair of encoders into ${plural(features, "number")}, texts by ${plural(text.layers, "block")} of ${text.width}`,
  fixed: ({ config, tokenizer }) => {
    return {
      ...pick(config, ["features", "temperature"]),
      ...keptWords(config.text, tokenizer),
    };
  },
  ofRun: () => ({}),
  figures:
    "loss: the cross-entropy of the right caption, and the right picture, among those of a batch",
  use: (path, paths) => ["search", path, ...paths, "what to look for"],
};

/** The pair of encoders. */
export const pairKind: Kind<ImageTextPair> = {
  name: "pair",
  aliases: [],
  title: "a pair of encoders of pictures and texts",
  summary: "a model that finds pictures by words",
  model: "ImageTextPair",
  commands: ["search"],
  options,
  evaluation: { group: "Pictures", rows: pairEvaluationRows },
  load: (bytes) => ImageTextPair.load(bytes),
  async create(task, asked) {
    checkCaptions(task.flags);
    return createPictures(own, "ImageTextPair", task, asked, (given) =>
      ImageTextPair.create(given),
    );
  },
  open(path, model, task) {
    checkCaptions(task.flags);
    return openPictures(own, path, model, task);
  },
  inspect: (model) => inspectWords(inspectPictures(own, model), model.tokenizer),
  read: readSameExamples,
  evaluate: measurePair,
  pictures: {
    shape: shapeOf,
    labels: ({ labels }) => labels,
    search: (model, text, set, how) => model.search(text, set, how),
  },
};
