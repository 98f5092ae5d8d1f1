// What a StyleTransfer trains: the network that gives pictures a style, and the style, as what its features are.

import type { Machine } from "../../host/machine.js";
import { constant } from "../../nn/init.js";
import { add, scale } from "../../nn/ops/elementwise.js";
import { type ParameterSource, Scope } from "../../nn/parameters.js";
import type { Tape } from "../../nn/tape.js";
import { sizeOf, type Tensor } from "../../nn/tensor.js";
import type { LossOf, NetworkDescription, StepTotals, Trainable } from "../../train/trainable.js";
import type { StyleEye } from "./features.js";
import { Painter, type PainterConfig } from "./network.js";
import {
  beyond,
  contentLoss,
  contentTargets,
  type GramTarget,
  RANGE,
  styleLoss,
  targetsOf,
  totalVariation,
} from "./objective.js";
import { paletteOf } from "./palette.js";
import { type Colours, numbersOf } from "./picture.js";
import { FILTERS, filters, levelsOf, RandomFilters } from "./random-filters.js";
import { type SqueezeLayer, squeezeEye, squeezeMaps, squeezeShapes } from "./squeezenet.js";

/** What the network is built from. */
export interface PainterNetworkConfig extends PainterConfig {
  /** How much the content counts beside the style, and differences of neighbours. */
  readonly content: number;
  readonly variation: number;
  /** Least side of what is compared: a window, or the style. 0: there is no style, and it cannot be trained. */
  readonly side: number;
  /** What styles are compared in. */
  readonly features: "random" | "squeezenet";
}

/** Some crops of a step, plain data. */
export interface CropBatch {
  /** (rows, H, W, 3), bytes */
  readonly values: Uint8Array;
  readonly height: number;
  readonly width: number;
  /** How much each row counts in the loss (rows); absent where all count the same. */
  readonly weights?: Float32Array;
}

/** Losses of one picture. */
interface PictureLosses {
  readonly loss: Tensor;
  readonly style: Tensor;
  readonly content: Tensor;
}

export class PainterNetwork implements Trainable {
  readonly machine: Machine;
  readonly config: PainterNetworkConfig;
  readonly #painter: Painter;
  readonly #mean: Tensor | undefined;
  readonly #whiten: Tensor | undefined;
  readonly #levels: readonly { readonly name: string; means: Tensor; gram: Tensor }[];
  /** Of SqueezeNet; none for random filters, which need no weights. */
  readonly #layers: readonly { shape: readonly number[]; weight: Tensor; bias: Tensor }[];
  #filters: Float32Array | undefined;

  constructor(parameters: ParameterSource, { network }: NetworkDescription) {
    const config = network as PainterNetworkConfig;
    this.machine = parameters.machine;
    this.config = config;
    const scope = new Scope(parameters);
    this.#painter = new Painter(scope, config);
    const zeros = constant(0);
    const style = scope.child("style");
    const pretrained = config.features === "squeezenet";
    const maps = pretrained
      ? squeezeMaps()
      : levelsOf(config.side).map((name) => ({ name, channels: FILTERS }));
    if (maps.length > 0) {
      this.#mean = style.buffer("mean", [3], zeros);
      this.#whiten = style.buffer("whiten", [3, 3], zeros);
    }
    this.#levels = maps.map(({ name, channels }) => {
      const level = style.child(name);
      const means = level.buffer("means", [channels], zeros);
      return { name, means, gram: level.buffer("gram", [channels, channels], zeros) };
    });
    this.#layers = (pretrained ? squeezeShapes() : []).map((shape, i) => {
      const layer = scope.child(`features.${i}`);
      const [O, ...taps] = shape;
      const weight = layer.buffer("weight", [O, sizeOf(taps)], zeros);
      return { shape, weight, bias: layer.buffer("bias", [O], zeros) };
    });
  }

  /** Learns what the style's features are, before training. @param layers of SqueezeNet, where it is asked for */
  setStyle(picture: Colours, layers: readonly SqueezeLayer[]): void {
    for (const [i, { weight, bias }] of layers.entries()) {
      this.#layers[i].weight.data.set(weight);
      this.#layers[i].bias.data.set(bias);
    }
    const styles = [{ picture, share: 1 }];
    const { mean, whiten } = paletteOf(styles);
    this.#mean!.data.set(mean);
    this.#whiten!.data.set(whiten.flat());
    const targets = targetsOf(this.#eye(), styles);
    for (const { name, means, gram } of this.#levels) {
      const target = targets.get(name)!;
      means.data.set(target.means);
      gram.data.set(target.gram);
    }
  }

  /** (1, H, W, 3) in the style. */
  paint(tape: Tape, x: Tensor): Tensor {
    return this.#painter.forward(tape, x);
  }

  /** Style, content and the rest of a picture, (H, W, 3) from 0 to 1. */
  losses(tape: Tape, values: Float32Array, height: number, width: number): PictureLosses {
    const eye = this.#eye();
    const { content: weight, variation } = this.config;
    const wanted = contentTargets(eye, { height, width, values }, "reflect");
    const y = this.paint(tape, tape.tensor(values, [1, height, width, 3]));
    const maps = eye.maps(tape, y, "reflect");
    const style = styleLoss(tape, maps, [{ where: undefined, maps: this.#targets() }]);
    const content = contentLoss(tape, maps, wanted)!;
    let loss = add(tape, style, scale(tape, content, weight));
    if (variation > 0)
      loss = add(tape, loss, scale(tape, totalVariation(tape, y, false), variation));
    loss = add(tape, loss, scale(tape, beyond(tape, y), RANGE));
    return { loss, style, content };
  }

  /** Mean over the pictures of the step. */
  loss(
    tape: Tape,
    { values, height, width, weights }: CropBatch,
    _: Float32Array[] | undefined,
    { rows }: StepTotals,
  ): LossOf {
    const size = 3 * height * width;
    const all: PictureLosses[] = [];
    for (let at = 0; at < values.length; at += size) {
      const numbers = numbersOf({ data: values.subarray(at, at + size) });
      all.push(this.losses(tape, numbers, height, width));
    }
    const mean = (part: keyof PictureLosses) =>
      scale(
        tape,
        all
          .map((one, i) => (weights ? scale(tape, one[part], weights[i]) : one[part]))
          .reduce((sum, one) => add(tape, sum, one)),
        1 / rows,
      );
    return { loss: mean("loss"), parts: { style: mean("style"), content: mean("content") } };
  }

  #eye(): StyleEye {
    if (this.#layers.length > 0) {
      const layers = this.#layers.map(({ shape, weight, bias }) => ({
        shape,
        weight: weight.data.slice(),
        bias: bias.data.slice(),
      }));
      return squeezeEye(this.machine, layers);
    }
    this.#filters ??= filters(this.machine);
    const [mean, w] = [Array.from(this.#mean!.data), Array.from(this.#whiten!.data)];
    const whiten = [w.slice(0, 3), w.slice(3, 6), w.slice(6)];
    return new RandomFilters(this.machine, this.config.side, { mean, whiten }, this.#filters);
  }

  #targets(): Map<string, GramTarget> {
    return new Map(
      this.#levels.map(({ name, means, gram }) => [
        name,
        { means: means.data.slice(), gram: gram.data.slice() },
      ]),
    );
  }
}
