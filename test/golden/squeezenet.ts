// A SqueezeNet with drawn weights, as make_style.py draws them.

import { f32Entry, writeSafetensors } from "../../src/formats/safetensors.js";
import { sizeOf } from "../../src/nn/tensor.js";
import { generator } from "../kernels/harness.js";

/** Numbers between two others. */
export function drawn(
  shape: readonly number[],
  low: number,
  high: number,
  seed: number,
): Float32Array {
  const random = generator(seed);
  return Float32Array.from({ length: sizeOf(shape) }, () => low + (high - low) * random());
}

/** A file with torchvision's names. */
export function squeezeNetFile(): Uint8Array {
  const layers: [string, number, number, number][] = [["features.0", 96, 3, 7]];
  for (const [i, at] of [3, 4, 5, 7].entries()) {
    const s = i < 2 ? 16 : 32;
    layers.push([`features.${at}.squeeze`, s, [96, 128, 128, 256][i], 1]);
    layers.push([`features.${at}.expand1x1`, 4 * s, s, 1], [`features.${at}.expand3x3`, 4 * s, s, 3]);
  }
  const entries = layers.flatMap(([name, O, I, k], i) => {
    const bound = Math.sqrt(6 / (I * k * k));
    const shape = [O, I, k, k];
    return [
      f32Entry(`${name}.weight`, shape, drawn(shape, -bound, bound, 100 + 2 * i)),
      f32Entry(`${name}.bias`, [O], drawn([O], -0.1, 0.1, 101 + 2 * i)),
    ];
  });
  return writeSafetensors(entries);
}
