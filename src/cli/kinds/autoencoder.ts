// The autoencoder: pictures, as they are or corrupted.

import { Autoencoder } from "../../entries/node.js";
import { autoencoderRules } from "../../models/images/autoencoder-config.js";
import { autoencoderDataRules } from "../../models/images/autoencoder-training.js";
import { pick } from "../options/options.js";
import {
  bodyHelp,
  dataHelp,
  plainReadTable,
  previewTable,
  sharedHelp,
} from "../options/picture-options.js";
import { type OptionTable, table } from "../options/tables.js";
import { autoencoderEvaluationRows, measureAutoencoder } from "../run/measure-autoencoder.js";
import { readSameExamples } from "../run/measure-gan.js";
import { besides } from "../run/picture-files.js";
import { plural } from "../show/format.js";
import type { Kind } from "./kind.js";
import {
  adversaryFixed,
  createPictures,
  inspectPictures,
  openPictures,
  type PictureKind,
  shapeOf,
} from "./pictures.js";

const { labels: _, ...shared } = sharedHelp;

const options: readonly OptionTable[] = [
  table("Model", "Autoencoder.create", autoencoderRules, {
    ...shared,
    ...bodyHelp,
    latent: "numbers of a latent vector",
    adversary: "<label> a label that the latent vector shall say nothing of (default: none)",
    adversaryHidden: "units of the hidden layer of what guesses that label",
    loss: "what is made small: squared or absolute error, or the cross-entropy of 0 to 1 (bernoulli)",
  }),
  plainReadTable,
  table(
    "Data",
    "fit",
    autoencoderDataRules,
    {
      ...dataHelp,
      adversaryWeight: "how much the encoder minds what is guessed of --adversary",
      adversaryWarmup: "steps after which that is reached: in their first half it is 0",
      adversarySteps: "updates of what guesses for each of the rest",
      noise: "deviation of noise that it learns to take away; pixels are from 0 to 1",
      mask: "<fraction> fraction of a picture that is masked, and that it learns to fill",
    },
    { asLibrary: ["val"] },
  ),
  previewTable,
];

/** Pictures that show how far it is. */
const SHOWN = 16;

const own: PictureKind<Autoencoder> = {
  options,
  words: ({ config }) =>
    `autoencoder of ${plural(config.latent, "latent number")}, ${config.loss} error`,
  fixed: ({ config }) => ({ ...pick(config, ["latent", "loss"]), ...adversaryFixed(config) }),
  ofRun: (run) =>
    pick(run, ["noise", "mask", "adversaryWeight", "adversaryWarmup", "adversarySteps"]),
  sheet: (model, set) => {
    const some = set.first(SHOWN);
    return {
      make() {
        const { noise = 0, mask = 0 } = (model.run?.dataOptions ?? {}) as Record<string, number>;
        const corrupted = noise > 0 || mask > 0;
        const read = corrupted ? model.corrupt(some, { noise, mask, seed: 1 }).images : some;
        const made = model.reconstruct(read).images;
        const rows = corrupted ? [some, read, made] : [some, made];
        return { images: besides(rows, SHOWN), columns: Math.min(SHOWN, some.length) };
      },
    };
  },
  use: (path, paths) => ["reconstruct", path, ...paths, "--out", "grid.png"],
};

/** The autoencoder. */
export const autoencoderKind: Kind<Autoencoder> = {
  name: "autoencoder",
  aliases: ["ae"],
  title: "an autoencoder",
  summary: "a model that takes noise away from pictures",
  model: "Autoencoder",
  commands: ["reconstruct", "denoise", "interpolate"],
  options,
  evaluation: { group: "Pictures", rows: autoencoderEvaluationRows },
  load: (bytes) => Autoencoder.load(bytes),
  create: (task, asked) =>
    createPictures(own, "Autoencoder", task, asked, (given) => Autoencoder.create(given)),
  open: (path, model, task) => openPictures(own, path, model, task),
  inspect: (model) => inspectPictures(own, model),
  read: readSameExamples,
  evaluate: measureAutoencoder,
  pictures: {
    shape: shapeOf,
    labels: () => [],
    reconstruct: (model, set) => model.reconstruct(set).images,
    interpolate: (model, from, to, how) => model.interpolate(from, to, how).images,
    denoise: (model, set) => model.denoise(set).images,
    corrupt: (model, set, how) => model.corrupt(set, how).images,
  },
};
