// A language model as the files of a folder of Hugging Face's.

import {
  f32Data,
  f32Entry,
  readSafetensors,
  type TensorEntry,
  writeSafetensors,
} from "../../../formats/safetensors.js";
import { describe, InvalidInputError } from "../../../host/errors.js";
import { asHuggingFace } from "../../../text/foreign/own.js";
import { tokenizerConfig, tokenizerJSON } from "../../../text/foreign/tokenizer-json.js";
import { LanguageModel } from "../language-model.js";
import { configFile } from "./config-file.js";
import { TURNED, turn } from "./weights.js";

/**
 * A language model as the files of a folder that Python's `transformers` loads: `config.json`,
 * `generation_config.json`, `model.safetensors` (f32), `tokenizer.json` and `tokenizer_config.json`, with a chat template
 * where the model knows conversations. They are of
 * GPT2LMHeadModel where its style is `gpt2`, else of the Llama-like architecture that has what the model has.
 * `fromPretrained` reads them, too. Adapters are not part of it: `merge()` makes a model that has them.
 *
 * ```ts
 * for (const [name, file] of Object.entries(await toPretrained(model))) writeFileSync(join(folder, name), file);
 * ```
 * @returns text or bytes by the files' names
 * @throws InvalidInputError for a network that is no Transformer, one with rounded weights, and a tokenizer that
 *   tokenizer.json cannot say
 */
export async function toPretrained(
  model: LanguageModel,
): Promise<Record<string, string | Uint8Array<ArrayBuffer>>> {
  if (!(model instanceof LanguageModel)) {
    throw new InvalidInputError(`toPretrained needs a LanguageModel, got ${describe(model)}`);
  }
  const { config } = model;
  if (config.network !== "transformer") {
    throw new InvalidInputError(
      `toPretrained needs network "transformer", this one is "${config.network}", which transformers does not have`,
    );
  }
  if (model.quantized) {
    throw new InvalidInputError(
      "toPretrained needs f32 weights, this model's are rounded: use the model that it was made from",
    );
  }
  const tokenizer = asHuggingFace(model.tokenizer.toJSON(), config.documents);
  const { bos, eos, size: classes } = tokenizer;
  const tokens = {
    bos_token_id: bos ?? null,
    eos_token_id: eos.length > 1 ? eos : (eos[0] ?? null),
  };
  const weights = Array.from(readSafetensors(model.save()).tensors.values());
  const gpt = config.style === "gpt2";
  const entries = gpt ? weights.flatMap((entry) => likeGPT2(entry, config.bias)) : weights;
  const json = (value: object) => `${JSON.stringify(value, null, 2)}\n`;
  return {
    "config.json": json(configFile(config, { classes, bos, eos })),
    "generation_config.json": json({ _from_model_config: true, ...tokens }),
    "model.safetensors": writeSafetensors(entries, { format: "pt" }) as Uint8Array<ArrayBuffer>,
    "tokenizer.json": json(tokenizerJSON(tokenizer)),
    "tokenizer_config.json": json(tokenizerConfig(tokenizer, config.context)),
  };
}

/** A tensor as GPT-2 has it: products the other way round, and biases, of zeros where the model has none. */
function likeGPT2(entry: TensorEntry, bias: boolean): TensorEntry[] {
  const { name, shape } = entry;
  const turned = TURNED.test(name);
  const own = turned
    ? f32Entry(name, [shape[1], shape[0]], turn(f32Data(entry), shape[0], shape[1]))
    : entry;
  const biased = turned || /\.ln_\w+\.weight$/.test(name);
  if (bias || !biased) return [own];
  const zeros = new Float32Array(shape[0]);
  return [own, f32Entry(name.replace(/weight$/, "bias"), [shape[0]], zeros)];
}
