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
  ["* as everything", "index", 105],
  ["* as worker", "worker", 5],
  ["* as serve", "serve", 15.3],
  ["* as grammar", "grammar", 17.5],
];

/**
 * Kilobytes that a network adds to the import of its class when it is chosen, by its file. A Transformer's are also for
 * what pretrained ones have: heads of their own size, norms of queries and keys, scaled rotary positions.
 */
const networks = [
  ...inTable("language").map((file) => ["LanguageModel", file, 6.8]),
  ...inTable("seq2seq").map((file) => ["Seq2Seq", file, 7.8]),
  ["GAN", "src/models/images/gan-engine.ts", 14.2],
  ["Diffusion", "src/models/images/diffusion-engine.ts", 17.9],
  ["ImageTextPair", "src/models/images/image-text-engine.ts", 14.5],
];

/** Files that a family's table of networks imports when they are asked for. */
function inTable(family) {
  const table = readFileSync(join(root, "src", "models", family, "networks.ts"), "utf8");
  const found = table.matchAll(/=> import\("\.\/([\w-]+)\.js"\)/g);
  return Array.from(found, ([, file]) => `src/models/${family}/${file}.ts`);
}

let failed = false;
for (const [names, entry, limit] of limits) {
  const source = `import ${names} from "./dist/${entry}.js"; console.log(${names.replace("* as ", "")});`;
  const kilobytes = (await importSize(source, root, ["simdream", "simdream/grammar"])) / 1000;
  const verdict = kilobytes <= limit ? "ok" : "TOO LARGE";
  failed ||= kilobytes > limit;
  console.log(`${names} of ${entry}: ${kilobytes.toFixed(2)} of ${limit} kB, gzipped: ${verdict}`);
}
for (const [name, file, limit] of networks) {
  const source = `import { ${name} } from "./src/entries/index.ts"; console.log(${name});`;
  const kilobytes = (await addedSize(source, root, file)) / 1000;
  const verdict = kilobytes <= limit ? "ok" : "TOO LARGE";
  failed ||= kilobytes > limit;
  console.log(
    `${name}'s network, ${basename(file, ".ts")}: ${kilobytes.toFixed(2)} of ${limit} kB more, gzipped: ${verdict}`,
  );
}
if (failed) process.exit(1);
