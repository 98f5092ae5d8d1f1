// Adapters of a model: each is a core of its own over the model's memory, whose parameters are the adapter's alone. So
// runs, checkpoints, workers and files treat it as they treat a model: gradients, moments, averages and copies are of
// its size, and the model under it stays as it is to the bit.

import { checkObject, checkString } from "../../formats/json.js";
import { HISTORY, inFile, readModelFile, type StoredModel } from "../../formats/model-file.js";
import {
  checkNumber,
  describe,
  InvalidInputError,
  listed,
  ModelFileError,
} from "../../host/errors.js";
import { adaptedNetwork, type LowRank, LowRankAdapter } from "../../nn/low-rank.js";
import type { ParameterSource } from "../../nn/parameters.js";
import { Tape } from "../../nn/tape.js";
import type { NetworkDescription, Trainable } from "../../train/trainable.js";
import {
  adaptedBy,
  checkLora,
  checkName,
  checkPeft,
  DEFAULT,
  type LoraOptions,
  moduleOf,
  type PeftConfig,
  presentNames,
  targetModules,
} from "./adapter-config.js";
import { type CheckRun, ModelCore } from "./core.js";
import { Model } from "./model.js";

const KIND = "Adapter";

/**
 * Low-rank matrices beside some of a model's: y = x Wᵀ + b + α/r (x Aᵀ) Bᵀ (Hu et al. 2021). `save` gives its file: A
 * and B under PEFT's names.
 */
export class Adapter<N extends Trainable = Trainable> extends Model<N> {
  /** As `generate({ adapter })` calls it. */
  readonly name: string;
  /** r */
  readonly rank: number;
  /** α */
  readonly alpha: number;
  /** The modules that have one, as PEFT names them: `model.layers.0.self_attn.q_proj`. */
  readonly targets: readonly string[];
  readonly #base: ModelCore<N>;
  readonly #fingerprint: () => string;

  /** @internal */
  constructor(name: string, core: ModelCore<N>, base: ModelCore<N>, fingerprint: () => string) {
    super(core);
    const { rank, alpha, names } = loraOf(core);
    this.name = name;
    this.rank = rank;
    this.alpha = alpha;
    this.targets = names.map(moduleOf);
    this.#base = base;
    this.#fingerprint = fingerprint;
  }

  /** PEFT's adapter_config.json, for `adapter_model.safetensors` beside it. */
  get config(): PeftConfig {
    return {
      peft_type: "LORA",
      task_type:
        this.#base.parts.description.model === "LanguageModel" ? "CAUSAL_LM" : "SEQ_2_SEQ_LM",
      base_model_name_or_path: null,
      r: this.rank,
      lora_alpha: this.alpha,
      lora_dropout: 0,
      bias: "none",
      target_modules: targetModules(this.targets),
    };
  }

  /** For who makes, trains and merges adapters. @internal */
  get own(): ModelCore<N> {
    return this.core;
  }

  /** @internal */
  protected override stored(): StoredModel {
    const { seed, description } = this.#base.parts;
    const { r, lora_alpha, target_modules } = this.config;
    return {
      model: KIND,
      network: { kind: "lora", r, lora_alpha, target_modules },
      config: { model: description.model, base: this.#fingerprint(), seed },
      assets: {},
    };
  }
}

/** The adapters of a model, and which of them is active. */
export class Adapters<N extends Trainable> {
  readonly all: Map<string, Adapter<N>> = new Map();
  /** What is in force where nothing is said; null: none. */
  active: string | null = null;
  readonly #base: ModelCore<N>;
  /** What the network of each does. */
  readonly #low = new WeakMap<N, LowRankAdapter>();
  /** Of the model, which does not change any more. */
  #fingerprint: string | undefined;

  private constructor(base: ModelCore<N>) {
    this.#base = base;
  }

  /** Those of a model; the first time there are none. */
  static of<N extends Trainable>(core: ModelCore<N>): Adapters<N> {
    core.adapters ??= new Adapters(core);
    return core.adapters as Adapters<N>;
  }

  core(name: string | null | undefined): ModelCore<N> {
    const chosen = name === undefined ? this.active : name;
    return chosen === null ? this.#base : this.#named(chosen).own;
  }

  /** @throws InvalidInputError where there is none of this name */
  use(name: string | null): void {
    if (name !== null) this.#named(name);
    this.active = name;
  }

  /** One to be trained: that of this name, or a new one. @throws InvalidInputError */
  train(lora: LoraOptions): Adapter<N> {
    const base = this.#base;
    if (base.weights) {
      throw new InvalidInputError(
        "a quantised model trains no adapter: train it on the model that this one was made from, and load it here",
      );
    }
    base.needTrained();
    const name = checkName(Object(lora).name ?? DEFAULT);
    const known = this.all.get(name);
    const wanted = checkLora(lora, base.matrices, known && loraOf(known.own));
    if (!known) return this.#add(name, new ModelCore(...this.#parts(wanted), undefined, base));
    const change = changed(loraOf(known.own), wanted);
    if (change) {
      throw new InvalidInputError(
        `the adapter ${describe(name)} has another ${change}: give a new one another name`,
      );
    }
    this.active = name;
    return known;
  }

