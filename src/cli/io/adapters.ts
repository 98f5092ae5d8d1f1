// Adapter files in.

import { type Adapter, ModelFileError, modelKind } from "../../entries/node.js";
import { Failure } from "../errors.js";
import type { AnyModel } from "../kinds/model.js";
import type { OptionRow } from "../options/options.js";
import { readBytes } from "./files.js";
import { namingFile } from "./wrong-file.js";

/** For every command that uses a model of texts. */
export const adapterRow: OptionRow = [
  "--adapter <file>",
  "use the model with this adapter, which train --lora wrote",
];

/** A model that may have adapters. */
export interface Adaptable extends AnyModel {
  readonly adapter: string | null;
  getAdapter(): Adapter;
  loadAdapter(bytes: Uint8Array, options?: { readonly name?: string }): Promise<Adapter>;
  merge(): Promise<AnyModel>;
}

/** Whether it may have adapters. */
export function isAdaptable(model: AnyModel): model is Adaptable {
  return "loadAdapter" in model;
}

/** Whether a file holds an adapter. @throws Failure where it cannot be read */
export function isAdapterFile(path: string): boolean {
  try {
    return modelKind(readBytes(path)) === "Adapter";
  } catch (error) {
    if (error instanceof ModelFileError) return false;
    throw error;
  }
}

/** Puts the adapter of a file in force, where there is one. @throws Failure, ModelFileError with the file's name */
export async function useAdapter(
  path: string,
  model: AnyModel,
  file: string | undefined,
  name?: string,
): Promise<void> {
  if (file === undefined) return;
  if (!isAdaptable(model)) throw new Failure(`${path} is no model of texts: it has no adapters`);
  const bytes = readBytes(file);
  await namingFile(file, async () => {
    const kind = modelKind(bytes);
    if (kind !== "Adapter") {
      const holds = kind === undefined ? "has no alpha" : "holds a model, not an adapter";
      throw new ModelFileError(`the file ${holds}: --adapter takes what train --lora wrote`);
    }
    await model.loadAdapter(bytes, name === undefined ? {} : { name });
  });
}
