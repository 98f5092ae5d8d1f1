// The run of the chaos, and what of the sources it takes: the entry has no worker that lies.
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Bundled once, into a file beside the build that all processes import. */
export async function bundle() {
  const directory = mkdtempSync(join(root, "build", "chaos-"));
  const outfile = join(directory, "cluster.mjs");
  await build({
    stdin: {
      contents: `export { Channel } from "./src/cluster/channel.ts"; export { hashOf } from "./src/cluster/seal.ts";
        export { decode, encode } from "./src/cluster/codec.ts"; export { serve } from "./src/cluster/serve.ts";
        export { joinCluster, leadRun } from "./src/entries/cluster.ts";`,
      resolveDir: root,
    },
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    external: ["@nats-io/*"],
    plugins: [
      {
        name: "by-name",
        setup: ({ onResolve }) =>
          onResolve({ filter: /\/(index|api|error-classes)\.js$/ }, () => ({
            path: "simdream",
            external: true,
          })),
      },
    ],
  });
  return { directory, outfile };
}

const from = process.env.SIMDREAM_CHAOS;
export const { encode, serve, leadRun, joinCluster } = from
  ? await import(pathToFileURL(from))
  : {};

export const text = "the cat sat on the mat. the rat sat on the hat.\n".repeat(20);
/** With SIMDREAM_ROUNDS=4 in the environment, four steps a round. */
const each = Number(process.env.SIMDREAM_ROUNDS ?? 0);
export const settings = {
  token: "chaos is a ladder, they say",
  patience: 400,
  lease: 900,
  every: 8,
  shape: { embed: 6, hidden: 12, seed: 1, dropout: 0.2 },
  options: {
    ...{ steps: each > 0 ? 96 : 40, batch: 6, seqLen: 16, shards: 4 },
    ...(each > 0 && { rounds: { steps: each } }),
  },
};
export const joinOptions = { check: 0.02 };
