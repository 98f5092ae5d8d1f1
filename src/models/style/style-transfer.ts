// The network of one style as users see it.

import type { ImageSet } from "../../data/images/image-set.js";
import type { StoredModel } from "../../formats/model-file.js";
import { readSafetensors } from "../../formats/safetensors.js";
import { bytesAsGiven } from "../../host/as-given.js";
import type { RuntimeOption } from "../../host/default-runtime.js";
import { checkKeys, checkNumber, describe, InvalidInputError } from "../../host/errors.js";
import type { Key } from "../../host/key.js";
import { atOnce } from "../../host/pieces.js";
import { resolve } from "../../host/rules.js";
import { Tape } from "../../nn/tape.js";
import type { DataOptions, StepReport } from "../../train/progress.js";
import type { NetworkBuilder, NetworkDescription } from "../../train/trainable.js";
import type { Training } from "../../train/training.js";
import type { ModelCore } from "../base/core.js";
import { Model } from "../base/model.js";
import { pictureDataRules } from "../images/batches.js";
import { newCore, openPictures } from "../images/picture-model.js";
import { rowsOf } from "../images/rows.js";
import {
  type StyleTransferConfig,
  type StyleTransferOptions,
  storedPainter,
  styleTransferRules,
} from "./painter-config.js";
import { PainterNetwork } from "./painter-network.js";
import {
  measurePhotographs,
  type Photographs,
  painterData,
  type StyleTransferFitOptions,
} from "./painter-training.js";
import { bytesOf, coloursOf, numbersOf, onWhite, pictureOf, type StylePicture } from "./picture.js";
import type { SqueezeNet } from "./squeezenet.js";

const KIND = "StyleTransfer" as const;
/** What SqueezeNet sees of a style draws over what a picture shows, unless that counts more. */
const PRETRAINED = { content: 1 };

/** How near pictures of the network are to the style and to what they are made of; means over the photographs. */
export interface StyleTransferScore {
  readonly loss: number;
  readonly style: number;
  readonly content: number;
  readonly examples: number;
}

/**
 * A network that gives any picture one style, at once (Johnson et al. 2016): it is trained on photographs with the losses of
 * `transferStyle`, of random filters.
 *
 * ```ts
 * const model = await StyleTransfer.create({ style: painting });
 * await model.fit(photographs, { steps: 1000 });
 * const image = model.stylise(photo, { strength: 0.8 });
 * ```
 */
export class StyleTransfer extends Model<PainterNetwork> {
  readonly config: StyleTransferConfig;

  /** What builds the network, here and in workers. @internal */
  static builder(_: NetworkDescription): NetworkBuilder<PainterNetwork> {
    return build;
  }

  private constructor(config: StyleTransferConfig, core: ModelCore<PainterNetwork>) {
    super(core);
    this.config = config;
  }

  /**
   * A new model with random weights.
   * @throws InvalidInputError for an option that cannot be used; OutOfMemoryError
   */
  static async create(options: StyleTransferOptions): Promise<StyleTransfer> {
    checkKeys("StyleTransfer.create", options, Object.keys(styleTransferRules));
    const style = onWhite(coloursOf("style", options.style));
    const layers = layersOf(options.features);
    const pretrained = layers.length > 0;
    const given = resolve(styleTransferRules, options, pretrained ? PRETRAINED : {});
    const side = Math.min(given.window, style.width, style.height);
    const features = pretrained ? "squeezenet" : "random";
    const config: StyleTransferConfig = { ...given, form: "nearest", side, features };
    const core = await newCore(options, { shape: [], ...config }, networkOf(config), build);
    core.network.setStyle(style, layers);
    return new StyleTransfer(config, core);
  }

  /**
   * A model from the bytes of a file that `save` wrote; or a network of fast-style-transfer as safetensors, with tensors
   * `conv1.kernel`, `conv1.scale`, `conv1.shift`, …, `res1.a.kernel`, …, `up1.kernel`, …, `out.kernel`, which cannot be trained.
   * @throws ModelFileError
   */
  static async load(
    bytes: Uint8Array | ArrayBuffer,
    options: RuntimeOption = {},
  ): Promise<StyleTransfer> {
    const file = await openPictures(KIND, await ownFile(bytes), options);
    const config = storedPainter(file.description);
    const core = await file.core({ shape: [], ...config }, networkOf(config), build);
    return new StyleTransfer(config, core);
  }

