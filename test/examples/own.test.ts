// Networks of one's own, as their users have them: the examples of examples/nn, and what workers do with a module.

import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { root } from "../runtimes/lib/platform.js";
import { LIMIT } from "./project.js";

const folder = mkdtempSync(join(tmpdir(), "simdream-own-"));

beforeAll(() => {
  for (const name of ["nn", "browser"]) {
    cpSync(join(root, "examples", name), join(folder, name), { recursive: true });
  }
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(root, join(folder, "node_modules", "simdream"), "junction");
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a program prints; its error where it fails. */
async function run(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const child = spawn(process.execPath, args, { cwd: folder, env: { ...process.env, ...env } });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (piece) => {
      said += piece;
    });
  }
  await new Promise((resolve) => child.on("close", resolve));
  return said;
}

/** What a module prints that is given as text. */
const program = (source: string) => run(["--input-type=module", "--eval", source]);

it.each([
  ["nn/mixture.mjs", /[3-9]\d % near y = 0\.\d\d/],
  ["nn/graph.mjs", /3 rounds of messages: loss 0\.\d+, (9\d\.\d|100\.0) % of nodes right/],
  ["nn/gru.mjs", /if nothing changed: {4}0\.248/],
])(
  "%s",
  async (name, expected) => {
    const said = await run([name], { STEPS: "120", EPOCHS: "0.2" });
    expect(said).toMatch(expected);
    expect(said).toMatch(/fingerprint [0-9a-f]{12}\n$/);
  },
  LIMIT,
);

it(
  "a GRU says what PyTorch's says, and has its gradient",
  async () => {
    const golden = JSON.stringify(join(root, "test", "golden", "own.safetensors"));
    const said = await program(`
    import { readFileSync } from "node:fs";
    import { Forecaster } from "./nn/gru-model.mjs";
    import { of, file } from "./golden.mjs";
    const all = of(readFileSync(${golden}));
    const start = (name) => file(Object.entries(all).filter(([key]) => key.startsWith(name))
      .map(([key, tensor]) => [key.slice(name.length), tensor]));
    const model = await Forecaster.load(start("before."), { hidden: 5, window: 7 });
    const far = (a, b) => a.reduce((most, x, i) => Math.max(most, Math.abs(x - b[i])), 0);
    const series = all.series.values;
    const outputs = model.compute((tape, network) => {
      let h = network.zeros(tape, 3);
      return Array.from({ length: 7 }, (_, t) => {
        const { next, state } = network.step(tape, tape.tensor(series.slice(t, t + 3), [3, 1]), h);
        h = state;
        return next;
      });
    });
    const said = far(outputs.flatMap((one) => [...one]), all.said.values);
    const report = await model.fit(series, {
      steps: 1, batch: 3, shards: 2, optimizer: "sgd", momentum: 0, lr: 1, clip: 0,
    });
    const trained = of(model.save());
    const gradient = Object.entries(trained).map(([name, { values }]) => far(values, all["after." + name].values));
    const changed = Object.entries(trained).map(([name, { values }]) => far(values, all["before." + name].values));
    console.log(JSON.stringify({ said, loss: Math.abs(report.loss - all.loss.values[0]),
      gradient: Math.max(...gradient), changed: Math.min(...changed), names: Object.keys(trained).length }));
  `);
    const { loss, gradient, changed, names, ...rest } = JSON.parse(said);
    expect(rest.said).toBeLessThan(1e-6);
    expect(loss).toBeLessThan(1e-6);
    expect(gradient).toBeLessThan(1e-6);
    expect(changed).toBeGreaterThan(1e-3);
    expect(names).toBe(6);
  },
  LIMIT,
);

beforeAll(() => {
  // The little of a safetensors file that is needed here.
  writeFileSync(
    join(folder, "golden.mjs"),
    `export function of(bytes) {
      const view = new DataView(bytes.buffer, bytes.byteOffset);
      const length = Number(view.getBigUint64(0, true));
      const head = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
      return Object.fromEntries(Object.entries(head).filter(([name]) => name !== "__metadata__")
        .map(([name, { shape, data_offsets: [from, to] }]) => [name, { shape, values:
          Array.from({ length: (to - from) / 4 }, (_, i) => view.getFloat32(8 + length + from + 4 * i, true)) }]));
    }
    export function file(tensors) {
      let at = 0;
      const head = JSON.stringify(Object.fromEntries(tensors.map(([name, { shape, values }]) =>
        [name, { dtype: "F32", shape, data_offsets: [at, (at += 4 * values.length)] }])));
      const text = new TextEncoder().encode(head.padEnd(Math.ceil(head.length / 8) * 8));
      const bytes = new Uint8Array(8 + text.length + at);
      new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
      bytes.set(text, 8);
      bytes.set(new Uint8Array(Float32Array.from(tensors.flatMap(([, { values }]) => values)).buffer), 8 + text.length);
      return bytes;
    }`,
  );
});

/** A model in a file of its own, with this \`module\`, and a program that trains it on two workers. */
function onWorkers(name: string, module: string, more = ""): Promise<string> {
  const source = `
    import { defineModel, Linear, mse } from "simdream/nn";
    export const Line = defineModel({
      name: "Line", module: ${module}, defaults: {},
      build(scope) {
        const line = new Linear(scope.child("line"), 1, 1);
        return { loss: (tape, { x, y }, { rows }) =>
          mse(tape, line.forward(tape, tape.tensor(x, [rows, 1])), tape.tensor(y, [rows, 1])) };
      },
      batch: (data, indices) => ({ x: Float32Array.from(indices), y: Float32Array.from(indices, (i) => data[i]) }),
    });
    ${more}`;
  writeFileSync(join(folder, `${name}.mjs`), source);
  return program(`
    import { WorkerPool, load } from "simdream";
    import { Line } from "./${name}.mjs";
    const data = [1, 2, 3, 4, 5, 6, 7, 8];
    const fit = async (more) => {
      const model = await Line.create({ seed: 1 });
      await model.fit(data, { steps: 3, shards: 2, ...more });
      return model.fingerprint();
    };
    const pool = new WorkerPool(await load(), 2);
    try {
      const [one, two] = [await fit({}), await fit({ workers: pool })];
      console.log(one === two ? "the same" : "other bits", pool.replaced);
    } catch (error) {
      console.log(error.name + ": " + error.message);
    }
    await pool.close();
  `);
}

it(
  "workers import the module that defines a model",
  async () => {
    expect(await onWorkers("there", "import.meta.url")).toBe("the same 0\n");
  },
  LIMIT,
);

it(
  "workers that cannot say why",
  async () => {
    expect(await onWorkers("absent", "undefined")).toMatch(
      /^InvalidInputError: a worker does not know.*import\.meta\.url/,
    );
    expect(await onWorkers("nowhere", `"file:///nowhere.mjs"`)).toMatch(
      /^InvalidInputError: a worker cannot import file:/,
    );
    expect(await onWorkers("elsewhere", `new URL("./golden.mjs", import.meta.url).href`)).toMatch(
      /^InvalidInputError: .*defines no model "Line"/,
    );
    const trains = "if (!globalThis.begun) { globalThis.begun = true; await Line.create(); }";
    expect(await onWorkers("trains", "import.meta.url", trains)).toMatch(
      /^InvalidInputError: a worker cannot import.*define it in a module of its own/,
    );
  },
  LIMIT,
);
