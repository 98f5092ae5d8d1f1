// A DCGAN of 500 sprites, with pictures that the discriminator sees moved and cut against without: Fréchet distance,
// precision and recall by features of the pictures' groups, and the nearest learned sprites beside samples.
//
//   node test/tasks/gan/sprites.mjs <atlas of 32×32 tiles> <its tiles as JSON> <output folder> [--group mon] [--steps 2000]
//
// The JSON: { tiles: [{ group }] }, a tile each, in order. The same command goes on where it stopped, and prints the same
// fingerprints and figures.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { GAN, ImageSet, measurePictures, pictureFeatures } from "../../../dist/node.js";
import { begun, train, uniform, write } from "../pictures/data.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    group: { type: "string", default: "mon" },
    steps: { type: "string", default: "2000" },
    channels: { type: "string", default: "32" },
    seed: { type: "string", default: "0" },
    workers: { type: "string", default: "2" },
  },
});
const [atlas, list, out] = positionals;
if (out === undefined) throw new Error("usage: sprites.mjs <atlas> <JSON> <output folder>");
const number = (name) => Number(values[name]);
const [COUNT, BATCH] = [500, 64];

const { tiles } = JSON.parse(readFileSync(list, "utf8"));
const labels = tiles.map(({ group }) => ({ group: group.split("/").slice(0, 2).join("/") }));
const all = await ImageSet.fromAtlas(readFileSync(atlas), {
  ...{ tile: { width: 32, height: 32 }, count: tiles.length, labels },
  ...{ mode: "rgb", background: [0, 0, 0] },
});
const next = uniform(0);
const chosen = tiles
  .flatMap(({ group }, i) => (group.startsWith(values.group) ? [{ i, at: next() }] : []))
  .sort((a, b) => a.at - b.at)
  .slice(0, COUNT)
  .map(({ i }) => i);
const sprites = all.subset(chosen);
console.log(`${sprites.length} sprites of ${all.length} tiles`);
const features = {
  classifier: await pictureFeatures(all),
  random: await pictureFeatures(all, { kind: "random" }),
};

const ways = { plain: {}, augmented: { translation: 0.125, cutout: 0.5 } };
for (const [name, augmentation] of Object.entries(ways)) {
  const file = join(out, `sprites-${name}-${values.seed}.safetensors`);
  const size = { channels: number("channels"), seed: number("seed") };
  const model = await begun(GAN, file, { images: sprites, labels: false, ...size });
  const stages = [{ epochs: number("steps") / Math.ceil(COUNT / BATCH) }];
  const fit = { stages, batch: BATCH, shards: 2, workers: number("workers"), every: 50 };
  await train(model, sprites, file, { ...fit, ...augmentation });
  const { images } = model.generate({ samples: COUNT, seed: 1 });
  for (const [kind, by] of Object.entries(features)) {
    const { frechet, precision, recall } = await measurePictures(sprites, images, { features: by });
    const figures = `precision ${precision.toFixed(3)}, recall ${recall.toFixed(3)}`;
    console.log(`${name}: Fréchet distance ${frechet.toFixed(2)}, ${figures} (features: ${kind})`);
  }
  const some = images.first(12);
  const beside = { features: features.classifier, train: sprites, nearest: 3 };
  const { nearest } = await measurePictures(sprites, images, beside);
  const near = [0, 1, 2].map((k) =>
    sprites.subset(Array.from({ length: 12 }, (_, i) => nearest.indices[3 * i + k])),
  );
  const rows = near.reduce((sheet, one) => sheet.concat(one), some);
  write(join(out, `${name}-nearest.png`), await rows.grid({ columns: 12, scale: 2 }));
  write(join(out, `${name}.png`), await images.first(96).grid({ columns: 12, scale: 2 }));
}
