// Gradients with respect to a picture through a real SqueezeNet's fire2 to fire5 against PyTorch, style-squeezenet.py beside
// this file: of each map's Gram loss by itself.
//
//   node test/tasks/style-squeezenet.mjs <squeezenet.safetensors> <photo.png> <painting.png> <python with torch>
//
// Losses must agree to 1e-5; 99 of 100 numbers of the gradients to 1e-4 of their size, all together to 1 % of their length: where
// two numbers of a pool's window are the same but for rounding, the gradient goes another way. The library's parts are
// bundled, for they have no public name.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { ImageSet } from "../../dist/node.js";

const [file, photo, painting, python] = process.argv.slice(2);
if (python === undefined) {
  throw new Error(
    "usage: style-squeezenet.mjs <squeezenet.safetensors> <photo> <painting> <python>",
  );
}
const SIZE = 96;
const folder = mkdtempSync(join(tmpdir(), "simdream-squeezenet-"));
const {
  f32Data,
  f32Entry,
  load,
  readSafetensors,
  squeezeNet,
  styleLoss,
  Tape,
  targetsOf,
  writeSafetensors,
} = await parts();

const read = async (name) => {
  const given = { name, bytes: readFileSync(name) };
  return ImageSet.fromPNG([given], { mode: "rgb", size: SIZE });
};
const [picture, style] = [await read(photo), await read(painting)];
const numbers = ({ pixels }) => Float32Array.from(pixels, (byte) => byte / 255);
const shape = [SIZE, SIZE, 3];

const [source, target] = ["in", "out"].map((name) => join(folder, name));
const entries = Object.entries({ picture, style });
writeFileSync(
  source,
  writeSafetensors(entries.map(([name, set]) => f32Entry(name, shape, numbers(set)))),
);
const script = fileURLToPath(new URL("style-squeezenet.py", import.meta.url));
execFileSync(python, [script, file, source, target], { stdio: "inherit" });
const want = readSafetensors(new Uint8Array(readFileSync(target))).tensors;
rmSync(folder, { recursive: true });

const runtime = await (await load()).withPictures();
const eye = (await squeezeNet(readFileSync(file)).styleEye(runtime))();
const like = { width: SIZE, height: SIZE, data: style.pixels };
const targets = targetsOf(eye, [{ picture: like, share: 1 }]);
for (const name of ["fire2", "fire3", "fire4", "fire5"]) {
  eye.machine.scoped(() => {
    const tape = new Tape(eye.machine, { record: true });
    const x = tape.tensor(numbers(picture), [1, ...shape], true);
    const maps = eye.maps(tape, x, "reflect").filter((one) => one.name === name);
    const loss = styleLoss(tape, maps, [{ where: undefined, maps: targets }]);
    tape.backward(loss);
    const gradient = f32Data(want.get(`${name}.gradient`));
    const squares = gradient.reduce((sum, one) => sum + one ** 2, 0);
    const size = Math.sqrt(squares / gradient.length);
    const off = gradient.reduce((sum, one, i) => sum + (x.grad[i] - one) ** 2, 0);
    const others = gradient.filter((one, i) => Math.abs(x.grad[i] - one) > 1e-4 * size).length;
    const apart = Math.abs(loss.data[0] / f32Data(want.get(`${name}.loss`))[0] - 1);
    const far = Math.sqrt(off / squares);
    console.log(
      `${name}: loss ${loss.data[0].toPrecision(4)}, ${apart.toExponential(1)} off; gradient ${far.toExponential(1)} of its length off, ${others} of ${gradient.length} numbers`,
    );
    if (!(apart < 1e-5 && far < 1e-2 && others < 0.01 * gradient.length)) process.exitCode = 1;
  });
}

async function parts() {
  const contents = [
    `export { f32Data, f32Entry, readSafetensors, writeSafetensors } from "./formats/safetensors.js"`,
    `export { load } from "./host/module.js"`,
    `export { styleLoss, targetsOf } from "./models/style/objective.js"`,
    `export { squeezeNet } from "./models/style/squeezenet.js"`,
    `export { Tape } from "./nn/tape.js"`,
  ].join("\n");
  const outfile = join(folder, "parts.mjs");
  const resolveDir = fileURLToPath(new URL("../../src", import.meta.url));
  await build({
    stdin: { contents, resolveDir, loader: "ts" },
    ...{ bundle: true, format: "esm", platform: "node", outfile, logLevel: "error" },
  });
  return import(pathToFileURL(outfile));
}
