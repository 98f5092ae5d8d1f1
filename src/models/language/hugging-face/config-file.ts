// config.json of a network here, as Hugging Face's language models have it.

import type { Json } from "../../../formats/json.js";
import { InvalidInputError } from "../../../host/errors.js";
import type { TransformerConfig } from "../../base/transformer/config.js";
import type { RopeScaling, TransformerDetails } from "../../base/transformer/details.js";

/** What a folder of a model has in its config.json. */
export interface WrittenConfig {
  readonly classes: number;
  readonly bos: number | undefined;
  readonly eos: readonly number[];
}

/**
 * config.json of a network, in the layout that all of transformers' versions read.
 * @throws InvalidInputError for a network that none of the architectures is
 */
export function configFile(
  config: TransformerConfig & TransformerDetails,
  { classes, bos, eos }: WrittenConfig,
): Json {
  const { hidden, layers, heads, inner, context, tied, dropout, normEps = 1e-5 } = config;
  const shared = {
    vocab_size: classes,
    tie_word_embeddings: tied,
    bos_token_id: bos ?? null,
    eos_token_id: eos.length > 1 ? eos : (eos[0] ?? null),
    initializer_range: 0.02,
    use_cache: true,
    torch_dtype: "float32",
  };
  if (config.style === "gpt2") {
    if (config.window > 0) throw notThere("a window with style gpt2");
    return {
      architectures: ["GPT2LMHeadModel"],
      model_type: "gpt2",
      n_embd: hidden,
      n_inner: inner,
      n_layer: layers,
      n_head: heads,
      n_positions: context,
      activation_function: "gelu_new",
      layer_norm_epsilon: normEps,
      ...{ attn_pdrop: dropout, embd_pdrop: dropout, resid_pdrop: dropout },
      ...shared,
    };
  }
  const { kvHeads, theta, window, headSize = hidden / heads } = config;
  const [architecture, type] = architectureOf(config);
  const sliding = window > 0 ? window : null;
  const qwen = type.startsWith("qwen");
  return {
    architectures: [architecture],
    model_type: type,
    hidden_size: hidden,
    intermediate_size: inner,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: kvHeads,
    head_dim: headSize,
    max_position_embeddings: context,
    hidden_act: "silu",
    rms_norm_eps: normEps,
    rope_theta: theta,
    rope_scaling: writtenScaling(config.ropeScaling),
    ...(type === "mistral" || qwen ? { sliding_window: sliding } : {}),
    ...(qwen ? { use_sliding_window: window > 0, max_window_layers: window > 0 ? 0 : layers } : {}),
    ...(type === "qwen2" ? {} : { attention_bias: false }),
    attention_dropout: dropout,
    ...shared,
  };
}

function architectureOf({
  qkNorm,
  qkvBias,
  window,
}: TransformerConfig & TransformerDetails): [string, string] {
  if (qkNorm && qkvBias) throw notThere("qkNorm and qkvBias together");
  if (qkNorm) return ["Qwen3ForCausalLM", "qwen3"];
  if (qkvBias) return ["Qwen2ForCausalLM", "qwen2"];
  return window > 0 ? ["MistralForCausalLM", "mistral"] : ["LlamaForCausalLM", "llama"];
}

function notThere(what: string): InvalidInputError {
  return new InvalidInputError(`no architecture of Hugging Face's that is known here has ${what}`);
}

function writtenScaling(scaling: RopeScaling | undefined): Json | null {
  if (!scaling) return null;
  const { type, factor } = scaling;
  if (scaling.type === "linear") return { rope_type: type, factor };
  return {
    rope_type: type,
    factor,
    low_freq_factor: scaling.lowFreqFactor,
    high_freq_factor: scaling.highFreqFactor,
    original_max_position_embeddings: scaling.originalContext,
  };
}
