// Diffusion as users see it: examples out of noise, step by step.

import type { ModelDescription } from "../../formats/model-file.js";
import type { RuntimeOption } from "../../host/default-runtime.js";
import {
  checkFlag,
  checkKeys,
  checkNumber,
  checkSignal,
  InvalidInputError,
} from "../../host/errors.js";
import { eventLoop } from "../../host/event-loop.js";
import type { Key } from "../../host/key.js";
import { atOnce } from "../../host/pieces.js";
import type { DataOptions, StepReport } from "../../train/progress.js";
import type { NetworkBuilder, NetworkDescription } from "../../train/trainable.js";
import type { Training } from "../../train/training.js";
import { ModelCore } from "../base/core.js";
import { type LabelColumn, labelsOfPlaces, type PictureLabels, placesFor } from "./conditions.js";
import {
  type DiffusionConfig,
  type DiffusionOptions,
  diffusionConfig,
  diffusionRules,
  storedDiffusion,
} from "./diffusion-config.js";
import { keeping, keptNumbers, type PictureMasks } from "./diffusion-inpaint.js";
import { DiffusionNetwork, type DiffusionNetworkConfig } from "./diffusion-network.js";
import {
  checkSampling,
  type DiffusionGenerateOptions,
  type DiffusionStreamOptions,
  type InpaintOptions,
  type InterpolateSeedsOptions,
  type Sampling,
  type VaryOptions,
} from "./diffusion-options.js";
import { type Moment, type Walk, walk, weighted } from "./diffusion-samplers.js";
import { madeRows, normalRows, seenRows, wayOf } from "./diffusion-samples.js";
import {
  checkScore,
  type DiffusionScore,
  type DiffusionScoreOptions,
  scoreDiffusion,
} from "./diffusion-score.js";
import {
  checkNumbers,
  type DiffusionFitOptions,
  diffusionData,
  diffusionDataRules,
} from "./diffusion-training.js";
import { between } from "./interpolate.js";
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
import { numbers, type PictureData, rowsOf } from "./rows.js";
import { numbersOf } from "./shape.js";

const KIND = "Diffusion" as const;

/** A step of `Diffusion.stream`. */
export interface Emerging {
  /** From 1 to `steps`. */
  readonly step: number;
  readonly steps: number;
  /** What is left of the noise: 1 at the beginning, 0 after the last step. */
  readonly time: number;
  /** The examples as they are, with their noise. */
  readonly made: Made;
  /** What the model thinks they will be. */
  readonly predicted: Made;
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
  static builder(_: NetworkDescription): NetworkBuilder<DiffusionNetwork> {
    return build;
  }

  private constructor(
    config: DiffusionConfig,
    labels: readonly LabelColumn[],
    core: ModelCore<DiffusionNetwork>,
  ) {
    super(config, labels, core);
  }

  /**
   * A new model with random weights.
   * @throws InvalidInputError for an option that cannot be used; OutOfMemoryError
   */
  static async create(options: DiffusionOptions): Promise<Diffusion> {
    checkKeys("Diffusion.create", options, Object.keys(diffusionRules));
    const { config, columns } = diffusionConfig(options);
    const runtime = await picturesRuntime(options);
    const core = new ModelCore(runtime, config.seed, networkOf(config, columns), build);
    return new Diffusion(config, columns, core);
  }

  /** A model from the bytes of a file that `save` wrote. @throws ModelFileError */
  static async load(
    bytes: Uint8Array | ArrayBuffer,
    options: RuntimeOption = {},
  ): Promise<Diffusion> {
    const { runtime, file, description } = await openPictures(KIND, bytes, options);
    const { config, columns } = storedDiffusion(description);
    const network = networkOf(config, columns);
    const { seed } = config;
    const core = await ModelCore.open(runtime, seed, network, build, file, checkNothingCarried);
    return new Diffusion(config, columns, core);
  }

  /**
   * Trains: `await` it to train to the end, or loop over it with `for await` for a report after every step. The loss is
   * the mean squared error of what is predicted. The run ends with an average of the weights. Stops and resumes as every
   * model does.
   * @throws InvalidInputError; DivergedError, or the signal's reason
   */
  fit(data: PictureData, options: DiffusionFitOptions = {}): Training<StepReport> {
    const given = asGiven(data);
    const { config, core } = this;
    const make = (key: Key, begun?: DataOptions) =>
      diffusionData(core.network, config, this.labelled("data", given), options, key, begun);
    return core.fit(options, { own: Object.keys(diffusionDataRules), data: make });
  }

