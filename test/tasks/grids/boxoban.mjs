// Sokoban levels of 10×10, learned from Boxoban: with rules every level has one player, as many boxes as goals, and walls around
// it; with the solver every level can be solved. How many can be solved at the first try, how long a level takes, and whether one is a
// training level under a symmetry.
//
//   node test/tasks/grids/boxoban.mjs <folder of levels> <output folder> [--network lstm] [--runs cells] [--counted "@$."] [--train unfiltered-train-10000.txt.gz]
//        [--steps 3000] [--levels 200] [--boxes 4] [--temperature 1] [--seed 1] [--workers 2]

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { checkSokoban, copied, solveSokoban } from "../../../dist/game.js";
import { GridModel, GridSet } from "../../../dist/node.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    network: { type: "string", default: "lstm" },
    train: { type: "string", default: "unfiltered-train-10000.txt.gz" },
    hidden: { type: "string" },
    runs: { type: "string", default: "cells" },
    counted: { type: "string", default: "@$." },
    steps: { type: "string", default: "3000" },
    levels: { type: "string", default: "200" },
    boxes: { type: "string", default: "4" },
    temperature: { type: "string", default: "1" },
    lr: { type: "string", default: "2e-3" },
    batch: { type: "string" },
    seed: { type: "string", default: "1" },
    workers: { type: "string", default: "2" },
  },
});
const given = (name) => (values[name] === undefined ? {} : { [name]: Number(values[name]) });
const [folder, out] = positionals;
if (out === undefined) throw new Error("usage: boxoban.mjs <folder of levels> <output folder>");
mkdirSync(out, { recursive: true });
const read = (name) =>
  GridSet.fromText({ name, bytes: new Uint8Array(readFileSync(join(folder, name))) });

const train = await read(values.train);
const test = await read("unfiltered-valid-1000.txt.gz");
console.log(
  `${train.length} levels, ${test.length} of others, symbols ${JSON.stringify(train.symbols.join(""))}`,
);
const file = join(out, `boxoban-${values.network}-${values.seed}.safetensors`);
let model;
if (existsSync(file)) model = await GridModel.load(readFileSync(file));
else {
  const { network, runs } = values;
  const told = { runs, ...(values.counted && { counted: values.counted }) };
  model = await GridModel.create({
    grids: train,
    network,
    ...told,
    ...given("hidden"),
    ...given("seed"),
  });
  console.log(`${model.parameterCount} parameters`, model.config);
  const [steps, workers] = [Number(values.steps), Number(values.workers)];
  const fit = { steps, shards: 2, workers, symmetries: "all", schedule: "cosine", warmup: 50 };
  const begun = performance.now();
  for await (const report of model.fit(train, { ...fit, ...given("lr"), ...given("batch") })) {
    const { step, loss, elapsed } = report;
    if (step === 200) console.log(`after 200 steps: fingerprint ${model.fingerprint()}`);
    if (step % Math.max(1, Math.round(steps / 15)) !== 0) continue;
    console.log(`${step}: ${loss.toFixed(4)}, ${elapsed.toFixed(0)} s`);
  }
  console.log(
    `trained in ${((performance.now() - begun) / 1000).toFixed(0)} s`,
    model.run.dataOptions,
  );
  writeFileSync(file, model.save());
}
const result = { nats: model.score(test).nats, fingerprint: model.fingerprint() };
console.log(`${result.nats.toFixed(4)} nats a cell of other levels`);

const boxes = Number(values.boxes);
/** One player, as many boxes as goals, which may stand on each other, and walls all around. */
const rules = {
  counts: { "@": 1, $: boxes },
  equal: [["$", "."]],
  border: "#",
};
const samples = Number(values.levels);
const size = { samples, width: 10, height: 10, seed: 1000, ...given("temperature") };
const solves = (level) => checkSokoban(level).length === 0 && solveSokoban(level).solved;
const known = Array.from({ length: train.length }, (_, i) => train.text(i));

const measure = async (name, who, options) => {
  const begun = performance.now();
  const made = await who.generate({ ...size, ...options });
  const seconds = (performance.now() - begun) / 1000;
  const levels = Array.from({ length: made.grids.length }, (_, i) => made.grids.text(i));
  const sound = levels.filter((level) => checkSokoban(level).length === 0).length;
  const solved = levels.filter(solves).length;
  const { same, share } = copied(levels, known, { window: 10, symmetries: "all" });
  const pushes = levels.flatMap((level) => solveSokoban(level).pushes || []);
  result[name] = {
    levels: levels.length,
    ...{ sound: sound / levels.length, solved: solved / levels.length },
    tries: made.tries.reduce((sum, one) => sum + one, 0) / made.tries.length,
    mostTries: Math.max(...made.tries),
    ...{ secondsEach: seconds / levels.length, inTraining: same.length, copied: share },
    meanPushes: pushes.reduce((sum, one) => sum + one, 0) / pushes.length,
  };
  console.log(name, result[name]);
  writeFileSync(
    join(out, `boxoban-${name}.txt`),
    levels.map((level, i) => `; ${i}\n${level}\n`).join("\n"),
  );
  return levels;
};
await measure("plain", model, {});
await measure("rules", model, { rules });
const levels = await measure("checked", model, { rules, playable: solves, tries: 50 });
console.log(levels.slice(0, 6).join("\n\n"));
// One at a time, as a game asks for it.
const times = [];
for (let i = 0; i < 20; i++) {
  const begun = performance.now();
  await model.generate({ ...size, samples: 1, seed: 5000 + i, rules, playable: solves, tries: 50 });
  times.push((performance.now() - begun) / 1000);
}
result.slowestAlone = Math.max(...times);
const small = await model.quantize();
result.bytes = small.save().length;
await measure("int8", small, { rules, samples: Math.min(50, samples) });
writeFileSync(join(out, "boxoban.json"), JSON.stringify(result, null, 2));
console.log(JSON.stringify(result));
