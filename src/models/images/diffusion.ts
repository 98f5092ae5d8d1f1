// Diffusion as users see it: examples out of noise, step by step.

import type { StoredModel } from "../../formats/model-file.js";
import { optionsAsGiven } from "../../host/as-given.js";
import type { RuntimeOption } from "../../host/default-runtime.js";
import { checkKeys, describe, InvalidInputError } from "../../host/errors.js";
import type { Key } from "../../host/key.js";
import { atOnce } from "../../host/pieces.js";
import type { Tokenizer } from "../../text/tokenizer.js";
import type { TrainingOptions } from "../../train/options.js";
import type { DataOptions, StepReport } from "../../train/progress.js";
import type { NetworkBuilder, NetworkDescription } from "../../train/trainable.js";
import type { Training } from "../../train/training.js";
import type { ModelCore } from "../base/core.js";
import type { Labelled } from "./batches.js";
import type { DiffusionConfig, DiffusionOptions, DiffusionParts } from "./diffusion-config.js";
import type { PictureMasks } from "./diffusion-inpaint.js";
import type { Emerging } from "./diffusion-maker.js";
import type { DiffusionNetwork } from "./diffusion-network.js";
import type {
  DiffusionGenerateOptions,
  DiffusionStreamOptions,
  InpaintOptions,
  InterpolateSeedsOptions,
  VaryOptions,
} from "./diffusion-options.js";
import type { Teacher } from "./diffusion-reflow.js";
import type { DiffusionScore, DiffusionScoreOptions } from "./diffusion-score.js";
import type { DiffusionDataOptions } from "./diffusion-training.js";
import type { Made } from "./made.js";
import { asGiven, drawKey, newCore, openPictures, PictureModel } from "./picture-model.js";
import { checkFractions, type PictureData } from "./rows.js";

const KIND = "Diffusion" as const;

/** What else can be done where pictures have no captions. */
const INSTEAD = ", or create the model with captions: false";

type Engine = typeof import("./diffusion-engine.js");
const loadEngine = (): Promise<Engine> => import("./diffusion-engine.js");

/** Options of `Diffusion.fit`. */
export interface DiffusionFitOptions extends TrainingOptions, DiffusionDataOptions {
  /**
   * Another flow, such as the same file loaded once more: the model learns where its ways lead instead of the data, so that
   * fewer steps are enough (reflow). A run that is resumed is given it again.
   */
  readonly reflow?: Diffusion;
}

/**
 * Diffusion, and flow matching by default: a network learns to turn noise into examples, step by step.
 *
 * ```ts
 * const digits = await ImageSet.fromIDX(imageFile, labelFile);
 * const model = await Diffusion.create({ images: digits });
 * await model.fit(digits, { epochs: 3 });
 * const png = await model.generate({ samples: 64, seed: 1, labels: { label: "3" }, guidance: 2 }).images.grid();
 * ```
 */
export class Diffusion extends PictureModel<DiffusionConfig, DiffusionNetwork> {
  /** What builds the network, here and in workers. @internal */
  static async builder(network: NetworkDescription): Promise<NetworkBuilder<DiffusionNetwork>> {
    return (await loadEngine()).builderOf(network);
  }

  readonly #engine: Engine;
  readonly #parts: DiffusionParts;
  readonly #maker: InstanceType<Engine["DiffusionMaker"]>;

  private constructor(parts: DiffusionParts, core: ModelCore<DiffusionNetwork>, engine: Engine) {
    super(parts.config, parts.columns, core);
    this.#engine = engine;
    this.#parts = parts;
    this.#maker = new engine.DiffusionMaker(parts, core);
  }

  /** What cuts captions and prompts; undefined for a model that learns none. */
  get tokenizer(): Tokenizer | undefined {
    return this.#parts.words?.tokenizer;
  }

  /**
   * A new model with random weights.
   * @throws InvalidInputError for an option that cannot be used; OutOfMemoryError
   */
  static async create(options: DiffusionOptions): Promise<Diffusion> {
    const given = optionsAsGiven(options);
    const engine = await loadEngine();
    checkKeys("Diffusion.create", given, Object.keys(engine.diffusionRules));
    const parts = await engine.newDiffusion(given);
    const network = engine.networkOf(parts);
    const core = await newCore(given, parts.config, network, await engine.builderOf(network));
    return new Diffusion(parts, core, engine);
  }

