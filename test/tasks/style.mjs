// Textures and styles on real pictures: how near they come, and how long it takes.
//
//   node test/tasks/style.mjs <shared/data> <folder for sheets> [textures or styles] [how many]      (up to an hour)
//
// Textures: eight pictures at 128×128, 256×256 out, tileable: the distance to the style must be at most 5 % of that of
// noise, and differences across the seam, on average over all, at most 10 % above those between neighbours inside.
// Styles: four paintings on four photographs at 192×192: the distance must fall by 90 % against the photograph.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { ImageSet } from "../../dist/node.js";
import { styleDistance, synthesizeTexture, transferStyle } from "../../dist/style-node.js";

const [data, out, what = "all", most = 16] = process.argv.slice(2);
const files = (folder, names) => names.map((name) => join(data, "style", folder, `${name}.png`));
const textures = files("photos", [
  ...["skimage-texture-brick", "skimage-texture-gravel", "skimage-texture-grass"],
  ...["kodak-01", "kodak-13", "skimage-hubble_deep_field", "kodak-08", "skimage-coffee"],
]);
const paintings = files("paintings", [
  ...["van-gogh-starry-night", "hokusai-great-wave"],
  ...["munch-the-scream", "turner-shipwreck-of-the-minotaur"],
]);
const photos = files("photos", [
  ...["skimage-chelsea", "skimage-astronaut", "stdlib-nagasaki-boats", "kodak-23"],
]);

async function read(path, size) {
  const file = { name: path, bytes: readFileSync(path) };
  return ImageSet.fromPNG([file], { mode: "rgb", ...(size && { size }) });
}

/** The last report of a run, and its seconds: of the processor, and by the clock. */
async function timed(run) {
  const [cpu, clock] = [process.cpuUsage(), performance.now()];
  const report = await run;
  const { user, system } = process.cpuUsage(cpu);
  const seconds = `${((user + system) / 1e6).toFixed(0)} s of the processor, ${((performance.now() - clock) / 1000).toFixed(0)} s`;
  return { report, seconds };
}

/** Mean difference of neighbours, across the seam over inside. */
function seam({ width, height, pixels }) {
  const at = (row, column, c) => pixels[((row % height) * width + (column % width)) * 3 + c];
  const sums = [0, 0];
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      for (let c = 0; c < 3; c++) {
        const own = at(row, column, c);
        const [right, below] = [at(row, column + 1, c), at(row + 1, column, c)].map((one) =>
          Math.abs(one - own),
        );
        sums[column === width - 1 ? 0 : 1] += right / (column === width - 1 ? 1 : width - 1);
        sums[row === height - 1 ? 0 : 1] += below / (row === height - 1 ? 1 : height - 1);
      }
    }
  }
  return sums[0] / sums[1];
}

async function sheet(name, pictures, columns) {
  const all = pictures.reduce((set, one) => set.concat(one));
  writeFileSync(join(out, name), await all.grid({ columns }));
}

mkdirSync(out, { recursive: true });
let failed = false;
if (what !== "styles") {
  const made = [];
  const seams = [];
  for (const path of textures.slice(0, most)) {
    const style = await read(path, 128);
    const how = { width: 256, height: 256, tileable: true };
    const { report, seconds } = await timed(synthesizeTexture(style, how));
    const noise = (await synthesizeTexture(style, { ...how, steps: 1 })).image;
    const [far, near] = [
      await styleDistance(noise, style),
      await styleDistance(report.image, style),
    ];
    seams.push(seam(report.image));
    made.push(await read(path, 256), report.image);
    failed ||= near > 0.05 * far;
    console.log(
      `${basename(path)}: distance ${near.toPrecision(3)}, of noise ${far.toPrecision(3)}; seam ${seams.at(-1).toFixed(2)}; ${seconds}`,
    );
    await sheet("textures.png", made, 4);
  }
  const mean = seams.reduce((sum, one) => sum + one, 0) / seams.length;
  failed ||= mean > 1.1;
  console.log(`across the seam over inside, mean: ${mean.toFixed(3)}`);
}
if (what !== "textures") {
  const made = [];
  const pairs = photos.flatMap((photo) => paintings.map((painting) => [photo, painting]));
  for (const [photo, painting] of pairs.slice(0, most)) {
    const [content, style] = [await read(photo, 192), await read(painting)];
    const { report, seconds } = await timed(transferStyle(content, style));
    const [far, near] = [
      await styleDistance(content, style),
      await styleDistance(report.image, style),
    ];
    failed ||= near > 0.1 * far;
    console.log(
      `${basename(photo)} as ${basename(painting)}: style ${far.toPrecision(3)} to ${near.toPrecision(3)}, content ${report.content.toPrecision(3)}; ${seconds}`,
    );
    made.push(report.image);
    await sheet("styles.png", made, paintings.length);
  }
}
if (failed) process.exit(1);
