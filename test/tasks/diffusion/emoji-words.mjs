// Emoji by words. A flow learns 16×16 pictures of emoji with their labels in eight languages and their tags in English and
// Chinese; a pair of encoders learns the same pictures and captions, and says how often a generated picture finds the label
// that it was asked for among 20. Every twentieth emoji is held out of both: what the flow makes of its label is in a picture
// of its own, to be looked at.
//
//   node test/tasks/diffusion/emoji-words.mjs <atlas of 16×16 tiles> <its emoji as JSON> <output folder> [--steps 6000]
//        [--pair-steps 2000] [--guidance 3] [--seed 0]
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
    steps: { type: "string", default: "6000" },
    "pair-steps": { type: "string", default: "2000" },
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
const captioned = all.withCaptions(emoji.map(captionsOf));
const places = Array.from(emoji.keys());
const known = places.filter((i) => i % HELD !== HELD - 1);
const held = places.filter((i) => i % HELD === HELD - 1);
const learned = captioned.subset(known);
console.log(`${known.length} emoji are learned, ${held.length} held out`);

const seed = number("seed");
/** Options of a run of so many steps. */
const run = (steps, batch) => {
  const epochs = steps / Math.ceil(learned.length / batch);
  const stages = [{ epochs, schedule: "cosine" }];
  return { batch, shards: 2, workers: number("workers"), every: 10, stages };
};

const pairFile = join(out, `pair-${seed}.safetensors`);
const pair = await begun(ImageTextPair, pairFile, { images: learned, seed });
console.log(`pair: ${pair.parameterCount} parameters`);
await train(pair, learned, pairFile, run(number("pair-steps"), 2 * BATCH));

const file = join(out, `words-${seed}.safetensors`);
const size = { channels: 32, levels: 2 };
const model = await begun(Diffusion, file, { images: learned, ...size, labels: false, seed });
console.log(`words: ${model.parameterCount} parameters`);
await train(model, learned, file, run(number("steps"), BATCH));

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

/** Labels in all languages, and tags in two. */
function captionsOf({ labels, tags }) {
  const own = [...Object.values(labels), tags.en.join(", "), tags.zh.join("、")];
  return [...new Set(own.filter((caption) => caption.trim() !== ""))];
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
