// What a GAN makes of latent vectors and says of examples: the bodies of its verbs.

import { checkKeys, checkNumber } from "../../host/errors.js";
import type { Key } from "../../host/key.js";
import { atOnce } from "../../host/pieces.js";
import type { ModelCore } from "../base/core.js";
import type { Labelled } from "./batches.js";
import { type LabelColumn, labelsOfPlaces, type PictureLabels, placesFor } from "./conditions.js";
import type { GANConfig } from "./gan-config.js";
import type { GANNetwork } from "./gan-network.js";
import { featureRows, judgeRows, makeRows } from "./gan-samples.js";
import {
  checkMeasuredBy,
  checkScore,
  type GANScore,
  type GANScoreOptions,
  measureGAN,
  reference,
} from "./gan-score.js";
import { between, checkWay, type InterpolateOptions } from "./interpolate.js";
import { checkLatents, drawLatents, type LatentGenerateOptions } from "./latents.js";
import { Made, repeated } from "./made.js";
import { drawKey } from "./picture-model.js";
import { checkFractions } from "./rows.js";

/** Keys of what `generate` draws. */
const [LABELS, LATENTS] = [0, 1];

/** What `GAN` makes and measures; its verbs say what each does. */
export class GANMaker {
  readonly #config: GANConfig;
  readonly #labels: readonly LabelColumn[];
  readonly #core: ModelCore<GANNetwork>;

  constructor(config: GANConfig, labels: readonly LabelColumn[], core: ModelCore<GANNetwork>) {
    this.#config = config;
    this.#labels = labels;
    this.#core = core;
  }

  generate(options: LatentGenerateOptions): Made {
    checkKeys("generate", options, ["samples", "seed", "temperature", "labels"]);
    const { samples = 1, temperature = 1 } = options;
    checkNumber("samples", samples, { integer: true, min: 1, max: 1e6 });
    const key = this.#key(options.seed);
    const places = placesFor(this.#labels, options.labels, samples, key.fold(LABELS));
    return this.#made(this.#latents(samples, temperature, key), places);
  }

  latents(options: Omit<LatentGenerateOptions, "labels">): Float32Array[] {
    checkKeys("latents", options, ["samples", "seed", "temperature"]);
    const { samples = 1, temperature = 1 } = options;
    checkNumber("samples", samples, { integer: true, min: 1, max: 1e6 });
    return this.#latents(samples, temperature, this.#key(options.seed));
  }

  decode(latents: readonly Float32Array[], options: { readonly labels?: PictureLabels }): Made {
    checkKeys("decode", options, ["labels"]);
    checkLatents(latents, this.#config.latent);
    const places = placesFor(this.#labels, options.labels, latents.length, this.#key(0));
    return this.#made(latents, places);
  }

  interpolate(from: Float32Array, to: Float32Array, options: InterpolateOptions): Made {
    checkKeys("interpolate", options, ["steps", "spherical", "labels"]);
    const { steps, spherical } = checkWay(options);
    checkLatents([from], this.#config.latent, "from");
    checkLatents([to], this.#config.latent, "to");
    const way = between(this.#core.machine, from, to, steps, spherical);
    const one = placesFor(this.#labels, options.labels, 1, this.#key(0));
    return this.#made(way, repeated(one, steps));
  }

  score(all: Labelled, options: GANScoreOptions): GANScore {
    checkFractions(this.#config.shape, all.rows);
    const { seed, neighbours } = checkScore(all, options);
    const { network, machine } = this.#core;
    const { shape } = this.#config;
    checkMeasuredBy(shape, options.features);
    const real = reference(shape, options.features)(all);
    return atOnce(measureGAN(network, real, all, drawKey(machine, seed), neighbours));
  }

  discriminate(all: Labelled): Float32Array {
    checkFractions(this.#config.shape, all.rows);
    const rows = atOnce(judgeRows(this.#core.network, all));
    return Float32Array.from(rows, ([logit]) => logit);
  }

  features(all: Labelled): Float32Array[] {
    checkFractions(this.#config.shape, all.rows);
    return atOnce(featureRows(this.#core.network, all));
  }

  #key(seed?: number): Key {
    return drawKey(this.#core.machine, seed);
  }

  #latents(samples: number, temperature: number, key: Key): Float32Array[] {
    checkNumber("temperature", temperature, { min: 0, max: 100 });
    return drawLatents(samples, this.#config.latent, temperature, key.fold(LATENTS));
  }

  #made(latents: readonly Float32Array[], places: Int32Array): Made {
    this.#core.needTrained();
    const rows = atOnce(makeRows(this.#core.network, latents, places));
    return new Made(this.#config.shape, rows, labelsOfPlaces(this.#labels, places));
  }
}
