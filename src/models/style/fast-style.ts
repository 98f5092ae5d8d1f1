// Networks of lengstrom/fast-style-transfer, as ml5.js has them: their names and TensorFlow's order of axes to ours.

import { untrained, writeModelFile } from "../../formats/model-file.js";
import {
  f32Data,
  f32Entry,
  type SafetensorsFile,
  type TensorEntry,
} from "../../formats/safetensors.js";
import { ModelFileError } from "../../host/errors.js";

/** Theirs and ours. Blocks are `res1.a`, `res1.b`, … there. */
const NAMES: readonly (readonly [string, string])[] = [
  ...(["conv1", "conv2", "conv3"] as const).map((name) => [name, name] as const),
  ...[1, 2, 3, 4, 5].flatMap((i) => [
    [`res${i}.a`, `blocks.${i - 1}.conv1`] as const,
    [`res${i}.b`, `blocks.${i - 1}.conv2`] as const,
  ]),
  ...(["up1", "up2", "out"] as const).map((name) => [name, name] as const),
];

/** Whether a file is of such a network. */
export function isFastStyle({ tensors }: SafetensorsFile): boolean {
  return tensors.has("conv1.kernel") && tensors.has("res1.a.kernel");
}

/**
 * The same network as a file of ours: kernels (kh, kw, a, b) become (b, a, kh, kw), `scale` and `shift` a norm's weight and
 * bias. It has no style to be compared with, so it cannot be trained.
 * @throws ModelFileError naming the tensor that is missing
 */
export function fromFastStyle({ tensors }: SafetensorsFile): Uint8Array<ArrayBuffer> {
  const get = (name: string): TensorEntry => {
    const entry = tensors.get(name);
    if (entry) return entry;
    throw new ModelFileError(
      `a network of fast-style-transfer has a tensor ${name}; there is none`,
    );
  };
  const weights = NAMES.flatMap(([theirs, ours]) => {
    const kernel = get(`${theirs}.kernel`);
    if (kernel.shape.length !== 4) {
      throw new ModelFileError(
        `tensor ${theirs}.kernel must have four axes, got [${kernel.shape}]`,
      );
    }
    const [kh, kw, a, b] = kernel.shape;
    const vector = (name: string, as: string) => {
      const entry = get(`${theirs}.${name}`);
      return f32Entry(`${ours}.norm.${as}`, entry.shape, f32Data(entry));
    };
    const values = turned(f32Data(kernel), kh * kw, a, b);
    return [
      f32Entry(`${ours}.conv.weight`, [b, a, kh, kw], values),
      vector("scale", "weight"),
      vector("shift", "bias"),
    ];
  });
  const channels = get("conv1.kernel").shape[3];
  const config = { content: 0, variation: 0, side: 0, window: 128, seed: 0 };
  const network = { kind: "residual", channels, blocks: 5, form: "transposed" };
  const record = { ...untrained, imported: true };
  return writeModelFile({ model: "StyleTransfer", network, config, assets: {}, record }, weights);
}

/** (taps, A, B) → (B, A, taps) */
function turned(values: Float32Array, taps: number, A: number, B: number): Float32Array {
  const own = new Float32Array(values.length);
  for (let t = 0; t < taps; t++) {
    for (let a = 0; a < A; a++) {
      for (let b = 0; b < B; b++) own[(b * A + a) * taps + t] = values[(t * A + a) * B + b];
    }
  }
  return own;
}
