// What an adapter is made of, as options, and as PEFT's files say it.

import { checkObject, parseObject } from "../../formats/json.js";
import type { TensorEntry } from "../../formats/safetensors.js";
import {
  checkKeys,
  checkNumber,
  describe,
  InvalidInputError,
  listed,
  ModelFileError,
} from "../../host/errors.js";
import { type LowRank, pairNames } from "../../nn/low-rank.js";
import type { Matrix } from "../../nn/ops/quantized.js";

/** What an adapter is called where nothing is said, as in PEFT. */
export const DEFAULT = "default";

/** Options of LoRA: `fit(data, { lora })`. */
export interface LoraOptions {
  /** Numbers between the two matrices, r. Default 8. */
  readonly rank?: number;
  /** α: what is added is multiplied with α / r. Default 16. */
  readonly alpha?: number;
  /**
   * Which matrices: `"attention"`, those of attention; `"all"`, all but embeddings and a Transformer's output; or
   * names, as PEFT has them: whole ones (`model.layers.0.mlp.up_proj`), their ends (`q_proj`), with `*` for any
   * characters. Default: attention in a Transformer, else all.
   */
  readonly targets?: "attention" | "all" | readonly string[];
  /** What the adapter is called; one that exists is trained further. Default "default". */
  readonly name?: string;
}

/** PEFT's adapter_config.json, as far as it is understood. */
export interface PeftConfig {
  readonly peft_type: "LORA";
  readonly r: number;
  readonly lora_alpha: number;
  readonly target_modules: readonly string[];
  readonly [setting: string]: unknown;
}

/** The module that a matrix belongs to, as PEFT names it. */
export function moduleOf(matrix: string): string {
  return matrix.replace(/\.weight$/, "");
}

/** The last parts of the matrices' names, each once: PEFT's `target_modules`. */
export function targetModules(names: readonly string[]): string[] {
  return [...new Set(names.map((name) => moduleOf(name).replace(/^.*\./, "")))];
}

/** @throws InvalidInputError */
export function checkName(name: unknown): string {
  if (typeof name === "string" && name !== "" && name.length <= 200) return name;
  throw new InvalidInputError(`an adapter's name must be a string, got ${describe(name)}`);
}

/** @throws InvalidInputError naming the first option that cannot be used */
export function checkLora(
  lora: LoraOptions,
  matrices: ReadonlyMap<string, Matrix>,
  known?: LowRank,
): LowRank {
  checkKeys("lora", lora, ["rank", "alpha", "targets", "name"]);
  const { rank = known?.rank ?? 8, alpha = known?.alpha ?? 16, targets } = lora;
  return {
    rank: checkNumber("lora.rank", rank, { integer: true, min: 1, max: 65536 }),
    alpha: checkNumber("lora.alpha", alpha, { min: 0, above: true, max: 1e6 }),
    names: targets === undefined && known ? known.names : targetsOf(targets, [...matrices.keys()]),
  };
}

/** The matrices that are meant, in the network's order. @throws InvalidInputError */
function targetsOf(targets: LoraOptions["targets"], all: readonly string[]): string[] {
  const attention = all.filter((name) => /(^|[._])attn\.|crossattention\./.test(name));
  const most = all.filter((name) => name !== "lm_head.weight");
  if (targets === undefined) return attention.length > 0 ? attention : most;
  if (targets === "all") return most;
  if (targets === "attention" && attention.length > 0) return attention;
  const given: readonly unknown[] =
    targets === "attention" ? [] : Array.isArray(targets) ? targets : [targets];
  const found = new Set<string>();
  for (const target of given) {
    if (typeof target !== "string" || target === "") {
      throw new InvalidInputError(`lora.targets must be names, got ${describe(target)}`);
    }
    const own = all.filter((name) => fits(target, name));
    for (const name of own) found.add(name);
    if (own.length === 0) throw new InvalidInputError(unknownTarget(describe(target), all));
  }
  if (found.size === 0) throw new InvalidInputError(unknownTarget(describe(targets), all));
  return all.filter((name) => found.has(name));
}

