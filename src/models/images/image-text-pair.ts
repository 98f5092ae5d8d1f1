// A pair of encoders as users see it: pictures and texts in one space.

import type { StoredModel } from "../../formats/model-file.js";
import { optionsAsGiven } from "../../host/as-given.js";
import type { RuntimeOption } from "../../host/default-runtime.js";
import { checkKeys, checkNumber } from "../../host/errors.js";
import type { Key } from "../../host/key.js";
import { atOnce } from "../../host/pieces.js";
import type { Tokenizer, Unknown } from "../../text/tokenizer.js";
import type { DataOptions, StepReport } from "../../train/progress.js";
import type { NetworkBuilder, NetworkDescription } from "../../train/trainable.js";
import type { Training } from "../../train/training.js";
import type { ModelCore } from "../base/core.js";
import type { Labelled } from "./batches.js";
import type { ImageTextConfig, ImageTextOptions, ImageTextParts } from "./image-text-config.js";
import type { ImageTextNetwork } from "./image-text-network.js";
import type { ImageTextScore, ImageTextScoreOptions } from "./image-text-score.js";
import type { ImageTextFitOptions } from "./image-text-training.js";
import { asGiven, drawKey, newCore, openPictures, PictureModel } from "./picture-model.js";
import { type PictureData, rowsOf } from "./rows.js";

const KIND = "ImageTextPair" as const;

type Engine = typeof import("./image-text-engine.js");
const loadEngine = (): Promise<Engine> => import("./image-text-engine.js");

/** How texts are read. */
export interface TextReadingOptions {
  /** What becomes of characters that the model's captions never had: `skip` leaves them out. Default `error`. */
  readonly unknown?: Unknown;
}

/** Options of `ImageTextPair.search`. */
export interface SearchOptions extends TextReadingOptions {
  /** How many pictures are given, at most. Default 10. */
  readonly top?: number;
}

/** A picture that was found. */
export interface FoundPicture {
  /** Its place among the pictures. */
  readonly index: number;
  /** What it is called, where the pictures have names. */
  readonly name?: string;
  /** Cosine of picture and text, -1 to 1. */
  readonly similarity: number;
}

/** The text that fits a picture best. */
export interface TextMatch {
  readonly text: string;
  /** Its place among the texts. */
  readonly index: number;
  /** Cosine of picture and text, -1 to 1. */
  readonly similarity: number;
  /** How probable each of the texts is, in their order, if one of them is right. */
  readonly probabilities: readonly number[];
}

/**
 * A pair of encoders that put pictures and texts into one space, where a picture is near to what is said of it (Radford et
 * al., "Learning Transferable Visual Models From Natural Language Supervision", 2021).
 *
 * ```ts
 * const captioned = images.withCaptions(readCaptions(table));
 * const model = await ImageTextPair.create({ images: captioned });
 * await model.fit(captioned);
 * console.log(model.search("red hair", captioned, { top: 3 }));
 * ```
 */
export class ImageTextPair extends PictureModel<ImageTextConfig, ImageTextNetwork> {
  /** What builds the network, here and in workers. @internal */
  static async builder(_: NetworkDescription): Promise<NetworkBuilder<ImageTextNetwork>> {
    return (await loadEngine()).build;
  }

  readonly #engine: Engine;
  readonly #parts: ImageTextParts;

  private constructor(parts: ImageTextParts, core: ModelCore<ImageTextNetwork>, engine: Engine) {
    super(parts.config, [], core);
    this.#engine = engine;
    this.#parts = parts;
  }

  /** What cuts texts into tokens. */
  get tokenizer(): Tokenizer {
    return this.#parts.words.tokenizer;
  }

  /**
   * A new model with random weights; its tokenizer is made of the captions of `images`.
   * @throws InvalidInputError for an option that cannot be used, and pictures without captions; OutOfMemoryError
   */
  static async create(options: ImageTextOptions): Promise<ImageTextPair> {
    const given = optionsAsGiven(options);
    const engine = await loadEngine();
    checkKeys(`${KIND}.create`, given, Object.keys(engine.imageTextRules));
    const parts = await engine.newImageText(given);
    const core = await newCore(given, parts.config, engine.networkOf(parts), engine.build);
    return new ImageTextPair(parts, core, engine);
  }

  /** A model from the bytes of a file that `save` wrote. @throws ModelFileError */
  static async load(
    bytes: Uint8Array | ArrayBuffer,
    options: RuntimeOption = {},
  ): Promise<ImageTextPair> {
    const file = await openPictures(KIND, bytes, options);
    const engine = await loadEngine();
    const parts = engine.storedImageText(file.description);
    const core = await file.core(parts.config, engine.networkOf(parts), engine.build);
    return new ImageTextPair(parts, core, engine);
  }

