// The variational autoencoder as users see it.

import type { StoredModel } from "../../formats/model-file.js";
import type { RuntimeOption } from "../../host/default-runtime.js";
import { checkFlag, checkKeys, checkNumber } from "../../host/errors.js";
import type { Key } from "../../host/key.js";
import { isKind } from "../../host/kinds.js";
import { atOnce } from "../../host/pieces.js";
import type { DataOptions, StepReport } from "../../train/progress.js";
import type { NetworkBuilder, NetworkDescription } from "../../train/trainable.js";
import type { Training } from "../../train/training.js";
import type { ModelCore } from "../base/core.js";
import { headOf } from "./adversary-config.js";
import { opposedBuilder, opposing } from "./adversary-engine.js";
import {
  classCounts,
  type LabelColumn,
  labelsOfPlaces,
  type PictureLabels,
  placesFor,
} from "./conditions.js";
import { between, checkWay, type InterpolateOptions, oneOnly } from "./interpolate.js";
import {
  checkLatents,
  decodeRows,
  drawLatents,
  type Encoded,
  encodeRows,
  type LatentGenerateOptions,
} from "./latents.js";
import { Made, repeated } from "./made.js";
import { described } from "./picture-config.js";
import { asGiven, drawKey, newCore, openPictures, PictureModel } from "./picture-model.js";
import { type PictureData, rowsOf } from "./rows.js";
import { storedVAE, type VAEConfig, type VAEOptions, vaeConfig, vaeRules } from "./vae-config.js";
import { VAENetwork, type VAENetworkConfig } from "./vae-network.js";
import { checkPixels, scoreVAE, type VAEScore, type VAEScoreOptions } from "./vae-score.js";
import type { VAEFitOptions } from "./vae-training.js";

const KIND = "VAE" as const;

/** Options of `VAE.generate`. */
export interface VAEGenerateOptions extends LatentGenerateOptions {
  /** Draw the pixels, too, instead of giving their means. Default false. */
  readonly drawPixels?: boolean;
}

/**
 * A variational autoencoder: an encoder brings examples into a latent space with a Gaussian prior, a decoder makes examples
 * of latent vectors (Kingma and Welling, "Auto-Encoding Variational Bayes", 2014).
 *
 * ```ts
 * const digits = await ImageSet.fromIDX(imageFile, labelFile);
 * const vae = await VAE.create({ images: digits });
 * await vae.fit(digits, { epochs: 10 });
 * const png = await vae.generate({ samples: 64, seed: 1, labels: { label: "3" } }).images.grid();
 * ```
 */
export class VAE extends PictureModel<VAEConfig, VAENetwork> {
  /** What builds the network, here and in workers. @internal */
  static builder({ network }: NetworkDescription): Promise<NetworkBuilder<VAENetwork>> {
    return opposedBuilder(VAENetwork, network as VAENetworkConfig);
  }

  private constructor(
    config: VAEConfig,
    labels: readonly LabelColumn[],
    core: ModelCore<VAENetwork>,
  ) {
    super(config, labels, core);
  }

  /**
   * A new model with random weights; with `images` the decoder begins at their mean.
   * @throws InvalidInputError for an option that cannot be used; OutOfMemoryError
   */
  static async create(options: VAEOptions): Promise<VAE> {
    checkKeys("VAE.create", options, Object.keys(vaeRules));
    const images = options.images && asGiven(options.images);
    const given = { ...options, images };
    const { config, columns } = vaeConfig(given, await opposing(options.adversary));
    const first = images && rowsOf("images", images, config.shape);
    const core = await newCore(
      options,
      config,
      networkOf(config, columns),
      await opposedBuilder(VAENetwork, config),
    );
    if (first) core.network.beginAt(first);
    return new VAE(config, columns, core);
  }

  /** A model from the bytes of a file that `save` wrote. @throws ModelFileError */
  static async load(bytes: Uint8Array | ArrayBuffer, options: RuntimeOption = {}): Promise<VAE> {
    const file = await openPictures(KIND, bytes, options);
    const { config, columns } = storedVAE(
      file.description,
      await opposing(file.description.config.adversary),
    );
    return new VAE(
      config,
      columns,
      await file.core(config, networkOf(config, columns), await opposedBuilder(VAENetwork, config)),
    );
  }

  /**
   * Trains: `await` it to train to the end, or loop over it with `for await` for a report after every step. The loss is
   * the negative evidence lower bound in nats an example; `parts` are `reconstruction` and `kl`. Stops and resumes as every
   * model does.
   * @throws InvalidInputError; DivergedError, or the signal's reason
   */
  fit(data: PictureData, options: VAEFitOptions = {}): Training<StepReport> {
    const given = asGiven(data);
    const { config, core } = this;
    return core.fit(options, async () => {
      const { begins, withGuessed, vaeData, vaeDataRules } = await import("./vae-training.js");
      const make = (key: Key, begun?: DataOptions) => {
        const all = withGuessed(this.labelled("data", given), given, config.adversary);
        if (begins(core.run)) core.network.beginAt(all.rows);
        return vaeData(core.network, config, all, options, key, begun);
      };
      return { own: Object.keys(vaeDataRules), data: make };
    });
  }

