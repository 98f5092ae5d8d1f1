// SqueezeNet 1.0 (Iandola et al. 2016), pretrained: its first layers as features, from a file that people bring.

import { f32Data, readSafetensors } from "../../formats/safetensors.js";
import { bytesAsGiven } from "../../host/as-given.js";
import { ModelFileError } from "../../host/errors.js";
import type { Machine } from "../../host/machine.js";
import type { Runtime } from "../../host/runtime.js";
import { kernelLayout } from "../../nn/file-layout.js";
import { concat } from "../../nn/ops/concat.js";
import { conv2d } from "../../nn/ops/convolution.js";
import { relu } from "../../nn/ops/elementwise.js";
import { pad2d } from "../../nn/ops/pad.js";
import { maxPool2d } from "../../nn/ops/pool.js";
import type { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import type { Border, EyeMaker, FeatureMap, StyleEye } from "./features.js";

/** A kernel (O, kh, kw, I) and its bias. */
export interface SqueezeLayer {
  readonly shape: readonly number[];
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

/** Fire modules that are read: channels that they squeeze to and read; a pool is before the first and the last. */
const FIRES = [
  { name: "fire2", squeezed: 16, inputs: 96, pooled: true },
  { name: "fire3", squeezed: 16, inputs: 128, pooled: false },
  { name: "fire4", squeezed: 32, inputs: 128, pooled: false },
  { name: "fire5", squeezed: 32, inputs: 256, pooled: true },
] as const;
/** Names and channels of the maps. */
export function squeezeMaps(): { name: string; channels: number }[] {
  return FIRES.map(({ name, squeezed }) => ({ name, channels: 8 * squeezed }));
}
/** Names of a fire module's three convolutions: Caffe's as in the file, and torchvision's. */
const PARTS = [
  ["conv1x1_1", "squeeze"],
  ["conv1x1_2", "expand1x1"],
  ["conv3x3_2", "expand3x3"],
] as const;
/** Names of torchvision's features. */
const FEATURES: Readonly<Record<string, string>> = {
  ...{ conv1: "features.0", fire2: "features.3", fire3: "features.4" },
  ...{ fire4: "features.5", fire5: "features.7" },
};
/** What torchvision's expect of a picture: (x - mean) / deviation, RGB. */
const [MEAN, DEVIATION] = [
  [0.485, 0.456, 0.406],
  [0.229, 0.224, 0.225],
];
/** Caffe's: BGR from 0 to 255, minus these. */
const BYTES = [104, 117, 123];

/** Pretrained features; made by `squeezeNet`. */
export interface SqueezeNet {
  /** @internal */
  readonly layers: readonly SqueezeLayer[];
  /** @internal */
  styleEye(runtime: Runtime): Promise<EyeMaker>;
}

/** Shapes of all kernels, in the order of `layers`: the first, and three of each fire module. */
export function squeezeShapes(): number[][] {
  const fires = FIRES.flatMap(({ squeezed, inputs }) => [
    [squeezed, 1, 1, inputs],
    [4 * squeezed, 1, 1, squeezed],
    [4 * squeezed, 3, 3, squeezed],
  ]);
  return [[96, 7, 7, 3], ...fires];
}

/**
 * Features of SqueezeNet 1.0: the outputs of fire2 to fire5, which see shapes where random filters see edges.
 *
 * ```ts
 * const features = squeezeNet(await readFile("squeezenet-f16.safetensors"));
 * await transferStyle(photo, painting, { features });
 * ```
 * @param file safetensors, f32 or f16, with Caffe's names (`conv1.weight`, `fire2.conv1x1_1.weight` …; pictures BGR) or
 * torchvision's (`features.0.weight`, `features.3.squeeze.weight` …; pictures RGB)
 * @throws ModelFileError naming the tensor that is missing or of another shape
 */
export function squeezeNet(file: Uint8Array | ArrayBuffer): SqueezeNet {
  const { tensors } = readSafetensors(bytesAsGiven(file));
  const caffe = tensors.has("conv1.weight");
  const numbers = (name: string, shape: readonly number[]) => {
    const entry = tensors.get(name);
    const [got] = [entry?.shape.join(", ")];
    if (entry && got === shape.join(", ")) return f32Data(entry);
    const found = entry ? `it is [${got}]` : "there is none";
    throw new ModelFileError(
      `a file of SqueezeNet 1.0 has a tensor ${name} [${shape.join(", ")}]; ${found}`,
    );
  };
  const layer = (name: string, own: readonly number[]): SqueezeLayer => {
    const { shape, fromFile } = kernelLayout(own);
    const weight = fromFile(numbers(`${name}.weight`, shape));
    return { shape: own, weight, bias: numbers(`${name}.bias`, own.slice(0, 1)) };
  };
  const name = (own: string) => (caffe ? own : FEATURES[own]);
  const [first, ...others] = squeezeShapes();
  const layers = [
    onUnits(layer(name("conv1"), first), caffe),
    ...others.map((shape, i) => {
      const fire = name(FIRES[Math.floor(i / 3)].name);
      return layer(`${fire}.${PARTS[i % 3][caffe ? 0 : 1]}`, shape);
    }),
  ];
  return {
    layers,
    async styleEye(runtime) {
      const eye = squeezeEye(runtime.machine(), layers);
      return () => eye;
    },
  };
}

/** What sees the outputs of fire2 to fire5, and compares contents in that of fire4. */
export function squeezeEye(machine: Machine, layers: readonly SqueezeLayer[]): StyleEye {
  return {
    machine,
    maps: (tape, x, border) => squeezed(tape, x, border, layers),
    content: (name) => (name === "fire4" ? 1 : 0),
  };
}

/** The first layer for pictures in RGB from 0 to 1: means and units go into its kernel and bias. */
function onUnits({ shape, weight, bias }: SqueezeLayer, caffe: boolean): SqueezeLayer {
  const own = new Float32Array(weight.length);
  const moved = bias.slice();
  for (let at = 0; at < weight.length; at += 3) {
    const o = Math.floor(at / (weight.length / shape[0]));
    for (let c = 0; c < 3; c++) {
      const value = weight[at + c];
      if (caffe) {
        own[at + 2 - c] = 255 * value;
        moved[o] -= BYTES[c] * value;
      } else {
        own[at + c] = value / DEVIATION[c];
        moved[o] -= (MEAN[c] / DEVIATION[c]) * value;
      }
    }
  }
  return { shape, weight: own, bias: moved };
}

/** Pixels around a picture: what the first layer's kernels see beyond it, and a tile's deeper ones too. */
const [MARGIN, WRAPPED] = [3, 32];

function squeezed(
  tape: Tape,
  x: Tensor,
  border: Border,
  [first, ...others]: readonly SqueezeLayer[],
): FeatureMap[] {
  const margin = border === "wrap" ? WRAPPED : MARGIN;
  const around = border === "none" ? "reflect" : border;
  const whole = pad2d(tape, x, [margin, margin, margin, margin], around);
  let y = convolved(tape, whole, first, 2);
  return FIRES.map(({ name, pooled }, i) => {
    // What is too small to be pooled is seen as it is.
    if (pooled && Math.min(y.shape[1], y.shape[2]) >= 3) {
      y = maxPool2d(tape, y, { kernel: 3, stride: 2 });
    }
    const [squeeze, one, three] = others.slice(3 * i);
    const small = convolved(tape, y, squeeze);
    y = concat(tape, convolved(tape, small, one), convolved(tape, small, three));
    return { name, map: y };
  });
}

function convolved(
  tape: Tape,
  x: Tensor,
  { shape, weight, bias }: SqueezeLayer,
  stride = 1,
): Tensor {
  const padding = stride > 1 ? 0 : shape[1] >> 1;
  const [w, b] = [tape.tensor(weight, shape), tape.tensor(bias, [bias.length])];
  return relu(tape, conv2d(tape, x, w, b, { stride, padding }));
}
