// A folder of Hugging Face's as a language model: its configuration, its tokenizer, and its weights one after the other.

import { parseObject } from "../../../formats/json.js";
import type { TensorEntry } from "../../../formats/safetensors.js";
import { type RuntimeOption, runtimeOf } from "../../../host/default-runtime.js";
import {
  checkChoice,
  checkKeys,
  describe,
  InvalidInputError,
  ModelFileError,
  OutOfMemoryError,
} from "../../../host/errors.js";
import type { Machine } from "../../../host/machine.js";
import type { Runtime } from "../../../host/runtime.js";
import {
  checkShapes,
  type ParameterShape,
  type ParameterSource,
  type Parameters,
  recordShapes,
} from "../../../nn/parameters.js";
import { sizeOf } from "../../../nn/tensor.js";
import { foreignTokenizer } from "../../../text/foreign/files.js";
import type { HuggingFaceTokenizer } from "../../../text/foreign/tokenizer.js";
import type { NetworkBuilder } from "../../../train/trainable.js";
import { ModelCore } from "../../base/core.js";
import { builderOf } from "../../base/network-choice.js";
import type { AnyCausalNetwork } from "../causal-network.js";
import { checkConfig, type LanguageModelConfig } from "../config.js";
import { LanguageModel, networkOf } from "../language-model.js";
import { networks } from "../networks.js";
import { type PretrainedConfig, readConfig } from "./config.js";
import { type PretrainedFiles, PretrainedFolder } from "./files.js";
import { openTensors, type PretrainedTensors } from "./weights.js";

/** Options of `fromPretrained`. */
export interface PretrainedOptions extends RuntimeOption {
  /**
   * Rounds the weights to 8 or 4 bits while they are read, tensor by tensor, as `quantize` does: such a model has all the
   * verbs but `fit`. Default: they are f32.
   */
  readonly weights?: "int8" | "int4";
  /**
   * Keys of `config.json` that are passed over although simdream does not know them: they must change nothing that the
   * model computes. Default: none.
   */
  readonly ignore?: readonly string[];
}

const MOST_CONFIG = 2 ** 20;
const MOST_TOKENIZER = 2 ** 27;

/**
 * A language model of the files of a folder of Hugging Face's: `config.json`; `model.safetensors`, or its index and the
 * shards; `tokenizer.json`, or `vocab.json` and `merges.txt`, or `tokenizer.model`; and where they are there
 * `generation_config.json`, `tokenizer_config.json`, `special_tokens_map.json`, `added_tokens.json` and
 * `chat_template.jinja`. Further files are not looked at. Weights may be f32, f16 or bf16; they are read one tensor
 * after the other, and are never in memory twice.
 *
 * Architectures: GPT2LMHeadModel, LlamaForCausalLM, MistralForCausalLM, Qwen2ForCausalLM, Qwen3ForCausalLM. What is not
 * understood of them is refused by name.
 *
 * ```ts
 * const names = ["config.json", "model.safetensors", "tokenizer.json"];
 * const model = await fromPretrained(Object.fromEntries(names.map((name) => [name, fetch(`/model/${name}`)])));
 * console.log(model.generate({ prompt: "Once upon a time", maxTokens: 40 }).text);
 * ```
 * @throws ModelFileError saying what is wrong with a file, or what simdream does not have; InvalidInputError;
 *   OutOfMemoryError
 */
export async function fromPretrained(
  files: PretrainedFiles,
  options: PretrainedOptions = {},
): Promise<LanguageModel> {
  checkKeys("fromPretrained", options, ["runtime", "weights", "ignore"]);
  const { weights } = options;
  if (weights !== undefined) checkChoice("weights", weights, ["int8", "int4"]);
  const folder = new PretrainedFolder(files);
  try {
    const runtime = await runtimeOf(options);
    const described = await configOf(folder, options);
    const tokenizer = await tokenizerOf(folder, described);
    const config = await sizesOf(described, tokenizer);
    const tensors = await openTensors(folder, config as { style: string; tied: boolean });
    const core = await filled(runtime, config, tokenizer, tensors, weights);
    return LanguageModel.of(config, tokenizer, core);
  } finally {
    folder.close();
  }
}

async function configOf(
  folder: PretrainedFolder,
  { ignore = [] }: PretrainedOptions,
): Promise<PretrainedConfig> {
  if (!Array.isArray(ignore) || ignore.some((name) => typeof name !== "string")) {
    throw new InvalidInputError(`ignore must be a list of names, got ${describe(ignore)}`);
  }
  const json = async (name: string) => {
    const text = await folder.text(name, MOST_CONFIG);
    return text === undefined ? undefined : parseObject(text, name);
  };
  const main = await json("config.json");
  if (!main) throw new ModelFileError("expected config.json among the files");
  return readConfig(main, await json("generation_config.json"), ignore);
}

