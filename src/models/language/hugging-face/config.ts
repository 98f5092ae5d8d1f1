// config.json of Hugging Face's language models, read: its names for what a Transformer is made of. Both
// layouts are read, that of transformers 4 (rope_theta, rope_scaling, torch_dtype) and of 5 (rope_parameters, dtype).

import { checkObject, type Json } from "../../../formats/json.js";
import { describe, listed, ModelFileError } from "../../../host/errors.js";
import type { TransformerConfig } from "../../base/transformer/config.js";
import type { RopeScaling, TransformerDetails } from "../../base/transformer/details.js";

/** A Transformer's sizes, and what else it is made of. */
type PretrainedSizes = Partial<TransformerConfig> & TransformerDetails;

/** What a folder says of its network. */
export interface PretrainedConfig {
  readonly sizes: PretrainedSizes;
  /** Rows of the embedding: tokens, and often some that no text has. */
  readonly classes: number;
  readonly bos: number | undefined;
  readonly eos: readonly number[] | undefined;
}

/** Keys that change nothing that is computed here: book-keeping, training, what generation is asked for. */
const passedOver = new Set([
  ...["architectures", "model_type", "torch_dtype", "dtype", "transformers_version", "auto_map"],
  ...["tokenizer_class", "prefix", "finetuning_task", "problem_type", "task_specific_params"],
  ...["id2label", "label2id", "return_dict", "return_dict_in_generate", "torchscript"],
  ...["use_cache", "use_bfloat16", "gradient_checkpointing", "attn_implementation", "is_decoder"],
  ...["initializer_range", "attention_dropout", "pretraining_tp", "reorder_and_upcast_attn"],
  ...["n_ctx", "rope_theta", "layer_types", "use_sliding_window", "max_window_layers"],
  ...["temperature", "top_k", "top_p", "typical_p", "do_sample", "max_length", "min_length"],
  ...["num_beams", "num_beam_groups", "num_return_sequences", "early_stopping"],
  ...["length_penalty", "diversity_penalty", "repetition_penalty"],
]);
const passedOverToo = /^(_|summary_|unsloth_|output_)|(_token_id|_pdrop)$/;

/** The keys of an object, each asked for once; what nobody has asked for in the end is not understood. */
class Keys {
  readonly #what: string;
  readonly #json: Json;
  readonly #asked = new Set<string>();

  constructor(what: string, json: Json) {
    this.#what = what;
    this.#json = json;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#json, name);
  }

