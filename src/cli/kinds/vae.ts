// The variational autoencoder: pictures, with labels or without.

import { VAE } from "../../entries/node.js";
import { vaeRules } from "../../models/images/vae-config.js";
import { vaeDataRules } from "../../models/images/vae-training.js";
import { pick } from "../options/options.js";
import {
  bodyHelp,
  dataHelp,
  plainReadTable,
  previewTable,
  sharedHelp,
} from "../options/picture-options.js";
import { type OptionTable, table } from "../options/tables.js";
import { readSameExamples } from "../run/measure-gan.js";
import { measureVAE, vaeEvaluationRows } from "../run/measure-vae.js";
import { plural } from "../show/format.js";
import type { Kind } from "./kind.js";
import {
  adversaryFixed,
  createPictures,
  inspectPictures,
  openPictures,
  type PictureKind,
  sampleSheet,
  shapeOf,
  useGenerate,
} from "./pictures.js";

const options: readonly OptionTable[] = [
  table("Model", "VAE.create", vaeRules, {
    ...sharedHelp,
    ...bodyHelp,
    latent: "numbers of a latent vector",
    adversary: "<label> a label that the latent vector shall say nothing of (default: none)",
    adversaryHidden: "units of the hidden layer of what guesses that label",
    pixels:
      "what a pixel is: a probability, a Gaussian, or one of 256 steps (logistic); of grey pictures bernoulli",
    binarize: "pixels as 0 or 1: drawn for every batch (stochastic), or cut at the middle",
  }),
  plainReadTable,
  table(
    "Data",
    "fit",
    vaeDataRules,
    {
      ...dataHelp,
      adversaryWeight: "how much the encoder minds what is guessed of --adversary",
      adversaryWarmup: "steps after which that is reached: in their first half it is 0",
      adversarySteps: "updates of what guesses for each of the rest",
      beta: "weight of the KL divergence",
      betaWarmup: "steps in which beta grows from 0",
      freeBits: "nats that each latent dimension has for nothing",
      objective: "the evidence lower bound, or the importance-weighted one of --particles",
      particles: "draws for each picture (iwae)",
    },
    { asLibrary: ["val"] },
  ),
  previewTable,
];

const own: PictureKind<VAE> = {
  options,
  words: ({ config }) =>
    `VAE of ${plural(config.latent, "latent number")}, ${config.pixels} pixels` +
    (config.binarize === "none" ? "" : ` (${config.binarize})`),
  fixed: ({ config }) => ({
    ...pick(config, ["latent", "pixels", "binarize"]),
    ...adversaryFixed(config),
  }),
  ofRun: (run) => ({
    ...pick(run, [
      "beta",
      "betaWarmup",
      "freeBits",
      "objective",
      "adversaryWeight",
      "adversaryWarmup",
      "adversarySteps",
    ]),
    ...(run.objective === "iwae" ? { particles: run.particles } : {}),
  }),
  sheet: (model, set) => sampleSheet(set, 0, (samples) => model.generate({ samples, seed: 1 })),
  use: useGenerate,
};

/** The variational autoencoder. */
export const vaeKind: Kind<VAE> = {
  name: "vae",
  aliases: [],
  title: "a variational autoencoder",
  summary: "a model that makes pictures",
  model: "VAE",
  commands: ["generate", "reconstruct", "interpolate", "augment"],
  options,
  evaluation: { group: "Pictures", rows: vaeEvaluationRows },
  load: (bytes) => VAE.load(bytes),
  create: (task, asked) => createPictures(own, "VAE", task, asked, (given) => VAE.create(given)),
  open: (path, model, task) => openPictures(own, path, model, task),
  inspect: (model) => inspectPictures(own, model),
  read: readSameExamples,
  evaluate: measureVAE,
  pictures: {
    shape: shapeOf,
    labels: ({ labels }) => labels,
    generate: (model, how) => model.generate(how).images,
    rows: (model, how) => model.generate(how).rows,
    reconstruct: (model, set) => model.reconstruct(set).images,
    interpolate: (model, from, to, how) => model.interpolate(from, to, how).images,
  },
};
