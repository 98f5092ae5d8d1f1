// Files of models, damaged at random: each is refused by an error of simdream's own, soon and in few words, or
// is a model that works. Ends with exit code 1 where one is not. A case depends on seed and number alone:
// --at does one again.
//
//   node test/tasks/fuzz.mjs [--files 300000] [--headers 300000] [--nudges 300000] [--seed 1] [--at file:123]

import { parseArgs } from "node:util";
import { modelKind, SimdreamError } from "../../dist/node.js";
import { goodFiles, runtime } from "./fuzz/files.mjs";
import { changeHeader, nudgeDescription, numbers, woundBytes } from "./fuzz/mutate.mjs";

const { values } = parseArgs({
  options: {
    files: { type: "string", default: "300000" },
    headers: { type: "string", default: "300000" },
    nudges: { type: "string", default: "300000" },
    seed: { type: "string", default: "1" },
    at: { type: "string" },
  },
});

/** What no file may cost: milliseconds of a processor (a clock counts what else the machine does), bytes, characters of a message. */
const [LONG, LARGE, WORDY] = [1000, 500e6, 2000];
/** How a file is damaged, and where the seeds of that begin. */
const WAYS = {
  file: { damage: woundBytes, from: 0 },
  header: { damage: changeHeader, from: 1_000_003 },
  nudge: { damage: nudgeDescription, from: 2_000_003 },
};
/** One in so many that load is used. */
const USED = 4;

const good = await goodFiles();
// What a good file is used for must work, or its damaged ones would all be refused for the wrong reason.
for (const file of good) await use(file, file.bytes, { below: () => 0 });
const seed = Number(values.seed);
const before = process.memoryUsage().rss;
const found = { cases: 0, refused: 0, loaded: 0, slowest: 0, longest: 0, rss: 0, faults: [] };

if (values.at !== undefined) {
  const [way, number] = values.at.split(":");
  await one(way, Number(number), true);
} else {
  for (let i = 0; i < Number(values.files); i++) await one("file", i);
  for (let i = 0; i < Number(values.headers); i++) await one("header", i);
  for (let i = 0; i < Number(values.nudges); i++) await one("nudge", i);
}
const { faults, ...figures } = found;
console.log(JSON.stringify({ ...figures, faults: faults.length }));
for (const fault of faults.slice(0, 20)) console.log(fault);
process.exit(faults.length > 0 ? 1 : 0);

/** Damages a file and loads it. */
async function one(way, number, verbose = false) {
  const { damage, from } = WAYS[way];
  const draw = numbers(seed + from, number);
  const file = draw.pick(good);
  const damaged = damage(file.bytes, draw);
  const begun = process.cpuUsage();
  let error;
  try {
    await use(file, damaged, draw);
    found.loaded++;
  } catch (thrown) {
    error = thrown;
    found.refused++;
  }
  const { user, system } = process.cpuUsage(begun);
  const took = (user + system) / 1000;
  if (verbose) console.log(file.kind.name, damaged.length, took.toFixed(1), error);
  judge(`${way}:${number}`, error, took);
}

/** Loads, and does with some of what could be loaded what people do; a run in it takes a further step. */
async function use({ kind, data, use: used }, bytes, draw) {
  modelKind(bytes);
  const model = await kind.load(bytes, { runtime });
  if (draw.below(USED) > 0) return;
  const whole = model.save({ training: true });
  model.fingerprint();
  used(model);
  if (model.run === undefined || data === undefined) return;
  const again = await kind.load(whole, { runtime });
  for await (const _ of again.fit(data)) break;
}

function judge(place, error, took) {
  found.cases++;
  found.slowest = Math.max(found.slowest, Math.round(took));
  if (found.cases % 500 === 0) found.rss = Math.max(found.rss, process.memoryUsage().rss);
  const message = String(error?.message ?? "");
  found.longest = Math.max(found.longest, message.length);
  const fault = (what) => found.faults.push(`${place}: ${what}`);
  if (error && !(error instanceof SimdreamError)) fault(`${error?.stack ?? error}`);
  if (message.length > WORDY) fault(`a message of ${message.length} characters`);
  if (took > LONG) fault(`${took.toFixed(0)} ms`);
  if (found.rss - before > LARGE) {
    fault(`memory grew to ${(found.rss / 1e6).toFixed(0)} MB`);
    found.rss = 0;
  }
}
