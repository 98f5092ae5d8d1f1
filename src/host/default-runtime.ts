// The runtime of models that are given none. Each entry of the package has its own way to find the kernels
// and says it here once; so a model works in every runtime without a word of where it runs.

import { describe, InvalidInputError } from "./errors.js";
import type { Runtime } from "./runtime.js";

/** Option of whatever makes a model. */
export interface RuntimeOption {
  /**
   * The kernels to use: what `load()` gives, for workers of one's own or `simdream/fast`. Default: the
   * package's own, compiled once.
   */
  readonly runtime?: Runtime | Promise<Runtime>;
}

let find: (() => Promise<Runtime>) | undefined;
let found: Promise<Runtime> | undefined;

/**
 * Says what the runtime of models is that are given none, for example
 * `import { load } from "simdream/fast"; setDefaultRuntime(load)`. `load` is called once, by the first model.
 * @throws InvalidInputError where that is no function
 */
export function setDefaultRuntime(load: () => Promise<Runtime>): void {
  if (typeof load !== "function") {
    throw new InvalidInputError(
      `setDefaultRuntime needs a function that gives a runtime, such as load, got ${describe(load)}`,
    );
  }
  find = load;
  found = undefined;
}

/** @throws InvalidInputError where the one given is none, or the engine cannot run the default one */
export async function runtimeOf({ runtime }: RuntimeOption): Promise<Runtime> {
  const given = await runtime;
  if (given !== undefined) return checkRuntime(given);
  if (!find) throw new InvalidInputError("there are no kernels here: give { runtime }");
  found ??= find();
  try {
    return checkRuntime(await found);
  } catch (error) {
    found = undefined;
    throw error;
  }
}

/** @throws InvalidInputError */
function checkRuntime(given: Runtime): Runtime {
  if (typeof given?.machine === "function") return given;
  throw new InvalidInputError(`runtime must be what load() gives, got ${describe(given)}`);
}
