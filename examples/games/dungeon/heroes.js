// Makes the hero of a day: a language model writes the sheet, a diffusion draws what it says.

import { cutOut } from "./hero.js";

/** Sheets that are written, at most, until what the history says is what the sheet says. */
const TRIES = 30;

let made;

async function maker({ characterMaker, Diffusion, LanguageModel }, file) {
  const [text, picture, sheet] = await Promise.all(
    ["hero-text.safetensors", "hero-picture.safetensors", "hero-sheet.json"].map(file),
  );
  const { schema, words } = JSON.parse(new TextDecoder().decode(sheet));
  const known = new Set(words);
  const legible = ({ history }) => history.match(/[a-z]+/gi).every((word) => known.has(word));
  return characterMaker({
    text: await LanguageModel.load(text),
    picture: await Diffusion.load(picture),
    ...{ schema, writing: { temperature: 0.7 }, drawing: { guidance: 2, temperature: 0.7 } },
    accept: (one) => legible(one) && agrees(one),
    tries: TRIES,
  });
}

/** Whether the history speaks of nobody else. */
function agrees({ history, class: kind, length, hair, clothes, hat, glasses }) {
  const says = (pattern, ...values) => {
    const found = pattern.exec(history);
    return !found || values.every((value, i) => found[i + 1] === value);
  };
  return (
    says(/^An? (\w+)/, kind) &&
    says(/with (\w+) (\w+) hair/, length, hair) &&
    says(/dressed in (\w+)/, clothes) &&
    says(/without an? (\w+) hat/, hat) &&
    (!history.includes("through glasses") || glasses === "clear") &&
    (!history.includes("dark glasses") || glasses === "dark")
  );
}

/**
 * @param parts `{ characterMaker, Diffusion, LanguageModel }` of simdream
 * @param file reads a file of this folder by its name
 * @returns `{ name, class, history, figures, face }`, the same on every machine
 */
export async function makeHero(parts, file, seed) {
  made ??= maker(parts, file);
  const { sheet, sprite } = await (await made).create({ seed });
  const { name, class: kind, history, strength, wit, speed } = sheet;
  const face = cutOut(sprite.pixels);
  return { name, class: kind, history, figures: { strength, wit, speed }, face };
}