  /** One of a file. @throws InvalidInputError, ModelFileError */
  async load(
    bytes: Uint8Array | ArrayBuffer,
    { name: given = DEFAULT, config }: LoadAdapterOptions,
    checkRun: CheckRun<N> | undefined,
  ): Promise<Adapter<N>> {
    const name = checkName(given);
    const base = this.#base;
    if (this.all.has(name)) {
      throw new InvalidInputError(
        `there is an adapter ${describe(name)} already: give this one another name`,
      );
    }
    base.needTrained();
    const file = readModelFile(bytes, KIND);
    const weights = presentNames(file.weights);
    const { names, rank } = adaptedBy(weights, base.matrices);
    const { description } = file;
    const said = description
      ? inFile("the adapter's configuration", () => storedLora(description.network))
      : config === undefined
        ? undefined
        : checkPeft(config);
    if (!said) {
      throw new InvalidInputError(
        "the file does not say the adapter's alpha: give PEFT's adapter_config.json as config",
      );
    }
    if (said.rank !== rank) {
      throw new ModelFileError(
        `the adapter's configuration says rank ${said.rank}, its matrices have ${rank}`,
      );
    }
    const of = description && checkBase(description.config, base);
    const parts = this.#parts({ rank, alpha: said.alpha, names });
    const known = file.recipe === "initial" ? new Map() : weights;
    const core = await ModelCore.open(...parts, { ...file, weights: known }, checkRun, base);
    return this.#add(name, core, of);
  }

  /** The model with an adapter's part in its own matrices. @throws InvalidInputError */
  merged(name?: string): ModelCore<N> {
    const base = this.#base;
    const chosen = name ?? this.active;
    if (chosen === null)
      throw new InvalidInputError("no adapter is active: say which one to merge");
    const adapter = this.#named(chosen);
    if (base.weights) {
      throw new InvalidInputError(
        "an adapter cannot be merged into a quantised model: merge it into the one that this was made from",
      );
    }
    const { machine } = base;
    const changed = new Map<string, Float32Array>();
    const low = this.#low.get(adapter.own.network)!;
    for (const name of loraOf(adapter.own).names) {
      machine.scoped(() => {
        const whole = low.whole(new Tape(machine), base.matrices.get(name)!)!;
        changed.set(name, whole.data.slice());
      });
    }
    const [before, after] = [base.record, adapter.record];
    return base.copy(changed, {
      ...after,
      imported: before.imported,
      fast: before.fast || after.fast,
      runs: before.runs + after.runs,
      steps: before.steps + after.steps,
      examples: before.examples + after.examples,
      targets: before.targets + after.targets,
      history: [...before.history, ...after.history].slice(-HISTORY),
    });
  }

  #named(name: string): Adapter<N> {
    const adapter = this.all.get(name);
    if (adapter) return adapter;
    const known = this.all.size > 0 ? `it has ${listed(this.all.keys())}` : "the model has none";
    throw new InvalidInputError(`there is no adapter ${describe(name)}: ${known}`);
  }

  /** @param of the fingerprint of the model that it was trained on; default this one's */
  #add(name: string, core: ModelCore<N>, of?: string): Adapter<N> {
    const fingerprint = () => {
      this.#fingerprint ??= this.#base.fingerprint();
      return of ?? this.#fingerprint;
    };
    const adapter = new Adapter(name, core, this.#base, fingerprint);
    this.all.set(name, adapter);
    this.active = name;
    return adapter;
  }

  /** What a core of an adapter is made of. */
  #parts(lora: LowRank) {
    const base = this.#base;
    const { runtime, seed, description } = base.parts;
    base.freeze();
    const build = (source: ParameterSource, { lora }: NetworkDescription) => {
      const low = new LowRankAdapter(source, base.matrices, lora as LowRank);
      const network = adaptedNetwork(base.network, low);
      this.#low.set(network, low);
      return network;
    };
    return [runtime, seed, { ...description, lora }, build] as const;
  }
}

/** Options of `loadAdapter`. */
export interface LoadAdapterOptions {
  /** What it is called from now on. Default "default". */
  readonly name?: string;
  /** PEFT's adapter_config.json, as text or parsed, where the file is PEFT's: it says alpha. */
  readonly config?: string | object;
}

/** What an adapter is made of. */
function loraOf<N extends Trainable>(core: ModelCore<N>): LowRank {
  return core.parts.description.lora as LowRank;
}

function storedLora(network: Readonly<Record<string, unknown>>): { rank: number; alpha: number } {
  checkObject("it", network);
  return {
    rank: checkNumber("r", network.r, { integer: true, min: 1, max: 65536 }),
    alpha: checkNumber("lora_alpha", network.lora_alpha, { min: 0, above: true, max: 1e6 }),
  };
}

/**
 * The fingerprint of the model that an adapter was trained on. A quantised copy of it has another: there only names and
 * shapes are compared.
 * @throws ModelFileError for another model
 */
function checkBase(config: Readonly<Record<string, unknown>>, base: ModelCore<Trainable>): string {
  const fingerprint = inFile("the adapter's base", () => checkString("base", config.base));
  const own = base.fingerprint();
  if (base.weights || fingerprint === own) return fingerprint;
  throw new ModelFileError(
    `the adapter was trained on a model with the fingerprint ${fingerprint.slice(0, 16)}…, this one's is ${own.slice(0, 16)}…: ` +
      "load it on the model that it was trained on",
  );
}

/** The option that differs. */
function changed(known: LowRank, wanted: LowRank): string | undefined {
  if (known.rank !== wanted.rank) return `rank (${known.rank})`;
  if (known.alpha !== wanted.alpha) return `alpha (${known.alpha})`;
  return known.names.join() === wanted.names.join() ? undefined : "choice of targets";
}
