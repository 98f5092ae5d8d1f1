// What attentions look at.

import { checkKeys, checkNumber, InvalidInputError } from "../host/errors.js";
import { Key, purposes } from "../host/key.js";
import type { LanguageModel } from "../models/language/language-model.js";
import type { InsightInput } from "./input.js";
import { type AnyModel, insideOf, kindOf } from "./inside.js";
import { readingOf } from "./reading.js";
import { computed } from "./trace.js";

/** What one attention looks at. */
export interface AttentionMap {
  /** The layer, such as `model.layers.0.self_attn`. */
  readonly name: string;
  /** Queries and keys of each map. */
  readonly queries: number;
  readonly keys: number;
  /** For each example, for each head: (queries, keys); every row adds up to 1, or to 0 where nothing is seen. */
  readonly weights: readonly (readonly Float32Array[])[];
}

/** What the attentions of a model look at. */
export interface AttentionMaps {
  readonly maps: readonly AttentionMap[];
  /** What was read, and what was said after it, of texts. */
  readonly tokens?: readonly string[];
  readonly targets?: readonly string[];
}

/**
 * The weights of every attention that a model computes for an input: those of Transformers to what is before, of decoders to
 * their source, of pictures' places and frames to each other and to captions.
 *
 * ```ts
 * const { tokens, maps } = await attentionMaps(model, "To be, or not to be");
 * maps[0].weights[0][3]; // the first layer's fourth head: a number for each pair of tokens
 * ```
 *
 * @throws InvalidInputError for an input that cannot be used, and where nothing attends
 */
export async function attentionMaps<M extends AnyModel>(
  model: M,
  input: InsightInput<M>,
): Promise<AttentionMaps> {
  const { text } = await readingOf(model, input);
  const { activations } = await computed(model, input, {}, { names: ["*weights*"] });
  if (Object.keys(activations).length === 0) {
    throw new InvalidInputError(
      "nothing attends in what this model computed for the input: attention is of Transformers, encoder-decoders, and pictures with attention; steps of generate read a cache, so give the text",
    );
  }
  const maps = Object.entries(activations)
    .filter(([name]) => /\.weights(@\d+)?$/.test(name))
    .map(([name, { shape, values }]) => {
      // Recurrent ones have one head, (Tq, B, Tk).
      const several = shape.length === 4;
      const [B, H, Q, K] = several ? shape : [shape[1], 1, shape[0], shape[2]];
      const weights = Array.from({ length: B }, (_, b) =>
        Array.from({ length: H }, (_, h) => {
          const map = new Float32Array(Q * K);
          for (let q = 0; q < Q; q++) {
            const at = several ? ((b * H + h) * Q + q) * K : (q * B + b) * K;
            map.set(values.subarray(at, at + K), q * K);
          }
          return map;
        }),
      );
      return { name: name.replace(".weights", ""), queries: Q, keys: K, weights };
    });
  return { maps, ...(text && { tokens: text.tokens, targets: text.targets }) };
}

/** Options of `inductionScores`. */
export interface InductionOptions {
  /** Symbols of a sequence, all different. Default 32, or what the context and the vocabulary hold. */
  readonly length?: number;
  /** Sequences. Default 16. */
  readonly sequences?: number;
  /** Single characters that they are made of. Default: all of the vocabulary that are no white space. */
  readonly symbols?: readonly string[];
  /** Default 0. */
  readonly seed?: number;
}

/** How much a head looks at what came after the same symbol before. */
export interface InductionScore {
  readonly layer: number;
  readonly head: number;
  /** Mean weight, 0 to 1, from a symbol's second time to what came after its first. */
  readonly induction: number;
  /** Mean weight to the symbol before. */
  readonly previous: number;
}

/**
 * Looks for induction heads: in random sequences that are said twice, how much each head of a Transformer looks at what came after
 * the same symbol before, and at the symbol before (Olsson et al., "In-context Learning and Induction Heads", 2022). The best first.
 * @throws InvalidInputError for other models, and a vocabulary or a context that is too small
 */
export function inductionScores(
  model: LanguageModel,
  options: InductionOptions = {},
): InductionScore[] {
  checkKeys("inductionScores", options, ["length", "sequences", "symbols", "seed"]);
  const { sequences = 16, seed = 0 } = options;
  checkNumber("sequences", sequences, { integer: true, min: 1, max: 10_000 });
  if (kindOf(model) !== "LanguageModel" || !("context" in model.config)) {
    throw new InvalidInputError("inductionScores is for a LanguageModel with network: transformer");
  }
  const symbols = options.symbols ?? symbolsOf(model);
  const room = Math.floor((model.config.context - 1) / 2);
  const most = Math.min(symbols.length, room);
  const length = options.length ?? Math.min(32, most);
  checkNumber("length", length, { integer: true, min: 2, max: most });
  const { machine } = insideOf(model);
  const key = Key.fromSeed(machine, seed).fold(purposes.sample);
  const sums: { induction: number; previous: number }[][] = [];
  for (let s = 0; s < sequences; s++) {
    const drawn = key.fold(s).uniform(symbols.length);
    const order = Array.from(symbols.keys()).sort((a, b) => drawn[a] - drawn[b] || a - b);
    const one = order
      .slice(0, length)
      .map((i) => symbols[i])
      .join("");
    const { tokens, weights } = model.attention(one + one);
    const T = tokens.length;
    const first = T - 2 * length;
    for (const [l, heads] of weights.entries()) {
      for (const [h, map] of heads.entries()) {
        sums[l] ??= [];
        sums[l][h] ??= { induction: 0, previous: 0 };
        for (let t = first + length; t < T; t++) {
          sums[l][h].induction += map[t * T + t - length + 1] / (length * sequences);
          sums[l][h].previous += map[t * T + t - 1] / (length * sequences);
        }
      }
    }
  }
  return sums
    .flatMap((heads, layer) => heads.map((sum, head) => ({ layer, head, ...sum })))
    .sort((a, b) => b.induction - a.induction);
}

/** Characters of the vocabulary that are a token each. @throws InvalidInputError */
function symbolsOf({ tokenizer }: LanguageModel): string[] {
  const symbols: string[] = [];
  for (let token = 0; token < tokenizer.size; token++) {
    const text = tokenizer.decode([token]);
    if (Array.from(text).length === 1 && /\S/.test(text) && text !== "\ufffd") symbols.push(text);
  }
  if (symbols.length > 1) return symbols;
  throw new InvalidInputError("the vocabulary has no single characters: give symbols");
}
