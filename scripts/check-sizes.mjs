// How large an import may be. Needs a build.
import { readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { addedSize, importSize } from "./import-size.mjs";
import { root } from "./prepare.mjs";

/** Kilobytes, gzipped, by what is imported. */
const limits = [
  ["{ defineModel, Linear }", "nn", 47],
  ["* as nn", "nn", 56],
  ["{ LanguageModel }", "index", 60],
  ["{ Seq2Seq }", "index", 60],
  ["{ VAE }", "index", 60],
  ["{ GAN }", "index", 60],
  ["{ Diffusion }", "index", 64],
  ["{ Autoencoder }", "index", 60],
  ["{ Classifier }", "index", 60],
  ["{ ImageTextPair }", "index", 60],
  ["{ FramePredictor }", "index", 60],
  ["{ GridModel }", "index", 60],
  ["{ GridModel, GridSet }", "index", 60],
  ["* as everything", "index", 105.1],
  ["{ synthesizeTexture, transferStyle }", "style", 60],
  ["{ StyleTransfer }", "style", 60],
  ["* as style", "style", 60.2],
  ["* as worker", "worker", 5],
  ["* as serve", "serve", 15.3],
  ["* as grammar", "grammar", 17.5],
  ["* as game", "game", 12],
  ["* as cluster", "cluster", 16],
  ["* as fairness", "fairness", 12],
  ["* as templates", "chat-templates", 22],
];

/**
 * Kilobytes that a network adds to the import of its class when it is chosen, by its file. A Transformer's are also for
 * what pretrained ones have: heads of their own size, norms of queries and keys, scaled rotary positions; and for the
 * cut of a cache where conversations go on.
 */
const networks = [
  ...inTable("language").map((file) => ["LanguageModel", file, 7]),
  ...inTable("seq2seq").map((file) => ["Seq2Seq", file, 8.1]),
];

/** Kilobytes of an import together with the engine that its first model asks for. */
const engines = [
  ["GAN", "src/models/images/gan-engine.ts", 60],
  ["Diffusion", "src/models/images/diffusion-engine.ts", 65],
  ["ImageTextPair", "src/models/images/image-text-engine.ts", 61],
  ["FramePredictor", "src/models/video/frames-engine.ts", 60],
  ["GridModel", "src/models/grids/engine.ts", 60],
  ["GridModel", "src/models/grids/transformer.ts", 60],
];

/** Files that a family's table of networks imports when they are asked for. */
function inTable(family) {
  const table = readFileSync(join(root, "src", "models", family, "networks.ts"), "utf8");
  const found = table.matchAll(/=> import\("\.\/([\w-]+)\.js"\)/g);
  return Array.from(found, ([, file]) => `src/models/${family}/${file}.ts`);
}

/** Kilobytes that an entry adds to the import of a class. */
const further = [
  ["LanguageModel", "hugging-face", 28],
  ["LanguageModel", "insight", 20],
];

let failed = false;
const external = ["@nats-io/*", "simdream", "simdream/grammar", "simdream/chat-templates"];

function check(what, bytes, limit) {
  const verdict = bytes <= 1000 * limit ? "ok" : "TOO LARGE";
  failed ||= bytes > 1000 * limit;
  console.log(`${what}: ${(bytes / 1000).toFixed(2)} of ${limit} kB, gzipped: ${verdict}`);
}

const imported = (names, entry) =>
  importSize(
    `import ${names} from "./dist/${entry}.js"; console.log(${names.replace("* as ", "")});`,
    root,
    external,
  );
const added = (name, file) =>
  addedSize(`import { ${name} } from "./src/entries/index.ts"; console.log(${name});`, root, file);

for (const [names, entry, limit] of limits) {
  check(`${names} of ${entry}`, await imported(names, entry), limit);
}
for (const [name, entry, limit] of further) {
  const own = `import { ${name} } from "./dist/index.js"; console.log(${name});`;
  const both = `${own} import * as entry from "./dist/${entry}.js"; console.log(entry);`;
  const [before, after] = [await importSize(own, root), await importSize(both, root)];
  const kilobytes = (after - before) / 1000;
  const verdict = kilobytes <= limit ? "ok" : "TOO LARGE";
  failed ||= kilobytes > limit;
  console.log(
    `* of ${entry} beside { ${name} }: ${kilobytes.toFixed(2)} of ${limit} kB more, gzipped: ${verdict}`,
  );
}
for (const [name, file, limit] of networks) {
  check(`what ${name} loads for ${basename(file, ".ts")}`, await added(name, file), limit);
}
for (const [name, file, limit] of engines) {
  const whole = (await imported(`{ ${name} }`, "index")) + (await added(name, file));
  check(`${name} with its engine`, whole, limit);
}
if (failed) process.exit(1);
