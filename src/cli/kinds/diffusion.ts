// Diffusion, and flow matching: pictures, with labels or without, or rows of numbers.

import { Diffusion, ImageSet, type PictureData } from "../../entries/node.js";
import type { Rules } from "../../host/rules.js";
import { diffusionRules } from "../../models/images/diffusion-config.js";
import { diffusionDataRules } from "../../models/images/diffusion-training.js";
import { UsageError } from "../errors.js";
import { named, readBytes } from "../io/files.js";
import { namingFile } from "../io/wrong-file.js";
import { pick } from "../options/options.js";
import {
  clipTable,
  dataHelp,
  previewTable,
  readTable,
  sayWords,
  sharedHelp,
  textHelp,
} from "../options/picture-options.js";
import { type OptionTable, table } from "../options/tables.js";
import type { Task } from "../options/task.js";
import { diffusionEvaluationRows, measureDiffusion } from "../run/measure-diffusion.js";
import { readSameExamples } from "../run/measure-gan.js";
import { readPicturesOrRows } from "./examples.js";
import type { Kind } from "./kind.js";
import {
  createOptions,
  inspectPictures,
  inspectWords,
  keptWords,
  newExamples,
  type PictureKind,
  pictureJob,
  sampleSheet,
  shapeOf,
  trainedOn,
  useGenerate,
} from "./pictures.js";

interface ReflowFlags {
  readonly reflow?: string;
}

const reflowRules: Rules<ReflowFlags, "reflow"> = { reflow: { type: "text", own: true } };

const reflowTable: OptionTable = table("Data", undefined, reflowRules, {
  reflow:
    "<file> learn the ways of this flow instead of the pictures, so that fewer steps are enough; most often with --from and the same file",
});

const options: readonly OptionTable[] = [
  table(
    "Model",
    "Diffusion.create",
    diffusionRules,
    {
      ...sharedHelp,
      network:
        "residual convolutions at several sizes of a picture (unet), a Transformer over its patches (dit), or dense layers (mlp) (default: unet, of rows mlp)",
      channels: "channels of the first level; each level has twice as many (unet)",
      levels:
        "sizes of a picture, each half of the one before; fewer where sides are odd or small (unet)",
      attention: "attention between all pixels of the smallest size (unet)",
      patch: "side of a patch in pixels (dit)",
      hidden: "units of a layer (mlp), or width of the Transformer (dit)",
      layers:
        "residual blocks of two layers (mlp), or blocks of the Transformer (dit, where the default is 4)",
      heads: "heads of attention (dit; default: of 32 numbers each, where the width allows it)",
      captions: "whether captions are learned (default: where the pictures have some)",
      ...textHelp,
      textLevels: "how many of the smallest sizes of a picture look at the words (unet)",
      timeLevels: "of clips: at how many of the smallest sizes pixels look at other frames (unet)",
      first: "of clips: whether the first frame can be given (unet)",
      objective: "the straight way from noise to an example (flow), or the noise in it (noise)",
      noiseSchedule: "how the noise grows (objective noise)",
      prediction:
        "what is predicted: of a flow the velocity or the example, with objective noise the noise or the velocity",
      fps: "frames a second of the clips that are made, as of those that are read",
    },
    { called: { attention: "pixelAttention", first: "firstFrames" }, without: ["captions"] },
  ),
  readTable,
  clipTable,
  reflowTable,
  table(
    "Data",
    "fit",
    diffusionDataRules,
    {
      ...dataHelp,
      labelDropout:
        "<fraction> fraction of the pictures whose labels are left out, which guidance needs; 0.1 where there are labels",
      captionDropout:
        "<fraction> fraction of the pictures whose captions are left out, which guidance needs; 0.1 where there are captions",
      firstDropout:
        "<fraction> fraction of the clips whose first frame is left out, so that they are also made without one; 0.2 of clips",
      pairs: "pairs of noise and what the flow of --reflow makes of it, learned in one pass",
      pairSteps: "steps in which the flow of --reflow makes a pair",
      pairGuidance: "guidance with which the flow of --reflow makes pairs",
    },
    { asLibrary: ["val"] },
  ),
  previewTable,
];

/** Prompts of what is shown while it learns, a row each. */
const PROMPTS = 4;
/** Steps of what is shown while it learns. */
const STEPS = 20;
/** Clips of what is shown while it learns, a row each; fewer where they have many frames. */
const CLIPS = 8;
const CLIP_FRAMES = 256;
/** Generated examples that a picture of points shows, and real ones. */
const POINTS = 1000;

const own: PictureKind<Diffusion, PictureData> = {
  options,
  words({ config: { process } }) {
    if (process.objective === "flow") {
      return process.prediction ? "rectified flow, examples predicted" : "rectified flow";
    }
    return `diffusion of noise, ${process.noiseSchedule} schedule, ${process.prediction} predicted`;
  },
  fixed: ({ config: { process, text, fps }, tokenizer }) => ({
    ...process,
    ...(fps && { fps }),
    ...(text && tokenizer && keptWords(text, tokenizer)),
  }),
  ofRun: (run) =>
    pick(run, [
      ...["labelDropout", "captionDropout", "firstDropout"],
      ...["pairs", "pairSteps", "pairGuidance"],
    ]),
  figures: "loss: the mean squared error of what is predicted",
  sheet(model, data) {
    const prompts = promptsOf(model, data);
    const make = (samples: number) =>
      model.generate({ ...each(prompts, samples), samples, seed: 1, steps: STEPS });
    if (data instanceof ImageSet && data.frames > 1) {
      const { frames } = data;
      const clips = Math.max(1, Math.min(CLIPS, Math.floor(CLIP_FRAMES / frames)));
      return { make: () => ({ images: make(clips).images.stills(), columns: frames }) };
    }
    const sheet = sampleSheet(data, POINTS, make);
    return sheet && { ...sheet, ...(prompts ? { rows: prompts } : {}) };
  },
  sheetEvery: 50,
  use(path, paths, model, data) {
    const prompts = promptsOf(model, data);
    if (model.shape.length === 4) {
      const asked = prompts ? ["--prompt", prompts[0]] : [];
      return ["generate", path, ...asked, "--seed", "1", "--out", "clip.gif"];
    }
    if (!prompts) return useGenerate(path, paths);
    return ["generate", path, "--prompt", prompts[0], "--samples", "16", "--out", "grid.png"];
  },
};

