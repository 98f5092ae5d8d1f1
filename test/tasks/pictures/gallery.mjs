// The pictures of docs/gallery.md: samples, reconstructions and ways between two pictures, of a VAE's file. Only what the
// model makes is in them, but for the faces, which are the package's own: their originals are beside the reconstructions.
//
//   node test/tasks/pictures/gallery.mjs <model file> <name> <output folder> [folder of IDX files]

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { faces } from "../../../dist/corpus.js";
import { VAE } from "../../../dist/node.js";
import { readFolder, write } from "./data.mjs";

const [file, name, out, folder] = process.argv.slice(2);
if (out === undefined)
  throw new Error("usage: gallery.mjs <model file> <name> <output folder> [folder]");

const model = await VAE.load(readFileSync(file));
const test = folder ? (await readFolder(folder)).test : faces({ count: 64, seed: 99 });
const scale = test.width < 20 ? 3 : 2;

const samples = model.generate({ samples: 60, seed: 1 }).images;
write(join(out, `${name}-samples.png`), await samples.grid({ columns: 12, scale }));

const some = test.first(24);
const again = model.reconstruct(some).images;
const both = folder ? again : pairs(some, again);
write(join(out, `${name}-reconstructions.png`), await both.grid({ columns: 12, scale }));

const rows = [0, 1, 2, 3, 4].map((i) => {
  const [a, b] = [test.subset([2 * i]), test.subset([2 * i + 1])];
  return model.interpolate(a, b, { steps: 12, spherical: true }).images;
});
const ways = rows.reduce((all, row) => all.concat(row));
write(join(out, `${name}-interpolations.png`), await ways.grid({ columns: 12, scale }));

/** Rows of twelve originals, each row over that of their reconstructions. */
function pairs(originals, reconstructions) {
  const plain = (set) => set.subset(Array.from({ length: set.length }, (_, i) => i));
  const all = plain(originals).concat(reconstructions);
  const order = [];
  for (let row = 0; row < originals.length; row += 12) {
    for (let i = 0; i < 12; i++) order.push(row + i);
    for (let i = 0; i < 12; i++) order.push(originals.length + row + i);
  }
  return all.subset(order);
}
