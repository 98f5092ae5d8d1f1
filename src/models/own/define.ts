// Models of one's own: a network and its data, said in a few functions, with all that the models of the package have.

import {
  inFile,
  type ModelFile,
  readModelFile,
  type StoredModel,
} from "../../formats/model-file.js";
import { bytesAsGiven, isObject } from "../../host/as-given.js";
import { type RuntimeOption, runtimeOf } from "../../host/default-runtime.js";
import {
  checkKeys,
  checkNumber,
  describe,
  InvalidInputError,
  ModelFileError,
} from "../../host/errors.js";
import { Key, purposes } from "../../host/key.js";
import { atOnce, type Pieces } from "../../host/pieces.js";
import type { Runtime } from "../../host/runtime.js";
import { Scope } from "../../nn/parameters.js";
import { Tape } from "../../nn/tape.js";
import { isTensor, type Tensor } from "../../nn/tensor.js";
import type { TrainingOptions } from "../../train/options.js";
import type { StepReport } from "../../train/progress.js";
import type { NetworkBuilder, NetworkDescription } from "../../train/trainable.js";
import type { Training } from "../../train/training.js";
import { ModelCore } from "../base/core.js";
import { Model, type QuantizeOptions } from "../base/model.js";
import { checkDefaults, settled } from "./config.js";
import { Examples, inPieces, type OwnDataOptions, ownData, ownDataRules, range } from "./data.js";
import { type OwnNetwork, ownNetwork } from "./network.js";
import type { Config, ModelRecipe, Network, Settings } from "./recipe.js";
import { isImporting, register } from "./registry.js";

/** What `fit` of a model of one's own understands. */
export interface OwnFitOptions extends TrainingOptions, OwnDataOptions {}

/** What a model makes of data. */
export interface OwnScore {
  /** Mean loss per target; the sum over the phases where there are several. */
  readonly loss: number;
  /** What it is made of, by name, where `loss` says so. */
  readonly parts?: Readonly<Record<string, number>>;
  readonly examples: number;
  readonly targets: number;
}

/** What `compute` gives for what its function gave: the numbers of each tensor, copied. */
export type Copied<Result> = Result extends Tensor
  ? Float32Array<ArrayBuffer>
  : { readonly [Name in keyof Result]: Float32Array<ArrayBuffer> };

/** Options of a new model: its settings, and what all models have. */
export type OwnOptions<Defaults extends Settings> = Partial<Config<Defaults>> &
  RuntimeOption & {
    /** Seed of everything random. Default 0. */
    readonly seed?: number;
  };

/** A model that somebody defined: how it comes to be. */
export interface ModelDefinition<
  Defaults extends Settings,
  Data,
  Batch,
  Own extends Network<Batch>,
> {
  readonly name: string;
  /**
   * A new model with random weights.
   * @throws InvalidInputError for a setting that is not known, or of another type than its default; OutOfMemoryError
   */
  create(options?: OwnOptions<Defaults>): Promise<OwnModel<Defaults, Data, Batch, Own>>;
  /**
   * A model from the bytes of a file that `save` wrote; or of PyTorch's, whose tensors have the names and shapes of the
   * parameters: then with the settings that are given.
   * @throws ModelFileError; InvalidInputError for settings or a seed where the file has its own
   */
  load(
    bytes: Uint8Array | ArrayBuffer,
    options?: OwnOptions<Defaults>,
  ): Promise<OwnModel<Defaults, Data, Batch, Own>>;
}

/**
 * Defines a model: experimental, its names may change.
 *
 * ```js
 * export const Sine = defineModel({
 *   name: "Sine",
 *   defaults: { hidden: 32 },
 *   batch: (points, indices) => ({
 *     x: Float32Array.from(indices, (i) => points[i].x),
 *     y: Float32Array.from(indices, (i) => points[i].y),
 *   }),
 *   build(scope, { hidden }) {
 *     const first = new Linear(scope.child("first"), 1, hidden);
 *     const second = new Linear(scope.child("second"), hidden, 1);
 *     const forward = (tape, x) => second.forward(tape, tanh(tape, first.forward(tape, x)));
 *     return {
 *       forward,
 *       loss: (tape, { x, y }, { rows }) =>
 *         mse(tape, forward(tape, tape.tensor(x, [rows, 1])), tape.tensor(y, [rows, 1])),
 *     };
 *   },
 * });
 * const model = await Sine.create({ hidden: 64, seed: 1 });
 * await model.fit(points, { epochs: 20 });
 * ```
 *
 * @throws InvalidInputError where something of it is missing or is not what it must be
 */
export function defineModel<
  const Defaults extends Settings,
  Data,
  Batch,
  Own extends Network<Batch>,
