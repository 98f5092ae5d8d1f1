// The generative adversarial network as users see it.

import type { ModelDescription } from "../../formats/model-file.js";
import type { RuntimeOption } from "../../host/default-runtime.js";
import { checkKeys, checkNumber } from "../../host/errors.js";
import type { Key } from "../../host/key.js";
import { atOnce } from "../../host/pieces.js";
import type { DataOptions, StepReport } from "../../train/progress.js";
import type { NetworkBuilder, NetworkDescription } from "../../train/trainable.js";
import type { Training } from "../../train/training.js";
import { ModelCore } from "../base/core.js";
import { type LabelColumn, labelsOfPlaces, type PictureLabels, placesFor } from "./conditions.js";
import { type GANConfig, type GANOptions, ganConfig, ganRules, storedGAN } from "./gan-config.js";
import { GANNetwork, type GANNetworkConfig } from "./gan-network.js";
import { featureRows, judgeRows, makeRows } from "./gan-samples.js";
import {
  checkFeatures,
  checkScore,
  type GANScore,
  type GANScoreOptions,
  measureGAN,
  reference,
} from "./gan-score.js";
import { checkNumbers, type GANFitOptions, ganData, ganDataRules } from "./gan-training.js";
import { between, checkWay, type InterpolateOptions } from "./interpolate.js";
import { checkLatents, drawLatents, type LatentGenerateOptions } from "./latents.js";
import { Made } from "./made.js";
import { described } from "./picture-config.js";
import {
  asGiven,
  checkNothingCarried,
  drawKey,
  openPictures,
  PictureModel,
  picturesRuntime,
} from "./picture-model.js";
import type { PictureData } from "./rows.js";

