// Bytes into a compiled module, with an error that helps where the engine refuses.

import { describe, InvalidInputError } from "./errors.js";
import { isKind } from "./kinds.js";

/** What `load` accepts: the bytes of a module, or the module compiled. */
export type ModuleSource = BufferSource | WebAssembly.Module;

const TAKES =
  "load() takes the bytes of simdream's module or, where a platform forbids to compile, the compiled " +
  "WebAssembly.Module; a model's file is for LanguageModel.load and its like";

/** Whether it is a compiled module, of whatever realm: edge platforms compile outside the program's. */
export function isModule(source: ModuleSource): source is WebAssembly.Module {
  return isKind(source, "WebAssembly.Module");
}

/** The module of this source. @throws InvalidInputError */
export async function compiled(source: ModuleSource): Promise<WebAssembly.Module> {
  if (isModule(source)) return source;
  if (!ArrayBuffer.isView(source) && !isKind(source, "ArrayBuffer")) {
    throw new InvalidInputError(`${TAKES}; got ${describe(source)}`);
  }
  try {
    return await WebAssembly.compile(source);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidInputError(
      `the WebAssembly module does not compile here: ${reason}. ${TAKES}`,
      { cause },
    );
  }
}
