// The packed package in an empty project: what it says of itself in TypeScript, and that whatever
// bundles or runs it with default settings trains and samples to the same bits as Node.

import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LIMIT, resultOf, useChromium } from "../browser/chromium.js";
import { installedProject } from "../runtimes/lib/package.js";
import { carried, lastJson, root } from "../runtimes/lib/platform.js";
import { run, start, within } from "../runtimes/lib/processes.js";
import { serve } from "../runtimes/lib/server.js";
import { bundlers, had, pages, vite } from "./bundlers.js";

const consumer = fileURLToPath(new URL("consumer", import.meta.url));
let folder: string;
let remove = () => {};
let server: Awaited<ReturnType<typeof serve>>;
/** What Node makes of it. */
let expected: unknown;

const ran = async (program: string, ...args: string[]): Promise<string> =>
  await run(program, args, { cwd: folder, limit: LIMIT });

beforeAll(async () => {
  ({ folder, remove } = await installedProject());
  cpSync(consumer, folder, { recursive: true });
  for (const types of ["@types/node", "undici-types"]) {
    cpSync(join(root, "node_modules", types), join(folder, "node_modules", types), {
      recursive: true,
    });
  }
  for (const [name, html] of Object.entries(pages)) writeFileSync(join(folder, name), html);
  server = await serve(folder);
  expected = lastJson(await ran(process.execPath, "console.js"));
}, 3 * LIMIT);
afterAll(async () => {
  await server?.close();
  remove();
});

