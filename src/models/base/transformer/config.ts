// Sizes of a Transformer: what may be asked for, and what follows where nothing is said.

import { checkNumber, InvalidInputError } from "../../../host/errors.js";
import { type OwnRules, type Rules, resolve, resolveOwn } from "../../../host/rules.js";
import { suitedHeads } from "./heads.js";

/** Options of a Transformer. */
export interface TransformerOptions {
  /**
   * `llama`: rotary positions, RMS norm, SwiGLU, grouped queries (Touvron et al. 2023). `gpt2`: learned
   * positions, layer norm, GELU (Radford et al. 2019). Default `llama`.
   */
  readonly style?: "llama" | "gpt2";
  /** Width of the residual stream, C. Default 128, or less for a small corpus. */
  readonly hidden?: number;
  /** Blocks of attention and feed-forward. Default 4, or fewer for a small corpus. */
  readonly layers?: number;
  /** Heads of queries; they divide `hidden`. Default: of 32 numbers each, where that goes. */
  readonly heads?: number;
  /** Heads of keys and values, each for a group of queries' heads (Ainslie et al. 2023). Default `heads`. */
  readonly kvHeads?: number;
  /** Width inside the feed-forward. Default 4 C, or 8/3 C for SwiGLU, rounded up to a multiple of 8. */
  readonly inner?: number;
  /** The most tokens that it sees at once. Default 128, or what the corpus's documents need. */
  readonly context?: number;
  /** A query sees only so many keys, its own among them; 0: all. Default 0. */
  readonly window?: number;
  /** Dropout of the embedding, of attention's weights and of what each layer adds. Default 0. */
  readonly dropout?: number;
  /** The embedding is the output's weight, too. Default true. */
  readonly tied?: boolean;
  /** Biases in products and layer norms; `gpt2` only. Default false, as in nanoGPT. */
  readonly bias?: boolean;
  /** Base of the rotary angles; `llama` only. Default 10,000. */
  readonly theta?: number;
}

/** The same, complete. */
export type TransformerConfig = {
  readonly [K in keyof TransformerOptions]-?: NonNullable<TransformerOptions[K]>;
};

/** Sizes whose defaults follow from others. */
type Following = "heads" | "kvHeads" | "inner";

const followingRules: OwnRules<Pick<TransformerOptions, Following>> = {
  heads: { type: "integer", min: 1, max: 65536, own: true },
  kvHeads: { type: "integer", min: 1, max: 65536, own: true },
  inner: { type: "integer", min: 1, max: 1e6, own: true },
};

/** What each size may be. */
export const transformerRules: Rules<TransformerOptions, Following> = {
  style: { type: "choice", of: ["llama", "gpt2"], value: "llama" },
  hidden: { type: "integer", min: 1, max: 65536, value: 128, fits: true },
  layers: { type: "integer", min: 1, max: 1000, value: 4, fits: true },
  ...followingRules,
  context: { type: "integer", min: 1, max: 2 ** 20, value: 128, fits: true },
  window: { type: "integer", min: 0, max: 2 ** 20, value: 0 },
  dropout: { type: "number", min: 0, max: 0.99, value: 0, fits: true },
  tied: { type: "flag", value: true },
  bias: { type: "flag", value: false },
  theta: { type: "number", min: 1, max: 1e12, value: 10_000 },
};

/**
 * @param o.headSize where it does not follow from `hidden` and `heads`
 * @throws InvalidInputError naming the first option that cannot be used
 */
export function transformerConfig(
  o: TransformerOptions & { readonly headSize?: number },
  fitting: object = {},
): TransformerConfig {
  const plain = resolve(transformerRules, o, fitting);
  const { style, hidden } = plain;
  const usual = suitedHeads(hidden);
  const { heads, kvHeads, inner } = resolveOwn(followingRules, o, {
    heads: usual,
    kvHeads: o.heads ?? usual,
    inner: style === "gpt2" ? 4 * hidden : 8 * Math.ceil(hidden / 3),
  });
  const { headSize } = o;
  if (headSize !== undefined) {
    checkNumber("headSize", headSize, { integer: true, min: 1, max: 256 });
  }
  const size = headSize ?? hidden / heads;
  if (!Number.isInteger(size)) {
    throw new InvalidInputError(`heads must divide hidden (${hidden}), got ${heads}`);
  }
  if (heads % kvHeads !== 0) {
    throw new InvalidInputError(`kvHeads must divide heads (${heads}), got ${kvHeads}`);
  }
  if (style === "llama" && size % 2 !== 0) {
    throw new InvalidInputError(
      headSize === undefined
        ? `rotary positions need heads of an even size: hidden ${hidden} / heads ${heads} is ${size}`
        : `rotary positions need heads of an even size: headSize is ${size}`,
    );
  }
  if (style === "gpt2" && kvHeads !== heads) {
    throw new InvalidInputError(`kvHeads is for style "llama"; "gpt2" has one for each of heads`);
  }
  if (style === "gpt2" && plain.theta !== 10_000) {
    throw new InvalidInputError('theta is for style "llama"; "gpt2" has learned positions');
  }
  if (style === "llama" && plain.bias) {
    throw new InvalidInputError('bias is for style "gpt2"; "llama" has none');
  }
  const { layers, context, window, dropout, tied, bias, theta } = plain;
  const sizes = { style, hidden, layers, heads, kvHeads, inner, context, window };
  return { ...sizes, dropout, tied, bias, theta };
}

/** A learning rate that suits it, whatever the data. */
export const TRANSFORMER_LR = 1e-3;
