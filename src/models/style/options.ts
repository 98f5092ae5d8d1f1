// Options of what is optimised: textures, and pictures in the style of others.

import { type RuntimeOption, runtimeOf } from "../../host/default-runtime.js";
import {
  checkFlag,
  checkKeys,
  checkSignal,
  describe,
  InvalidInputError,
} from "../../host/errors.js";
import { type Rules, resolve } from "../../host/rules.js";
import type { Runtime } from "../../host/runtime.js";
import type { Classifier } from "../images/classifier.js";
import type { EyeMaker } from "./features.js";
import { RandomFilters } from "./random-filters.js";
import type { StyleReport } from "./report.js";
import type { SqueezeNet } from "./squeezenet.js";

/** Options that both verbs have. */
export interface StyleOptions extends RuntimeOption {
  /**
   * What styles are compared in: random filters, which need no weights (the default); the convolutions of a classifier of
   * one's own; or a pretrained SqueezeNet, see `squeezeNet`.
   */
  readonly features?: "random" | Classifier | SqueezeNet;
  /** Gradients that are computed, over all sizes: a coarse picture is made first. Default 240. */
  readonly steps?: number;
  /** How much differences between neighbours are to be avoided. Default 0 of a texture, 1 of a picture in a style. */
  readonly variation?: number;
  /** Of the noise that a texture begins with. Default 0. */
  readonly seed?: number;
  /** Stops at the next step, with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Is told of every step, as a loop over the steps is. */
  readonly onProgress?: (report: StyleReport) => void;
}

type Numbers = Pick<StyleOptions, "steps" | "variation" | "seed">;

const rules: Rules<Numbers> = {
  steps: { type: "integer", min: 1, max: 1e6, value: 240 },
  variation: { type: "number", min: 0, value: 0 },
  seed: { type: "integer", min: 0, value: 0 },
};

const styleOptionNames: readonly string[] = [
  ...["features", "steps", "variation", "seed", "signal", "onProgress", "runtime"],
];

/** The same, complete. */
export interface ResolvedStyle extends Required<Numbers> {
  readonly signal: AbortSignal | undefined;
  readonly onProgress: ((report: StyleReport) => void) | undefined;
}

/**
 * @param usual the verb's own defaults
 * @throws InvalidInputError naming the first option that cannot be used
 */
export function styleOptions(
  what: string,
  given: StyleOptions,
  own: readonly string[],
  usual: Numbers = {},
): ResolvedStyle {
  checkKeys(what, given, [...styleOptionNames, ...own]);
  const { signal, onProgress, features } = given;
  if (onProgress !== undefined && typeof onProgress !== "function") {
    throw new InvalidInputError(`onProgress must be a function, got ${describe(onProgress)}`);
  }
  if (features !== undefined && features !== "random" && !known(features)) {
    throw new InvalidInputError(
      `features must be "random", a Classifier, or what squeezeNet gives, got ${describe(features)}`,
    );
  }
  return { ...resolve(rules, given, usual), signal: checkSignal(signal), onProgress };
}

/** What makes eyes for the features that were asked for. @throws InvalidInputError */
export async function eyesOf({ features = "random", ...rest }: StyleOptions): Promise<EyeMaker> {
  const runtime: Runtime = await (await runtimeOf(rest)).withPictures();
  if (features !== "random") {
    if ("styleEye" in features) return features.styleEye(runtime);
    return (await import("./classifier-eye.js")).classifierEyes(features, runtime);
  }
  const machine = runtime.machine();
  return (side, palette) => new RandomFilters(machine, side, palette);
}

/** @throws InvalidInputError */
export function flag(name: string, value: boolean | undefined, usual: boolean): boolean {
  return checkFlag(name, value ?? usual);
}

/** Whether it is a classifier or a pretrained network, of whatever copy of the package. */
function known(features: unknown): boolean {
  return ["styleEye", "frozen"].some((name) => name in Object(features));
}
