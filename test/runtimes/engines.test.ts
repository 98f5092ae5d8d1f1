// Engines that cannot run the kernels, or not in this way, say so.

import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest";
import { answerOfEdgeRuntime, answerOfWorkerd } from "./lib/edge.js";
import { installedProject } from "./lib/package.js";
import { carried, LIMIT, lastJson, Unavailable } from "./lib/platform.js";
import { run } from "./lib/processes.js";

let project: Awaited<ReturnType<typeof installedProject>>;
beforeAll(async () => {
  project = await installedProject();
});
afterAll(() => project.remove());

/** Skips the test, with the reason, where its runtime cannot be had. */
async function ifAvailable<T>(test: TestContext, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Unavailable) test.skip(error.message);
    throw error;
  }
}

async function loaded(program: string, args: readonly string[], env = {}): Promise<string> {
  const options = { cwd: project.folder, limit: LIMIT, env };
  return lastJson(await run(program, [...args, "programs/load.js"], options));
}

const needed =
  /^InvalidInputError: simdream needs an engine with WebAssembly SIMD \(.* or newer, on a processor that has it\); this one has no WebAssembly/;

describe("an engine", { timeout: 2 * LIMIT }, () => {
  it.skipIf(process.arch !== "x64")("of Node without SIMD is told from one with it", async () => {
    expect(await loaded(process.execPath, [])).toBe("loaded");
    const refusal = await loaded(process.execPath, ["--no-enable-sse4-1"]);
    expect(refusal).toMatch(needed);
    expect(refusal).toMatch(/WebAssembly SIMD$/);
  });

  it("of Bun without SIMD", async (test) => {
    const bun = await ifAvailable(test, () => carried("bun", "bin", "bun.exe"));
    expect(await loaded(bun, [], { BUN_JSC_useWasmSIMD: "0" })).toMatch(needed);
  });

  it("without WebAssembly", async () => {
    const refusal = await loaded(process.execPath, ["--jitless"]);
    expect(refusal).toMatch(needed);
    expect(refusal).toMatch(/no WebAssembly$/);
  });
});

describe("a platform that compiles no bytes", { timeout: 2 * LIMIT }, () => {
  it.each([
    ["workerd", answerOfWorkerd],
    ["edge-runtime", answerOfEdgeRuntime],
  ] as const)("%s has the kernels compiled, and refuses bytes", async (_, answer) => {
    const { parameters, bytes } = await answer(project.folder, "refusals.js");
    expect(parameters).toBeGreaterThan(0);
    expect(bytes).toMatch(/^InvalidInputError: the WebAssembly module does not compile here: /);
    expect(bytes).toMatch(/the compiled WebAssembly\.Module; a model's file is for /);
  });
});