  /**
   * Makes examples from latent vectors that are drawn from the prior.
   * @throws InvalidInputError for an option that cannot be used, or a model that was never trained
   */
  generate(options: VAEGenerateOptions = {}): Made {
    checkKeys("generate", options, ["samples", "seed", "temperature", "labels", "drawPixels"]);
    const { samples = 1, temperature = 1, drawPixels = false } = options;
    checkNumber("samples", samples, { integer: true, min: 1, max: 1e6 });
    checkNumber("temperature", temperature, { min: 0, max: 100 });
    checkFlag("drawPixels", drawPixels);
    this.core.needTrained();
    const { network, machine } = this.core;
    const key = drawKey(machine, options.seed);
    const places = placesFor(this.labels, options.labels, samples, key.fold(LABELS));
    const latents = drawLatents(samples, this.config.latent, temperature, key.fold(LATENTS));
    const drawn = drawPixels ? key.fold(PIXELS) : undefined;
    return this.#made(atOnce(decodeRows(network, latents, places, drawn)), places);
  }

  /** The latent Gaussians of examples: means, and natural logarithms of variances. @throws InvalidInputError */
  encode(data: PictureData): Encoded {
    const all = this.labelled("data", data);
    checkPixels(this.config, all);
    return atOnce(encodeRows(this.core.network, all));
  }

  /**
   * Examples of latent vectors.
   * @param options.labels what they are decoded as, where the model knows labels
   * @throws InvalidInputError where a vector has another length
   */
  decode(
    latents: readonly Float32Array[],
    options: { readonly labels?: PictureLabels } = {},
  ): Made {
    checkKeys("decode", options, ["labels"]);
    checkLatents(latents, this.config.latent);
    const { machine } = this.core;
    const places = placesFor(this.labels, options.labels, latents.length, drawKey(machine, 0));
    return this.#made(atOnce(decodeRows(this.core.network, latents, places)), places);
  }

  /** Examples as the model sees them again: decoded from the means of their latent Gaussians. @throws InvalidInputError */
  reconstruct(data: PictureData): Made {
    const all = this.labelled("data", data);
    checkPixels(this.config, all);
    const { mean } = atOnce(encodeRows(this.core.network, all));
    return this.#made(atOnce(decodeRows(this.core.network, mean, all.places)), all.places);
  }

  /**
   * The way between two examples through the latent space, both ends as reconstructions.
   * @param from one example, or its latent vector
   * @throws InvalidInputError
   */
  interpolate(
    from: PictureData | Float32Array,
    to: PictureData | Float32Array,
    options: InterpolateOptions = {},
  ): Made {
    checkKeys("interpolate", options, ["steps", "spherical", "labels"]);
    const { steps, spherical } = checkWay(options);
    const { labels } = options;
    const [a, b] = [this.#end("from", from), this.#end("to", to)];
    const { machine, network } = this.core;
    const way = between(machine, a.latent, b.latent, steps, spherical);
    const own = labels || !a.places ? undefined : a.places;
    const places = own
      ? repeated(own, steps)
      : placesFor(this.labels, labels, steps, drawKey(machine, 0));
    return this.#made(atOnce(decodeRows(network, way, places)), places);
  }

  /**
   * The evidence lower bound of examples, and with `importance` an estimate of -ln p(x) by so many draws for each; means
   * over the examples, in nats.
   * @throws InvalidInputError
   */
  score(data: PictureData, options: VAEScoreOptions = {}): VAEScore {
    const all = this.labelled("data", data);
    checkPixels(this.config, all);
    const { machine, network } = this.core;
    const key = (seed: number) => drawKey(machine, seed);
    return atOnce(scoreVAE(network, this.config, all, key, options));
  }

  /** @internal */
  protected override around(core: ModelCore<VAENetwork>): this {
    return new VAE(this.config, this.labels, core) as this;
  }

  /** @internal */
  protected override stored(): StoredModel {
    const { latent, pixels, binarize, adversary } = this.config;
    const own = { latent, pixels, binarize, ...(adversary ? { adversary } : {}) };
    return { model: KIND, ...described(this.config, own, this.labels) };
  }

  #made(rows: readonly Float32Array[], places: Int32Array): Made {
    return new Made(this.config.shape, rows, labelsOfPlaces(this.labels, places));
  }

  /** One end of a way. */
  #end(
    what: string,
    data: PictureData | Float32Array,
  ): { readonly latent: Float32Array; readonly places?: Int32Array } {
    if (isKind(data, "Float32Array")) {
      checkLatents([data], this.config.latent, what);
      return { latent: data };
    }
    const all = this.labelled(what, data);
    oneOnly(what, all.rows.count);
    return {
      latent: atOnce(encodeRows(this.core.network, all)).mean[0],
      ...(all.places.length > 0 ? { places: all.places } : {}),
    };
  }
}

/** Keys of what `generate` draws. */
const [LABELS, LATENTS, PIXELS] = [0, 1, 2];

function networkOf(
  { shape, body, latent, pixels, adversary }: VAEConfig,
  columns: readonly LabelColumn[],
): NetworkDescription {
  const classes = classCounts(columns);
  const network: VAENetworkConfig = {
    ...{ shape, body, latent, pixels, classes },
    ...headOf(adversary, columns),
  };
  return { model: KIND, network };
}
