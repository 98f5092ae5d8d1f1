// The second module: found by every entry, refused where it is another, and given to workers.

import { readFileSync } from "node:fs";
import { wrap } from "comlink";
import { expect, it } from "vitest";
import { load as loadFast } from "../../src/entries/fast.js";
import { InvalidInputError, load as loadAnywhere } from "../../src/entries/index.js";
import { load } from "../../src/entries/node.js";
import { compiledLoad } from "../../src/host/compiled.js";
import type { Runtime } from "../../src/host/runtime.js";
import type { WorkerService } from "../../src/remote/protocol.js";

const build = (name: string) => readFileSync(new URL(`../../build/${name}.wasm`, import.meta.url));
const relaxed = WebAssembly.validate(build("fast"));

/** leaky ReLU of -1, computed by a machine of this runtime. */
function computed(runtime: Runtime): number {
  const machine = runtime.machine();
  return machine.scoped(() => {
    const x = machine.alloc(4);
    machine.f32(x, 1).fill(-1);
    machine.pictures.leaky_relu_forward(x, x, 0.5, 1);
    return machine.f32(x, 1)[0];
  });
}

it.each([
  ["of browsers", () => loadAnywhere()],
  ["of Node", () => load()],
  ["with kernels of one's own", () => load(build("release"))],
  ["with both modules given", () => load(build("release"), build("pictures-release"))],
  [
    "with what gives the second",
    () => load(build("release"), async () => build("pictures-release")),
  ],
  [
    "of edge platforms",
    () => {
      const compiled = (name: string) => new WebAssembly.Module(build(name));
      return compiledLoad(compiled("release"), {
        pictures: async () => compiled("pictures-release"),
        quantized: async () => compiled("quantized-release"),
      })();
    },
  ],
  ["of the debug build", () => load(build("debug"), build("pictures-debug"))],
] as const)("is found by the entry %s", async (_, begin) => {
  const runtime = await begin();
  expect(runtime.machine().hasPictures).toBe(false);
  expect(await runtime.withPictures()).toBe(runtime);
  expect(computed(runtime)).toBe(-0.5);
  expect(computed(runtime.withWorkers(undefined))).toBe(-0.5);
});

it.runIf(relaxed)("has a fast twin", async () => {
  expect(computed(await (await loadFast()).withPictures())).toBe(-0.5);
});

it.each([
  ["the first one", () => build("release")],
  ["no module", () => "pictures.wasm" as never],
  ["damaged", () => build("pictures-release").subarray(0, 60)],
  ...(relaxed ? ([["of another build", () => build("pictures-fast")]] as const) : []),
] as const)("is refused where it is %s", async (_, source) => {
  const runtime = await load(undefined, source());
  await expect(runtime.withPictures()).rejects.toThrow(InvalidInputError);
  expect(runtime.machine().hasPictures).toBe(false);
});

it("is given to a worker, which has none of its own", async () => {
  const runtime = await load();
  const thread = await runtime.startWorker();
  try {
    const remote = wrap<WorkerService>(thread as never);
    await remote.open(runtime.source);
    const { further } = await runtime.withPictures();
    await remote.further("pictures", further.pictures.source!);
    await remote.further("pictures", further.pictures.source!);
  } finally {
    await thread.terminate();
  }
});
