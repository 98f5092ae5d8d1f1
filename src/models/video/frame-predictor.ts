// The frame predictor as users see it.

import type { ImageSet } from "../../data/images/image-set.js";
import type { StoredModel } from "../../formats/model-file.js";
import { optionsAsGiven } from "../../host/as-given.js";
import type { RuntimeOption } from "../../host/default-runtime.js";
import { checkFlag, checkKeys, checkNumber, InvalidInputError } from "../../host/errors.js";
import type { Key } from "../../host/key.js";
import { atOnce } from "../../host/pieces.js";
import type { DataOptions, StepReport } from "../../train/progress.js";
import type { NetworkBuilder, NetworkDescription } from "../../train/trainable.js";
import type { Training } from "../../train/training.js";
import type { ModelCore } from "../base/core.js";
import { joined, Made } from "../images/made.js";
import { described } from "../images/picture-config.js";
import { drawKey, newCore, openPictures, PictureModel } from "../images/picture-model.js";
import { numbers } from "../images/rows.js";
import type { FramePredictorConfig, FramePredictorOptions } from "./frames-config.js";
import type { FramePredictorNetwork } from "./frames-network.js";
import type { FramePredictorFitOptions } from "./frames-training.js";

const KIND = "FramePredictor" as const;

type Engine = typeof import("./frames-engine.js");
const loadEngine = (): Promise<Engine> => import("./frames-engine.js");

/** Options of `FramePredictor.continue`. */
export interface ContinueOptions {
  /** Frames that are made of each clip. Default: as many as were predicted in training. */
  readonly frames?: number;
  /**
   * 0: every frame is the mean of what may come. Above 0 each frame is drawn, and the next one is read from what was drawn:
   * `bernoulli` pixels are black or white, their log-odds divided by the temperature; of a `gaussian` it multiplies the deviation.
   * Default 0.
   */
  readonly temperature?: number;
  /** Of what is drawn: a clip and a seed have the same continuation among any others. Default 0. */
  readonly seed?: number;
  /** Whether the clips' own frames come first in what is given. Default false. */
  readonly whole?: boolean;
}

/** How well the frames after the first `input` of clips are predicted. */
export interface FramePredictorScore {
  /** Squared error, summed over a frame's numbers from 0 to 1, mean over frames and clips; each is read from the mean of the one before. */
  readonly mse: number;
  /** The same of each predicted frame in turn. */
  readonly frames: readonly number[];
  /** The same of the last frame that was read, in place of every predicted one. */
  readonly copying: number;
  /** Negative log-likelihood of a frame in nats, given those before it as they are; where the loss is a likelihood. */
  readonly nats?: number;
  readonly examples: number;
}

/**
 * A predictor of frames: a convolutional LSTM that reads the beginning of a clip and continues it frame by frame (Shi et al.,
 * "Convolutional LSTM Network: A Machine Learning Approach for Precipitation Nowcasting", 2015).
 *
 * ```ts
 * const clips = await ImageSet.fromGIF(files);
 * const model = await FramePredictor.create({ clips, input: 10 });
 * await model.fit(clips, { steps: 2000 });
 * const longer = model.continue(clips.first(4), { frames: 20, whole: true }).images;
 * ```
 */
export class FramePredictor extends PictureModel<FramePredictorConfig, FramePredictorNetwork> {
  /** What builds the network, here and in workers. @internal */
  static async builder(_: NetworkDescription): Promise<NetworkBuilder<FramePredictorNetwork>> {
    return (await loadEngine()).build;
  }

  readonly #engine: Engine;

  private constructor(
    config: FramePredictorConfig,
    core: ModelCore<FramePredictorNetwork>,
    engine: Engine,
  ) {
    super(config, [], core);
    this.#engine = engine;
  }

  /**
   * A new model with random weights; with `clips` its predictions begin at their mean.
   * @throws InvalidInputError for an option that cannot be used; OutOfMemoryError
   */
  static async create(options: FramePredictorOptions): Promise<FramePredictor> {
    const given = optionsAsGiven(options);
    const engine = await loadEngine();
    checkKeys("FramePredictor.create", given, Object.keys(engine.framePredictorRules));
    const config = engine.framePredictorConfig(given);
    const core = await newCore(given, config, engine.networkOf(config), engine.build);
    const { clips } = given;
    if (clips) core.network.beginAt(engine.clipsOf("clips", clips, config.shape, 1));
    return new FramePredictor(config, core, engine);
  }