  /** A model from the bytes of a file that `save` wrote. @throws ModelFileError */
  static async load(
    bytes: Uint8Array | ArrayBuffer,
    options: RuntimeOption = {},
  ): Promise<Diffusion> {
    const file = await openPictures(KIND, bytes, options);
    const engine = await loadEngine();
    const parts = await engine.storedDiffusion(file.description);
    const network = engine.networkOf(parts);
    const core = await file.core(parts.config, network, await engine.builderOf(network));
    return new Diffusion(parts, core, engine);
  }

  /**
   * Trains: `await` it to train to the end, or loop over it with `for await` for a report after every step. The loss is
   * the mean squared error of what is predicted. The run ends with an average of the weights. Stops and resumes as every
   * model does.
   * @throws InvalidInputError; DivergedError, or the signal's reason
   */
  fit(data: PictureData, options: DiffusionFitOptions = {}): Training<StepReport> {
    const given = asGiven(data);
    const { core } = this;
    const { reflow, ...rest } = { ...options };
    const own = [...Object.keys(this.#engine.diffusionDataRules), "reflow"];
    return core.fit(options, {
      own,
      data: (key: Key, begun?: DataOptions) => {
        const teacher = reflow === undefined ? undefined : this.#teacher(reflow);
        const learner = { ...this.#parts, network: core.network };
        const all = this.#told("data", given);
        return this.#engine.diffusionData(learner, all, rest, key, begun, teacher);
      },
    });
  }

  /**
   * Makes examples from noise. A column of labels of which nothing is asked is drawn as often as the pictures had each class.
   * @throws InvalidInputError for an option that cannot be used, or a model that was never trained
   */
  generate(options: DiffusionGenerateOptions = {}): Made {
    return this.#maker.generate(options);
  }

  /**
   * The same step by step: the examples as they emerge from the noise. The last piece has what `generate` gives.
   * @throws InvalidInputError, or the signal's reason
   */
  async *stream(options: DiffusionStreamOptions = {}): AsyncGenerator<Emerging, void, void> {
    yield* this.#maker.stream(options);
  }

  /**
   * Makes parts of examples new, so that they fit the rest, which stays as it is to the bit.
   * @param masks where they are made new: white pixels, or numbers above 0.5
   * @param options.labels what they show; by default the model is told nothing of it
   * @throws InvalidInputError
   */
  inpaint(images: PictureData, masks: PictureMasks, options: InpaintOptions = {}): Made {
    return this.#maker.inpaint(images, masks, options);
  }

  /**
   * Variations of examples: each goes a part of the way back to noise, and from there to another example (Meng et al.,
   * "SDEdit", 2022).
   * @param options.labels what they shall show; by default the model is told nothing of it
   * @throws InvalidInputError
   */
  vary(images: PictureData, options: VaryOptions = {}): Made {
    return this.#maker.vary(images, options);
  }

  /**
   * Examples from the noise between that of two seeds; the first and the last are what `generate` makes of them.
   * @throws InvalidInputError
   */
  interpolate(from: number, to: number, options: InterpolateSeedsOptions = {}): Made {
    return this.#maker.interpolate(from, to, options);
  }

  /**
   * How well the model predicts examples, at ten times between example and noise: mean squared errors.
   * @throws InvalidInputError
   */
  score(data: PictureData, options: DiffusionScoreOptions = {}): DiffusionScore {
    checkKeys("score", options, ["seed"]);
    const { machine, network } = this.core;
    const key = drawKey(machine, options.seed);
    const all = this.#told("data", data);
    checkFractions(this.config.shape, all.rows);
    const learner = { ...this.#parts, network };
    return atOnce(this.#engine.scoreDiffusion(learner, all, key));
  }

  /** @throws InvalidInputError */
  #teacher(model: Diffusion): Teacher {
    if (!(model instanceof Diffusion) || model === this) {
      throw new InvalidInputError(
        `reflow must be another Diffusion, such as the same file loaded once more, got ${model === this ? "the model itself" : describe(model)}`,
      );
    }
    model.core.needTrained("the teacher of reflow");
    const { network } = model.core;
    return { ...model.#parts, network, fingerprint: model.fingerprint() };
  }

  /** Data as given, with the labels and captions that the model knows. @throws InvalidInputError */
  #told(what: string, data: PictureData): Labelled {
    const { words } = this.#parts;
    const all = this.labelled(what, data);
    return words ? { ...all, captions: words.read(what, data, INSTEAD) } : all;
  }

  /** @internal */
  protected override around(core: ModelCore<DiffusionNetwork>): this {
    return new Diffusion(this.#parts, core, this.#engine) as this;
  }

  /** @internal */
  protected override stored(): StoredModel {
    return { model: KIND, ...this.#engine.describedDiffusion(this.#parts) };
  }
}