async function tokenizerOf(
  folder: PretrainedFolder,
  { classes, bos, eos }: PretrainedConfig,
): Promise<HuggingFaceTokenizer> {
  const bytes = (name: string) => folder.bytes(name, MOST_TOKENIZER);
  return foreignTokenizer(
    {
      tokenizerJSON: await bytes("tokenizer.json"),
      vocab: await bytes("vocab.json"),
      merges: await bytes("merges.txt"),
      sentencepiece: await bytes("tokenizer.model"),
      tokenizerConfig: await bytes("tokenizer_config.json"),
      specialTokensMap: await bytes("special_tokens_map.json"),
      addedTokens: await bytes("added_tokens.json"),
      chatTemplate: await bytes("chat_template.jinja"),
    },
    { size: classes, bos, eos },
  );
}

/** @throws ModelFileError for sizes that cannot be */
async function sizesOf(
  { sizes }: PretrainedConfig,
  tokenizer: HuggingFaceTokenizer,
): Promise<LanguageModelConfig> {
  const { network } = await networks.transformer();
  try {
    return checkConfig(
      { kind: "transformer", network, options: sizes },
      tokenizer.markers !== undefined,
    );
  } catch (error) {
    if (!(error instanceof InvalidInputError)) throw error;
    throw new ModelFileError(`config.json describes no model: ${error.message}`, { cause: error });
  }
}

/** The network with its weights. Nothing is asked of the memory before all names and shapes are known to fit. */
async function filled(
  runtime: Runtime,
  config: LanguageModelConfig,
  tokenizer: HuggingFaceTokenizer,
  tensors: PretrainedTensors,
  weights: PretrainedOptions["weights"],
): Promise<ModelCore<AnyCausalNetwork>> {
  const description = networkOf(tokenizer, config);
  const build = await builderOf<AnyCausalNetwork>(networks, "transformer");
  const shapes = recordShapes(runtime.machine(), (source) => build(source, description));
  checkShapes(shapes, tensors.shapes);
  checkRoom(shapes, weights);
  if (weights) {
    const { QuantizedParameters } = await import("../../../nn/quantized-parameters.js");
    await runtime.withQuantized();
    const entries = await rounded(runtime.machine(), weights, shapes, tensors);
    const given = (machine: Machine) => new QuantizedParameters(machine, { weights, entries });
    const core = new ModelCore(runtime, config.seed, description, build, given);
    core.imported();
    return core;
  }
  const core = new ModelCore(runtime, config.seed, description, unfilled(build));
  const parameters = core.imported() as Parameters;
  const own = new Map(parameters.entries());
  for await (const [name, values] of tensors.read()) own.get(name)!.data.set(values);
  parameters.changed();
  return core;
}

/** Bytes of memory that a number of a matrix takes at least, and the limit of a machine's. */
const LEAST = { f32: 8, int8: 1, int4: 0.5 };
const LIMIT = 2 ** 32;

/** @throws OutOfMemoryError for a model that no machine has room for, before any of it is read */
function checkRoom(
  shapes: ReadonlyMap<string, ParameterShape>,
  weights: PretrainedOptions["weights"],
): void {
  let numbers = 0;
  for (const { shape } of shapes.values()) numbers += sizeOf(shape);
  const bytes = LEAST[weights ?? "f32"] * numbers;
  if (bytes <= LIMIT) return;
  const fits = (["int8", "int4"] as const).find((kind) => LEAST[kind] * numbers <= LIMIT);
  throw new OutOfMemoryError(
    `the model has ${numbers} parameters, which need ${bytes} bytes of memory, and there can be ${LIMIT}` +
      (fits ? `; with { weights: "${fits}" } they are fewer` : ""),
  );
}

/** The tensors in few bits, in the order of the network's parameters. */
async function rounded(
  machine: Machine,
  weights: "int8" | "int4",
  shapes: ReadonlyMap<string, ParameterShape>,
  tensors: PretrainedTensors,
): Promise<Map<string, TensorEntry>> {
  const { quantizedEntries } = await import("../../../nn/quantized-parameters.js");
  const found = new Map<string, TensorEntry[]>();
  for await (const [name, values] of tensors.read()) {
    const parameter = { name, ...shapes.get(name)! };
    found.set(name, quantizedEntries(machine, weights, values, parameter));
  }
  const ordered = [...shapes.keys()].flatMap((name) => found.get(name)!);
  return new Map(ordered.map((entry) => [entry.name, entry]));
}

/** Builds the same without the initial values, for which others come at once. */
function unfilled<N>(build: NetworkBuilder<N>): NetworkBuilder<N> {
  const none = () => {};
  return (source, description) =>
    build(
      {
        machine: source.machine,
        bytesPerNumber: source.bytesPerNumber,
        get version() {
          return source.version;
        },
        add: (name, shape, _, role) => source.add(name, shape, none, role),
        addMatrix: (name, shape, _, form) => source.addMatrix(name, shape, none, form),
        addTied: (name, shape) => source.addTied(name, shape, none),
      } satisfies ParameterSource,
      description,
    );
}