  /** A model from the bytes of a file that `save` wrote. @throws ModelFileError */
  static async load(
    bytes: Uint8Array | ArrayBuffer,
    options: RuntimeOption = {},
  ): Promise<FramePredictor> {
    const file = await openPictures(KIND, bytes, options);
    const engine = await loadEngine();
    const config = engine.storedFramePredictor(file.description);
    const core = await file.core(config, engine.networkOf(config), engine.build);
    return new FramePredictor(config, core, engine);
  }

  /**
   * Trains on clips of at least `input` + `output` frames; of longer ones other frames each time. `await` it to train to the
   * end, or loop over it with `for await` for a report after every step. The loss is what `loss` says, a frame; `measures` of
   * a validation have `mse`. Stops and resumes as every model does.
   * @throws InvalidInputError; DivergedError, or the signal's reason
   */
  fit(clips: ImageSet, options: FramePredictorFitOptions = {}): Training<StepReport> {
    const { config, core } = this;
    const { begins, framesData, framesDataRules, clipsOf } = this.#engine;
    const make = (key: Key, begun?: DataOptions) => {
      const { shape, input, output } = config;
      const all = clipsOf("clips", clips, shape, input + output);
      if (begins(core.run)) core.network.beginAt(clipsOf("clips", clips, shape, 1));
      return framesData(core.network, config, all, options, key, begun);
    };
    return core.fit(options, { own: Object.keys(framesDataRules), data: make });
  }

  /**
   * The frames that follow clips, at their pace. Of longer clips the last `input` frames are read, as in training; shorter ones will do.
   * @throws InvalidInputError for an option that cannot be used, for frames of another size, or a model that was never trained
   */
  continue(clips: ImageSet, options: ContinueOptions = {}): Made {
    checkKeys("continue", options, ["frames", "temperature", "seed", "whole"]);
    const { shape, output, loss } = this.config;
    const count = checkNumber("frames", options.frames ?? output, {
      ...{ integer: true, min: 1, max: 10000 },
    });
    const temperature = checkNumber("temperature", options.temperature ?? 0, { min: 0, max: 100 });
    const whole = checkFlag("whole", options.whole ?? false);
    if (temperature > 0 && loss === "squared") {
      throw new InvalidInputError(
        'temperature: a model of squared errors has no distribution to draw frames from; create it with loss "bernoulli" or "gaussian"',
      );
    }
    const { machine, network } = this.core;
    const key = drawKey(machine, options.seed);
    const all = this.#engine.clipsOf("clips", clips, shape, 1);
    this.core.needTrained();
    const made = atOnce(this.#engine.continued(network, all, count, { temperature, key }));
    const of = (frames: number, rows: readonly Float32Array[]) =>
      new Made([frames, ...shape], rows, [], undefined, clips.fps);
    if (!whole) return of(count, made);
    const rows = made.map((row, i) => joined([numbers(all.rows, i, i + 1), row]));
    return of(all.frames + count, rows);
  }

  /**
   * How well the frames after the first `input` of clips are predicted.
   * @throws InvalidInputError, also for clips of fewer than `input` + `output` frames
   */
  score(clips: ImageSet): FramePredictorScore {
    const { shape, input, output, loss } = this.config;
    const { clipsOf, measured, copied } = this.#engine;
    const all = clipsOf("clips", clips, shape, input + output);
    const { network } = this.core;
    const { squared } = atOnce(measured(network, all, false));
    return {
      mse: squared.reduce((sum, one) => sum + one, 0) / output,
      frames: squared,
      copying: copied(this.config, all),
      ...(loss === "squared" ? {} : { nats: atOnce(measured(network, all, true)).loss }),
      examples: all.rows.count,
    };
  }

  /** @internal */
  protected override around(core: ModelCore<FramePredictorNetwork>): this {
    return new FramePredictor(this.config, core, this.#engine) as this;
  }

  /** @internal */
  protected override stored(): StoredModel {
    const { input, output, loss } = this.config;
    return { model: KIND, ...described(this.config, { input, output, loss }, []) };
  }
}
