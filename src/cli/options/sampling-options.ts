// Options of models that make examples step by step, for every command that lets them.

import type { DiffusionGenerateOptions, DiffusionSampler } from "../../entries/node.js";
import { flag, UsageError } from "../errors.js";
import { number, type OptionRow } from "./options.js";

/** The options as commander gives them. */
export interface SamplingFlags {
  readonly samplingSteps?: number;
  readonly guidance?: number;
  readonly sampler?: DiffusionSampler;
}

/** How a diffusion makes examples, without what it makes. */
export type Sampling = Pick<DiffusionGenerateOptions, "steps" | "guidance" | "sampler" | "tile">;

const steps: OptionRow = [
  "--sampling-steps <n>",
  "steps of a diffusion model from noise to examples (default: 20; with --objective noise 50)",
  undefined,
  number,
];
const guidance: OptionRow = [
  "--guidance <x>",
  "how much labels count: above 1 more typical and less varied, 0 not at all (default: 1)",
  undefined,
  number,
];
const sampler: OptionRow = [
  "--sampler <how>",
  "how a step is taken: euler, heun, or ancestral, which draws in each; with --objective noise ddim or ancestral",
  undefined,
  ["euler", "heun", "ddim", "ancestral"],
];

export const samplingRows: readonly OptionRow[] = [steps, guidance, sampler];

/** For commands in which no files are read. */
export const tileRow: OptionRow = [
  "--tile",
  "of a diffusion model: pictures fit to themselves at their edges, as tiles",
];

/**
 * What of these options a model's verbs take.
 * @param of what the model is, whether it goes step by step, and the labels that it knows
 * @param tile of commands with that option: in others --tile is about files
 * @throws UsageError for a model that does not go step by step, or guidance where there are no labels
 */
export function samplingOf(
  path: string,
  { samplingSteps: steps, guidance, sampler }: SamplingFlags,
  of: { readonly title: string; readonly stepwise: boolean; readonly labels: readonly unknown[] },
  tile?: boolean,
): Sampling {
  const given = Object.entries({ samplingSteps: steps, guidance, sampler, tile });
  const name = given.find(([, value]) => value !== undefined)?.[0];
  if (name !== undefined && !of.stepwise) {
    throw new UsageError(`${flag(name)} is for a diffusion model, ${path} holds ${of.title}`);
  }
  if (guidance !== undefined && of.labels.length === 0) {
    throw new UsageError(`--guidance is for a model that learned labels, ${path} knows none`);
  }
  return {
    ...(steps === undefined ? {} : { steps }),
    ...(guidance === undefined ? {} : { guidance }),
    ...(sampler === undefined ? {} : { sampler }),
    ...(tile === undefined ? {} : { tile }),
  };
}