/** Captions of some of the pictures, in whatever languages; undefined for a model without words. */
function promptsOf({ config }: Diffusion, data: PictureData): readonly string[] | undefined {
  const captions = config.text && data instanceof ImageSet ? data.captions : undefined;
  return (
    captions &&
    Array.from({ length: PROMPTS }, (_, i) => {
      const own = captions[Math.floor((i * captions.length) / PROMPTS)];
      return own[i % own.length];
    })
  );
}

/** Prompts for so many samples: rows of as many of each. */
function each(prompts: readonly string[] | undefined, samples: number) {
  if (!prompts) return {};
  const at = (i: number) => Math.floor((i * prompts.length) / samples);
  return { prompt: Array.from({ length: samples }, (_, i) => prompts[at(i)]) };
}

/** Refuses to train on without the captions, or on captions that a model does not learn. @throws UsageError */
function checkWords(path: string, { config: { text } }: Diffusion, { flags }: Task): void {
  if (flags.reflow !== undefined || (text !== undefined) === sayWords(flags)) return;
  throw new UsageError(
    text
      ? `${path} learned captions: give --captions, a file that says what each picture shows, or --names-as-captions`
      : `${path} learned no captions; leave out --captions and --names-as-captions, or train a new model`,
  );
}

/** Refuses `--model video` of what are no clips. @throws UsageError */
function checkClips({ paths, flags }: Task, data: PictureData): void {
  if (flags.model !== VIDEO || (data instanceof ImageSet && data.frames > 1)) return;
  throw new UsageError(
    `--model video learns clips, and ${named(paths)} has none: give animated GIF or PNG files, folders of frames, or a sheet with --tile and --frames`,
  );
}

/** The model of `--reflow`, for `fit`, and the words for it. @throws Failure, ModelFileError */
async function teacherOf({ flags }: Task) {
  const path = flags.reflow as string | undefined;
  if (path === undefined) return {};
  const reflow = await namingFile(path, () => Diffusion.load(readBytes(path)));
  return { fit: { reflow }, again: ["--reflow", path] };
}

/** What `--model` calls a diffusion of clips. */
const VIDEO = "video";

/** Diffusion. */
export const diffusionKind: Kind<Diffusion> = {
  name: "diffusion",
  aliases: ["flow", VIDEO],
  title: "a diffusion model",
  summary: "one that makes pictures, clips (video), or points, out of noise step by step",
  model: "Diffusion",
  commands: ["generate", "inpaint", "vary", "interpolate", "augment"],
  options,
  evaluation: { group: "Pictures", rows: diffusionEvaluationRows },
  load: (bytes) => Diffusion.load(bytes),
  async create(task, asked) {
    const { examples, run } = await newExamples(task, asked, () =>
      readPicturesOrRows(task, undefined, task.flags.model === VIDEO),
    );
    checkClips(task, examples.data);
    const {
      pixelAttention: attention,
      firstFrames: first,
      ...given
    } = createOptions(task, options, "Diffusion");
    const model = await Diffusion.create({
      ...given,
      ...(attention === undefined ? {} : { attention: attention === true }),
      ...(first === undefined ? {} : { first: first === true }),
      images: examples.data,
    });
    return pictureJob(own, model, task, examples, run, await teacherOf(task));
  },
  async open(path, model, task) {
    checkWords(path, model, task);
    const examples = await readPicturesOrRows(task, () => shapeOf(path, model));
    return trainedOn(own, model, task, examples, await teacherOf(task));
  },
  inspect(model) {
    const all = inspectPictures(own, model);
    const { tokenizer } = model;
    const said =
      'asked in words: simdream generate … --prompt "what it shows" --negative "what not"';
    return {
      ...(tokenizer ? inspectWords(all, tokenizer, [["words", said]]) : all),
      unit: "(mean squared error)",
      targets: { 3: "picture", 4: "clip" }[model.shape.length] ?? "row",
    };
  },
  read: readSameExamples,
  evaluate: measureDiffusion,
  pictures: {
    shape: shapeOf,
    labels: ({ labels }) => labels,
    words: ({ config }) => config.text !== undefined,
    stepwise: true,
    generate: (model, how) => model.generate(how).images,
    rows: (model, how) => model.generate(how).rows,
    between(model, [from, to], { steps: samples, spherical, labels }, sampling) {
      const how = { samples, labels, ...(spherical ? { spherical } : {}), ...sampling };
      return model.interpolate(from, to, how).images;
    },
    inpaint: (model, set, masks, how) => model.inpaint(set, masks, how).images,
    vary: (model, set, how) => model.vary(set, how).images,
  },
};
