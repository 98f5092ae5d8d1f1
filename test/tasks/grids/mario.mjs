// Levels of a platformer, learned from The Video Game Level Corpus: 3-1 and 6-2 are held out, and levels that are nearly the
// same as they are left out, so that twins are never on both sides. Nats a tile of what is held out, beside a bigram of columns;
// levels that are drawn: how many can be played by A*, without rules and with rules and checks, and how much of them is copied.
//
//   node test/tasks/grids/mario.mjs <folder of levels> <output folder> [--path] [--network lstm] [--runs lines] [--steps 700]
//        [--seed 1] [--levels 200] [--columns 200] [--workers 2]
//
// --path: the way that A* finds is written into the training levels, as a channel. mario.py trains the same network in PyTorch.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { copied, platformerPath } from "../../../dist/game.js";
import { GridModel, GridSet } from "../../../dist/node.js";
import { columnBigram } from "./bigram.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    path: { type: "boolean", default: false },
    network: { type: "string", default: "lstm" },
    order: { type: "string", default: "snake" },
    hidden: { type: "string" },
    dropout: { type: "string" },
    batch: { type: "string" },
    window: { type: "string" },
    lr: { type: "string", default: "5e-3" },
    runs: { type: "string", default: "lines" },
    steps: { type: "string", default: "700" },
    seed: { type: "string", default: "1" },
    levels: { type: "string", default: "200" },
    columns: { type: "string", default: "200" },
    temperature: { type: "string", default: "1" },
    workers: { type: "string", default: "2" },
  },
});
const given = (name) => (values[name] === undefined ? {} : { [name]: Number(values[name]) });
const [folder, out] = positionals;
if (out === undefined) throw new Error("usage: mario.mjs <folder of levels> <output folder>");
mkdirSync(out, { recursive: true });
const HELD = ["3-1", "6-2"];
/** Levels with more windows of ten columns in common are twins. */
const TWINS = 0.3;
const percent = (one) => `${(100 * one).toFixed(1)} %`;
const window = { window: 10 };

const names = readdirSync(folder)
  .filter((name) => /^mario-.*\.txt$/.test(name))
  .sort();
const all = await GridSet.fromText(
  names.map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") })),
);
const texts = names.map((_, i) => all.text(i));
const paths = texts.map((text) => platformerPath(text));
console.log(
  `${paths.filter(({ reached }) => reached).length} of ${names.length} originals can be played`,
);

const places = Array.from(names.keys());
const held = places.filter((i) => HELD.some((name) => names[i].includes(name)));
const alike = (i, others) =>
  Math.max(...others.map((j) => copied(texts[i], texts[j], window).share));
const twins = places.filter((i) => !held.includes(i) && alike(i, held) > TWINS);
const learned = places.filter((i) => !held.includes(i) && !twins.includes(i));
console.log(
  `held out: ${HELD.join(", ")}; twins of them, left out: ${twins.map((i) => names[i]).join(", ") || "none"}`,
);
const real = learned.map((i) => {
  const others = learned.filter((j) => j !== i).map((j) => texts[j]);
  return copied(texts[i], others, window).share;
});
console.log(
  `copied in real levels: ${percent(Math.min(...real))} to ${percent(Math.max(...real))}`,
);

const bigram = columnBigram(learned.map((i) => texts[i]));
const bigramNats = bigram(held.map((i) => texts[i]));
console.log(`bigram of columns: ${bigramNats.toFixed(4)} nats a tile`);

const masked = values.path
  ? all.withChannel(
      "path",
      all.grids.map(({ width, cells }, i) => {
        const mask = new Uint8Array(cells.length);
        for (const [x, y] of paths[i].path ?? []) mask[y * width + x] = 1;
        return mask;
      }),
    )
  : all;