  /**
   * Makes examples from noise. A column of labels of which nothing is asked is drawn as often as the pictures had each class.
   * @throws InvalidInputError for an option that cannot be used, or a model that was never trained
   */
  generate(options: DiffusionGenerateOptions = {}): Made {
    const { x, way, places } = this.#begin("generate", options, []);
    return this.#made(atTheEnd(walk(x, way)), places);
  }

  /**
   * The same step by step: the examples as they emerge from the noise. The last piece has what `generate` gives.
   * @throws InvalidInputError, or the signal's reason
   */
  async *stream(options: DiffusionStreamOptions = {}): AsyncGenerator<Emerging, void, void> {
    const { x, way, places } = this.#begin("stream", options, ["signal"]);
    const { signal } = options;
    checkSignal(signal);
    signal?.throwIfAborted();
    for (const { step, steps, t: time, x: rows, predicted } of walk(x, way)) {
      const [made, thought] = [rows, predicted].map((one) => this.#made(one, places));
      yield { step, steps, time, made, predicted: thought };
      await eventLoop();
      signal?.throwIfAborted();
    }
  }

  /**
   * Makes parts of examples new, so that they fit the rest, which stays as it is to the bit.
   * @param masks where they are made new: white pixels, or numbers above 0.5
   * @param options.labels what they show; by default the model is told nothing of it
   * @throws InvalidInputError
   */
  inpaint(images: PictureData, masks: PictureMasks, options: InpaintOptions = {}): Made {
    const sampling = checkSampling("inpaint", this.config, options, ["repeats"]);
    const { repeats = 5 } = options;
    checkNumber("repeats", repeats, { integer: true, min: 1, max: 1000 });
    const given = this.#given(images);
    const kept = keptNumbers(masks, this.shape, given.count);
    const { x, known, way, places } = this.#from(given, sampling, options.labels);
    const keep = keeping(way.process, known, kept, x);
    keep(x, way.times[0]);
    const rows = this.#made(atTheEnd(walk(x, { ...way, keep, repeats })), places);
    const { width } = given;
    for (const [i, row] of rows.rows.entries()) {
      for (let j = 0; j < width; j++) if (kept[i * width + j]) row[j] = given.values[i * width + j];
    }
    return rows;
  }

  /**
   * Variations of examples: each goes a part of the way back to noise, and from there to another example (Meng et al.,
   * "SDEdit", 2022).
   * @param options.labels what they shall show; by default the model is told nothing of it
   * @throws InvalidInputError
   */
  vary(images: PictureData, options: VaryOptions = {}): Made {
    const sampling = checkSampling("vary", this.config, options, ["strength"]);
    const { strength = 0.5 } = options;
    checkNumber("strength", strength, { min: 0, above: true, max: 1 });
    const steps = Math.max(1, Math.round(sampling.steps * strength));
    const given = this.#given(images);
    const { x, known, way, places } = this.#from(
      given,
      { ...sampling, steps },
      options.labels,
      strength,
    );
    const start = weighted(way.process.seen(way.times[0]), known, x);
    return this.#made(atTheEnd(walk(start, way)), places);
  }

  /**
   * Examples from the noise between that of two seeds; the first and the last are what `generate` makes of them.
   * @throws InvalidInputError
   */
  interpolate(from: number, to: number, options: InterpolateSeedsOptions = {}): Made {
    const own = ["samples", "temperature", "spherical"];
    const sampling = checkSampling("interpolate", this.config, options, own);
    const { samples = 8, temperature = 1, spherical = true } = options;
    checkNumber("samples", samples, { integer: true, min: 2, max: 1e5 });
    checkNumber("temperature", temperature, { min: 0, max: 100 });
    checkFlag("spherical", spherical);
    if (sampling.sampler === "ancestral") {
      throw new InvalidInputError(
        'interpolate needs a sampler that draws nothing, not "ancestral"',
      );
    }
    this.core.needTrained();
    const { machine, network } = this.core;
    const width = numbersOf(this.shape);
    const [a, b] = [from, to].map((seed, i) => {
      checkNumber(i === 0 ? "from" : "to", seed, { integer: true, min: 0 });
      return normalRows(drawKey(machine, seed).fold(NOISE), 1, width, temperature);
    });
    const x = joined(between(machine, a, b, samples, spherical));
    const key = drawKey(machine, from);
    const one = placesFor(this.labels, options.labels, 1, key.fold(LABELS));
    const places = Int32Array.from({ length: samples * one.length }, (_, i) => one[i % one.length]);
    const way = wayOf(network, { ...sampling, rows: samples, places, key });
    return this.#made(atTheEnd(walk(x, way)), places);
  }

