// The classifier as users see it.

import type { StoredModel } from "../../formats/model-file.js";
import type { RuntimeOption } from "../../host/default-runtime.js";
import { checkKeys } from "../../host/errors.js";
import type { Key } from "../../host/key.js";
import { atOnce } from "../../host/pieces.js";
import type { Runtime } from "../../host/runtime.js";
import { concat } from "../../nn/ops/concat.js";
import type { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import type { DataOptions, StepReport } from "../../train/progress.js";
import type { NetworkBuilder, NetworkDescription } from "../../train/trainable.js";
import type { Training } from "../../train/training.js";
import type { ModelCore } from "../base/core.js";
import { likeliest } from "../base/likeliest.js";
import {
  type ClassifierConfig,
  type ClassifierOptions,
  checkColumns,
  classifierConfig,
  classifierRules,
  storedClassifier,
} from "./classifier-config.js";
import { ClassifierNetwork, type ClassifierNetworkConfig } from "./classifier-network.js";
import { measureClasses } from "./classifier-score.js";
import type { ClassifierFitOptions } from "./classifier-training.js";
import { classCounts, type LabelColumn } from "./conditions.js";
import { inRows } from "./made.js";
import { described } from "./picture-config.js";
import { asGiven, newCore, openPictures, PictureModel } from "./picture-model.js";
import { numbers, type PictureData, rowsOf } from "./rows.js";

const KIND = "Classifier" as const;

/** What a classifier says of an example. */
export interface Classification {
  /** The likeliest class of each column of labels. */
  readonly labels: Readonly<Record<string, string>>;
  /** The probability of each class, by column and class. */
  readonly probabilities: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** How well a classifier knows labels. */
export interface ClassifierScore {
  /** Cross-entropy in nats, summed over the columns of labels, mean over the examples. */
  readonly loss: number;
  /** Fraction of examples whose class is right, by column. */
  readonly accuracy: Readonly<Record<string, number>>;
  readonly examples: number;
}

/**
 * A small classifier of pictures: convolutions 3×3 that halve the picture, a dense layer, and a head for each column of
 * labels.
 *
 * ```ts
 * const digits = await ImageSet.fromIDX(imageFile, labelFile);
 * const model = await Classifier.create({ images: digits });
 * await model.fit(digits, { epochs: 5 });
 * console.log(model.classify(digits.subset([0]))[0].labels);
 * ```
 */
export class Classifier extends PictureModel<ClassifierConfig, ClassifierNetwork> {
  /** What builds the network, here and in workers. @internal */
  static builder(_: NetworkDescription): NetworkBuilder<ClassifierNetwork> {
    return build;
  }

  private constructor(
    config: ClassifierConfig,
    labels: readonly LabelColumn[],
    core: ModelCore<ClassifierNetwork>,
  ) {
    super(config, labels, core);
  }

  /**
   * A new model with random weights.
   * @throws InvalidInputError for an option that cannot be used, and pictures without labels; OutOfMemoryError
   */
  static async create(options: ClassifierOptions): Promise<Classifier> {
    checkKeys("Classifier.create", options, Object.keys(classifierRules));
    const { config, columns } = classifierConfig(options);
    checkColumns(columns);
    const core = await newCore(options, config, networkOf(config, columns), build);
    return new Classifier(config, columns, core);
  }

  /** A model from the bytes of a file that `save` wrote. @throws ModelFileError */
  static async load(
    bytes: Uint8Array | ArrayBuffer,
    options: RuntimeOption = {},
  ): Promise<Classifier> {
    const file = await openPictures(KIND, bytes, options);
    const { config, columns } = storedClassifier(file.description);
    const core = await file.core(config, networkOf(config, columns), build);
    return new Classifier(config, columns, core);
  }

  /**
   * Trains: `await` it to train to the end, or loop over it with `for await` for a report after every step. The loss is
   * the cross-entropy in nats an example; `measures` of a validation are the accuracies. Stops and resumes as every model
   * does.
   * @throws InvalidInputError; DivergedError, or the signal's reason
   */
  fit(data: PictureData, options: ClassifierFitOptions = {}): Training<StepReport> {
    const given = asGiven(data);
    const { config, core, labels } = this;
    return core.fit(options, async () => {
      const { classifierData, pictureDataRules } = await import("./classifier-training.js");
      const make = (key: Key, begun?: DataOptions) => {
        const all = this.labelled("data", given);
        return classifierData(core.network, config, labels, all, options, key, begun);
      };
      return { own: Object.keys(pictureDataRules), data: make };
    });
  }

  /**
   * The classes of examples, and how probable each is.
   * @throws InvalidInputError, also for a model that was never trained
   */
  classify(data: PictureData): Classification[] {
    this.core.needTrained();
    const { network } = this.core;
    const width = classCounts(this.labels).reduce((all, count) => all + count, 0);
    const rows = this.#through(data, width, (tape, x) =>
      network.probabilities(tape, x).reduce((all, one) => concat(tape, all, one)),
    );
    return rows.map((row) => {
      let at = 0;
      const own = this.labels.map(({ name, classes }) => {
        const probabilities = row.subarray(at, at + classes.length);
        at += classes.length;
        const each = classes.map((value, k) => [value, probabilities[k]]);
        return { name, value: classes[likeliest(probabilities)], each: Object.fromEntries(each) };
      });
      return {
        labels: Object.fromEntries(own.map(({ name, value }) => [name, value])),
        probabilities: Object.fromEntries(own.map(({ name, each }) => [name, each])),
      };
    });
  }

  /**
   * The numbers of the last hidden layer, by which pictures that mean the same are near each other. An untrained network has
   * some, too.
   * @throws InvalidInputError
   */
  features(data: PictureData): Float32Array[] {
    const { network } = this.core;
    return this.#through(data, this.config.features, (tape, x) => network.features(tape, x));
  }

  /** The network of a copy of its own, whose weights want no gradients: pictures are optimised by it. @internal */
  async frozen(runtime: Runtime): Promise<ClassifierNetwork> {
    const { core } = await Classifier.load(this.save(), { runtime });
    core.freeze();
    return core.network;
  }

  /** How often the classes are right, and the cross-entropy. @throws InvalidInputError */
  score(data: PictureData): ClassifierScore {
    const all = this.labelled("data", data);
    const found = atOnce(measureClasses(this.core.network, this.labels, all));
    return { ...found, examples: all.rows.count };
  }

  /** @internal */
  protected override around(core: ModelCore<ClassifierNetwork>): this {
    return new Classifier(this.config, this.labels, core) as this;
  }

  /** @internal */
  protected override stored(): StoredModel {
    const { features, dropout } = this.config;
    return { model: KIND, ...described(this.config, { features, dropout }, this.labels) };
  }

  #through(data: PictureData, width: number, f: (tape: Tape, x: Tensor) => Tensor): Float32Array[] {
    const rows = rowsOf("data", data, this.config.shape);
    const { network } = this.core;
    return atOnce(
      inRows(network.machine, rows.count, width, (tape, from, to) =>
        f(tape, network.read(tape, numbers(rows, from, to))),
      ),
    );
  }
}

const build: NetworkBuilder<ClassifierNetwork> = (parameters, description) =>
  new ClassifierNetwork(parameters, description);

function networkOf(
  { shape, body, features, dropout }: ClassifierConfig,
  columns: readonly LabelColumn[],
): NetworkDescription {
  const classes = classCounts(columns);
  const network: ClassifierNetworkConfig = { shape, body, features, dropout, classes };
  return { model: KIND, network };
}