  /**
   * Trains on photographs of one size, of which it sees another part each time: `await` it to train to the end, or loop over
   * it with `for await` for a report after every step. Stops and resumes as every model does.
   * @throws InvalidInputError; DivergedError, or the signal's reason
   */
  fit(photographs: ImageSet, options: StyleTransferFitOptions = {}): Training<StepReport> {
    const { config, core } = this;
    const make = (key: Key, begun?: DataOptions) =>
      painterData(core.network, config, this.#photographs(photographs), options, key, begun);
    return core.fit(options, { own: Object.keys(pictureDataRules), data: make });
  }

  /**
   * A picture in the style, of its size and with its alpha.
   * @param options.strength 0: the picture as it is; 1, the default: all of the style
   * @throws InvalidInputError, also for a model that was never trained; OutOfMemoryError
   */
  stylise(picture: StylePicture, options: { readonly strength?: number } = {}): ImageSet {
    checkKeys("stylise", options, ["strength"]);
    const strength = checkNumber("strength", options.strength ?? 1, { min: 0, max: 1 });
    this.core.needTrained();
    const { network, machine } = this.core;
    const own = coloursOf("picture", picture);
    const values = numbersOf(own);
    const painted = machine.scoped(() => {
      const tape = new Tape(machine);
      const x = tape.tensor(values, [1, own.height, own.width, 3]);
      return network.paint(tape, x).data.slice();
    });
    for (let i = 0; i < values.length; i++) values[i] += strength * (painted[i] - values[i]);
    return pictureOf({ ...own, data: bytesOf(values) });
  }

  /** How near photographs in the style are to it, and to themselves. @throws InvalidInputError */
  score(photographs: ImageSet): StyleTransferScore {
    const { labelled, height, width } = this.#photographs(photographs);
    const values = labelled.rows.values as Uint8Array;
    const found = atOnce(measurePhotographs(this.core.network, { height, width, values }));
    return { ...found, examples: labelled.rows.count };
  }

  /**
   * A copy whose file has 8 bits a weight instead of 32; it has all the verbs but `fit`.
   * @throws InvalidInputError for weights that are not finite numbers, or a model in training
   */
  async quantize(options: { readonly bits?: 8 } = {}): Promise<StyleTransfer> {
    const core = await this.narrowed(options, "int8-stored");
    return core ? new StyleTransfer(this.config, core) : this;
  }

  /** @internal */
  protected override stored(): StoredModel {
    const { channels, blocks, form, ...config } = this.config;
    return {
      model: KIND,
      network: { kind: "residual", channels, blocks, form },
      config,
      assets: {},
    };
  }

  #photographs(set: ImageSet): Photographs {
    if (this.config.side === 0) {
      throw new InvalidInputError(
        "this model was brought in without its style, so it cannot be trained or measured",
      );
    }
    const { height, width } = Object(set) as ImageSet;
    return {
      ...{ height, width },
      labelled: { rows: rowsOf("photographs", set, [height, width, 3]), places: new Int32Array(0) },
    };
  }
}

/** Of SqueezeNet; none for random filters. @throws InvalidInputError */
function layersOf(features: StyleTransferOptions["features"] = "random"): SqueezeNet["layers"] {
  if (features === "random") return [];
  if ("layers" in Object(features)) return features.layers;
  throw new InvalidInputError(
    `features must be "random", or what squeezeNet gives, got ${describe(features)}`,
  );
}

/** A file of ours, of whatever it is a file of. */
async function ownFile(bytes: Uint8Array | ArrayBuffer): Promise<Uint8Array | ArrayBuffer> {
  const given = bytesAsGiven(bytes);
  const file = readSafetensors(given);
  if (file.metadata.has("simdream")) return given;
  const { fromFastStyle, isFastStyle } = await import("./fast-style.js");
  return isFastStyle(file) ? fromFastStyle(file) : given;
}

const build: NetworkBuilder<PainterNetwork> = (parameters, description) =>
  new PainterNetwork(parameters, description);

function networkOf({ window: _, seed: __, ...network }: StyleTransferConfig): NetworkDescription {
  return { model: KIND, network };
}
