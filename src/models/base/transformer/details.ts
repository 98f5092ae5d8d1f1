// What pretrained Transformers differ in, beside their sizes. A configuration has of these only what is not the default:
// so those of models without them are as they always were.

import { checkKeys, checkNumber, describe, InvalidInputError } from "../../../host/errors.js";
import { type Rules, resolve } from "../../../host/rules.js";
import type { TransformerConfig } from "./config.js";

/** How rotary frequencies f are changed for a longer context than a model was first trained with. */
export type RopeScaling =
  /** f / factor (Chen et al. 2023). */
  | { readonly type: "linear"; readonly factor: number }
  /**
   * Llama 3.1's: waves longer than `originalContext / lowFreqFactor` positions have f / factor, those shorter than
   * `originalContext / highFreqFactor` stay, between them it goes over from one to the other.
   */
  | {
      readonly type: "llama3";
      readonly factor: number;
      readonly lowFreqFactor: number;
      readonly highFreqFactor: number;
      readonly originalContext: number;
    };

/** What a Transformer may have beside its sizes, as pretrained ones do. */
export interface TransformerDetails {
  /** Numbers of a head; `llama` only. Default hidden / heads. */
  readonly headSize?: number;
  /** Biases of queries, keys and values, as in Qwen2; `llama` only. Default false. */
  readonly qkvBias?: boolean;
  /** RMS norms of each head's query and key, as in Qwen3; `llama` only. Default false. */
  readonly qkNorm?: boolean;
  /** What norms add to the variance before they take its root. Default 1e-5. */
  readonly normEps?: number;
  /** How rotary frequencies are changed for a longer context; `llama` only. Default: not at all. */
  readonly ropeScaling?: RopeScaling;
}

/** What each may be. */
export const detailRules: Rules<TransformerDetails, "headSize" | "ropeScaling"> = {
  headSize: { type: "integer", min: 1, max: 256, own: true },
  qkvBias: { type: "flag", value: false },
  qkNorm: { type: "flag", value: false },
  normEps: { type: "number", min: 1e-12, max: 1, value: 1e-5 },
  ropeScaling: { type: "other", own: true },
};

/**
 * Those that are not as by default.
 * @throws InvalidInputError naming the first that cannot be used
 */
export function transformerDetails(
  given: TransformerDetails,
  { style, hidden, heads }: TransformerConfig,
): TransformerDetails {
  const { qkvBias, qkNorm, normEps } = resolve(detailRules, given);
  const { headSize = hidden / heads, ropeScaling } = given;
  const details: TransformerDetails = {
    ...(headSize === hidden / heads ? {} : { headSize }),
    ...(qkvBias && { qkvBias }),
    ...(qkNorm && { qkNorm }),
    ...(ropeScaling && { ropeScaling: checkScaling(ropeScaling) }),
  };
  const [odd] = Object.keys(details);
  if (style === "gpt2" && odd) {
    throw new InvalidInputError(`${odd} is for style "llama", this one is "gpt2"`);
  }
  return normEps === 1e-5 ? details : { ...details, normEps };
}

/** @throws InvalidInputError */
function checkScaling(scaling: RopeScaling): RopeScaling {
  const { type, factor } = Object(scaling) as RopeScaling;
  const number = (name: string, value: unknown, rule = { min: 1, max: 2 ** 20 }) =>
    checkNumber(`ropeScaling.${name}`, value, rule);
  const known = { type, factor: number("factor", factor) };
  if (scaling.type === "linear") {
    checkKeys("ropeScaling", scaling, ["type", "factor"]);
    return { ...known, type: "linear" };
  }
  if (scaling.type !== "llama3") {
    throw new InvalidInputError(
      `ropeScaling.type must be "linear" or "llama3", got ${describe(type)}`,
    );
  }
  const own = ["lowFreqFactor", "highFreqFactor", "originalContext"];
  checkKeys("ropeScaling", scaling, ["type", "factor", ...own]);
  const { lowFreqFactor, highFreqFactor, originalContext } = scaling;
  const low = number("lowFreqFactor", lowFreqFactor, { min: 1e-3, max: 2 ** 20 });
  return {
    ...{ ...known, type: "llama3", lowFreqFactor: low },
    highFreqFactor: number("highFreqFactor", highFreqFactor, { min: low * 1.001, max: 2 ** 20 }),
    originalContext: number("originalContext", originalContext),
  };
}
