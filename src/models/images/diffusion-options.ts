// Options of what a diffusion makes, and their checks.

import {
  checkChoice,
  checkFlag,
  checkKeys,
  checkNumber,
  InvalidInputError,
} from "../../host/errors.js";
import type { PictureLabels } from "./conditions.js";
import type { DiffusionConfig } from "./diffusion-config.js";
import type { DiffusionSampler } from "./diffusion-samplers.js";
import type { PromptOptions } from "./diffusion-words.js";
import type { PictureData } from "./rows.js";
import { hasPixels, isClip, shapeText } from "./shape.js";

/** How a diffusion makes examples. */
export interface DiffusionSamplingOptions extends PromptOptions {
  /** Steps from noise to an example: more are slower and better. Default 20; 50 for objective `noise`. */
  readonly steps?: number;
  /** Of what is drawn. Default 0. */
  readonly seed?: number;
  /**
   * How much labels and the prompt count: 1 as in the pictures, above 1 examples are more typical of them and less varied,
   * and take twice the time; 0 leaves them out. Default 1, with `prompt` or `negative` 3.
   */
  readonly guidance?: number;
  /**
   * How a step is taken: `euler`, or `heun` with two predictions a step, for objective `flow`; `ddim` for objective
   * `noise`; `ancestral`, with fresh noise in each step, for both. Default `euler` and `ddim`, of `inpaint` `ancestral`.
   */
  readonly sampler?: DiffusionSampler;
  /** Pictures fit to themselves at their edges, as tiles. Default false. */
  readonly tile?: boolean;
  /**
   * Clips go on at their end with their beginning: in each step frames go round by another number of them, so that no place
   * of time is an end. Default false. Models of clips that are loops learn to close them without it.
   */
  readonly loop?: boolean;
  /** What is asked for, such as { label: "3" }. */
  readonly labels?: PictureLabels;
}

/** Options of `Diffusion.generate`. */
export interface DiffusionGenerateOptions extends DiffusionSamplingOptions {
  /** Examples to make. Default 1, or as many as there are prompts, or first frames. */
  readonly samples?: number;
  /** Deviation of the noise at the beginning: below 1 examples are more alike and simpler. Default 1. */
  readonly temperature?: number;
  /**
   * Of clips: their first frame, one picture for all or one for each, which they have to the bit. Guidance does not change
   * how much it counts. Default: none, the model makes it, too.
   */
  readonly first?: PictureData;
}

/** Options of `Diffusion.stream`. */
export interface DiffusionStreamOptions extends DiffusionGenerateOptions {
  /** Ends the stream before its next step. */
  readonly signal?: AbortSignal;
}

/** Options of `Diffusion.vary`. */
export interface VaryOptions extends DiffusionSamplingOptions {
  /** How far a picture goes back to noise: near 0 it stays almost as it is, 1 leaves nothing of it. Default 0.5. */
  readonly strength?: number;
}

/** Options of `Diffusion.inpaint`. */
export interface InpaintOptions extends DiffusionSamplingOptions {
  /**
   * How far each prediction is moved to what is kept, by the gradient of what it says of it: 1 as the mathematics has it, 0
   * not at all, which takes a third of the time and fits less (Pokle et al., "Training-free Linear Image Inverses via Flows",
   * 2024). Default 1.
   */
  readonly knownGuidance?: number;
  /**
   * How often each step is taken, with noise added again between, so that what is made new fits what is kept (Lugmayr et
   * al., "RePaint", 2022). Default 1.
   */
  readonly repeats?: number;
}

/** Options of `Diffusion.interpolate`. */
export interface InterpolateSeedsOptions extends Omit<DiffusionGenerateOptions, "seed"> {
  /** Along an arc instead of a straight line, so that what is between is noise, too. Default true. */
  readonly spherical?: boolean;
}

const promptKeys = ["prompt", "negative", "unknown"] as const;
const samplingKeys = [
  ...["steps", "seed", "guidance", "sampler", "tile", "loop", "labels"],
  ...promptKeys,
] as const;

/** The same, complete, but what is asked for. */
export interface Sampling {
  readonly steps: number;
  readonly seed: number;
  readonly guidance: number;
  readonly sampler: DiffusionSampler;
  readonly tile: boolean;
  readonly loop: boolean;
}

/**
 * @param what the verb
 * @param more its own options
 * @param suited the sampler where nothing is said. Default as of `DiffusionSamplingOptions`
 * @throws InvalidInputError naming the first option that cannot be used
 */
export function checkSampling(
  what: string,
  { shape, process, text }: DiffusionConfig,
  options: DiffusionSamplingOptions,
  more: readonly string[],
  suited?: DiffusionSampler,
): Sampling {
  checkKeys(what, options, [...samplingKeys, ...more]);
  const words = promptKeys.find((name) => options[name] !== undefined);
  if (words && !text) {
    throw new InvalidInputError(
      `${words}: the model learned no captions; create it with pictures that have them, see withCaptions`,
    );
  }
  const flow = process.objective === "flow";
  const { steps = flow ? 20 : 50, seed = 0, tile = false, loop = false } = options;
  const plain = options.prompt === undefined && options.negative === undefined;
  const { guidance = plain ? 1 : 3 } = options;
  const { sampler = suited ?? (flow ? "euler" : "ddim") } = options;
  checkNumber("steps", steps, { integer: true, min: 1, max: 1000 });
  checkNumber("seed", seed, { integer: true, min: 0 });
  checkNumber("guidance", guidance, { min: 0, max: 100 });
  checkChoice("sampler", sampler, ["euler", "heun", "ddim", "ancestral"]);
  const other = flow ? ["ddim"] : ["euler", "heun"];
  if (other.includes(sampler)) {
    const suited = flow ? "euler, heun or ancestral" : "ddim or ancestral";
    throw new InvalidInputError(
      `sampler "${sampler}" is not for objective "${process.objective}"; use ${suited}`,
    );
  }
  if (checkFlag("tile", tile) && !hasPixels(shape)) {
    throw new InvalidInputError("tile is for pictures, these are vectors");
  }
  if (checkFlag("loop", loop) && !isClip(shape)) {
    throw new InvalidInputError(`loop is for clips, the model makes ${shapeText(shape)}`);
  }
  return { steps, seed, guidance, sampler, tile, loop };
}
