// Writes words.safetensors, the model of words.html: the weights of a trained one in 8 bits, for sampling only.
//
//   node test/tasks/diffusion/faces-words.mjs out          (in the project's folder: less than an hour on two cores)
//   node examples/browser/words-model.mjs out/words-unet-0.safetensors
//
// The faces that it learned are those of DiceBear's "Pixel Art", whose design is in the public domain (CC0 1.0), drawn by
// test/tasks/diffusion/pixel-faces.mjs, which also writes the captions. The weights are CC0 as well.
// They are those of 4,000 steps with seed 0: fingerprint 1b47b1063c5193de as they were trained, 697795e0b7df60a1 in 8 bits.

import { readFileSync, writeFileSync } from "node:fs";
import { Diffusion } from "simdream";

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error("usage: words-model.mjs <model>");
const model = (await Diffusion.load(readFileSync(file))).quantize();
const bytes = model.save();
writeFileSync(new URL("words.safetensors", import.meta.url), bytes);
console.log(`${Math.round(bytes.length / 1000)} kB, fingerprint ${model.fingerprint()}`);
