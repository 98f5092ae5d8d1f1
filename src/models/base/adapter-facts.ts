// What an adapter's file says of it, without the model that it is of.

import { checkString } from "../../formats/json.js";
import { inFile, readModelFile, type TrainingRecord } from "../../formats/model-file.js";
import { checkNumber } from "../../host/errors.js";

export interface AdapterFacts {
  /** The model that it was trained on: its class, and its fingerprint. */
  readonly of: { readonly model: string; readonly fingerprint: string };
  readonly rank: number;
  readonly alpha: number;
  readonly targets: readonly string[];
  readonly parameterCount: number;
  readonly record: TrainingRecord;
  readonly savedBy: string | undefined;
}

/** @throws ModelFileError */
export function adapterFacts(bytes: Uint8Array): AdapterFacts {
  const { savedBy, description, weights } = readModelFile(bytes, "Adapter");
  const { network, config, record } = description!;
  return inFile("the adapter's configuration", () => ({
    of: {
      model: checkString("model", config.model),
      fingerprint: checkString("base", config.base),
    },
    rank: checkNumber("r", network.r, { integer: true, min: 1 }),
    alpha: checkNumber("lora_alpha", network.lora_alpha, {}),
    targets: Array.from(Object(network.target_modules) as string[], String),
    parameterCount: Array.from(weights.values(), sizeOf).reduce((sum, size) => sum + size, 0),
    record,
    savedBy,
  }));
}

const sizeOf = ({ shape }: { readonly shape: readonly number[] }) =>
  shape.reduce((all, axis) => all * axis, 1);
