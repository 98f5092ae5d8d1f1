// The autoencoder as users see it.

import type { StoredModel } from "../../formats/model-file.js";
import type { RuntimeOption } from "../../host/default-runtime.js";
import { checkKeys } from "../../host/errors.js";
import type { Key } from "../../host/key.js";
import { isKind } from "../../host/kinds.js";
import { atOnce, type Pieces } from "../../host/pieces.js";
import { resolve } from "../../host/rules.js";
import { decibels } from "../../metrics/decibels.js";
import type { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import type { DataOptions, StepReport } from "../../train/progress.js";
import type { NetworkBuilder, NetworkDescription } from "../../train/trainable.js";
import type { Training } from "../../train/training.js";
import type { ModelCore } from "../base/core.js";
import { headOf } from "./adversary-config.js";
import { opposedBuilder, opposing } from "./adversary-engine.js";
import {
  type AutoencoderConfig,
  type AutoencoderOptions,
  autoencoderConfig,
  autoencoderRules,
  storedAutoencoder,
} from "./autoencoder-config.js";
import { AutoencoderNetwork, type AutoencoderNetworkConfig } from "./autoencoder-network.js";
import { measureErrors } from "./autoencoder-score.js";
import type { AutoencoderFitOptions } from "./autoencoder-training.js";
import { type CorruptOptions, corrupt, corruptRules } from "./corrupt.js";
import { between, checkWay, oneOnly } from "./interpolate.js";
import { checkLatents, latentRows } from "./latents.js";
import { inRows, Made, rowsOfArray } from "./made.js";
import { described } from "./picture-config.js";
import { asGiven, drawKey, newCore, openPictures, PictureModel } from "./picture-model.js";
import { numbers, type PictureData, rowsOf } from "./rows.js";
import { numbersOf } from "./shape.js";

const KIND = "Autoencoder" as const;

/** How well an autoencoder makes examples again. */
export interface AutoencoderScore {
  /** Squared error, summed over the numbers of an example, mean over the examples. */
  readonly squaredError: number;
  /** Peak signal-to-noise ratio in decibels, of numbers from 0 to 1: -10 log₁₀ of the squared error a number. */
  readonly psnr: number;
  /** The same of the corrupted examples, where they are corrupted. */
  readonly before?: { readonly squaredError: number; readonly psnr: number };
  readonly examples: number;
}

/**
 * An autoencoder: an encoder brings examples to a short vector, a decoder back, and what is lost on the way is small. With
 * `noise` or `mask` it learns to take these away (Vincent et al. 2008).
 *
 * ```ts
 * const model = await Autoencoder.create({ images: digits, latent: 64 });
 * await model.fit(digits, { noise: 0.5, epochs: 5 });
 * const png = await model.denoise(noisy).images.grid();
 * ```
 */
export class Autoencoder extends PictureModel<AutoencoderConfig, AutoencoderNetwork> {
  /** What builds the network, here and in workers. @internal */
  static builder({ network }: NetworkDescription): Promise<NetworkBuilder<AutoencoderNetwork>> {
    return opposedBuilder(AutoencoderNetwork, network as AutoencoderNetworkConfig);
  }

  private constructor(config: AutoencoderConfig, core: ModelCore<AutoencoderNetwork>) {
    super(config, [], core);
  }

  /**
   * A new model with random weights; with `images` the decoder begins at their mean.
   * @throws InvalidInputError for an option that cannot be used; OutOfMemoryError
   */
  static async create(options: AutoencoderOptions): Promise<Autoencoder> {
    checkKeys("Autoencoder.create", options, Object.keys(autoencoderRules));
    const images = options.images && asGiven(options.images);
    const given = { ...options, images };
    const config = autoencoderConfig(given, await opposing(options.adversary));
    const first = images && rowsOf("images", images, config.shape);
    const core = await newCore(
      options,
      config,
      networkOf(config),
      await opposedBuilder(AutoencoderNetwork, config),
    );
    if (first) core.network.beginAt(first);
    return new Autoencoder(config, core);
  }

  /** A model from the bytes of a file that `save` wrote. @throws ModelFileError */
  static async load(
    bytes: Uint8Array | ArrayBuffer,
    options: RuntimeOption = {},
  ): Promise<Autoencoder> {
    const file = await openPictures(KIND, bytes, options);
    const config = storedAutoencoder(
      file.description,
      await opposing(file.description.config.adversary),
    );
    return new Autoencoder(
      config,
      await file.core(config, networkOf(config), await opposedBuilder(AutoencoderNetwork, config)),
    );
  }

  /**
   * Trains: `await` it to train to the end, or loop over it with `for await` for a report after every step. The loss is
   * the error of an example. Stops and resumes as every model does.
   * @throws InvalidInputError; DivergedError, or the signal's reason
   */
  fit(data: PictureData, options: AutoencoderFitOptions = {}): Training<StepReport> {
    const given = asGiven(data);
    const { config, core } = this;
    return core.fit(options, async () => {
      const { begins, withGuessed, autoencoderData, autoencoderDataRules } = await import(
        "./autoencoder-training.js"
      );
      const make = (key: Key, begun?: DataOptions) => {
        const all = withGuessed(this.labelled("data", given), given, config.adversary);
        if (begins(core.run)) core.network.beginAt(all.rows);
        return autoencoderData(core.network, config, all, options, key, begun);
      };
      return { own: Object.keys(autoencoderDataRules), data: make };
    });
  }

  /** The latent vectors of examples. @throws InvalidInputError */
  encode(data: PictureData): Float32Array[] {
    const { network } = this.core;
    return this.#through(data, this.config.latent, (tape, x) => network.encode(tape, x));
  }

  /** Examples of latent vectors. @throws InvalidInputError where a vector has another length */
  decode(latents: readonly Float32Array[]): Made {
    checkLatents(latents, this.config.latent);
    return new Made(this.config.shape, atOnce(this.#decoded(latents)));
  }

  /** Examples as they come back. @throws InvalidInputError */
  reconstruct(data: PictureData): Made {
    const { network } = this.core;
    const rows = this.#through(data, numbersOf(this.config.shape), (tape, x) =>
      network.decode(tape, network.encode(tape, x)),
    );
    return new Made(this.config.shape, rows);
  }

  /**
   * Corrupted examples without what was corrupted, by a model that was trained with `noise` or `mask`. The same as
   * `reconstruct`; masked pixels are expected in the middle grey, 128 of 255.
   * @throws InvalidInputError, also for a model that was never trained
   */
  denoise(data: PictureData): Made {
    this.core.needTrained();
    return this.reconstruct(data);
  }

  /** Corrupted copies, as `fit` makes them, for trying `denoise`. @throws InvalidInputError */
  corrupt(data: PictureData, options: CorruptOptions & { readonly seed?: number } = {}): Made {
    checkKeys("corrupt", options, ["noise", "mask", "seed"]);
    const { seed, ...how } = options;
    const { rows } = this.labelled("data", data);
    const key = drawKey(this.core.machine, seed);
    const { shape } = this.config;
    const o = resolve(corruptRules, how);
    const copy = corrupt(numbers(rows, 0, rows.count), shape, o, key);
    return new Made(shape, rowsOfArray(copy, rows.width));
  }

  /**
   * The way between two examples through the latent space, both ends as reconstructions.
   * @param from one example, or its latent vector
   * @throws InvalidInputError
   */
  interpolate(
    from: PictureData | Float32Array,
    to: PictureData | Float32Array,
    options: { readonly steps?: number; readonly spherical?: boolean } = {},
  ): Made {
    checkKeys("interpolate", options, ["steps", "spherical"]);
    const { steps, spherical } = checkWay(options);
    const [a, b] = [this.#end("from", from), this.#end("to", to)];
    const way = between(this.core.machine, a, b, steps, spherical);
    return new Made(this.config.shape, atOnce(this.#decoded(way)));
  }

  /**
   * How well examples come back, as they are or corrupted as `fit` does.
   * @throws InvalidInputError
   */
  score(
    data: PictureData,
    options: CorruptOptions & { readonly seed?: number } = {},
  ): AutoencoderScore {
    checkKeys("score", options, ["noise", "mask", "seed"]);
    const { seed, ...how } = options;
    const all = this.labelled("data", data);
    const { network, machine } = this.core;
    const key = drawKey(machine, seed);
    const o = resolve(corruptRules, how);
    const { error, before } = atOnce(measureErrors(network, this.config, all, o, key));
    const width = all.rows.width;
    const of = (squaredError: number) => ({
      squaredError,
      psnr: decibels(width / squaredError),
    });
    const corrupted = o.noise > 0 || o.mask > 0 ? { before: of(before) } : {};
    return { ...of(error), ...corrupted, examples: all.rows.count };
  }

  /** @internal */
  protected override around(core: ModelCore<AutoencoderNetwork>): this {
    return new Autoencoder(this.config, core) as this;
  }

  /** @internal */
  protected override stored(): StoredModel {
    const { latent, loss, adversary } = this.config;
    const own = { latent, loss, ...(adversary ? { adversary } : {}) };
    return { model: KIND, ...described(this.config, own, []) };
  }

  #end(what: string, data: PictureData | Float32Array): Float32Array {
    if (isKind(data, "Float32Array")) {
      checkLatents([data], this.config.latent, what);
      return data;
    }
    oneOnly(what, this.labelled(what, data).rows.count);
    return this.encode(data)[0];
  }

  #through(data: PictureData, width: number, f: (tape: Tape, x: Tensor) => Tensor): Float32Array[] {
    const { rows } = this.labelled("data", data);
    const { network } = this.core;
    return atOnce(
      inRows(network.machine, rows.count, width, (tape, from, to) =>
        f(tape, network.read(tape, numbers(rows, from, to))),
      ),
    );
  }

  #decoded(latents: readonly Float32Array[]): Pieces<Float32Array[]> {
    const { network } = this.core;
    const { shape } = this.config;
    return inRows(network.machine, latents.length, numbersOf(shape), (tape, from, to) => {
      return network.decode(tape, latentRows(tape, latents, from, to));
    });
  }
}

function networkOf({
  shape,
  body,
  latent,
  loss,
  adversary,
}: AutoencoderConfig): NetworkDescription {
  const network: AutoencoderNetworkConfig = { shape, body, latent, loss, ...headOf(adversary) };
  return { model: KIND, network };
}
