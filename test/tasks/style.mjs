// Textures and styles on real pictures: how near they come, and how long it takes.
//
//   node test/tasks/style.mjs <shared/data> <folder> [textures or styles] [how many]      (up to an hour)
//
// Textures: eight pictures at 128×128, 256×256 out, tileable: the distance to the style must be at most 5 % of that of
// noise, and differences across the seam at most 10 % off those between neighbours inside.
// Styles: four paintings on four photographs at 192×192: the distance must fall by 90 % against the photograph.
// Pictures that are in the folder already are measured, and not made again.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
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

/** What a run comes to, kept in the folder: the picture, its content loss, and seconds of the processor and by the clock. */
async function made(name, run) {
  const [picture, facts] = ["png", "json"].map((end) => join(out, `${name}.${end}`));
  if (!existsSync(facts)) {
    const [cpu, clock] = [process.cpuUsage(), performance.now()];
    const { image, content } = await run();
    const { user, system } = process.cpuUsage(cpu);
    const seconds = [(user + system) / 1e6, (performance.now() - clock) / 1000].map(Math.round);
    writeFileSync(picture, await image.toPNG(0));
    writeFileSync(facts, JSON.stringify({ content, seconds }));
  }
  const { content, seconds } = JSON.parse(readFileSync(facts, "utf8"));
  const [cpu, clock] = seconds;
  return {
    image: await read(picture),
    content,
    said: `${cpu} s of the processor, ${clock} s`,
  };
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
  const shown = [];
  for (const path of textures.slice(0, most)) {
    const style = await read(path, 128);
    const how = { width: 256, height: 256, tileable: true };
    const { image, said } = await made(basename(path, ".png"), () => synthesizeTexture(style, how));
    const noise = (await synthesizeTexture(style, { ...how, steps: 1 })).image;
    const [far, near] = [await styleDistance(noise, style), await styleDistance(image, style)];
    const across = seam(image);
    failed ||= near > 0.05 * far || Math.abs(across - 1) > 0.1;
    console.log(
      `${basename(path)}: distance ${near.toPrecision(3)}, of noise ${far.toPrecision(3)}; seam ${across.toFixed(2)}; ${said}`,
    );
    shown.push(await read(path, 256), image);
    await sheet("textures-sheet.png", shown, 4);
  }
}
if (what !== "textures") {
  const shown = [];
  const pairs = photos.flatMap((photo) => paintings.map((painting) => [photo, painting]));
  for (const [photo, painting] of pairs.slice(0, most)) {
    const [content, style] = [await read(photo, 192), await read(painting)];
    const name = `${basename(photo, ".png")} as ${basename(painting, ".png")}`;
    const one = await made(name, () => transferStyle(content, style));
    const [far, near] = [
      await styleDistance(content, style),
      await styleDistance(one.image, style),
    ];
    failed ||= near > 0.1 * far;
    console.log(
      `${name}: style ${far.toPrecision(3)} to ${near.toPrecision(3)}, content ${one.content.toPrecision(3)}; ${one.said}`,
    );
    shown.push(one.image);
    await sheet("styles-sheet.png", shown, paintings.length);
  }
}
if (failed) process.exit(1);
