// The generative adversarial network: pictures, with labels or without, or rows of numbers.

import { GAN, type PictureData } from "../../entries/node.js";
import { ganRules } from "../../models/images/gan-config.js";
import { ganDataRules } from "../../models/images/gan-training.js";
import { pick } from "../options/options.js";
import { dataHelp, plainReadTable, previewTable, sharedHelp } from "../options/picture-options.js";
import { type OptionTable, table } from "../options/tables.js";
import { ganEvaluationRows, measureGAN, readSameExamples } from "../run/measure-gan.js";
import { plural } from "../show/format.js";
import { readPicturesOrRows } from "./examples.js";
import type { Kind } from "./kind.js";
import {
  checkBody,
  createOptions,
  inspectPictures,
  newExamples,
  type PictureKind,
  pictureJob,
  sampleSheet,
  shapeOf,
  trainedOn,
  useGenerate,
} from "./pictures.js";

const options: readonly OptionTable[] = [
  table("Model", "GAN.create", ganRules, {
    ...sharedHelp,
    network:
      "dense layers, or convolutions (dcgan; default where sides can be halved to 4 to 9, such as 16, 28, 32, 64)",
    hidden: "units of a layer (dense)",
    layers: "hidden layers of each side (dense)",
    channels: "channels of the discriminator's first convolution (dcgan)",
    generatorHidden: "units of a layer of the generator (dense; default: as the other side)",
    generatorChannels:
      "channels of the generator's last hidden layer (dcgan; default: as the other side)",
    latent: "numbers of a latent vector; for pictures 64, for rows as many as they have",
    spectral: "spectral norm of the discriminator, in place of its batch norm",
  }),
  plainReadTable,
  table(
    "Data",
    "fit",
    ganDataRules,
    {
      ...dataHelp,
      objective: "what both sides make small",
      labelSmoothing: "<p> real examples are real with a probability of 1 - p; not for hinge",
      instanceNoise: "deviation of noise that is added to what the discriminator sees",
      instanceNoiseSteps: "steps in which that noise falls to 0; 0: it stays",
      r1: "weight of the gradient penalty on real examples; for pictures 0 (none), for rows 0.1",
      r2: "weight of the gradient penalty on generated examples; the same defaults",
      sigma: "deviation of what the penalties move examples by",
      translation:
        "<fraction> the discriminator sees pictures moved by up to this fraction of a side: for few pictures, 0.125",
      cutout:
        "<fraction> the discriminator sees pictures without a square of this fraction of a side: for few pictures, 0.5",
      discriminatorSteps: "updates of the discriminator for each of the generator",
      discriminatorLr: "learning rate of the discriminator as a multiple of --lr",
    },
    { asLibrary: ["val"] },
  ),
  previewTable,
];

/** Options of a run that are the model's own. */
const ofRun = Object.keys(ganDataRules).filter(
  (name) => !["batch", "val", "flip", "shift"].includes(name),
);

/** Generated examples that a picture of points shows, and real ones. */
const POINTS = 2500;

const own: PictureKind<GAN, PictureData> = {
  options,
  words: ({ config }) =>
    `GAN of ${plural(config.latent, "latent number")}${config.spectral ? ", spectral norm" : ""}`,
  fixed: ({ config }) => pick(config, ["latent", "spectral"]),
  ofRun: (run) => pick(run, ofRun),
  figures:
    "D, G: losses of discriminator and generator; real, generated: how often the discriminator is right",
  sheet: (model, data) =>
    sampleSheet(data, POINTS, (samples) => model.generate({ samples, seed: 1 })),
  use: useGenerate,
};

/** The generative adversarial network. */
export const ganKind: Kind<GAN> = {
  name: "gan",
  aliases: [],
  title: "a generative adversarial network",
  summary: "another model that makes pictures, or points in the plane",
  model: "GAN",
  commands: ["generate", "interpolate", "augment"],
  options,
  evaluation: { group: "Pictures", rows: ganEvaluationRows },
  load: (bytes) => GAN.load(bytes),
  async create(task, asked) {
    checkBody(task, "dcgan");
    const { examples, run } = await newExamples(task, asked, () => readPicturesOrRows(task));
    const given = createOptions(task, options, "GAN");
    const model = await GAN.create({ ...given, images: examples.data });
    return pictureJob(own, model, task, examples, run);
  },
  async open(path, model, task) {
    return trainedOn(own, model, task, await readPicturesOrRows(task, () => shapeOf(path, model)));
  },
  inspect(model) {
    const pictures = model.shape.length === 3;
    return {
      ...inspectPictures(own, model),
      unit: "(discriminator and generator)",
      checked: `(Fréchet distance of ${pictures ? "the means of 4 × 4 cells" : "the numbers"})`,
      targets: pictures ? "picture" : "row",
    };
  },
  read: readSameExamples,
  evaluate: measureGAN,
  pictures: {
    shape: shapeOf,
    labels: ({ labels }) => labels,
    generate: (model, how) => model.generate(how).images,
    rows: (model, how) => model.generate(how).rows,
    between(model, [from, to], how) {
      const [[a], [b]] = [from, to].map((seed) => model.latents({ seed }));
      return model.interpolate(a, b, how).images;
    },
  },
};
