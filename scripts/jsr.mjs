// What JSR is given, in build/jsr: the built package, with types as JSR and Deno find them. They take a
// specifier as the name of a file and a script's types from its first line, where npm's tools want neither.
//
//   npm run build && node scripts/jsr.mjs, then in build/jsr: npx jsr publish

import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./prepare.mjs";

const target = join(root, "build", "jsr");
const { exports, publish } = JSON.parse(readFileSync(join(root, "jsr.json"), "utf8"));

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
for (const name of [...publish.include, "package.json", "jsr.json"]) {
  cpSync(join(root, name), join(target, name), { recursive: true });
}
for (const name of readdirSync(target, { recursive: true })) {
  if (!name.endsWith(".d.ts")) continue;
  change(name, (source) => source.replace(/"(\.{1,2}\/[^"]*)\.js"/g, '"$1.d.ts"'));
}
for (const path of Object.values(exports)) {
  const types = path.replace("./dist/", "./types/entries/").replace(".js", ".d.ts");
  change(path, (source) => `// @ts-self-types="${types}"\n${source}`);
}

function change(name, made) {
  const file = join(target, name);
  writeFileSync(file, made(readFileSync(file, "utf8")));
}
