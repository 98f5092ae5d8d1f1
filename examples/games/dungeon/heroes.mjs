// Takes the models of heroes from examples/characters, where they are trained (npm run characters-models), with the schema of their
// sheets and the words of histories: node games/dungeon/heroes.mjs [folder of the models].

import { copyFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { schema, sheets } from "../../characters/sheets.mjs";

const here = (name) => new URL(name, import.meta.url);
const from = process.argv[2] ?? fileURLToPath(here("../../characters/models"));
for (const name of ["text", "picture"]) {
  copyFileSync(resolve(from, `${name}.safetensors`), here(`hero-${name}.safetensors`));
}
const histories = sheets(6000, 1).map(({ history }) => history);
const words = [...new Set(histories.flatMap((history) => history.match(/[a-z]+/gi)))].sort();
writeFileSync(here("hero-sheet.json"), JSON.stringify({ schema, words }));
