// Whether the rows of docs/results.md come to their fingerprints after 200 steps, here and now: each task is begun as the
// row's command says, and stopped as soon as it has printed what it must. A row takes one to four minutes.
//
//   node test/tasks/reproduce.mjs [names of rows] [--mnist <folder>] [--fashion <folder>] [--shakespeare <txt>]
//        [--names <txt>] [--pairs <txt>] [--dungeon <png,json>] [--emoji <png,json>]
//        [--usNames <csv.gz>] [--wikitext <validation part>] [--crowsPairs <csv>] [--boxoban <folder>] [--mario <folder>] [--styles <folder>] [--walks <folder>] [--clips <folder>]
//        [--stories260K <folder>] [--stories <jsonl.gz>] [--workers 2]
//
// Without names: all rows whose data are given; what is skipped is said. Ends with 1 where a row came to something else.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

/** Name of a row: its task, what follows it with `<data>` and `<out>`, and the beginnings of what it prints. */
export const rows = {
  "shakespeare gpt2 1": ["shakespeare", "<shakespeare> --style gpt2 --seed 1", "8f629026af1b10ad"],
  "shakespeare gpt2 2": ["shakespeare", "<shakespeare> --style gpt2 --seed 2", "c26192bfd297675c"],
  "shakespeare gpt2 3": ["shakespeare", "<shakespeare> --style gpt2 --seed 3", "9a569402ba2c2d41"],
  "shakespeare llama 1": [
    "shakespeare",
    "<shakespeare> --style llama --seed 1",
    "cc0226555abe7ff1",
  ],
  "shakespeare llama 2": [
    "shakespeare",
    "<shakespeare> --style llama --seed 2",
    "02d4d5a4c47ed22b",
  ],
  "shakespeare llama 3": [
    "shakespeare",
    "<shakespeare> --style llama --seed 3",
    "662050fd79363190",
  ],
  "shakespeare large": ["shakespeare", "<shakespeare> --large", "fa9db665ea085158"],
  names: ["names", "<names>", "a23ab30b0d3068c9"],
  translation: ["translation", "<pairs> <out> --network transformer <workers>", "906afbaf60f41028"],
  digits: ["pictures/digits", "<mnist> <out> <workers>", "c3c9cc7a5b27f99e"],
  clothes: ["pictures/clothes", "<fashion> <out> <workers>", "7ef09a6818a19630"],
  "noise and masks": [
    "pictures/denoise",
    "<mnist> <out> --epochs 5 <workers>",
    ...["072818591536ebf1", "dddf5ea66fbd19f6"],
  ],
  latents: ["pictures/latents", "<mnist> <out> <workers>", "9970c7a7fc78f167"],
  "digits by label": [
    "pictures/conditional",
    "<mnist> <out> <workers>",
    ...["507f2bfa6f597406", "807f0c9fd104d679"],
  ],
  "few labels": ["pictures/few-labels", "<mnist> <out> --epochs 4 <workers>", "895d9bb2a76e2531"],
  "dcgan 1": ["gan/dcgan", "<mnist> <out> --seeds 1 <workers>", "cba4df9b4c4e65c3"],
  "dcgan 2": ["gan/dcgan", "<mnist> <out> --seeds 2 <workers>", "302d4cd6599ef84f"],
  "dcgan 3": ["gan/dcgan", "<mnist> <out> --seeds 3 <workers>", "1d1d4b8768d2f4ca"],
  "dcgan clothes": ["gan/dcgan", "<fashion> <out> --seeds 1 <workers>", "5e5eec380b1c4bd6"],
  "dcgan labels": ["gan/dcgan", "<mnist> <out> --labels --seeds 1 <workers>", "e1183ca07d6e3a2a"],
  "gaussians 1": ["gan/points", "<out> --seeds 1", "7b38fa7fa9e2b2eb"],
  "gaussians 2": ["gan/points", "<out> --seeds 2", "1e4248fef8e6296c"],
  "gaussians 3": ["gan/points", "<out> --seeds 3", "7acc6c089ff8f7fe"],
  "gaussians 4": ["gan/points", "<out> --seeds 4", "64f4c2029e36dd7e"],
  "gaussians 5": ["gan/points", "<out> --seeds 5", "1adcd01213a493d3"],
  "faces by arithmetic": ["gan/faces", "<out> <workers>", "25af89adeca20a65"],
  walks: ["video/walk", "<out> --data <walks> --prediction velocity <workers>", "6c2359f40ae02081"],
  "walks by words": [
    "video/walk",
    "<out> --data <walks> --told words --steps 4800 <workers>",
    "e4da0d64a7036af3",
  ],
  "walks by labels": [
    "video/walk",
    "<out> --data <walks> --told labels <workers>",
    "a5da319c99544332",
  ],
  "few clips": [
    "video/dungeon",
    "<clips> <out> --prediction velocity <workers>",
    "25b0ca83553be403",
  ],
  "moving digits": ["video/moving-digits", "<mnist> <out> <workers>", "5380096c89705c92"],
  "few pictures": [
    "gan/sprites",
    "<dungeon> <out> --steps 201 <workers>",
    ...["9f0c6523b9671e48", "3ee1583ec7a4796d"],
  ],
  "flow digits": ["diffusion/flow", "<mnist> <out> <workers>", "1ccc1818d3910acb"],
  "flow clothes": ["diffusion/flow", "<fashion> <out> <workers>", "2a4d649ed0993e70"],
  "flow labels": ["diffusion/flow", "<mnist> <out> --labels <workers>", "d560192ee5f5c08b"],
  "faces by labels": ["diffusion/faces-words", "<out> <workers>", "0cbe953f2172ef77"],
  "faces by words": ["diffusion/faces-words", "<out> --steps 201 <workers>", "44e47b8834cb9976"],
  "emoji found": ["diffusion/emoji-words", "<emoji> <out> <workers>", "e7f2c7c53843e6e3"],
  "emoji by words": [
    "diffusion/emoji-words",
    "<emoji> <out> --pair-steps 1 <workers>",
    "caa14f2bc7f56a40",
  ],
  "starry night": ["style-training", "<styles> <out> <workers>", "c2177ac83e9b0336"],
  "faces found": ["pair/faces", "<out> <workers>", "7ad17a199155e532"],
  "faces with a palette": ["grids/faces", "<out> <workers>", "11a09e74d346a5bc"],
  "levels of sokoban": ["grids/boxoban", "<boxoban> <out> <workers>", "a7b68fd72860b6b6"],
  "levels of a platformer": [
    "grids/mario",
    "<mario> <out> --lr 2e-3 <workers>",
    "6c61accbe12435eb",
  ],
  "a planted bias": ["trust/faces", "<out>", "cd155f4592f140a2"],
  "names by sex": ["trust/names", "<usNames>", "86f9d5115d5e9909"],
  "paired sentences": ["trust/crows-pairs", "<out> <wikitext> <crowsPairs>", "fe24750807d952ab"],
  "an attribute out of a latent space": [
    "trust/adversary",
    "<out>",
    ...["f6abee4548a50987", "5cfb84bfece7b531"],
  ],
  "planted secrets": ["trust/canaries", "<shakespeare> <out>", "e32fcfbb7195b4fa"],
  "an induction head": ["trust/induction", "<out>", "4720686e"],
  adapters: ["lora", "<stories260K> <stories>", "15d00c0835ecf9d4", "ac31d3617e7c9a88"],
};

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();

