// What all picture models share: how they come to be, and how they take and give examples.

import { ImageSet } from "../../data/images/image-set.js";
import { type ModelDescription, readModelFile } from "../../formats/model-file.js";
import { bytesAsGiven } from "../../host/as-given.js";
import { type RuntimeOption, runtimeOf } from "../../host/default-runtime.js";
import { checkKeys, checkNumber, InvalidInputError, ModelFileError } from "../../host/errors.js";
import { Key, purposes } from "../../host/key.js";
import { isKind } from "../../host/kinds.js";
import type { Machine } from "../../host/machine.js";
import type { Runtime } from "../../host/runtime.js";
import type { NetworkBuilder, NetworkDescription, Trainable } from "../../train/trainable.js";
import { ModelCore } from "../base/core.js";
import { Model } from "../base/model.js";
import type { Labelled } from "./batches.js";
import { type LabelColumn, placesOf } from "./conditions.js";
import type { PictureBasics } from "./picture-config.js";
import { type PictureData, rowsOf } from "./rows.js";
import type { Shape } from "./shape.js";

/** A model of pictures, or of vectors of one shape. */
export abstract class PictureModel<C extends PictureBasics, N extends Trainable> extends Model<N> {
  readonly config: C;
  /** Columns of labels that the model knows; empty where it knows none. */
  readonly labels: readonly LabelColumn[];

  /** @internal */
  protected constructor(config: C, labels: readonly LabelColumn[], core: ModelCore<N>) {
    super(core);
    this.config = config;
    this.labels = labels;
  }

  /** Axes of an example: [height, width, channels] of pictures, or those of a vector. */
  get shape(): Shape {
    return this.config.shape;
  }

  /**
   * A copy whose file has 8 bits a weight instead of 32: a quarter of its size. It computes with f32 numbers, of the rounded
   * weights, and has all the verbs but `fit`. A model that is quantised already is returned as it is.
   * @param options.bits 8, which is all that pictures have
   * @throws InvalidInputError for weights that are not finite numbers, or a model in training
   */
  async quantize(options: { readonly bits?: 8 } = {}): Promise<this> {
    const core = await this.narrowed(options, "int8-stored");
    return core ? this.around(core) : this;
  }

  /** The same model of other weights. @internal */
  protected abstract around(core: ModelCore<N>): this;

  /** Data as given, with the labels that the model knows. @throws InvalidInputError @internal */
  protected labelled(what: string, data: PictureData): Labelled {
    const rows = rowsOf(what, data, this.config.shape);
    const groups = data instanceof ImageSet ? data.groups : undefined;
    if (this.labels.length === 0) return { rows, places: new Int32Array(0), groups };
    if (data instanceof ImageSet) return { rows, places: placesOf(this.labels, data), groups };
    throw new InvalidInputError(
      `${what}: the model learns labels, which only an ImageSet has; create it with labels: false`,
    );
  }
}

/** Data as they are at the call; pictures are not copied: they are not to be changed. */
export function asGiven(data: PictureData): PictureData {
  if (data instanceof ImageSet || !Array.isArray(data)) return data;
  return data.map((one: unknown) =>
    isKind(one, "Float32Array") ? one.slice() : one,
  ) as PictureData;
}

/** The core of a new model, on kernels with those of pictures. @throws InvalidInputError, OutOfMemoryError */
export async function newCore<N extends Trainable>(
  options: RuntimeOption,
  { seed }: PictureBasics,
  network: NetworkDescription,
  build: NetworkBuilder<N>,
): Promise<ModelCore<N>> {
  return new ModelCore(await picturesRuntime(options), seed, network, build).created(options);
}

/** What a file says of its model, and what makes the model's core of its weights. */
interface OpenedPictures {
  readonly description: ModelDescription;
  /** @throws ModelFileError */
  core<N extends Trainable>(
    config: PictureBasics,
    network: NetworkDescription,
    build: NetworkBuilder<N>,
  ): Promise<ModelCore<N>>;
}

/** A file of this kind. @throws ModelFileError */
export async function openPictures(
  kind: string,
  bytes: Uint8Array | ArrayBuffer,
  options: RuntimeOption,
): Promise<OpenedPictures> {
  checkKeys(`${kind}.load`, options, ["runtime"]);
  const given = bytesAsGiven(bytes);
  const runtime = await picturesRuntime(options);
  const file = readModelFile(given, kind);
  const { description } = file;
  if (description) {
    return {
      description,
      core: ({ seed }, network, build) => ModelCore.open(runtime, seed, network, build, file),
    };
  }
  throw new ModelFileError(
    'the file has no "simdream" metadata: it does not say what its pictures are',
  );
}

async function picturesRuntime(options: RuntimeOption): Promise<Runtime> {
  return (await runtimeOf(options)).withPictures();
}

/** The key of what is drawn by a call with a seed. @throws InvalidInputError where it is none */
export function drawKey(machine: Machine, seed = 0, name = "seed"): Key {
  checkNumber(name, seed, { integer: true, min: 0 });
  return Key.fromSeed(machine, seed).fold(purposes.sample);
}
