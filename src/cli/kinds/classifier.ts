// The classifier of pictures.

import { Classifier } from "../../entries/node.js";
import { pictureDataRules } from "../../models/images/batches.js";
import { classifierRules } from "../../models/images/classifier-config.js";
import { pick } from "../options/options.js";
import { bodyHelp, dataHelp, plainReadTable, sharedHelp } from "../options/picture-options.js";
import { type OptionTable, table } from "../options/tables.js";
import { classifierEvaluationRows, measureClassifier } from "../run/measure-classifier.js";
import { readSameExamples } from "../run/measure-gan.js";
import { plural } from "../show/format.js";
import type { Kind } from "./kind.js";
import {
  createPictures,
  inspectPictures,
  openPictures,
  type PictureKind,
  shapeOf,
} from "./pictures.js";

const options: readonly OptionTable[] = [
  table("Model", "Classifier.create", classifierRules, {
    ...sharedHelp,
    ...bodyHelp,
    features: "width of the last hidden layer",
    dropout: "<p> dropout of the features in training, for few pictures",
  }),
  plainReadTable,
  table("Data", "fit", pictureDataRules, dataHelp, { asLibrary: ["val"] }),
];

const own: PictureKind<Classifier> = {
  options,
  words: ({ labels, config }) => {
    const heads = labels.map(({ name, classes }) => `${name} (${classes.length})`);
    return `classifier of ${heads.join(", ")} by ${plural(config.features, "feature")}`;
  },
  fixed: ({ config }) => pick(config, ["features", "dropout"]),
  ofRun: () => ({}),
  use: (path, paths) => ["classify", path, ...paths],
};

/** The classifier. */
export const classifierKind: Kind<Classifier> = {
  name: "classifier",
  aliases: [],
  title: "a classifier of pictures",
  summary: "a model that says what is in pictures",
  model: "Classifier",
  commands: ["classify"],
  options,
  evaluation: { group: "Pictures", rows: classifierEvaluationRows },
  load: (bytes) => Classifier.load(bytes),
  create: (task, asked) =>
    createPictures(own, "Classifier", task, asked, (given) => Classifier.create(given)),
  open: (path, model, task) => openPictures(own, path, model, task),
  inspect: (model) => inspectPictures(own, model),
  read: readSameExamples,
  evaluate: measureClassifier,
  pictures: {
    shape: shapeOf,
    labels: ({ labels }) => labels,
    classify: (model, set) => model.classify(set),
  },
};