async function main() {
  const text = { type: "string" };
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      ...{
        walks: text,
        clips: text,
        mnist: text,
        fashion: text,
        shakespeare: text,
        names: text,
        pairs: text,
      },
      ...{
        dungeon: text,
        emoji: text,
        styles: text,
        stories260K: text,
        stories: text,
        ...{ boxoban: text, mario: text, usNames: text, wikitext: text, crowsPairs: text },
        workers: { type: "string", default: "2" },
      },
    },
  });
  const unknown = positionals.find((name) => !(name in rows));
  if (unknown) throw new Error(`no row "${unknown}"; there are ${Object.keys(rows).join(", ")}`);
  const chosen = positionals.length > 0 ? positionals : Object.keys(rows);
  let [same, other, skipped] = [0, 0, 0];
  for (const name of chosen) {
    const [task, pattern, ...expected] = rows[name];
    const lacks = Array.from(pattern.matchAll(/<(\w+)>/g), ([, data]) => data).find(
      (data) => data !== "out" && values[data] === undefined,
    );
    if (lacks) {
      console.log(`${name}: skipped, no --${lacks}`);
      skipped++;
      continue;
    }
    const out = mkdtempSync(join(tmpdir(), "simdream-row-"));
    const args = pattern.split(" ").flatMap((part) => {
      if (part === "<out>") return [out];
      if (part === "<workers>") return ["--workers", values.workers];
      const data = /^<(\w+)>$/.exec(part)?.[1];
      return data ? values[data].split(",") : [part];
    });
    const started = performance.now();
    const printed = await fingerprints(task, args, expected);
    rmSync(out, { recursive: true, force: true });
    const found = expected.every((one) => printed.some((line) => line.startsWith(one)));
    const minutes = ((performance.now() - started) / 60000).toFixed(1);
    console.log(
      found
        ? `${name}: the same, ${minutes} minutes`
        : `${name}: expected ${expected.join(" and ")}, got ${printed.join(", ") || "nothing"}`,
    );
    if (found) same++;
    else other++;
  }
  console.log(`${same} the same, ${other} other, ${skipped} skipped`);
  process.exitCode = other > 0 ? 1 : 0;
}

/** What a task prints of its weights until it has printed all that is expected, or ends. */
function fingerprints(task, args, expected) {
  const file = fileURLToPath(new URL(`${task}.mjs`, import.meta.url));
  const child = spawn(process.execPath, [file, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const printed = [];
  createInterface({ input: child.stdout }).on("line", (line) => {
    const found = /^(?:after 200 steps: fingerprint|step 200:) ([0-9a-f]{64})/.exec(line)?.[1];
    if (!found) return;
    printed.push(found);
    if (expected.every((one) => printed.some((own) => own.startsWith(one)))) child.kill();
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", () => resolve(printed));
  });
}
