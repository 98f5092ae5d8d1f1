// The further modules, over the memory of the first: found, compiled and checked when a model first needs them.

import { compiled, type ModuleSource } from "./compile.js";
import { InvalidInputError } from "./errors.js";
import { fnv1a } from "./fnv.js";
import type { Kernels } from "./generated/kernels.js";
import { type PictureKernels, pictureKernelsHash } from "./generated/picture-kernels.js";
import { quantizedKernelsHash } from "./generated/quantized-kernels.js";

/** A further module as `load` takes it: its bytes, the module compiled, or what gives either when it is needed. */
export type FurtherSource = ModuleSource | (() => ModuleSource | Promise<ModuleSource>);

/** A further module of a runtime, which all copies of the runtime share. */
export interface Further {
  readonly from?: FurtherSource;
  /** What it was compiled from, for workers. Both are there as soon as it has been loaded. */
  source?: ModuleSource;
  module?: WebAssembly.Module;
}

/** The further modules of a runtime. */
export interface FurtherModules {
  /** The second: models of pictures need it. */
  readonly pictures: Further;
  /** The third: models with 8-bit or 4-bit weights need it. */
  readonly quantized: Further;
}

const kinds = {
  pictures: {
    needs:
      "models of pictures need the package's second module: give it to load(kernels, pictures)",
    what: "second WebAssembly module that is not simdream's module for pictures",
    hash: pictureKernelsHash,
    suits: suited,
  },
  quantized: {
    needs:
      "quantised models need the package's third module: give it to load(kernels, pictures, quantized)",
    what: "third WebAssembly module that is not simdream's for quantised models",
    hash: quantizedKernelsHash,
    suits: () => true,
  },
};

/** Loads one, where that has not been done. @throws InvalidInputError */
export async function loadFurther(
  modules: FurtherModules,
  kind: keyof FurtherModules,
  kernels: WebAssembly.Module,
): Promise<void> {
  const further = modules[kind];
  const { from, module: loaded } = further;
  if (loaded) return;
  const { needs, what, hash, suits } = kinds[kind];
  if (!from) throw new InvalidInputError(needs);
  const source = await (typeof from === "function" ? from() : from);
  const module = await compiled(source);
  const names = WebAssembly.Module.exports(module).map(({ name }) => name);
  if (fnv1a(names.join()) !== hash || !suits(module, kernels)) {
    throw new InvalidInputError(`load() was given a ${what}, or not of this version and build`);
  }
  further.source = source;
  further.module = module;
}

/** Whether both are of the same build: those of the fast one lay packed numbers out in their own way. */
function suited(module: WebAssembly.Module, kernels: WebAssembly.Module): boolean {
  const memory = new WebAssembly.Memory({ initial: 2, maximum: 65536 });
  const first = new WebAssembly.Instance(kernels, { env: { memory } }).exports;
  const { exports: second } = new WebAssembly.Instance(module, { env: { memory }, kernels: first });
  return (
    (first as unknown as Kernels).fused() === (second as unknown as PictureKernels).pictures_fused()
  );
}