>(recipe: ModelRecipe<Defaults, Data, Batch, Own>): ModelDefinition<Defaults, Data, Batch, Own> {
  checkRecipe(recipe as Checked);
  const { name, module } = recipe;
  const build: NetworkBuilder<OwnNetwork<Own>> = (parameters, { config }) =>
    ownNetwork(name, recipe.build(new Scope(parameters), config as Config<Defaults>));
  register(name, { module, build });

  const describeNetwork = (config: Defaults): NetworkDescription => ({
    ...{ model: name, own: true, module, config },
  });
  const make = (config: Defaults, seed: number, core: ModelCore<OwnNetwork<Own>>) =>
    new OwnModel<Defaults, Data, Batch, Own>(recipe, config, seed, core);

  return {
    name,
    async create(options = {}) {
      checkThread(name);
      checkKeys(`${name}.create`, options, ["seed", "runtime", ...Object.keys(recipe.defaults)]);
      const { runtime: given, seed = 0, ...settings } = options as OwnOptions<Settings>;
      const config = settled(`${name}.create`, recipe.defaults, settings);
      const runtime = await runtimeFor(recipe, { runtime: given });
      const core = new ModelCore(runtime, seed, describeNetwork(config), build);
      return make(config, seed, core.created(options));
    },
    async load(bytes, options = {}) {
      checkThread(name);
      checkKeys(`${name}.load`, options, ["seed", "runtime", ...Object.keys(recipe.defaults)]);
      const { runtime: given, ...settings } = options as OwnOptions<Settings>;
      const own = bytesAsGiven(bytes);
      const runtime = await runtimeFor(recipe, { runtime: given });
      const file = readModelFile(own, name);
      const { config, seed } = stored(recipe, file, settings);
      const network = describeNetwork(config);
      return make(config, seed, await ModelCore.open(runtime, seed, network, build, file));
    },
  };
}

/** A model of one's own. */
export class OwnModel<
  Defaults extends Settings,
  Data,
  Batch,
  Own extends Network<Batch>,