function unknownTarget(target: string, all: readonly string[]): string {
  return `lora.targets: no matrix is ${target}; there are ${listed(targetModules(all))}`;
}

/** Whether a target is a matrix's name, or its end after a dot. */
function fits(target: string, name: string): boolean {
  const parts = target.split("*").map((part) => part.replace(/[^\w]/g, "\\$&"));
  const pattern = new RegExp(`^(.*\\.)?${parts.join(".*")}$`);
  return pattern.test(name) || pattern.test(moduleOf(name));
}

/** What PEFT sets and nothing here understands. */
const strange = {
  use_rslora: "rank-stabilised scaling",
  use_dora: "DoRA",
  lora_bias: "biases of adapters",
  modules_to_save: "modules that are stored whole",
  rank_pattern: "ranks of single modules",
  alpha_pattern: "alphas of single modules",
  layer_replication: "replicated layers",
} as const;

/** An adapter_config.json. @throws InvalidInputError naming what is not understood */
export function checkPeft(given: string | object): {
  readonly rank: number;
  readonly alpha: number;
} {
  const config =
    typeof given === "string"
      ? parseObject(given, "adapter_config.json")
      : checkObject("config", given);
  if (config.peft_type !== "LORA") {
    throw new InvalidInputError(
      `adapter_config.json: peft_type must be "LORA", got ${describe(config.peft_type)}`,
    );
  }
  for (const [name, what] of Object.entries(strange)) {
    const value = config[name];
    const none = !value || (typeof value === "object" && Object.keys(value).length === 0);
    if (!none)
      throw new InvalidInputError(`adapter_config.json has ${name}: ${what} cannot be used`);
  }
  const { bias = "none" } = config;
  if (bias !== "none") {
    throw new InvalidInputError(`adapter_config.json: bias must be "none", got ${describe(bias)}`);
  }
  return {
    rank: checkNumber("r", config.r, { integer: true, min: 1, max: 65536 }),
    alpha: checkNumber("lora_alpha", config.lora_alpha, { min: 0, above: true, max: 1e6 }),
  };
}

/** A file's tensors under the names that PEFT gives them now; older files have the adapter's name in them. */
export function presentNames(tensors: ReadonlyMap<string, TensorEntry>): Map<string, TensorEntry> {
  return new Map(
    Array.from(tensors, ([given, entry]) => {
      const name = given.replace(/\.(lora_[AB])\.[^.]+\.weight$/, ".$1.weight");
      return [name, { ...entry, name }];
    }),
  );
}

/**
 * The matrices that a file has adapters of, and their rank.
 * @throws ModelFileError where the model has no such matrix, or the ranks differ
 */
export function adaptedBy(
  tensors: ReadonlyMap<string, TensorEntry>,
  matrices: ReadonlyMap<string, Matrix>,
): { readonly names: readonly string[]; readonly rank: number } {
  const places = new Map(Array.from(matrices.keys(), (name) => [pairNames(name)[0], name]));
  const names: string[] = [];
  const ranks = new Set<number>();
  const strangers: string[] = [];
  for (const [name, { shape }] of tensors) {
    if (/\.lora_B\.weight$/.test(name)) continue;
    const matrix = places.get(name);
    if (matrix === undefined) strangers.push(name);
    else {
      names.push(matrix);
      ranks.add(shape[0]);
    }
  }
  if (strangers.length > 0) {
    const more = strangers.length > 1 ? ` and ${strangers.length - 1} more of its matrices` : "";
    throw new ModelFileError(
      `the adapter is of another model: this one has no ${strangers[0]}${more}`,
    );
  }
  const [rank] = ranks;
  if (ranks.size !== 1 || !(rank >= 1)) {
    throw new ModelFileError(
      names.length === 0
        ? "the file has no adapter: expected tensors such as base_model.model.….lora_A.weight"
        : `the adapter's matrices have different ranks: ${[...ranks].join(", ")}`,
    );
  }
  const chosen = new Set(names);
  return { names: [...matrices.keys()].filter((name) => chosen.has(name)), rank };
}