  /** The value of the first of these keys that has one; null is none. */
  any(...names: string[]): unknown {
    for (const name of names) this.#asked.add(name);
    const name = names.find((one) => (this.#json[one] ?? undefined) !== undefined);
    return name === undefined ? undefined : this.#json[name];
  }

  /** @throws ModelFileError where it is no number, or not there and there is no other */
  number(name: string, other?: number): number {
    const value = this.any(name) ?? other;
    if (typeof value === "number" && Number.isFinite(value)) return value;
    throw new ModelFileError(`${this.#what}: ${name} must be a number, got ${describe(value)}`);
  }

  flag(name: string, other: boolean): boolean {
    const value = this.any(name) ?? other;
    if (typeof value === "boolean") return value;
    throw new ModelFileError(
      `${this.#what}: ${name} must be true or false, got ${describe(value)}`,
    );
  }

  /** Refuses every value but these. */
  only(name: string, known: readonly unknown[]): void {
    const value = this.any(name);
    if (value === undefined || known.includes(value)) return;
    throw new ModelFileError(
      `${this.#what}: ${name} is ${describe(value)}, which simdream does not have; it has ${listed(known.map(String))}`,
    );
  }

  /** Refuses what was not asked for, and is not nothing. */
  end(ignored: (name: string) => boolean): void {
    for (const [name, value] of Object.entries(this.#json)) {
      if (this.#asked.has(name) || ignored(name) || !value || isEmpty(value)) continue;
      throw new ModelFileError(
        `${this.#what}: ${name} is ${describe(value)}, which simdream does not know; where it changes nothing that the ` +
          `model computes, pass it over with { ignore: ["${name}"] }`,
      );
    }
  }
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}

/** Names of the networks that are known, by what config.json calls them. */
const kinds: Readonly<Record<string, string>> = {
  GPT2LMHeadModel: "gpt2",
  GPT2Model: "gpt2",
  LlamaForCausalLM: "llama",
  MistralForCausalLM: "mistral",
  Qwen2ForCausalLM: "qwen2",
  Qwen3ForCausalLM: "qwen3",
};

/**
 * What config.json says, and generation_config.json where it is there.
 * @param ignore keys of config.json that are passed over although they are not known
 * @throws ModelFileError naming what simdream does not have
 */
export function readConfig(
  json: Json,
  generation: Json = {},
  ignore: readonly string[] = [],
): PretrainedConfig {
  const kind = kindOf(json);
  const keys = new Keys("config.json", json);
  const sizes = kind === "gpt2" ? gpt2Sizes(keys) : llamaSizes(kind, keys);
  const classes = keys.number("vocab_size");
  if (!Number.isInteger(classes) || classes < 1 || classes > 2 ** 20) {
    throw new ModelFileError(
      `config.json: vocab_size must be from 1 to ${2 ** 20}, got ${classes}`,
    );
  }
  keys.end((name) => passedOver.has(name) || passedOverToo.test(name) || ignore.includes(name));
  const token = (name: string) => {
    const found = generation[name] ?? json[name];
    if (found === undefined || found === null) return undefined;
    const list = Array.isArray(found) ? found : [found];
    for (const id of list) {
      if (Number.isInteger(id) && id >= 0 && id < classes) continue;
      throw new ModelFileError(
        `config.json: ${name} must be from 0 to ${classes - 1}, got ${describe(id)}`,
      );
    }
    return list.length > 0 ? (list as number[]) : undefined;
  };
  return { sizes, classes, bos: token("bos_token_id")?.[0], eos: token("eos_token_id") };
}

/** @throws ModelFileError */
function kindOf({ architectures, model_type: type }: Json): string {
  const [name] = Array.isArray(architectures) ? architectures : [];
  const kind = typeof name === "string" && Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  if (kind !== undefined && (type === undefined || type === kind)) return kind;
  const known = Object.keys(kinds).filter((one) => one !== "GPT2Model");
  throw new ModelFileError(
    `config.json is of ${describe(name ?? type)}, simdream reads ${listed(known)}`,
  );
}

function gpt2Sizes(keys: Keys): PretrainedSizes {
  keys.only("activation_function", ["gelu_new", "gelu_pytorch_tanh"]);
  keys.only("scale_attn_weights", [true]);
  keys.only("scale_attn_by_inverse_layer_idx", [false]);
  keys.only("add_cross_attention", [false]);
  const hidden = keys.number("n_embd");
  const drops = ["attn_pdrop", "embd_pdrop", "resid_pdrop"].map((name) => keys.number(name, 0.1));
  return {
    style: "gpt2",
    bias: true,
    hidden,
    layers: keys.number("n_layer"),
    heads: keys.number("n_head"),
    inner: keys.number("n_inner", 4 * hidden),
    context: keys.number("n_positions"),
    normEps: keys.number("layer_norm_epsilon", 1e-5),
    tied: keys.flag("tie_word_embeddings", true),
    // There is one dropout here; another than all three agree on would be somebody's guess.
    dropout: drops.every((drop) => drop === drops[0]) ? drops[0] : 0,
  };
}

function llamaSizes(kind: string, keys: Keys): PretrainedSizes {
  keys.only("hidden_act", ["silu", "swish"]);
  keys.only("attention_bias", [false]);
  keys.only("mlp_bias", [false]);
  const hidden = keys.number("hidden_size");
  const layers = keys.number("num_hidden_layers");
  const heads = keys.number("num_attention_heads");
  const { theta, ropeScaling } = rope(keys);
  return {
    style: "llama",
    ...{ hidden, layers, heads, theta, ropeScaling },
    kvHeads: keys.number("num_key_value_heads", kind === "llama" ? heads : undefined),
    inner: keys.number("intermediate_size"),
    context: keys.number("max_position_embeddings"),
    window: windowOf(kind, keys, layers),
    normEps: keys.number("rms_norm_eps"),
    tied: keys.flag("tie_word_embeddings", false),
    // Qwen3's own default, which a file may leave out.
    headSize: keys.number("head_dim", kind === "qwen3" ? 128 : hidden / heads),
    qkvBias: kind === "qwen2",
    qkNorm: kind === "qwen3",
  };
}

/** Keys that every layer's queries see; 0: all. @throws ModelFileError where some layers have a window, and some none */
function windowOf(kind: string, keys: Keys, layers: number): number {
  if (kind === "llama") return 0;
  const mistral = kind === "mistral";
  const none = keys.has("sliding_window") && keys.any("sliding_window") === undefined;
  const window = none ? 0 : keys.number("sliding_window", 4096);
  const types = keys.any("layer_types");
  if (Array.isArray(types) && types.length > 0) {
    const own = ["full_attention", "sliding_attention"];
    const odd = types.find((type) => !own.includes(type));
    if (odd !== undefined || types.length !== layers) {
      const got = odd === undefined ? types.length : describe(odd);
      throw new ModelFileError(
        `config.json: layer_types must be ${layers} of ${own.join(" or ")}, got ${got}`,
      );
    }
    return same(types.map((type) => type === "sliding_attention")) ? window : 0;
  }
  if (!keys.flag("use_sliding_window", mistral)) return 0;
  const first = mistral ? 0 : keys.number("max_window_layers");
  return same(Array.from({ length: layers }, (_, i) => i >= first)) ? window : 0;
}

/** What all of them are. */
function same(sliding: readonly boolean[]): boolean {
  if (sliding.every((one) => one === sliding[0])) return sliding[0] ?? false;
  throw new ModelFileError(
    "config.json: some layers have a sliding window and some have none (layer_types, max_window_layers), which simdream does not have",
  );
}

/** Rotary positions, in either layout. */
function rope(keys: Keys): Pick<PretrainedSizes, "theta" | "ropeScaling"> {
  const given = keys.any("rope_parameters", "rope_scaling");
  const own = given === undefined ? {} : checkObject("config.json: rope_scaling", given);
  const scaling = new Keys("config.json: rope_scaling", own);
  const type = scaling.any("rope_type", "type") ?? "default";
  const theta = scaling.number("rope_theta", keys.number("rope_theta", 10_000));
  scaling.only("partial_rotary_factor", [1]);
  const found = scalingOf(type, scaling);
  scaling.end(() => false);
  return { theta, ropeScaling: found };
}

function scalingOf(type: unknown, scaling: Keys): RopeScaling | undefined {
  if (type === "default") return undefined;
  if (type === "linear") return { type, factor: scaling.number("factor") };
  if (type === "llama3") {
    return {
      type,
      factor: scaling.number("factor"),
      lowFreqFactor: scaling.number("low_freq_factor"),
      highFreqFactor: scaling.number("high_freq_factor"),
      originalContext: scaling.number("original_max_position_embeddings"),
    };
  }
  throw new ModelFileError(
    `config.json: rope_scaling is of type ${describe(type)}, simdream has "default", "linear" and "llama3"`,
  );
}