const KIND = "GAN" as const;

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
  static builder(_: NetworkDescription): NetworkBuilder<GANNetwork> {
    return build;
  }

  private constructor(
    config: GANConfig,
    labels: readonly LabelColumn[],
    core: ModelCore<GANNetwork>,
  ) {
    super(config, labels, core);
  }

  /**
   * A new model with random weights.
   * @throws InvalidInputError for an option that cannot be used; OutOfMemoryError
   */
  static async create(options: GANOptions): Promise<GAN> {
    checkKeys("GAN.create", options, Object.keys(ganRules));
    const { config, columns } = ganConfig(options);
    const runtime = await picturesRuntime(options);
    const core = new ModelCore(runtime, config.seed, networkOf(config, columns), build);
    return new GAN(config, columns, core);
  }

  /** A model from the bytes of a file that `save` wrote. @throws ModelFileError */
  static async load(bytes: Uint8Array | ArrayBuffer, options: RuntimeOption = {}): Promise<GAN> {
    const { runtime, file, description } = await openPictures(KIND, bytes, options);
    const { config, columns } = storedGAN(description);
    const network = networkOf(config, columns);
    const { seed } = config;
    const core = await ModelCore.open(runtime, seed, network, build, file, checkNothingCarried);
    return new GAN(config, columns, core);
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
    const make = (key: Key, begun?: DataOptions) =>
      ganData(core.network, config, this.labelled("data", given), options, key, begun);
    return core.fit(options, { own: [...Object.keys(ganDataRules), "features"], data: make });
  }

  /**
   * Makes examples from latent vectors that are drawn from N(0, 1).
   * @throws InvalidInputError for an option that cannot be used, or a model that was never trained
   */
  generate(options: GANGenerateOptions = {}): Made {
    checkKeys("generate", options, ["samples", "seed", "temperature", "labels"]);
    const { samples = 1, temperature = 1 } = options;
    checkNumber("samples", samples, { integer: true, min: 1, max: 1e6 });
    const key = this.#key(options.seed);
    const places = placesFor(this.labels, options.labels, samples, key.fold(LABELS));
    return this.#made(this.#latents(samples, temperature, key), places);
  }

  /**
   * The latent vectors from which `generate` with the same seed makes its examples: to average them, and to add and subtract
   * averages.
   * @throws InvalidInputError
   */
  latents(
    options: Pick<GANGenerateOptions, "samples" | "seed" | "temperature"> = {},
  ): Float32Array[] {
    checkKeys("latents", options, ["samples", "seed", "temperature"]);
    const { samples = 1, temperature = 1 } = options;
    checkNumber("samples", samples, { integer: true, min: 1, max: 1e6 });
    return this.#latents(samples, temperature, this.#key(options.seed));
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
    checkKeys("decode", options, ["labels"]);
    checkLatents(latents, this.config.latent);
    const places = placesFor(this.labels, options.labels, latents.length, this.#key(0));
    return this.#made(latents, places);
  }

  /**
   * The way between two latent vectors, both ends included.
   * @throws InvalidInputError
   */
  interpolate(from: Float32Array, to: Float32Array, options: InterpolateOptions = {}): Made {
    checkKeys("interpolate", options, ["steps", "spherical", "labels"]);
    const { steps, spherical } = checkWay(options);
    checkLatents([from], this.config.latent, "from");
    checkLatents([to], this.config.latent, "to");
    const way = between(this.core.machine, from, to, steps, spherical);
    const one = placesFor(this.labels, options.labels, 1, this.#key(0));
    const places = Int32Array.from({ length: steps * one.length }, (_, i) => one[i % one.length]);
    return this.#made(way, places);
  }

  /**
   * How near examples that the model makes are to these: vectors by their numbers, pictures by `features` or else by the means
   * of 4×4 cells.
   * @throws InvalidInputError
   */
  score(data: PictureData, options: GANScoreOptions = {}): GANScore {
    const all = this.labelled("data", data);
    checkNumbers(this.config, all);
    const { seed, neighbours } = checkScore(all, options);
    const { network, machine } = this.core;
    const { shape } = this.config;
    checkFeatures(shape, options.features);
    const real = reference(shape, options.features)(all);
    return atOnce(measureGAN(network, real, all, drawKey(machine, seed), neighbours));
  }

  /** The discriminator's numbers for examples: the larger, the more real they look to it. @throws InvalidInputError */
  discriminate(data: PictureData): Float32Array {
    const all = this.labelled("data", data);
    checkNumbers(this.config, all);
    const rows = atOnce(judgeRows(this.core.network, all));
    return Float32Array.from(rows, ([logit]) => logit);
  }

  /**
   * What the discriminator's hidden layers give of examples: features that were learned without labels. Of convolutions they are the
   * largest numbers of 4×4 cells of each layer (Radford et al. 2016).
   * @throws InvalidInputError
   */
  features(data: PictureData): Float32Array[] {
    const all = this.labelled("data", data);
    checkNumbers(this.config, all);
    return atOnce(featureRows(this.core.network, all));
  }

  /** @internal */
  protected override around(core: ModelCore<GANNetwork>): this {
    return new GAN(this.config, this.labels, core) as this;
  }

  /** @internal */
  protected override stored(): Pick<ModelDescription, "model" | "network" | "config" | "assets"> {
    const { latent, spectral } = this.config;
    return { model: KIND, ...described(this.config, { latent, spectral }, this.labels) };
  }

  #key(seed = 0): Key {
    return drawKey(this.core.machine, checkNumber("seed", seed, { integer: true, min: 0 }));
  }

  #latents(samples: number, temperature: number, key: Key): Float32Array[] {
    checkNumber("temperature", temperature, { min: 0, max: 100 });
    return drawLatents(samples, this.config.latent, temperature, key.fold(LATENTS));
  }

  #made(latents: readonly Float32Array[], places: Int32Array): Made {
    this.core.needTrained();
    const rows = atOnce(makeRows(this.core.network, latents, places));
    return new Made(this.config.shape, rows, labelsOfPlaces(this.labels, places));
  }
}

/** Keys of what `generate` draws. */
const [LABELS, LATENTS] = [0, 1];

const build: NetworkBuilder<GANNetwork> = (parameters, description) =>
  new GANNetwork(parameters, description);

function networkOf(
  { shape, body, latent, spectral }: GANConfig,
  columns: readonly LabelColumn[],
): NetworkDescription {
  const classes = columns.map((column) => column.classes.length);
  const network: GANNetworkConfig = { shape, body, latent, spectral, classes };
  return { model: KIND, network };
}