const train = masked.subset(learned);
const test = masked.subset(held);
const file = join(
  out,
  `mario${values.path ? "-path" : ""}-${values.network}-${values.seed}.safetensors`,
);
let model;
if (existsSync(file)) model = await GridModel.load(readFileSync(file));
else {
  const { network, order, runs } = values;
  const sizes = { ...given("hidden"), ...given("dropout"), ...given("seed") };
  model = await GridModel.create({ grids: masked, network, order, runs, ...sizes });
  console.log(`${model.parameterCount} parameters`, model.config);
  const [steps, workers] = [Number(values.steps), Number(values.workers)];
  const fit = { steps, shards: 2, workers, schedule: "cosine", warmup: 50, ...given("lr") };
  const begun = performance.now();
  for await (const report of model.fit(train, { ...fit, ...given("batch"), ...given("window") })) {
    const { step, loss, elapsed } = report;
    if (step === 200) console.log(`after 200 steps: fingerprint ${model.fingerprint()}`);
    if (step % Math.max(1, Math.round(steps / 15)) !== 0) continue;
    const { nats } = model.score(test);
    console.log(
      `${step}: ${loss.toFixed(4)}, held out ${nats.toFixed(4)} nats, ${elapsed.toFixed(0)} s`,
    );
  }
  console.log(
    `trained in ${((performance.now() - begun) / 1000).toFixed(0)} s`,
    model.run.dataOptions,
  );
  writeFileSync(file, model.save());
}
const result = {
  bigram: bigramNats,
  nats: model.score(test).nats,
  fingerprint: model.fingerprint(),
};
console.log(`${values.path ? "with path: " : ""}${result.nats.toFixed(4)} nats a tile held out`);

/** Pipes and cannons are whole; a level begins and ends on ground. */
const rules = {
  adjacent: [
    { of: "<", right: ">", below: "[" },
    { of: ">", left: "<", below: "]" },
    { of: "[", right: "]", above: "<[", below: "[X" },
    { of: "]", left: "[", above: ">]", below: "]X" },
    { of: "B", below: "bBX" },
  ],
  areas: [
    { rows: [-1, -1], columns: [0, 2], symbols: "X" },
    { rows: [-1, -1], columns: [-3, -1], symbols: "X" },
  ],
};
const playable = (level) => {
  const { reached, column } = platformerPath(level);
  return reached || { x: Math.max(0, column), y: level.split("\n").length - 1 };
};
const samples = Number(values.levels);
const size = {
  samples,
  width: Number(values.columns),
  height: 14,
  seed: 1000,
  ...given("temperature"),
};
const known = learned.map((i) => texts[i]);
const drawnBy = async (name, who, options) => {
  const begun = performance.now();
  const { grids, tries, repairs } = await who.generate({ ...size, ...options });
  const seconds = (performance.now() - begun) / 1000;
  const plain = values.path ? grids.without() : grids;
  const levels = Array.from({ length: plain.length }, (_, i) => plain.text(i));
  const asked = options.samples ?? samples;
  const fine = levels.filter((level) => platformerPath(level).reached).length;
  const { share, longest } = copied(levels, known, window);
  const most = levels.filter((level) => copied(level, known, window).share > 0.5).length;
  result[name] = { playable: fine / asked, copied: share, longest, seconds, mostlyCopied: most };
  result[name].tries = tries.reduce((sum, one) => sum + one, 0) / tries.length;
  result[name].repaired = repairs.filter((one) => one > 0).length;
  console.log(
    `${name}: ${percent(fine / asked)} can be played, ${percent(share)} copied, longest ${longest} columns, ` +
      `${result[name].tries.toFixed(2)} tries, ${result[name].repaired} repaired, ${seconds.toFixed(0)} s`,
  );
  writeFileSync(
    join(out, `mario-${name}${values.path ? "-path" : ""}.txt`),
    levels.map((level, i) => `; ${i}\n${level}\n`).join("\n"),
  );
  return levels;
};
const plain = await drawnBy("plain", model, {});
console.log(plain.slice(0, 3).join("\n\n"));
const checks = { rules, playable, tries: 3, repairs: 40, refused: "skip" };
await drawnBy("checked", model, checks);
const small = await model.quantize();
result.bytes = small.save().length;
result.natsInt8 = small.score(test).nats;
await drawnBy("int8", small, { samples: Math.min(samples, 50) });
writeFileSync(
  join(out, `mario${values.path ? "-path" : ""}.json`),
  JSON.stringify(result, null, 2),
);
console.log(JSON.stringify(result));