it("trains and samples in Node, in the thread and in a worker alike", () => {
  const { here, there } = expected as Record<string, { fingerprint: string; text: string }>;
  expect(here.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  expect(here.text).toHaveLength(24);
  expect(there).toEqual(here);
});

it("has each class of errors once, so that instanceof tells them, and once for edge functions", () => {
  const dist = join(root, "dist");
  const holding = (place: string) =>
    readdirSync(join(dist, place)).filter(
      (name) =>
        /^(?!worker-script).*\.js$/.test(name) &&
        /class InvalidInputError\b|\bInvalidInputError ?= ?class\b/.test(
          readFileSync(join(dist, place, name), "utf8"),
        ),
    );
  expect([holding("."), holding("edge")]).toEqual([
    [expect.stringContaining("chunk")],
    [expect.any(String)],
  ]);
});

describe("TypeScript", () => {
  const strict = { strict: true, skipLibCheck: false, target: "ES2022", lib: ["ES2022"] };
  const dom = { ...strict, lib: ["ES2022", "DOM"] };
  const consumers: Record<string, object> = {
    node16: { ...dom, module: "node16" },
    nodenext: { ...dom, module: "nodenext" },
    bundler: { ...dom, module: "esnext", moduleResolution: "bundler" },
    verbatimModuleSyntax: { ...dom, module: "nodenext", verbatimModuleSyntax: true },
    // As `tsc --init` sets it: a library may name WebAssembly, which Node's types do not declare.
    "Node's types alone": { ...strict, module: "node16", types: ["node"], skipLibCheck: true },
  };
  it.each(Object.keys(consumers))("%s", async (name) => {
    const out = `out-${name.replace(/\W+/g, "-")}`;
    mkdirSync(join(folder, out));
    const compilerOptions = { types: [], ...consumers[name], outDir: ".", rootDir: ".." };
    const config = join(folder, out, "tsconfig.json");
    writeFileSync(config, JSON.stringify({ compilerOptions, files: ["../types.ts"] }));
    await ran(process.execPath, join(root, "tools/node_modules/typescript/bin/tsc"), "-p", config);
    expect(lastJson(await ran(process.execPath, join(out, "types.js")))).toEqual(expected);
  });
});

describe("in Chromium", () => {
  const chromium = useChromium();

  it("a page without a bundler", async (test) => {
    const page = await chromium.open(test, `${server.address}/plain.html`);
    expect(await resultOf(page)).toEqual(expected);
  });

  for (const [name, { command, page: path }] of Object.entries(bundlers)) {
    it(`a bundle by ${name}`, async (test) => {
      const [program, ...args] = had(test, command);
      await ran(program, ...args);
      const page = await chromium.open(test, `${server.address}/${path}`);
      expect(await resultOf(page)).toEqual(expected);
    });
  }

  it("a page of Vite's development server", async (test) => {
    const args = [had(test, vite), "--host=127.0.0.1", "--port=0"];
    const development = start(process.execPath, args, { cwd: folder } as object);
    try {
      const [address] = await within(LIMIT, development.said(/http:\/\/127\.0\.0\.1:\d+/));
      const page = await chromium.open(test, `${address}/`);
      expect(await resultOf(page)).toEqual(expected);
    } finally {
      await development.stop();
    }
  });
});

it("Deno takes it by an npm: import", async (test) => {
  const deno = had(test, () => carried("deno", "deno"));
  for (const file of ["dream.js", "console.js"]) {
    const source = readFileSync(join(consumer, file), "utf8");
    const named = source
      .replaceAll('"simdream', '"npm:simdream')
      .replace("./dream", "./deno-dream");
    writeFileSync(join(folder, `deno-${file}`), named);
  }
  const output = await ran(deno, "run", "--allow-read", "--allow-env", "deno-console.js");
  expect(lastJson(output)).toEqual(expected);
});

it("Bun takes it as it is", async (test) => {
  const bun = had(test, () => carried("bun", "bin", "bun.exe"));
  expect(lastJson(await ran(bun, "run", "console.js"))).toEqual(expected);
});

describe("names of classes", () => {
  const errors = ["Diverged", "InvalidInput", "ModelFile", "NotFinite", "OutOfMemory", "Simdream"];
  const classes = ["LanguageModel", "Seq2Seq", "Training", "WorkerPool", "ModelWorker", "Remote"];
  /** What is shown of every one, and whether the names of all exports are known. */
  const check = (output: string, exact = true): void => {
    for (const name of [...classes, "CharTokenizer"]) {
      expect(output).toMatch(new RegExp(`^${name} (\\[\\w+\\] )?\\{`, "m"));
    }
    for (const name of errors) expect(output).toMatch(new RegExp(`^${name}Error: why`, "m"));
    expect(
      output.match(
        /^InvalidInputError: the file must be a Uint8Array or an ArrayBuffer, got "x"/gm,
      ),
    ).toHaveLength(2);
    const names = lastJson(output) as [string, string][];
    const kept = exact ? names : names.filter(([name]) => classes.includes(name));
    for (const [exported, name] of kept) expect(name).toBe(exported);
  };

  it("Node", async () => check(await ran(process.execPath, "names.js")));

  it("Node, minified by a bundler", async (test) => {
    const [esbuild] = had(test, bundlers.esbuild.command);
    const options = [
      "--bundle",
      "--minify",
      "--format=esm",
      "--platform=node",
      "--conditions=node",
    ];
    await ran(esbuild, "names.js", ...options, "--outfile=out-names/names.mjs");
    check(await ran(process.execPath, "out-names/names.mjs"), false);
  });

  it("Deno", async (test) => {
    const deno = had(test, () => carried("deno", "deno"));
    check(await ran(deno, "run", "--allow-read", "--allow-env", "names.js"));
  });

  it("Bun", async (test) => {
    const bun = had(test, () => carried("bun", "bin", "bun.exe"));
    check(await ran(bun, "run", "names.js"));
  });
});

it("JSR would take it, types included (a dry run)", async (test) => {
  const deno = had(test, () => carried("deno", "deno"));
  const copy = join(root, "build", "jsr");
  await ran(process.execPath, join(root, "scripts/jsr.mjs"));
  const versionIn = (name: string) => JSON.parse(readFileSync(join(copy, name), "utf8")).version;
  expect(versionIn("jsr.json")).toBe(versionIn("package.json"));
  const config = join(copy, "jsr.json");
  // Its types come along: Deno finds them by the entries' first lines.
  const typed = ["index", "fast", "worker", "serve"].map(
    (entry, i) =>
      `import * as e${i} from "./dist/${entry}.js";\n// @ts-expect-error\ne${i}.nothing;`,
  );
  typed.push(
    `import { LanguageModel } from "./dist/index.js";`,
    `const model: LanguageModel = await LanguageModel.create({ corpus: "a text" });`,
    "const { loss }: { loss: number } = await model.fit(``, { steps: 1 });",
    `// @ts-expect-error\nawait model.fit("", { steps: "one" });`,
    "console.log(loss);",
  );
  writeFileSync(join(copy, "typed.ts"), typed.join("\n"));
  await ran(deno, "check", "--config", config, join(copy, "typed.ts"));
  rmSync(join(copy, "typed.ts"));
  try {
    await ran(deno, "publish", "--dry-run", "--allow-dirty", "--quiet", "--config", config);
  } catch (error) {
    const { message } = error as Error;
    if (/error sending request|dns error|client error/.test(message)) test.skip(message);
    throw error;
  }
});

it("holds no code that makes code of a text", () => {
  const dist = join(folder, "node_modules", "simdream", "dist");
  const all = readdirSync(dist, { recursive: true, encoding: "utf8" });
  const files = all.filter((name) => name.endsWith(".js"));
  expect(files).toContain("worker-script.js");
  for (const name of files) {
    const source = readFileSync(join(dist, name), "utf8");
    expect(source, name).not.toMatch(/\beval\s*\(|\bFunction\s*\(/);
  }
});

it("says whose code it holds besides ours", () => {
  const dist = join(folder, "node_modules", "simdream", "dist");
  const text = readFileSync(join(dist, "LICENSES.txt"), "utf8");
  for (const name of ["comlink", "commander", "fflate", "jpeg-js", "srvx"]) {
    expect(text).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\([\\w. -]+\\)$`, "m"));
  }
  expect(text).toContain("Permission is hereby granted");
});
