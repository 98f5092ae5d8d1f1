// What a diffusion makes of its options: the bodies of its verbs.

import type { Captions } from "../../data/images/captions.js";
import { ImageSet } from "../../data/images/image-set.js";
import { checkFlag, checkNumber, checkSignal, InvalidInputError } from "../../host/errors.js";
import { eventLoop } from "../../host/event-loop.js";
import type { Key } from "../../host/key.js";
import { atOnce } from "../../host/pieces.js";
import type { ModelCore } from "../base/core.js";
import type { Phrases } from "./caption-encoder.js";
import { type LabelColumn, labelsOfPlaces, placesFor } from "./conditions.js";
import type { Begun } from "./diffusion-clip-samples.js";
import type { DiffusionConfig, DiffusionParts } from "./diffusion-config.js";
import { keeping, keptNumbers, type PictureMasks } from "./diffusion-inpaint.js";
import type { DiffusionNetwork } from "./diffusion-network.js";
import {
  checkSampling,
  type DiffusionGenerateOptions,
  type DiffusionSamplingOptions,
  type DiffusionStreamOptions,
  type InpaintOptions,
  type InterpolateSeedsOptions,
  type Sampling,
  type VaryOptions,
} from "./diffusion-options.js";
import { walk, weighted } from "./diffusion-samplers.js";
import { madeRows, normalRows, type Path, seenRows, wayOf } from "./diffusion-samples.js";
import type { AllTold } from "./diffusion-told.js";
import type { DiffusionWords } from "./diffusion-words.js";
import { between } from "./interpolate.js";
import { joined, Made } from "./made.js";
import { drawKey } from "./picture-model.js";
import { checkFractions, numbers, type PictureData, rowsOf } from "./rows.js";
import { numbersOf, shapeText } from "./shape.js";

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

/** What `Diffusion` makes; its verbs say what each does. */
export class DiffusionMaker {
  readonly #config: DiffusionConfig;
  readonly #labels: readonly LabelColumn[];
  readonly #words: DiffusionWords | undefined;
  readonly #core: ModelCore<DiffusionNetwork>;

  constructor({ config, columns, words }: DiffusionParts, core: ModelCore<DiffusionNetwork>) {
    this.#config = config;
    this.#labels = columns;
    this.#words = words;
    this.#core = core;
  }

  generate(options: DiffusionGenerateOptions): Made {
    const { x, way, asked } = this.#begin("generate", options, []);
    return this.#made(atOnce(walk(x, way)), asked);
  }

