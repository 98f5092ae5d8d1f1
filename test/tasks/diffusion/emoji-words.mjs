// Emoji by words. A flow learns 16×16 pictures of emoji with their labels in English and Chinese. A pair of encoders learns the
// same pictures with labels and tags, and says how often a generated picture finds the label that it was asked for among 20; it
// also sees them moved, blurred and with noise, because what is generated is no picture that it knows to the last pixel. Every
// twentieth emoji is held out of both: what the flow makes of its label is in a picture of its own, to be looked at.
//
//   node test/tasks/diffusion/emoji-words.mjs <atlas of 16×16 tiles> <its emoji as JSON> <output folder> [--steps 8000]
//        [--pair-steps 3000] [--guidance 3] [--seed 0]
//
// The JSON: { emoji: [{ labels: { en, zh, … }, tags: { en: […], zh: […] } }] }, one a tile, in order. The same command goes on
// where it stopped, and prints the same fingerprints and figures.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Diffusion, ImageSet, ImageTextPair } from "../../../dist/node.js";
import { begun, percent, train, uniform, write } from "../pictures/data.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    steps: { type: "string", default: "8000" },
    "pair-steps": { type: "string", default: "3000" },
    guidance: { type: "string", default: "3" },
    seed: { type: "string", default: "0" },
    workers: { type: "string", default: "2" },
  },
});
const [atlas, list, out] = positionals;
if (out === undefined) throw new Error("usage: emoji-words.mjs <atlas> <JSON> <output folder>");
const number = (name) => Number(values[name]);
const [BATCH, HELD, ASKED, AMONG] = [64, 20, 300, 20];

const { emoji } = JSON.parse(readFileSync(list, "utf8"));
const all = await ImageSet.fromAtlas(readFileSync(atlas), {
  ...{ tile: { width: 16, height: 16 }, count: emoji.length, mode: "rgb" },
});
const places = Array.from(emoji.keys());
const known = places.filter((i) => i % HELD !== HELD - 1);
const held = places.filter((i) => i % HELD === HELD - 1);
const labelled = all.withCaptions(emoji.map(({ labels: { en, zh } }) => [en, zh])).subset(known);
const tagged = seenOtherwise(all.withCaptions(emoji.map(captionsOf)).subset(known));
console.log(`${known.length} emoji are learned, ${held.length} held out`);

const seed = number("seed");
/** Options of a run of so many steps. */
const run = ({ length }, steps, batch, options) => {
  const stages = [{ epochs: steps / Math.ceil(length / batch), schedule: "cosine", ...options }];
  return { batch, shards: 2, workers: number("workers"), every: 10, stages };
};

const pairFile = join(out, `pair-${seed}.safetensors`);
const pair = await begun(ImageTextPair, pairFile, { images: tagged, seed });
console.log(`pair: ${pair.parameterCount} parameters`);
await train(pair, tagged, pairFile, run(tagged, number("pair-steps"), 2 * BATCH));

const file = join(out, `words-${seed}.safetensors`);
// Patches have places of their own, which a U-Net has not: what a label looks like where is learned sooner.
const size = { network: "dit", patch: 4 };
const model = await begun(Diffusion, file, { images: labelled, ...size, labels: false, seed });
console.log(`words: ${model.parameterCount} parameters`);
const schedule = { lr: 2e-3, warmup: 300 };
await train(model, labelled, file, run(labelled, number("steps"), BATCH, schedule));

const next = uniform(1);
const drawn = known
  .map((i) => ({ i, at: next() }))
  .sort((a, b) => a.at - b.at)
  .slice(0, ASKED)
  .map(({ i }) => i);
for (const [name, own] of [
  ["learned", drawn],
  ["held out", held],
]) {
  for (const language of ["en", "zh"]) {
    const prompt = own.map((i) => emoji[i].labels[language]);
    const real = found(all.subset(own), own, language);
    const { images } = model.generate({ prompt, guidance: number("guidance"), seed: 1 });
    const made = found(images, own, language);
    console.log(
      `${name}, ${language}: ${percent(made)} of ${own.length} generated pictures find their label among ${AMONG}, ` +
        `${percent(real)} of the real ones`,
    );
    const shown = images.first(96);
    write(
      join(out, `${name.replace(" ", "-")}-${language}.png`),
      await shown.grid({ columns: 16, scale: 3 }),
    );
    console.log(`  ${prompt.slice(0, 16).join(", ")}`);
  }
}

/** Labels and tags, English and Chinese. */
function captionsOf({ labels, tags }) {
  const own = [labels.en, labels.zh, tags.en.join(", "), tags.zh.join("、")];
  return [...new Set(own.filter((caption) => caption.trim() !== ""))];
}

/** Pictures, and the same moved by a pixel in each direction, blurred, with noise, and both. */
function seenOtherwise(images) {
  const { length, height, width, channels, captions, pixels } = images;
  const next = uniform(3);
  const inside = (at, size) => Math.min(size - 1, Math.max(0, at));
  const pixel = (i, y, x, c) =>
    pixels[((i * height + inside(y, height)) * width + inside(x, width)) * channels + c];
  const blurred = (...at) => {
    const [i, y, x, c] = at;
    let sum = 0;
    for (const dy of [-1, 0, 1]) for (const dx of [-1, 0, 1]) sum += pixel(i, y + dy, x + dx, c);
    return sum / 9;
  };
  const noisy = (value) => inside(Math.round(value + 64 * (next() - 0.5)), 256);
  const ways = [
    (i, y, x, c) => pixel(i, y + 1, x, c),
    (i, y, x, c) => pixel(i, y - 1, x, c),
    (i, y, x, c) => pixel(i, y, x + 1, c),
    (i, y, x, c) => pixel(i, y, x - 1, c),
    blurred,
    (...at) => noisy(pixel(...at)),
    (...at) => noisy(blurred(...at)),
  ];
  return ways.reduce((set, way) => {
    const made = Uint8Array.from(pixels, (_, at) => {
      const [c, x] = [at % channels, Math.floor(at / channels) % width];
      const row = Math.floor(at / channels / width);
      return way(Math.floor(row / height), row % height, x, c);
    });
    const parts = { length, height, width, channels, captions };
    return set.concat(new ImageSet({ ...parts, pixels: made }));
  }, images);
}

/** How often pictures are nearer to their own label than to 19 others, which are drawn from all emoji. */
function found(images, own, language) {
  const draw = uniform(2);
  let right = 0;
  for (const [i, place] of own.entries()) {
    const label = emoji[place].labels[language];
    const others = new Set();
    while (others.size < AMONG - 1) {
      const other = emoji[Math.floor(draw() * emoji.length)].labels[language];
      if (other !== label) others.add(other);
    }
    const [{ index }] = pair.match(images.subset([i]), [label, ...others], { unknown: "skip" });
    if (index === 0) right++;
  }
  return right / own.length;
}
