// What an adapter's file says of it, without the model that it is of.

import type { TrainingRecord } from "../../entries/node.js";
import { checkString } from "../../formats/json.js";
import { inFile, readModelFile } from "../../formats/model-file.js";
import { checkNumber } from "../../host/errors.js";
import { readBytes } from "./files.js";
import { withPath } from "./wrong-file.js";

/** What `inspect --json` prints of one. */
export interface AdapterFacts {
  readonly file: string;
  readonly bytes: number;
  readonly model: "Adapter";
  /** The model that it was trained on: its class, and its fingerprint. */
  readonly of: { readonly model: string; readonly fingerprint: string };
  readonly rank: number;
  readonly alpha: number;
  readonly targets: readonly string[];
  readonly parameterCount: number;
  readonly record: TrainingRecord;
  readonly version: string | null;
}

/** @throws ModelFileError with the file's name */
export function adapterIn(path: string): AdapterFacts {
  try {
    return facts(path, readBytes(path));
  } catch (error) {
    throw withPath(path, error);
  }
}

function facts(path: string, bytes: Uint8Array): AdapterFacts {
  const { savedBy = null, description, weights } = readModelFile(bytes, "Adapter");
  const { network, config, record } = description!;
  return inFile("the adapter's configuration", () => ({
    file: path,
    bytes: bytes.length,
    model: "Adapter",
    of: {
      model: checkString("model", config.model),
      fingerprint: checkString("base", config.base),
    },
    rank: checkNumber("r", network.r, { integer: true, min: 1 }),
    alpha: checkNumber("lora_alpha", network.lora_alpha, {}),
    targets: Array.from(Object(network.target_modules) as string[], String),
    parameterCount: [...weights.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0),
    record,
    version: savedBy,
  }));
}

const sizeOf = (shape: readonly number[]) => shape.reduce((all, axis) => all * axis, 1);
