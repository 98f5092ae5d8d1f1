// Options of models that make examples step by step, for every command that lets them.

import type { DiffusionGenerateOptions, DiffusionSampler } from "../../entries/node.js";
import { flag, UsageError } from "../errors.js";
import { given, number, type OptionRow, repeated } from "./options.js";

/** What pictures show, in words: the options as commander gives them. */
interface PromptFlags {
  readonly prompt?: readonly string[];
  readonly negative?: string;
  readonly unknown?: "error" | "skip";
}

/** The options as commander gives them. */
export interface SamplingFlags extends PromptFlags {
  readonly samplingSteps?: number;
  readonly guidance?: number;
  readonly sampler?: DiffusionSampler;
}

/** How a diffusion makes examples, without what it makes. */
export type Sampling = Pick<
  DiffusionGenerateOptions,
  "steps" | "guidance" | "sampler" | "tile" | "loop" | "prompt" | "negative" | "unknown"
>;

const steps: OptionRow = [
  "--sampling-steps <n>",
  "steps of a diffusion model from noise to examples (default: 20; of one trained with --objective noise 50)",
  undefined,
  number,
];
const guidance: OptionRow = [
  "--guidance <x>",
  "how much labels and prompts count: above 1 pictures are more typical and less varied, at 0 they do not count (default: 1, with a prompt 3)",
  undefined,
  number,
];
const sampler: OptionRow = [
  "--sampler <how>",
  "how a step is taken: euler, heun, or ancestral, which adds fresh noise in each; of a model trained with --objective noise ddim or ancestral",
  undefined,
  ["euler", "heun", "ddim", "ancestral"],
];

export const samplingRows: readonly OptionRow[] = [steps, guidance, sampler];

export const negativeRow: OptionRow = [
  "--negative <text>",
  "of a diffusion model that learned captions: what pictures should not show",
];

/** For commands that make pictures but are not `generate`, where a prompt is a text's, too. */
export const promptRows: readonly OptionRow[] = [
  [
    "--prompt <text>",
    "of a diffusion model that learned captions: what pictures show, in words",
    undefined,
    repeated,
  ],
  negativeRow,
  [
    "--unknown <what>",
    "characters of a prompt that the model does not know: an error, or left out (default: error)",
    undefined,
    ["error", "skip"],
  ],
];

/** For commands in which no files are read. */
export const tileRow: OptionRow = [
  "--tile",
  "of a diffusion model: pictures continue at their other edge, as tiles do",
];

/** What is asked of clips. */
export const clipRows: readonly OptionRow[] = [
  [
    "--first <file>",
    "of a diffusion model of clips: their first frame, a picture; or a folder of them, one for each clip",
  ],
  ["--loop", "of a diffusion model of clips: they continue at their end with their beginning"],
];

/**
 * What of these options a model's verbs take.
 * @param of what the model is, whether it goes step by step, the labels that it knows, and whether it knows words
 * @param tile of commands with that option: in others --tile is about files
 * @throws UsageError for a model that does not go step by step, or guidance where there are neither labels nor words
 */
export function samplingOf(
  path: string,
  flags: SamplingFlags,
  of: {
    readonly title: string;
    readonly stepwise: boolean;
    readonly labels: readonly unknown[];
    readonly words: boolean;
  },
  tile?: boolean,
): Sampling {
  const { samplingSteps: steps, guidance, sampler } = flags;
  const [name] = Object.keys(given({ samplingSteps: steps, guidance, sampler, tile }));
  if (name !== undefined && !of.stepwise) {
    throw new UsageError(`${flag(name)} is for a diffusion model, ${path} holds ${of.title}`);
  }
  if (guidance !== undefined && of.labels.length === 0 && !of.words) {
    throw new UsageError(
      `--guidance is for a model that learned labels or captions, ${path} knows none`,
    );
  }
  return { ...given({ steps, guidance, sampler, tile }), ...wordsOf(path, flags, of) };
}

/**
 * What is asked for in words.
 * @throws UsageError for a model that learned no captions, several prompts where one is asked for, or words that would count for nothing
 */
function wordsOf(
  path: string,
  { prompt, negative, unknown, guidance }: SamplingFlags,
  of: { readonly title: string; readonly stepwise: boolean; readonly words: boolean },
): Pick<Sampling, "prompt" | "negative" | "unknown"> {
  const [name] = Object.keys(given({ prompt, negative, unknown }));
  if (name === undefined) return {};
  if (!of.stepwise || !of.words) {
    const holds = of.stepwise ? `${path} learned none` : `${path} holds ${of.title}`;
    throw new UsageError(`${flag(name)} is for a diffusion model that learned captions, ${holds}`);
  }
  if (prompt !== undefined && prompt.length > 1) {
    throw new UsageError(`--prompt is given ${prompt.length} times; only generate takes several`);
  }
  if (negative !== undefined && guidance !== undefined && guidance <= 1) {
    throw new UsageError(`--negative counts where --guidance is above 1, got ${guidance}`);
  }
  return given({ prompt: prompt?.[0], negative, unknown });
}
