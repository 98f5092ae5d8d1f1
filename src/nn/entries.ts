// Parameters as the tensors of a file.

import { f32Data, f32Entry, type TensorEntry } from "../formats/safetensors.js";
import { Parameters } from "./parameters.js";
import type { QuantizedParameters } from "./quantized-parameters.js";

/** A model's weights as they stand in its file. Views: do not keep them. */
export function weightEntries(parameters: Parameters | QuantizedParameters): TensorEntry[] {
  return parameters instanceof Parameters
    ? regionEntries(parameters, "", parameters.address)
    : [...parameters.tensors.values()];
}

/** A region's numbers of the parameters that `holds` names, as tensors. Views: do not keep them. */
export function regionEntries(
  parameters: Parameters,
  prefix: string,
  region: number,
  holds: (name: string) => boolean = () => true,
): TensorEntry[] {
  const entries: TensorEntry[] = [];
  for (const [name, shape, view] of parameters.views(region)) {
    if (!holds(name)) continue;
    const { file } = parameters.role(name);
    entries.push(f32Entry(prefix + name, file?.shape ?? shape, file?.toFile(view) ?? view));
  }
  return entries;
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
