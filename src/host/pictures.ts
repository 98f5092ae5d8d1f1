// The second module, which only models of pictures need: found, compiled and checked when the first of them asks.

import { compiled, type ModuleSource } from "./compile.js";
import { InvalidInputError } from "./errors.js";
import { fnv1a } from "./fnv.js";
import type { Kernels } from "./generated/kernels.js";
import { type PictureKernels, pictureKernelsHash } from "./generated/picture-kernels.js";

/** The second module as `load` takes it: its bytes, the module compiled, or what gives either when it is needed. */
export type PictureSource = ModuleSource | (() => ModuleSource | Promise<ModuleSource>);

/** The second module of a runtime, which all copies of the runtime share. */
export interface Pictures {
  readonly from?: PictureSource;
  /** What it was compiled from, for workers. Both are there as soon as it has been loaded. */
  source?: ModuleSource;
  module?: WebAssembly.Module;
}

/** Loads it, where that has not been done. @throws InvalidInputError */
export async function loadPictures(pictures: Pictures, kernels: WebAssembly.Module): Promise<void> {
  const { from, module: loaded } = pictures;
  if (loaded) return;
  if (!from) {
    throw new InvalidInputError(
      "models of pictures need the package's second module: give it to load(kernels, pictures)",
    );
  }
  const source = await (typeof from === "function" ? from() : from);
  const module = await compiled(source);
  const names = WebAssembly.Module.exports(module).map(({ name }) => name);
  if (fnv1a(names.join()) !== pictureKernelsHash || !suited(module, kernels)) {
    throw new InvalidInputError(
      "load() was given a second WebAssembly module that is not simdream's module for pictures, or not of " +
        "this version and build",
    );
  }
  pictures.source = source;
  pictures.module = module;
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
