// What the names and shapes of another program's weights say of a language model. Imported when a file without our metadata is
// loaded.

import type { TensorEntry } from "../../formats/safetensors.js";
import { listed, ModelFileError } from "../../host/errors.js";
import type { TransformerOptions } from "../base/transformer/config.js";
import type { CausalSizes, NetworkKind } from "./networks.js";

type Weights = ReadonlyMap<string, TensorEntry>;

/** How PyTorch's weights of each network are read. */
export const foreign: {
  readonly [K in NetworkKind]: {
    /** What the tensors are called, for errors. */
    readonly names: string;
    /**
     * The sizes that weights have by their names and shapes; undefined where they are another network's.
     * @param said sizes that were given, for what weights do not say
     * @throws ModelFileError
     */
    read(weights: Weights, classes: number, said: CausalSizes): CausalSizes | undefined;
  };
} = {
  lstm: {
    names: "embedding.weight, lstm.weight_hh_l0 …, linear.weight, linear.bias",
    read: (weights, classes) => recurrentSizes("lstm", weights, classes),
  },
  gru: {
    names: "embedding.weight, gru.weight_hh_l0 …, linear.weight, linear.bias",
    read: (weights, classes) => recurrentSizes("gru", weights, classes),
  },
  transformer: {
    names: "model.embed_tokens.weight … (Llama), transformer.wte.weight … (GPT-2)",
    read: transformerSizes,
  },
};

/**
 * Sizes that PyTorch's weights have: `embedding.weight`, `<layer>.weight_ih_l0` …, `linear.weight`.
 * @param layer the name of the recurrent layer
 * @returns undefined where there is no such layer
 * @throws ModelFileError
 */
function recurrentSizes(layer: string, weights: Weights, classes: number): CausalSizes | undefined {
  const recurrent = weights.get(`${layer}.weight_hh_l0`)?.shape;
  if (recurrent?.length !== 2) return undefined;
  const table = weights.get("embedding.weight")?.shape;
  if (table?.length !== 2) {
    throw new ModelFileError(
      `expected a matrix embedding.weight; the file has ${listed(weights.keys())}`,
    );
  }
  if (table[0] !== classes) {
    throw new ModelFileError(
      `embedding.weight has ${table[0]} rows, the tokenizer ${classes} tokens`,
    );
  }
  let layers = 1;
  while (weights.has(`${layer}.weight_ih_l${layers}`)) layers++;
  return { embed: table[1], hidden: recurrent[1], layers };
}

/**
 * Sizes that weights have under Hugging Face's names of Llama, or nanoGPT's of GPT-2.
 * @returns undefined where they are another network's
 * @throws ModelFileError also where `said` lacks what they do not say
 */
function transformerSizes(
  weights: Weights,
  classes: number,
  said: TransformerOptions,
): TransformerOptions | undefined {
  const gpt = weights.has("transformer.wte.weight");
  const table = gpt ? "transformer.wte.weight" : "model.embed_tokens.weight";
  if (!weights.has(table)) return undefined;
  const [rows, hidden] = matrixIn(weights, table);
  if (rows !== classes) {
    throw new ModelFileError(`${table} has ${rows} rows, the tokenizer ${classes} tokens`);
  }
  const { heads, context } = said;
  const lacks = heads === undefined ? "heads" : !gpt && context === undefined && "context";
  if (lacks) {
    throw new ModelFileError(
      `a Transformer's weights do not say its ${lacks}; give ${gpt ? "them" : "heads and context"}: ` +
        `{ network: { kind: "transformer", heads: 4${gpt ? "" : ", context: 128"} } }`,
    );
  }
  const layer = (i: number) => (gpt ? `transformer.h.${i}` : `model.layers.${i}`);
  const first = gpt ? "ln_1" : "input_layernorm";
  let layers = 0;
  while (weights.has(`${layer(layers)}.${first}.weight`)) layers++;
  const tied = !weights.has("lm_head.weight");
  const shared = { hidden, layers, tied, style: gpt ? "gpt2" : "llama" } as const;
  if (gpt) {
    const joint = `${layer(0)}.attn.c_attn.weight`;
    const [outputs, inputs] = matrixIn(weights, joint);
    if (outputs !== 3 * hidden && inputs === 3 * hidden) {
      throw new ModelFileError(
        `${joint} must be (outputs, inputs) = (${3 * hidden}, ${hidden}), got (${outputs}, ${inputs}): ` +
          "Hugging Face's GPT-2 has its products the other way; transpose c_attn, c_proj and c_fc",
      );
    }
    const [inner] = matrixIn(weights, `${layer(0)}.mlp.c_fc.weight`);
    const [context] = matrixIn(weights, "transformer.wpe.weight");
    return { ...shared, inner, context, bias: weights.has("transformer.ln_f.bias") };
  }
  const [inner] = matrixIn(weights, `${layer(0)}.mlp.gate_proj.weight`);
  const [keys] = matrixIn(weights, `${layer(0)}.self_attn.k_proj.weight`);
  return { ...shared, inner, kvHeads: (keys * heads!) / hidden };
}

/** Rows and columns of a matrix. @throws ModelFileError where there is none of this name */
function matrixIn(weights: Weights, name: string): readonly [number, number] {
  const shape = weights.get(name)?.shape;
  if (shape?.length === 2) return shape as [number, number];
  throw new ModelFileError(`expected a matrix ${name}; the file has ${listed(weights.keys())}`);
}