  async *stream(options: DiffusionStreamOptions): AsyncGenerator<Emerging, void, void> {
    const { x, way, asked } = this.#begin("stream", options, ["signal"]);
    const { signal } = options;
    checkSignal(signal);
    signal?.throwIfAborted();
    for (const { step, steps, t: time, x: rows, predicted } of walk(x, way)) {
      const [made, thought] = [rows, predicted].map((one) => this.#made(one, asked));
      yield { step, steps, time, made, predicted: thought };
      await eventLoop();
      signal?.throwIfAborted();
    }
  }

  inpaint(images: PictureData, masks: PictureMasks, options: InpaintOptions): Made {
    const more = ["knownGuidance", "repeats"];
    const sampling = checkSampling("inpaint", this.#config, options, more, "ancestral");
    const { knownGuidance: guidance = 1, repeats = 1 } = options;
    checkNumber("knownGuidance", guidance, { min: 0, max: 100 });
    checkNumber("repeats", repeats, { integer: true, min: 1, max: 1000 });
    const given = this.#given(images);
    const kept = keptNumbers(masks, this.#config.shape, given.count);
    const known = { values: seenRows(this.#core.network, given.values), kept, guidance };
    const own = guidance > 0 ? { known } : {};
    this.#core.freeze();
    const { x, way, asked } = this.#from(given, { ...sampling, ...own }, options);
    const keep = keeping(way.process, known);
    const rows = this.#made(atOnce(walk(x, { ...way, keep, repeats })), asked);
    const { width } = given;
    for (const [i, row] of rows.rows.entries()) {
      for (let j = 0; j < width; j++) if (kept[i * width + j]) row[j] = given.values[i * width + j];
    }
    return rows;
  }

  vary(images: PictureData, options: VaryOptions): Made {
    const sampling = checkSampling("vary", this.#config, options, ["strength"]);
    const { strength = 0.5 } = options;
    checkNumber("strength", strength, { min: 0, above: true, max: 1 });
    const steps = Math.max(1, Math.round(sampling.steps * strength));
    const given = this.#given(images);
    const own = { ...sampling, steps, start: strength };
    const { x, way, asked } = this.#from(given, own, options);
    const known = seenRows(this.#core.network, given.values);
    const start = weighted(way.process.seen(way.times[0]), known, x);
    return this.#made(atOnce(walk(start, way)), asked);
  }

  interpolate(from: number, to: number, options: InterpolateSeedsOptions): Made {
    const own = ["samples", "temperature", "first", "spherical"];
    const sampling = checkSampling("interpolate", this.#config, options, own);
    const { samples = 8, temperature = 1, spherical = true } = options;
    checkNumber("samples", samples, { integer: true, min: 2, max: 1e5 });
    checkNumber("temperature", temperature, { min: 0, max: 100 });
    checkFlag("spherical", spherical);
    if (sampling.sampler === "ancestral") {
      throw new InvalidInputError(
        'interpolate needs a sampler that draws nothing, not "ancestral"',
      );
    }
    this.#core.needTrained();
    const { machine, network } = this.#core;
    const width = numbersOf(this.#config.shape);
    const keys = [drawKey(machine, from, "from"), drawKey(machine, to, "to")];
    const [a, b] = keys.map((key) => normalRows(key.fold(NOISE), 1, width, temperature));
    const x = joined(between(machine, a, b, samples, spherical));
    const [key] = keys;
    const told = this.#asked(options, sampling, samples, key, "one");
    const asked = { ...told, ...this.#begun(options, samples) };
    const way = wayOf(network, { ...sampling, ...asked, rows: samples, key });
    return this.#made(atOnce(walk(x, way)), asked);
  }

  /** Where `generate` and `stream` begin. */
  #begin(what: string, options: DiffusionGenerateOptions, more: readonly string[]) {
    const own = ["samples", "temperature", "first", ...more];
    const sampling = checkSampling(what, this.#config, options, own);
    const { prompt, temperature = 1, first } = options;
    const given = Array.isArray(prompt) ? prompt : first;
    const { samples = Math.max(1, lengthOf(given)) } = options;
    checkNumber("samples", samples, { integer: true, min: 1, max: 1e6 });
    checkNumber("temperature", temperature, { min: 0, max: 100 });
    this.#core.needTrained();
    const { machine, network } = this.#core;
    const key = drawKey(machine, sampling.seed);
    const told = this.#asked(options, sampling, samples, key, "each");
    const asked = { ...told, ...this.#begun(options, samples) };
    const x = normalRows(key.fold(NOISE), samples, numbersOf(this.#config.shape), temperature);
    const way = wayOf(network, { ...sampling, ...asked, rows: samples, key });
    return { x, way, asked };
  }

  /**
   * What rows are told.
   * @param draws whether labels of which nothing is asked are drawn, for each row or once for all; where there is a prompt
   * they are left out
   * @throws InvalidInputError
   */
  #asked(
    options: DiffusionSamplingOptions,
    { guidance }: Sampling,
    rows: number,
    key: Key,
    draws: "each" | "one" | "none",
  ): Asked {
    const { labels, prompt } = options;
    const { network } = this.#core;
    const { classes } = network.config;
    const drawn = placesFor(this.#labels, labels, draws === "one" ? 1 : rows, key.fold(LABELS));
    const given = new Map(Object.entries(labels ?? {}));
    const named = this.#labels.map(({ name }) => given.get(name) !== undefined);
    const tells = draws !== "none" && prompt === undefined;
    const places = Int32Array.from({ length: rows * classes.length }, (_, i) => {
      const c = i % classes.length;
      return tells || named[c] ? drawn[i % drawn.length] : classes[c];
    });
    if (!this.#words) return { places };
    const { asked, negative, captions } = this.#words.prompts(options, rows, guidance);
    const read = (tokens: readonly Int32Array[]) => network.words!.read(tokens);
    return { places, words: read(asked), negative: read(negative), captions };
  }

  /** First frames of so many clips. @throws InvalidInputError */
  #begun({ first }: Pick<DiffusionGenerateOptions, "first">, samples: number): Partial<Begun> {
    if (first === undefined) return {};
    const { network } = this.#core;
    const seen = (rows: Float32Array) => seenRows(network, rows);
    if (network.clips) return network.clips.begun(seen, this.#config, first, samples);
    const { shape } = this.#config;
    throw new InvalidInputError(`first is for clips, the model makes ${shapeText(shape)}`);
  }

  /** Examples as numbers. @throws InvalidInputError */
  #given(images: PictureData): Given {
    const rows = rowsOf("images", images, this.#config.shape);
    checkFractions(this.#config.shape, rows);
    const { count, width } = rows;
    return { count, width, values: numbers(rows, 0, count) };
  }

  /** The noise, and the ways, of something else made of each of the examples. */
  #from(
    { count: rows, width }: Given,
    sampling: Sampling & Pick<Path, "start" | "known">,
    options: DiffusionSamplingOptions,
  ) {
    this.#core.needTrained();
    const { machine, network } = this.#core;
    const key = drawKey(machine, sampling.seed);
    const draws = options.labels ? "each" : "none";
    const asked = this.#asked(options, sampling, rows, key, draws);
    const x = normalRows(key.fold(NOISE), rows, width);
    const way = wayOf(network, { ...sampling, ...asked, rows, key });
    return { x, way, asked };
  }

  #made(x: Float32Array, { places, captions, begins, first }: Asked): Made {
    const { classes } = this.#core.network.config;
    // A column that is left out of one row is so of all of them.
    const labels = labelsOfPlaces(this.#labels, places).filter(
      ({ indices }, c) => indices[0] < classes[c],
    );
    const rows = madeRows(this.#core.network, x);
    for (let i = 0; first && i < rows.length; i++) {
      rows[i].set(begins!.subarray(i * first.width, (i + 1) * first.width));
    }
    const { shape, fps } = this.#config;
    return new Made(shape, rows, labels, captions, fps);
  }
}

/** What is asked of rows. */
interface Asked extends AllTold {
  readonly negative?: Phrases;
  /** The prompts. */
  readonly captions?: Captions | undefined;
  readonly begins?: Begun["begins"];
}

/** How many there are of what is one or several. */
function lengthOf(given: unknown): number {
  return given instanceof ImageSet || Array.isArray(given) ? given.length : 1;
}

/** Examples as numbers, row by row. */
interface Given {
  readonly count: number;
  readonly width: number;
  readonly values: Float32Array;
}

/** Keys of what is drawn. */
const [LABELS, NOISE] = [0, 1];