  /**
   * How well the model predicts examples, at ten times between example and noise: mean squared errors.
   * @throws InvalidInputError
   */
  score(data: PictureData, options: DiffusionScoreOptions = {}): DiffusionScore {
    const seed = checkScore(options);
    const all = this.labelled("data", data);
    checkNumbers(this.config, all);
    const { machine, network } = this.core;
    return atOnce(scoreDiffusion(network, all, drawKey(machine, seed)));
  }

  /** @internal */
  protected override stored(): Pick<ModelDescription, "model" | "network" | "config" | "assets"> {
    return { model: KIND, ...described(this.config, this.config.process, this.labels) };
  }

  /** Where `generate` and `stream` begin. */
  #begin(what: string, options: DiffusionGenerateOptions, more: readonly string[]) {
    const own = ["samples", "temperature", ...more];
    const sampling = checkSampling(what, this.config, options, own);
    const { samples = 1, temperature = 1 } = options;
    checkNumber("samples", samples, { integer: true, min: 1, max: 1e6 });
    checkNumber("temperature", temperature, { min: 0, max: 100 });
    this.core.needTrained();
    const { machine, network } = this.core;
    const key = drawKey(machine, sampling.seed);
    const places = placesFor(this.labels, options.labels, samples, key.fold(LABELS));
    const x = normalRows(key.fold(NOISE), samples, numbersOf(this.shape), temperature);
    const way = wayOf(network, { ...sampling, rows: samples, places, key });
    return { x, way, places };
  }

  /** Examples as numbers. @throws InvalidInputError */
  #given(images: PictureData): Given {
    const rows = rowsOf("images", images, this.shape);
    checkNumbers(this.config, { rows });
    const { count, width } = rows;
    return { count, width, values: numbers(rows, 0, count) };
  }

  /** Where ways begin that have examples at their beginning: their noise, and they as the network sees them. */
  #from(given: Given, sampling: Sampling, labels: PictureLabels | undefined, start = 1) {
    this.core.needTrained();
    const { machine, network } = this.core;
    const { count: rows, width } = given;
    const key = drawKey(machine, sampling.seed);
    const places = labels
      ? placesFor(this.labels, labels, rows, key.fold(LABELS))
      : network.unlabelled(rows);
    const x = normalRows(key.fold(NOISE), rows, width);
    const way: Walk = wayOf(network, { ...sampling, rows, places, start, key });
    return { x, known: seenRows(network, given.values), way, places: labels ? places : NOTHING };
  }

  #made(x: Float32Array, places: Int32Array): Made {
    const labels = places.length > 0 ? labelsOfPlaces(this.labels, places) : [];
    return new Made(this.shape, madeRows(this.core.network, x), labels);
  }
}

/** Examples as numbers, row by row. */
interface Given {
  readonly count: number;
  readonly width: number;
  readonly values: Float32Array;
}

/** Keys of what is drawn. */
const [LABELS, NOISE] = [0, 1];
const NOTHING = new Int32Array(0);

function atTheEnd(moments: Generator<Moment, Float32Array, void>): Float32Array {
  for (;;) {
    const { done, value } = moments.next();
    if (done) return value;
  }
}

function joined(rows: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(rows.length * rows[0].length);
  for (const [i, row] of rows.entries()) all.set(row, i * row.length);
  return all;
}

const build: NetworkBuilder<DiffusionNetwork> = (parameters, description) =>
  new DiffusionNetwork(parameters, description);

function networkOf(
  { shape, body, process }: DiffusionConfig,
  columns: readonly LabelColumn[],
): NetworkDescription {
  const classes = columns.map((column) => column.classes.length);
  const network: DiffusionNetworkConfig = { shape, body, process, classes };
  return { model: KIND, network };
}
