// The model of grids as users see it: levels, maps, pixel art.

import type { GridSet } from "../../data/grids/grid-set.js";
import { readModelFile, type StoredModel } from "../../formats/model-file.js";
import { bytesAsGiven, optionsAsGiven } from "../../host/as-given.js";
import { type RuntimeOption, runtimeOf } from "../../host/default-runtime.js";
import { checkKeys, ModelFileError } from "../../host/errors.js";
import { atOnce } from "../../host/pieces.js";
import type { StepReport } from "../../train/progress.js";
import type { NetworkBuilder, NetworkDescription } from "../../train/trainable.js";
import type { Training } from "../../train/training.js";
import { ModelCore, type TrainingSource } from "../base/core.js";
import { Model, type QuantizeOptions } from "../base/model.js";
import { builderOf, type CreateRules } from "../base/network-choice.js";
import { classCounts, type LabelColumn, placesOf } from "../images/conditions.js";
import {
  checkGridSet,
  type GridModelConfig,
  type GridModelOptions,
  type GridSetup,
  gridRules,
  newGridSetup,
  storedGridSetup,
} from "./config.js";
import type { GridFitOptions } from "./data.js";
import { GridFeatures } from "./features.js";
import type { GeneratedGrids, GridGenerateOptions } from "./generate.js";
import type { AnyGridNetwork } from "./grid-network.js";
import { type GridNetworkConfig, networks } from "./networks.js";
import { type GridScore, measureGrids } from "./score.js";
import type { LearnedGrids } from "./windows.js";

const KIND = "GridModel" as const;

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
  static builder({ config }: NetworkDescription): Promise<NetworkBuilder<AnyGridNetwork>> {
    return builderOf(networks, (config as GridNetworkConfig).kind);
  }

  /** The rules of the options of `create`, for the command line. @internal */
  static rules(): Promise<CreateRules> {
    return gridRules();
  }

  readonly config: GridModelConfig;
  /** What a cell can be. */
  readonly symbols: readonly string[];
  /** Columns of labels that the model knows; empty where it knows none. */
  readonly labels: readonly LabelColumn[];
  readonly #features: GridFeatures;

  private constructor(setup: GridSetup, core: ModelCore<AnyGridNetwork>) {
    super(core);
    this.config = setup.config;
    this.symbols = setup.symbols;
    this.labels = setup.labels;
    this.#features = featuresOf(setup);
  }

  /**
   * A new model with random weights.
   * @throws InvalidInputError for an option that cannot be used; OutOfMemoryError
   */
  static async create(options: GridModelOptions): Promise<GridModel> {
    const given = optionsAsGiven(options);
    const setup = await newGridSetup(given);
    const runtime = await runtimeOf(given);
    const build = await builderOf<AnyGridNetwork>(networks, setup.config.network);
    const core = new ModelCore(runtime, setup.config.seed, networkOf(setup), build);
    return new GridModel(setup, core);
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
    const setup = await storedGridSetup(file.description);
    const { seed, network } = setup.config;
    const build = await builderOf<AnyGridNetwork>(networks, network);
    const core = await ModelCore.open(runtime, seed, networkOf(setup), build, file);
    return new GridModel(setup, core);
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
        data: (key, begun, network) => gridData(network, this.#learned(grids), options, key, begun),
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
    return generateGrids(this.core.network, this.#setup, this.#features, given);
  }

  /** Negative log-likelihood of grids, each cell given those before it on the path. @throws InvalidInputError */
  score(grids: GridSet): GridScore {
    const learned = this.#learned(grids);
    return atOnce(
      measureGrids(
        this.core.network,
        learned,
        learned.set.grids.map((_, i) => i),
      ),
    );
  }

  /**
   * A copy for sampling: 8 bits a weight instead of 32, or 4, where the table of features and the matrix of the logits keep 8. It
   * has all the verbs but `fit`; its samples, too, are the same bits everywhere.
   * @throws InvalidInputError for weights that are not finite numbers, a model in training, or one of other bits
   */
  async quantize(options: QuantizeOptions = {}): Promise<GridModel> {
    const core = await this.narrowed(options);
    return core ? new GridModel(this.#setup, core) : this;
  }

  /** @internal */
  protected override stored(): StoredModel {
    const { order, width, height, seed, network: kind, ...sizes } = this.config;
    const { symbols, labels } = this;
    return {
      model: KIND,
      network: { kind, ...sizes },
      config: { order, width, height, seed },
      assets: labels.length > 0 ? { symbols, labels } : { symbols },
    };
  }

  get #setup(): GridSetup {
    const { config, symbols, labels } = this;
    return { config, symbols, labels };
  }

  /** Grids as the model learns them. @throws InvalidInputError for symbols or labels that it does not know */
  #learned(grids: GridSet): LearnedGrids {
    const set = checkGridSet("grids", grids).withSymbols(this.symbols);
    const places = placesOf(this.labels, set, "grids");
    const { order } = this.config;
    return { set, places, columns: this.labels.length, features: this.#features, order };
  }
}

function featuresOf({ config, symbols, labels }: GridSetup): GridFeatures {
  return new GridFeatures(symbols.length, config.order, classCounts(labels));
}

function networkOf(setup: GridSetup): NetworkDescription {
  const { order: _, width: _w, height: _h, seed: _s, network: kind, ...sizes } = setup.config;
  const { rows: table, size: features } = featuresOf(setup);
  const config = { kind, ...sizes, table, features };
  return { model: KIND, classes: setup.symbols.length, config };
}
