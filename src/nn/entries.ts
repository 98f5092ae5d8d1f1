// Parameters as the tensors of a file.

import { f32Data, f32Entry, type TensorEntry } from "../formats/safetensors.js";
import type { Parameters } from "./parameters.js";
import { QuantizedParameters } from "./quantized-parameters.js";

/** A model's weights as they stand in its file. Views: do not keep them. */
export function weightEntries(parameters: Parameters | QuantizedParameters): TensorEntry[] {
  return parameters instanceof QuantizedParameters
    ? [...parameters.tensors.values()]
    : regionEntries(parameters, "", parameters.address);
}

export function regionEntries(
  parameters: Parameters,
  prefix: string,
  region: number,
): TensorEntry[] {
  return Array.from(parameters.views(region), ([name, shape, view]) =>
    f32Entry(prefix + name, shape, view),
  );
}

/** Tensors as `Parameters.prepareAssign` takes them. */
export function readable(
  entries: ReadonlyMap<string, TensorEntry>,
): Map<string, { shape: readonly number[]; read(): Float32Array }> {
  return new Map(
    Array.from(entries, ([name, entry]) => [
      name,
      { shape: entry.shape, read: () => f32Data(entry) },
    ]),
  );
}
