// Models that make pictures, as they are served: a Diffusion step by step, a GAN and a VAE at once.

import {
  type Diffusion,
  type Emerging,
  InvalidInputError,
  type LabelColumn,
  type Made,
  type PictureLabels,
} from "../api.js";
import type { Fitted } from "./fitted.js";
import type { Turns } from "./turns.js";

/** What is asked of a model; a GAN and a VAE know the first four. */
export interface PictureMaking {
  readonly samples: number;
  readonly seed: number;
  readonly temperature?: number;
  readonly labels?: PictureLabels;
  readonly steps?: number;
  readonly guidance?: number;
  readonly sampler?: NonNullable<Parameters<Diffusion["generate"]>[0]>["sampler"];
  readonly tile?: boolean;
  /** What pictures show and do not show, in words: of a `Diffusion` that learned captions. */
  readonly prompt?: string;
  readonly negative?: string;
}

/** What is needed of a `Diffusion`, a `GAN` or a `VAE`, in this thread or in a worker. */
export interface ServedPictureModel extends Fitted {
  /** Height, width and channels. */
  readonly shape: readonly number[];
  readonly labels?: readonly Pick<LabelColumn, "name" | "classes">[];
  readonly config?: object;
  generate(options: PictureMaking): Made | Promise<Made>;
  /** Of models that make pictures step by step. */
  stream?(
    options: PictureMaking & { readonly signal: AbortSignal },
  ): AsyncGenerator<Emerging, void, void>;
}

/** Pictures on their way. */
export interface Emerged {
  /** From 1 to `steps`, after which they are done. */
  readonly step: number;
  readonly steps: number;
  readonly made: Made;
}

/** A model that makes pictures, of any class. */
export interface ServedPictures {
  readonly kind: "pictures";
  readonly fingerprint: string;
  readonly height: number;
  readonly width: number;
  readonly labels: readonly Pick<LabelColumn, "name" | "classes">[];
  /** Whether it is asked in words. */
  readonly words: boolean;
  /** Steps where nothing is said of them; undefined where pictures are made at once. */
  readonly steps: number | undefined;
  make(options: PictureMaking, signal: AbortSignal): AsyncGenerator<Emerged, void, void>;
}

/** Whether a value has what is served of a model that makes pictures. */
export function isPictureModel(model: unknown): model is ServedPictureModel {
  const { generate, shape } = Object(model) as Partial<ServedPictureModel>;
  return typeof generate === "function" && Array.isArray(shape);
}

/** @throws InvalidInputError for a model of vectors */
export function checkPictureModel({ shape }: ServedPictureModel): void {
  if (shape.length === 3 && [1, 3, 4].includes(shape[2])) return;
  throw new InvalidInputError(
    `createHandler serves models that make pictures; this one makes examples of ${shape.join(" × ")} numbers`,
  );
}

/** The model as it is served; each step of its pictures is a turn. */
export async function servePictures(
  model: ServedPictureModel,
  turns: Turns,
): Promise<ServedPictures> {
  const [height, width] = model.shape;
  async function* made(options: PictureMaking, signal: AbortSignal) {
    if (model.stream) yield* model.stream({ ...options, signal });
    else yield { step: 1, steps: 1, made: await model.generate(options) };
  }
  return {
    kind: "pictures",
    fingerprint: await model.fingerprint(),
    ...{ height, width },
    labels: model.labels ?? [],
    words: (Object(model.config) as Partial<Diffusion["config"]>).text !== undefined,
    steps: model.stream && defaultSteps(model),
    make: (options, signal) => turns.taking<Emerged>(made(options, signal), Infinity, signal),
  };
}

/** As `Diffusion.generate` has them. */
function defaultSteps({ config }: ServedPictureModel): number {
  const { process } = Object(config) as Partial<Diffusion["config"]>;
  return process?.objective === "noise" ? 50 : 20;
}