> extends Model<OwnNetwork<Own>> {
  /** The settings that it was made with, complete. */
  readonly config: Config<Defaults> & { readonly seed: number };
  readonly #recipe: ModelRecipe<Defaults, Data, Batch, Own>;
  readonly #settings: Defaults;

  /** @internal */
  constructor(
    recipe: ModelRecipe<Defaults, Data, Batch, Own>,
    settings: Defaults,
    seed: number,
    core: ModelCore<OwnNetwork<Own>>,
  ) {
    super(core);
    this.#recipe = recipe;
    this.#settings = settings;
    this.config = { ...settings, seed } as OwnModel<Defaults, Data, Batch, Own>["config"];
  }

  /**
   * Trains: `await` it to train to the end, or loop over it with `for await` for a report after every step. Every epoch
   * has another order, by the seed. Stops and resumes as every model does.
   * @throws InvalidInputError; DivergedError, or the signal's reason
   */
  fit(data: Data, options: OwnFitOptions = {}): Training<StepReport> {
    const given = Array.isArray(data) ? (data.slice() as Data) : data;
    return this.core.fit(options, {
      own: Object.keys(ownDataRules),
      data: (key, begun) => {
        const examples = this.#examples(given);
        return ownData(examples, options, key, (some) => this.#measure(examples, some), begun);
      },
    });
  }

  /**
   * Computes with the network: the numbers of the tensor, or of each in a list or an object, that `work` gives. Dropout
   * drops nothing. Tensors end with the call; only the numbers stay.
   *
   * @param work is given a tape and what `build` gave
   * @param options.seed of noise that is drawn. Default 0
   */
  compute<Result extends Tensor | readonly Tensor[] | Readonly<Record<string, Tensor>>>(
    work: (tape: Tape, network: Own) => Result,
    options: { readonly seed?: number } = {},
  ): Copied<Result> {
    checkKeys("compute", options, ["seed"]);
    const { machine, network } = this.core;
    const noiseKey = Key.fromSeed(machine, options.seed ?? 0).fold(purposes.sample);
    return machine.scoped(() => {
      const result = work(new Tape(machine, { noiseKey }), network.own);
      if (isTensor(result)) return numbersOf(result);
      if (Array.isArray(result)) return result.map(numbersOf);
      if (!isObject(result)) return numbersOf(result);
      const named = Object.entries(result).map(([name, x]) => [name, numbersOf(x)]);
      return Object.fromEntries(named);
    }) as Copied<Result>;
  }

  /**
   * The loss of data, as a validation measures it: without dropout, and with the same noise each time.
   * @throws InvalidInputError
   */
  score(data: Data): OwnScore {
    const examples = this.#examples(data);
    const { loss, measures, targets } = atOnce(this.#measure(examples, range(0, examples.count)));
    return { loss, ...(measures ? { parts: measures } : {}), examples: examples.count, targets };
  }

  /**
   * A copy with 8-bit weights, a quarter of the size: nearly the same results. Or with 4-bit ones, in a model without
   * `pictures`. It cannot be trained. A model that has these bits already is returned as it is.
   * @throws InvalidInputError
   */
  async quantize(options: QuantizeOptions = {}): Promise<OwnModel<Defaults, Data, Batch, Own>> {
    // The kernels of convolutions are rounded, and multiplied with as f32.
    const core = await this.narrowed(options, this.#recipe.pictures ? "int8-stored" : "int8");
    return core ? new OwnModel(this.#recipe, this.#settings, this.config.seed, core) : this;
  }

  /** @internal */
  protected override stored(): StoredModel {
    const { seed } = this.config;
    const network = { kind: "own", settings: this.#settings };
    return { model: this.#recipe.name, network, config: { seed }, assets: {} };
  }

  #examples(data: Data): Examples<Data, Batch> {
    return new Examples<Data, Batch>(this.#recipe as never, data, this.#settings);
  }

  /** The loss of some examples, phase by phase where there are several. */
  *#measure(
    examples: Examples<Data, Batch>,
    indices: Int32Array,
  ): Pieces<{ loss: number; measures?: Record<string, number>; targets: number }> {
    const { machine, network } = this.core;
    const key = Key.fromSeed(machine, this.config.seed).fold(purposes.noise);
    const phases = network.phases?.map(({ name }) => name) ?? [""];
    const sums: Record<string, number> = {};
    let [loss, targets, piece] = [0, 0, 0];
    for (const batch of inPieces(examples, indices)) {
      // A sum over these: all is divided at the end.
      const totals = { targets: 1, rows: indices.length };
      targets += examples.targets(batch);
      for (const [p, phase] of phases.entries()) {
        machine.scoped(() => {
          const tape = new Tape(machine, { noiseKey: key.fold(piece).fold(p) });
          const part = network.loss(tape, batch, undefined, totals, phase);
          loss += part.loss.data[0];
          for (const [name, { data }] of Object.entries(part.parts ?? {})) {
            sums[name] = (sums[name] ?? 0) + data[0];
          }
        });
      }
      piece++;
      yield;
    }
    const per = Math.max(1, targets);
    const measures = Object.entries(sums).map(([name, sum]) => [name, sum / per]);
    return {
      loss: loss / per,
      ...(measures.length > 0 ? { measures: Object.fromEntries(measures) } : {}),
      targets,
    };
  }
}

function numbersOf(x: unknown): Float32Array<ArrayBuffer> {
  if (isTensor(x)) return x.data.slice();
  throw new InvalidInputError(`compute: the function must give tensors, got ${describe(x)}`);
}

async function runtimeFor(
  { pictures }: { readonly pictures?: boolean },
  options: RuntimeOption,
): Promise<Runtime> {
  const runtime = await runtimeOf(options);
  return pictures ? runtime.withPictures() : runtime;
}

/**
 * The settings in a file; those that are given where it has none.
 * @throws ModelFileError; InvalidInputError
 */
function stored<Defaults extends Settings>(
  { name, defaults }: { readonly name: string; readonly defaults: Defaults },
  { description }: ModelFile,
  given: { readonly seed?: number },
): { readonly config: Defaults; readonly seed: number } {
  const { seed = 0, ...settings } = given;
  if (!description) return { config: settled(`${name}.load`, defaults, settings), seed };
  if (Object.values(given).some((value) => value !== undefined)) {
    throw new InvalidInputError(
      `${name}.load: the file says its settings and its seed itself; give none`,
    );
  }
  const { network, config } = description;
  if (network.kind !== "own") throw new ModelFileError(`the file holds no ${name} of one's own`);
  return inFile("the configuration", () => ({
    config: settled(`${name}.load`, defaults, Object(network.settings)),
    seed: checkNumber("seed", config.seed, { integer: true, min: 0 }),
  }));
}

type Checked = Readonly<Record<"name" | "module" | "defaults", unknown>> &
  Partial<Readonly<Record<"build" | "batch" | "length" | "targets", unknown>>>;

/** @throws InvalidInputError */
function checkRecipe(recipe: Checked): void {
  checkKeys("defineModel", recipe, [
    ...["name", "module", "pictures", "defaults", "build", "batch", "length", "targets"],
  ]);
  const { name, module, defaults } = recipe;
  if (typeof name !== "string" || !/^[A-Za-z][\w-]{0,59}$/.test(name)) {
    throw new InvalidInputError(
      `defineModel: name must be 1 to 60 letters, digits, - and _, beginning with a letter, got ${describe(name)}`,
    );
  }
  if (module !== undefined && typeof module !== "string") {
    throw new InvalidInputError(
      `defineModel: module must be import.meta.url, got ${describe(module)}`,
    );
  }
  checkDefaults(defaults as Settings);
  for (const [verb, needed] of Object.entries({ build: 1, batch: 1, length: 0, targets: 0 })) {
    const given = recipe[verb as keyof Checked];
    if (typeof given === "function" || (given === undefined && !needed)) continue;
    throw new InvalidInputError(`defineModel: ${verb} must be a function, got ${describe(given)}`);
  }
}

/** @throws InvalidInputError in a worker that imports the module of a model: it would train it there once more */
function checkThread(name: string): void {
  if (!isImporting()) return;
  throw new InvalidInputError(
    `${name} is created by the module that defines it, which workers import as well; define it in a module of its own`,
  );
}
