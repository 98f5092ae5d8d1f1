// Levels of a platformer, learned from The Video Game Level Corpus: 3-1 and 6-2 are held out, and levels that are nearly the
// same as they are left out, so that twins are never on both sides. Nats a tile of what is held out, beside a bigram of columns;
// levels that are drawn: how many can be played by A*, without rules and with rules and checks, and how much of them is copied.
//
//   node test/tasks/grids/mario.mjs <folder of levels> <output folder> [--path] [--mirror] [--themes] [--network lstm]
//        [--runs lines] [--steps 700] [--lr 5e-3] [--ema 0] [--seed 1] [--levels 200] [--columns 200] [--workers 2]
//
// --path: the way that A* finds is written into the training levels, as a channel. --mirror: levels are learned from right to left,
// too. --themes: whether a level is on the ground, under it or in the heights is a label. mario.py trains the same network in
// PyTorch, of levels with the way on what --path --export writes; its levels are measured with --judge <file>.

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
    mirror: { type: "boolean", default: false },
    themes: { type: "boolean", default: false },
    ema: { type: "string" },
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
    judge: { type: "string" },
    export: { type: "boolean", default: false },
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

/** Symbols on the way, for mario.py. */
const onWay = { "-": "*", o: "+", E: "e" };
if (values.export) {
  for (const [i, text] of texts.entries()) {
    const rows = text.split("\n").map((row) => Array.from(row));
    for (const [x, y] of values.path ? paths[i].path : []) rows[y][x] = onWay[rows[y][x]];
    writeFileSync(join(out, names[i]), `${rows.map((row) => row.join("")).join("\n")}\n`);
  }
  process.exit();
}
if (values.judge) {
  const off = Object.entries(onWay).reduce(
    (text, [symbol, way]) => text.replaceAll(way, symbol),
    readFileSync(values.judge, "utf8"),
  );
  const levels = off.split(/^; \d+\n/m).flatMap((one) => one.trim() || []);
  const fine = levels.filter((level) => platformerPath(level).reached).length;
  const known = learned.map((i) => texts[i]);
  const { share, longest } = copied(levels, known, window);
  console.log(
    `${levels.length} levels: ${percent(fine / levels.length)} can be played, ${percent(share)} copied, longest ${longest} columns`,
  );
  process.exit();
}

const bigram = columnBigram(learned.map((i) => texts[i]));
const bigramNats = bigram(held.map((i) => texts[i]));
console.log(`bigram of columns: ${bigramNats.toFixed(4)} nats a tile`);

/** Levels from right to left, too: a way through one is a way through the other. */
const sides = { "<": ">", ">": "<", "[": "]", "]": "[" };
const mirrored = (text) =>
  text.replace(/[^\n]+/g, (row) =>
    Array.from(row, (symbol) => sides[symbol] ?? symbol)
      .reverse()
      .join(""),
  );
/** What a level is like, by its lowest row and its highest ones. */
const theme = (text) => {
  const rows = text.split("\n");
  const share = (row) => Array.from(row).filter((symbol) => symbol !== "-").length / row.length;
  if (Math.max(...rows.slice(0, 3).map(share)) > 0.5) return "underground";
  return share(rows.at(-1)) > 0.6 ? "ground" : "heights";
};
/** Levels with what the model shall know of them. */
const told = (set, ways) => {
  const themed = values.themes
    ? set.withLabels(Array.from({ length: set.length }, (_, i) => ({ theme: theme(set.text(i)) })))
    : set;
  if (!values.path) return themed;
  const masks = themed.grids.map(({ width, cells }, i) => {
    const mask = new Uint8Array(cells.length);
    for (const [x, y] of ways[i].path ?? []) mask[y * width + x] = 1;
    return mask;
  });
  return themed.withChannel("path", masks);
};
const masked = told(all, paths);
const straight = masked.subset(learned);
/** Without the last stairs, which nobody can climb from behind. */
const STAIRS = 25;
const backward = learned
  .map((i) => ({
    name: names[i],
    text: mirrored(texts[i].replace(new RegExp(`.{${STAIRS}}$`, "gm"), "")),
  }))
  .filter(({ text }) => platformerPath(text).reached);
const others = values.mirror && (await GridSet.fromText(backward));
const train = others
  ? straight.concat(
      told(
        others,
        others.grids.map((_, i) => platformerPath(others.text(i))),
      ),
    )
  : straight;
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
  for await (const report of model.fit(train, {
    ...fit,
    ...given("batch"),
    ...given("window"),
    ...given("ema"),
  })) {
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
/** Levels of all themes, as often as they were learned. */
const generateAll = async (who, options) => {
  if (!values.themes) return who.generate(options);
  const all = learned.map((i) => theme(texts[i]));
  const counts = {};
  for (let i = 0; i < options.samples; i++) {
    const one = all[i % all.length];
    counts[one] = (counts[one] ?? 0) + 1;
  }
  const parts = [];
  for (const [one, count] of Object.entries(counts)) {
    const made = await who.generate({ ...options, samples: count, labels: { theme: one } });
    const fine = made.grids.grids.filter(
      (_, i) => platformerPath((values.path ? made.grids.without() : made.grids).text(i)).reached,
    ).length;
    console.log(`  ${one}: ${fine} of ${count}`);
    parts.push(made);
  }
  return {
    grids: parts.map(({ grids }) => grids).reduce((a, b) => a.concat(b)),
    tries: parts.flatMap(({ tries }) => [...tries]),
    repairs: parts.flatMap(({ repairs }) => [...repairs]),
  };
};
const drawnBy = async (name, who, options) => {
  const begun = performance.now();
  const { grids, tries, repairs } = await generateAll(who, { ...size, ...options });
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
