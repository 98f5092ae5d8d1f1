// Invents characters of a game, each with a name, a class, looks, figures, a line of history and a sprite that agree with one
// another, and writes characters.svg: npm run characters, with further words for what is decided, such as
// npm run characters class=wizard hat=red. The models are those that train.mjs made: npm run characters-models.

import { readFileSync, writeFileSync } from "node:fs";
import { env } from "node:process";
import { Diffusion, LanguageModel } from "simdream";
import { characterMaker } from "simdream/game";
import { gallery } from "./gallery.mjs";
import { contradictions, schema } from "./sheets.mjs";

const folder = new URL(`${env.FOLDER ?? "models"}/`, import.meta.url);
const read = (name) => readFileSync(new URL(`${name}.safetensors`, folder));
const text = await LanguageModel.load(read("text"));
const picture = await Diffusion.load(read("picture"));
const maker = await characterMaker({
  ...{ text, picture, schema },
  writing: { minP: 0.05 },
  drawing: { guidance: 2, temperature: 0.7 },
  // A schema cannot say that a history speaks of the same hat.
  accept: (sheet) => contradictions(sheet).length === 0,
  tries: 50,
});

const figure = (value) => (/^\d+$/.test(value) ? Number(value) : value);
const given = Object.fromEntries(
  process.argv.slice(2).map((word) => {
    const [name, value] = word.split("=");
    return [name, figure(value)];
  }),
);
const made = [];
for await (const one of maker.stream({ samples: 24, seed: Number(env.SEED ?? 1), given })) {
  made.push(one);
  const { name, history, strength, wit, speed } = one.sheet;
  console.log(`${name} (strength ${strength}, wit ${wit}, speed ${speed}). ${history}`);
}
writeFileSync("characters.svg", await gallery(made));
