// The floors of src/: a file imports from its own floor and from those below. Circles between files are
// Biome's to find (noImportCycles).
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";

/** From the ground up. A file of src/ itself is a floor of its own. */
const floors = [
  ...[
    "kernels.d",
    "corpus",
    "host",
    "formats",
    "text",
    "metrics",
    "nn",
    "data",
    "train",
    "sampling",
  ],
  ...[
    "models",
    "insight",
    "fairness",
    "game",
    "api",
    "remote",
    "cluster",
    "serve",
    "entries",
    "cli",
  ],
];

/** What a floor may import of all that is below it, where that is not everything. */
const only = {
  metrics: ["host"],
  serve: [
    "api",
    "host/event-loop",
    "host/near-names",
    "sampling/grammar/make",
    "text/markers",
    "models/language/speaker",
  ],
  // Besides public names, the rules of options and what suits which data, which are data; what a line is, what
  // chats say, what conversations are, what a name that is not known may mean, and how files are found by their names.
  cli: [
    ...[
      "serve/confidence",
      "serve/dialogue",
      "serve/hosts",
      "data/images/by-name",
      "data/conversations",
    ],
    ...["entries", "host/rules", "host/near-names", "host/words", "text/lines", "text/markers"],
    ...["train/options", "sampling/options", "models/base/network-choice", "models/base/suited"],
    ...["models/base/again", "models/base/recipe"],
    "models/base/adapter-facts",
    ...["language", "seq2seq"].flatMap((family) =>
      ["config", "corpora", "data", "defaults", "labels"].map((file) => `models/${family}/${file}`),
    ),
    ...["vae-config", "vae-training", "autoencoder-config", "autoencoder-training"].map(
      (file) => `models/images/${file}`,
    ),
    ...["gan-config", "gan-training", "diffusion-config", "diffusion-training"].map(
      (file) => `models/images/${file}`,
    ),
    ...["classifier-config", "image-text-config", "batches"].map((file) => `models/images/${file}`),
    ...["frames-config", "frames-training"].map((file) => `models/video/${file}`),
    "models/grids/data",
    "models/grids/path",
    "models/style/painter-config",
  ],
};

/** Where Node's own modules, and what only runs there, may be imported. */
const onNode = ["host/node/", "entries/node", "cli/"];

const src = join(dirname(fileURLToPath(import.meta.url)), "..", "src");
const problems = [];
for (const file of readdirSync(src, { recursive: true })) {
  const path = file.replaceAll("\\", "/");
  if (!path.endsWith(".ts")) continue;
  for (const wanted of importsOf(readFileSync(join(src, file), "utf8"))) {
    const problem = problemOf(path.replace(/\.ts$/, ""), wanted);
    if (problem) problems.push(`src/${path} imports ${wanted}: ${problem}`);
  }
}
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);

/** Everything that a source names in an import or an export, types and dynamic imports included. */
function importsOf(source) {
  const pattern = /(?:\bfrom\s*|\bimport\s*\(?\s*)"([^"]+)"/g;
  return Array.from(source.matchAll(pattern), ([, wanted]) => wanted);
}

function problemOf(from, wanted) {
  if (!wanted.startsWith(".")) {
    const allowed = !wanted.startsWith("node:") || onNode.some((place) => from.startsWith(place));
    return allowed ? undefined : `Node's own modules are for ${onNode.join(", ")} only`;
  }
  const to = posix.join(posix.dirname(from), wanted).replace(/\.js$/, "");
  const [floor, below] = [from, to].map((path) => path.split("/")[0]);
  if (floor === below || /\.(txt|wasm)/.test(below)) return undefined;
  for (const name of [floor, below]) {
    if (!floors.includes(name)) return `${name} is no floor; add it to scripts/check-floors.mjs`;
  }
  if (floors.indexOf(below) > floors.indexOf(floor)) {
    return `${below} is above ${floor}; the floors are ${floors.join(" < ")}`;
  }
  const allowed = only[floor];
  if (!allowed || allowed.some((place) => to === place || to.startsWith(`${place}/`))) return;
  return `${floor} imports from ${allowed.join(", ")} only`;
}
