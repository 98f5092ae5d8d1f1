// The generative adversarial network as users see it.

import type { StoredModel } from "../../formats/model-file.js";
import { optionsAsGiven } from "../../host/as-given.js";
import type { RuntimeOption } from "../../host/default-runtime.js";
import { checkKeys } from "../../host/errors.js";
import type { Key } from "../../host/key.js";
import type { DataOptions, StepReport } from "../../train/progress.js";
import type { NetworkBuilder, NetworkDescription } from "../../train/trainable.js";
import type { Training } from "../../train/training.js";
import type { ModelCore } from "../base/core.js";
import type { LabelColumn, PictureLabels } from "./conditions.js";
import type { GANConfig, GANOptions } from "./gan-config.js";
import type { GANNetwork } from "./gan-network.js";
import type { GANScore, GANScoreOptions } from "./gan-score.js";
import type { GANFitOptions } from "./gan-training.js";
import type { InterpolateOptions } from "./interpolate.js";
import type { LatentGenerateOptions } from "./latents.js";
import type { Made } from "./made.js";
import { described } from "./picture-config.js";
import { asGiven, newCore, openPictures, PictureModel } from "./picture-model.js";
import type { PictureData } from "./rows.js";

const KIND = "GAN" as const;

type Engine = typeof import("./gan-engine.js");
const loadEngine = (): Promise<Engine> => import("./gan-engine.js");

/** Options of `GAN.generate`. */
export type GANGenerateOptions = LatentGenerateOptions;

/**
 * A generative adversarial network: a generator makes examples of latent vectors, and a discriminator learns to tell them
 * from real ones (Goodfellow et al., "Generative Adversarial Nets", 2014).
 *
 * ```ts
 * const digits = await ImageSet.fromIDX(imageFile, labelFile);
 * const gan = await GAN.create({ images: digits });
 * await gan.fit(digits, { epochs: 3 });
 * const png = await gan.generate({ samples: 64, seed: 1, labels: { label: "3" } }).images.grid();
 * ```
 */
export class GAN extends PictureModel<GANConfig, GANNetwork> {
  /** What builds the network, here and in workers. @internal */
  static async builder(_: NetworkDescription): Promise<NetworkBuilder<GANNetwork>> {
    return (await loadEngine()).build;
  }

  readonly #engine: Engine;
  readonly #maker: InstanceType<Engine["GANMaker"]>;

  private constructor(
    config: GANConfig,
    labels: readonly LabelColumn[],
    core: ModelCore<GANNetwork>,
    engine: Engine,
  ) {
    super(config, labels, core);
    this.#engine = engine;
    this.#maker = new engine.GANMaker(config, labels, core);
  }

  /**
   * A new model with random weights.
   * @throws InvalidInputError for an option that cannot be used; OutOfMemoryError
   */
  static async create(options: GANOptions): Promise<GAN> {
    const given = optionsAsGiven(options);
    const engine = await loadEngine();
    checkKeys("GAN.create", given, Object.keys(engine.ganRules));
    const { config, columns } = engine.ganConfig(given);
    const network = engine.networkOf(config, columns);
    const core = await newCore(given, config, network, engine.build);
    return new GAN(config, columns, core, engine);
  }

  /** A model from the bytes of a file that `save` wrote. @throws ModelFileError */
  static async load(bytes: Uint8Array | ArrayBuffer, options: RuntimeOption = {}): Promise<GAN> {
    const file = await openPictures(KIND, bytes, options);
    const engine = await loadEngine();
    const { config, columns } = engine.storedGAN(file.description);
    const core = await file.core(config, engine.networkOf(config, columns), engine.build);
    return new GAN(config, columns, core, engine);
  }

  /**
   * Trains: `await` it to train to the end, or loop over it with `for await` for a report after every step. `phases` have
   * the loss and the gradient norm of both sides, and how often the discriminator is right on real and on generated
   * examples. The run ends with an average of the generator's weights. Stops and resumes as every model does.
   * @throws InvalidInputError; DivergedError, or the signal's reason
   */
  fit(data: PictureData, options: GANFitOptions = {}): Training<StepReport> {
    const given = asGiven(data);
    const { config, core } = this;
    const { ganData, ganDataRules } = this.#engine;
    const make = (key: Key, begun?: DataOptions) =>
      ganData(core.network, config, this.labelled("data", given), options, key, begun);
    return core.fit(options, { own: [...Object.keys(ganDataRules), "features"], data: make });
  }

  /**
   * Makes examples from latent vectors that are drawn from N(0, 1).
   * @throws InvalidInputError for an option that cannot be used, or a model that was never trained
   */
  generate(options: GANGenerateOptions = {}): Made {
    return this.#maker.generate(options);
  }

  /**
   * The latent vectors from which `generate` with the same seed makes its examples: to average them, and to add and subtract
   * averages.
   * @throws InvalidInputError
   */
  latents(
    options: Pick<GANGenerateOptions, "samples" | "seed" | "temperature"> = {},
  ): Float32Array[] {
    return this.#maker.latents(options);
  }

  /**
   * Examples of latent vectors.
   * @param options.labels what they are made as, where the model knows labels
   * @throws InvalidInputError where a vector has another length
   */
  decode(
    latents: readonly Float32Array[],
    options: { readonly labels?: PictureLabels } = {},
  ): Made {
    return this.#maker.decode(latents, options);
  }

  /**
   * The way between two latent vectors, both ends included.
   * @throws InvalidInputError
   */
  interpolate(from: Float32Array, to: Float32Array, options: InterpolateOptions = {}): Made {
    return this.#maker.interpolate(from, to, options);
  }

  /**
   * How near examples that the model makes are to these: vectors by their numbers, pictures by `features` or else by the means
   * of 4×4 cells.
   * @throws InvalidInputError
   */
  score(data: PictureData, options: GANScoreOptions = {}): GANScore {
    return this.#maker.score(this.labelled("data", data), options);
  }

  /** The discriminator's numbers for examples: the larger, the more real they look to it. @throws InvalidInputError */
  discriminate(data: PictureData): Float32Array {
    return this.#maker.discriminate(this.labelled("data", data));
  }

  /**
   * What the discriminator's hidden layers give of examples: features that were learned without labels. Of convolutions they are the
   * largest numbers of 4×4 cells of each layer (Radford et al. 2016).
   * @throws InvalidInputError
   */
  features(data: PictureData): Float32Array[] {
    return this.#maker.features(this.labelled("data", data));
  }

  /** @internal */
  protected override around(core: ModelCore<GANNetwork>): this {
    return new GAN(this.config, this.labels, core, this.#engine) as this;
  }

  /** @internal */
  protected override stored(): StoredModel {
    const { latent, spectral } = this.config;
    return { model: KIND, ...described(this.config, { latent, spectral }, this.labels) };
  }
}
