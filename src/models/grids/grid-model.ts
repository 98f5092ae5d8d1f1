// The model of grids as users see it: levels, maps, pixel art.

import type { GridSet } from "../../data/grids/grid-set.js";
import { readModelFile, type StoredModel } from "../../formats/model-file.js";
import { bytesAsGiven, optionsAsGiven } from "../../host/as-given.js";
import { type RuntimeOption, runtimeOf } from "../../host/default-runtime.js";
import { checkKeys, ModelFileError } from "../../host/errors.js";
import type { StepReport } from "../../train/progress.js";
import type { NetworkBuilder, NetworkDescription } from "../../train/trainable.js";
import type { Training } from "../../train/training.js";
import { ModelCore, type TrainingSource } from "../base/core.js";
import { Model, type QuantizeOptions } from "../base/model.js";
import type { CreateRules } from "../base/network-choice.js";
import type { LabelColumn } from "../images/conditions.js";
import type { GridModelConfig, GridModelOptions, GridSetup } from "./config.js";
import type { GridFitOptions } from "./data.js";
import type { GeneratedGrids, GridGenerateOptions } from "./generate.js";
import type { AnyGridNetwork } from "./grid-network.js";
import type { GridNetworkConfig } from "./networks.js";
import type { GridScore } from "./score.js";

const KIND = "GridModel" as const;

type Engine = typeof import("./engine.js");
const loadEngine = (): Promise<Engine> => import("./engine.js");

/**
 * A model of grids of symbols, such as levels, maps, and pictures with a palette: it predicts each cell from those before it on a
 * path over the grid, from its neighbours on the lines before, and from how far the borders are (after Summerville and Mateas,
 * "Super Mario as a String: Platformer Level Generation Via LSTMs", 2016).
 *
 * ```ts
 * const levels = await GridSet.fromText(files);
 * const model = await GridModel.create({ grids: levels });
 * await model.fit(levels);
 * const { grids } = await model.generate({ width: 10, height: 10, rules: { counts: { "@": 1 } }, seed: 7 });
 * console.log(grids.text(0));
 * ```
 */
export class GridModel extends Model<AnyGridNetwork> {
  /** What builds the network that a description is of, here and in workers. @internal */
  static async builder({ config }: NetworkDescription): Promise<NetworkBuilder<AnyGridNetwork>> {
    return (await loadEngine()).build((config as GridNetworkConfig).kind);
  }

  /** The rules of the options of `create`, for the command line. @internal */
  static async rules(): Promise<CreateRules> {
    return (await loadEngine()).gridRules();
  }

  readonly config: GridModelConfig;
  /** What a cell can be. */
  readonly symbols: readonly string[];
  /** Columns of labels that the model knows; empty where it knows none. */
  readonly labels: readonly LabelColumn[];
  readonly #engine: Engine;

  private constructor(setup: GridSetup, core: ModelCore<AnyGridNetwork>, engine: Engine) {
    super(core);
    this.config = setup.config;
    this.symbols = setup.symbols;
    this.labels = setup.labels;
    this.#engine = engine;
  }

  /**
   * A new model with random weights.
   * @throws InvalidInputError for an option that cannot be used; OutOfMemoryError
   */
  static async create(options: GridModelOptions): Promise<GridModel> {
    const given = optionsAsGiven(options);
    const engine = await loadEngine();
    const setup = await engine.newGridSetup(given);
    const runtime = await runtimeOf(given);
    const { seed, network } = setup.config;
    const build = await engine.build(network);
    const core = new ModelCore(runtime, seed, engine.networkOf(setup), build).created(given);
    return new GridModel(setup, core, engine);
  }

  /** A model from the bytes of a file that `save` wrote. @throws ModelFileError */
  static async load(
    bytes: Uint8Array | ArrayBuffer,
    options: RuntimeOption = {},
  ): Promise<GridModel> {
    checkKeys("GridModel.load", options, ["runtime"]);
    const given = bytesAsGiven(bytes);
    const runtime = await runtimeOf(options);
    const file = readModelFile(given, KIND);
    if (!file.description) {
      throw new ModelFileError(
        'the file has no "simdream" metadata: it does not say what its symbols are',
      );
    }
    const engine = await loadEngine();
    const setup = await engine.storedGridSetup(file.description);
    const { seed, network } = setup.config;
    const build = await engine.build(network);
    const core = await ModelCore.open(runtime, seed, engine.networkOf(setup), build, file);
    return new GridModel(setup, core, engine);
  }

  /**
   * Trains on grids of any size whose symbols the model knows. `await` it to train to the end, or loop over it with `for await`
   * for a report after every step; losses are in nats a cell. Stops and resumes as every model does.
   * @throws InvalidInputError, also for a quantised model; DivergedError, or the signal's reason
   */
  fit(grids: GridSet, options: GridFitOptions = {}): Training<StepReport> {
    const source = async (): Promise<TrainingSource<AnyGridNetwork>> => {
      const { gridData, gridDataKeys } = await import("./data.js");
      return {
        own: gridDataKeys,
        data: (key, begun, network) =>
          gridData(network, this.#engine.learnedBy(this.#setup, grids), options, key, begun),
      };
    };
    return this.core.fit(options, source);
  }

  /**
   * Draws grids.
   * @throws InvalidInputError for an option that cannot be used, for rules that no grid can keep, or a model that was never
   *   trained; RefusedError where a grid is not playable after all tries; NotFiniteError, or the signal's reason
   */
  async generate(options: GridGenerateOptions = {}): Promise<GeneratedGrids> {
    const given = optionsAsGiven(options);
    this.core.needTrained();
    const { generateGrids } = await import("./generate.js");
    const features = this.#engine.featuresOf(this.#setup);
    return generateGrids(this.core.network, this.#setup, features, given);
  }

  /** Negative log-likelihood of grids, each cell given those before it on the path. @throws InvalidInputError */
  score(grids: GridSet): GridScore {
    const { learnedBy, scoreOf } = this.#engine;
    return scoreOf(this.core.network, learnedBy(this.#setup, grids));
  }

  /**
   * A copy for sampling: 8 bits a weight instead of 32, or 4, where the table of features and the matrix of the logits keep 8. It
   * has all the verbs but `fit`; its samples, too, are the same bits everywhere.
   * @throws InvalidInputError for weights that are not finite numbers, a model in training, or one of other bits
   */
  async quantize(options: QuantizeOptions = {}): Promise<GridModel> {
    const core = await this.narrowed(options);
    return core ? new GridModel(this.#setup, core, this.#engine) : this;
  }

  /** @internal */
  protected override stored(): StoredModel {
    const { order, width, height, seed, runs, counted, network: kind, ...sizes } = this.config;
    const { symbols, labels } = this;
    return {
      model: KIND,
      network: { kind, ...sizes },
      config: { order, width, height, seed, ...(runs && { runs }), ...(counted && { counted }) },
      assets: labels.length > 0 ? { symbols, labels } : { symbols },
    };
  }

  get #setup(): GridSetup {
    const { config, symbols, labels } = this;
    return { config, symbols, labels };
  }
}
