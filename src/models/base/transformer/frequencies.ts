// Rotary frequencies, changed for a longer context where a model asks for it.

import { rotaryFrequencies } from "../../../nn/ops/rotary.js";
import type { RopeScaling } from "./details.js";

/** Rotary frequencies of heads of d numbers, those of a longer context where they are scaled. */
export function scaledFrequencies(
  d: number,
  theta: number,
  scaling: RopeScaling | undefined,
): Float64Array {
  const frequencies = rotaryFrequencies(d, theta);
  if (!scaling) return frequencies;
  const { factor } = scaling;
  if (scaling.type === "linear") return frequencies.map((f) => f / factor);
  const { lowFreqFactor: low, highFreqFactor: high, originalContext } = scaling;
  return frequencies.map((f) => {
    // How often the wave goes round in the context that the model was first trained with.
    const turns = (originalContext * f) / (2 * Math.PI);
    if (turns < low) return f / factor;
    if (turns > high) return f;
    const smooth = (turns - low) / (high - low);
    return ((1 - smooth) * f) / factor + smooth * f;
  });
}
