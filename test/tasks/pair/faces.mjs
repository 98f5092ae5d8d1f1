// Faces and what is said of them: a pair of encoders learns 20,000 faces of DiceBear's "Pixel Art" in 16×16 with captions in
// English and Chinese. 200 faces of as many combinations of attributes, none of which is in a learned face, are looked for by
// their captions, and the captions by the faces, among 20.
//
//   node test/tasks/pair/faces.mjs <output folder> [--steps 1500] [--count 20000] [--seed 0]
//
// The same command goes on where it stopped, and prints the same fingerprints and figures.

import { join } from "node:path";
import { parseArgs } from "node:util";
import { ImageTextPair } from "../../../dist/node.js";
import { heldOut, pixelFaces } from "../diffusion/pixel-faces.mjs";
import { begun, percent, train } from "../pictures/data.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    steps: { type: "string", default: "1500" },
    count: { type: "string", default: "20000" },
    seed: { type: "string", default: "0" },
    workers: { type: "string", default: "2" },
  },
});
const [out] = positionals;
if (out === undefined) throw new Error("usage: faces.mjs <output folder>");
const number = (name) => Number(values[name]);
const [HELD, BATCH, AMONG] = [200, 128, 20];

const { held, others } = heldOut(HELD, 1);
const faces = pixelFaces(number("count"), others, 1);
const seed = number("seed");
const file = join(out, `pair-${seed}.safetensors`);
const pair = await begun(ImageTextPair, file, { images: faces, seed });
console.log(`${pair.parameterCount} parameters`);
const epochs = number("steps") / Math.ceil(faces.length / BATCH);
const stages = [{ epochs, schedule: "cosine" }];
await train(pair, faces, file, { batch: BATCH, shards: 2, workers: number("workers"), stages });

const unseen = held
  .map((place, i) => pixelFaces(1, [place], 3 + i))
  .reduce((all, one) => all.concat(one));
for (const [name, of] of [
  ["both languages", (captions) => captions],
  ["English", (captions) => captions.filter((caption) => /[a-z]/.test(caption))],
  ["Chinese", (captions) => captions.filter((caption) => !/[a-z]/.test(caption))],
]) {
  const { captions, pictures, loss } = pair.score(unseen.withCaptions(unseen.captions.map(of)), {
    among: AMONG,
  });
  console.log(
    `${name}: the right caption among ${AMONG} for ${percent(captions)} of ${HELD} faces, the right face for ` +
      `${percent(pictures)} of their captions, loss ${loss.toFixed(3)}`,
  );
}
