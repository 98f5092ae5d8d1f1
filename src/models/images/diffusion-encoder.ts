// What reads captions in a diffusion, and how its network looks at them: loaded where a model learns words.

import type { GroupNorm } from "../../nn/layers/group-norm.js";
import { add } from "../../nn/ops/elementwise.js";
import type { Scope } from "../../nn/parameters.js";
import type { Tape } from "../../nn/tape.js";
import type { Tensor } from "../../nn/tensor.js";
import type { Memory } from "./caption-encoder.js";
import { Look } from "./diffusion-look.js";
import type { Reads } from "./diffusion-predictor.js";
import { groupNorm, normed } from "./diffusion-unet.js";

export { CaptionEncoder } from "./caption-encoder.js";

/** x + attention of the pixels of norm(x) to a caption; of a clip, of those of all its frames. */
export class WordMixer implements Reads {
  readonly #norm: GroupNorm;
  readonly #look: Look;

  constructor(scope: Scope, channels: number, width: number) {
    this.#norm = groupNorm(scope.child("norm"), channels);
    this.#look = new Look(scope, channels, channels % 4 === 0 ? 4 : 1, width);
  }

  /** x (N, H, W, C), N times as many as captions where these are of clips → the same */
  forward(tape: Tape, x: Tensor, memory: Memory): Tensor {
    const [rows] = memory.x.shape;
    const C = x.shape[3];
    const y = normed(tape, this.#norm, x, rows).reshaped([rows, x.size / (rows * C), C]);
    return add(tape, x, this.#look.forward(tape, y, memory).reshaped(x.shape));
  }
}
