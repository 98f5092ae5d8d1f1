// Makes the hero of a day: a language model writes the sheet, a diffusion draws what it says.

import { cutOut } from "./hero.js";
import { schema } from "./sheet.js";

let makers;

async function maker({ characterMaker, Diffusion, LanguageModel }, file) {
  const [text, picture] = await Promise.all([
    file("hero-text.safetensors").then((bytes) => LanguageModel.load(bytes)),
    file("hero-picture.safetensors").then((bytes) => Diffusion.load(bytes)),
  ]);
  return characterMaker({ text, picture, schema, drawing: { guidance: 3 } });
}

/**
 * @param parts `{ characterMaker, Diffusion, LanguageModel }` of simdream
 * @param file reads a file of this folder by its name
 * @returns `{ name, class, history, figures, face }`
 */
export async function makeHero(parts, file, seed) {
  makers ??= maker(parts, file);
  const { sheet, sprite } = await (await makers).create({ seed });
  const { name, class: kind, history, strength, wit, speed } = sheet;
  const face = cutOut(sprite.pixels);
  return { name, class: kind, history, figures: { strength, wit, speed }, face };
}