  /**
   * Trains: `await` it to train to the end, or loop over it with `for await` for a report after every step. Each picture of a
   * batch draws one of its captions. The loss is the cross-entropy in nats of a picture's caption among those of its batch,
   * and of a caption's picture, half of each. With `shards`, others of the same shard are compared with, and no more. Stops
   * and resumes as every model does.
   * @throws InvalidInputError; DivergedError, or the signal's reason
   */
  fit(data: PictureData, options: ImageTextFitOptions = {}): Training<StepReport> {
    const given = asGiven(data);
    const { core, config } = this;
    const engine = this.#engine;
    const make = (key: Key, begun?: DataOptions) =>
      engine.imageTextData(core.network, config, this.#told("data", given), options, key, begun);
    return core.fit(options, { own: Object.keys(engine.pictureDataRules), data: make });
  }

  /**
   * Pictures as vectors of length 1, of as many numbers as the model has `features`. Their products with those of texts are
   * cosines. An untrained model gives some, too.
   * @throws InvalidInputError
   */
  embedPictures(pictures: PictureData): Float32Array[] {
    const rows = rowsOf("pictures", pictures, this.config.shape);
    return atOnce(this.#engine.pictureVectors(this.core.network, rows));
  }

  /** Texts as vectors of length 1. @throws InvalidInputError */
  embedTexts(texts: string | readonly string[], options: TextReadingOptions = {}): Float32Array[] {
    checkKeys("embedTexts", options, ["unknown"]);
    return this.#textVectors("texts", texts, options);
  }

  /**
   * How near each text is to each picture: a row for each text, the cosines with the pictures in their order, -1 to 1.
   * @throws InvalidInputError, also for a model that was never trained
   */
  similar(
    texts: string | readonly string[],
    pictures: PictureData,
    options: TextReadingOptions = {},
  ): Float32Array[] {
    checkKeys("similar", options, ["unknown"]);
    return this.#cosines("texts", texts, pictures, options);
  }

  /**
   * The pictures that fit a text best, the nearest first.
   * @throws InvalidInputError, also for a model that was never trained
   */
  search(text: string, pictures: PictureData, options: SearchOptions = {}): FoundPicture[] {
    checkKeys("search", options, ["top", "unknown"]);
    const top = checkNumber("top", options.top ?? 10, { integer: true, min: 1 });
    const [cosines] = this.#cosines("text", text, pictures, options);
    const names = "names" in pictures ? pictures.names : undefined;
    // Sorts are stable: of equals the first is first.
    const order = Array.from(cosines.keys()).sort((a, b) => cosines[b] - cosines[a]);
    return order.slice(0, top).map((index) => ({
      index,
      ...(names && { name: names[index] }),
      similarity: cosines[index],
    }));
  }

  /**
   * The text that fits each picture best: of labels, say, that the model was never taught as such.
   * @throws InvalidInputError, also for a model that was never trained
   */
  match(
    pictures: PictureData,
    texts: readonly string[],
    options: TextReadingOptions = {},
  ): TextMatch[] {
    checkKeys("match", options, ["unknown"]);
    const given: readonly string[] = Array.isArray(texts) ? texts : [texts];
    const cosines = this.#cosines("texts", texts, pictures, options);
    const rows = Array.from(cosines[0].keys(), (i) => Float32Array.from(cosines, (of) => of[i]));
    return this.#engine.probabilities(this.core.network, rows).map((probabilities, i) => {
      const index = this.#engine.likeliest(rows[i]);
      const similarity = rows[i][index];
      return {
        text: given[index],
        index,
        similarity,
        probabilities: Array.from(probabilities),
      };
    });
  }

  /**
   * How well pictures and their captions find each other among others that are drawn.
   * @throws InvalidInputError
   */
  score(data: PictureData, options: ImageTextScoreOptions = {}): ImageTextScore {
    const { among, seed } = this.#engine.checkScore(options);
    const all = this.#told("data", data);
    const { machine, network } = this.core;
    const found = this.#engine.measureImageText(network, all, among, drawKey(machine, seed));
    return { ...atOnce(found), among, examples: all.rows.count };
  }

  /** Data as given, with their captions. @throws InvalidInputError */
  #told(what: string, data: PictureData): Labelled {
    return { ...this.labelled(what, data), captions: this.#parts.words.read(what, data) };
  }

  #textVectors(what: string, texts: unknown, { unknown }: TextReadingOptions): Float32Array[] {
    const tokens = this.#parts.words.texts(what, texts, unknown);
    return atOnce(this.#engine.textVectors(this.core.network, tokens));
  }

  /** @returns for each text its cosines with the pictures */
  #cosines(
    what: string,
    texts: unknown,
    pictures: PictureData,
    options: TextReadingOptions,
  ): Float32Array[] {
    this.core.needTrained();
    const said = this.#textVectors(what, texts, options);
    const seen = this.embedPictures(pictures);
    return said.map((one) => Float32Array.from(seen, (other) => this.#engine.cosine(one, other)));
  }

  /** @internal */
  protected override around(core: ModelCore<ImageTextNetwork>): this {
    return new ImageTextPair(this.#parts, core, this.#engine) as this;
  }

  /** @internal */
  protected override stored(): StoredModel {
    return { model: KIND, ...this.#engine.describedImageText(this.#parts) };
  }
}
