// Files of models, damaged at random: each is refused by an error of simdream's own, soon and in few words, or
// is a model that works. Ends with exit code 1 where one is not. A case depends on seed and number alone:
// --at does one again.
//
//   node test/tasks/fuzz.mjs [--files 300000] [--headers 300000] [--seed 1] [--at file:123]

import { parseArgs } from "node:util";
import { modelKind, Seq2Seq, SimdreamError } from "../../dist/node.js";
import { goodFiles, runtime } from "./fuzz/files.mjs";
import { changeHeader, numbers, woundBytes } from "./fuzz/mutate.mjs";

const { values } = parseArgs({
  options: {
    files: { type: "string", default: "300000" },
    headers: { type: "string", default: "300000" },
    seed: { type: "string", default: "1" },
    at: { type: "string" },
  },
});

/** What no file may cost: milliseconds of a processor (a clock counts what else the machine does), bytes, characters of a message. */
const [LONG, LARGE, WORDY] = [1000, 500e6, 2000];
/** One in so many that load is used. */
const USED = 4;

const good = await goodFiles();
// What a good file is used for must work, or its damaged ones would all be refused for the wrong reason.
for (const { kind, bytes } of good) await use(kind, bytes, { below: () => 0 });
const seed = Number(values.seed);
const before = process.memoryUsage().rss;
const found = { cases: 0, refused: 0, loaded: 0, slowest: 0, longest: 0, rss: 0, faults: [] };

if (values.at !== undefined) {
  const [way, number] = values.at.split(":");
  await one(way, Number(number), true);
} else {
  for (let i = 0; i < Number(values.files); i++) await one("file", i);
  for (let i = 0; i < Number(values.headers); i++) await one("header", i);
}
const { faults, ...figures } = found;
console.log(JSON.stringify({ ...figures, faults: faults.length }));
for (const fault of faults.slice(0, 20)) console.log(fault);
process.exit(faults.length > 0 ? 1 : 0);

/** Damages a file and loads it. */
async function one(way, number, verbose = false) {
  const draw = numbers(seed + (way === "file" ? 0 : 1_000_003), number);
  const { kind, bytes } = draw.pick(good);
  const damaged = way === "file" ? woundBytes(bytes, draw) : changeHeader(bytes, draw);
  const begun = process.cpuUsage();
  let error;
  try {
    await use(kind, damaged, draw);
    found.loaded++;
  } catch (thrown) {
    error = thrown;
    found.refused++;
  }
  const { user, system } = process.cpuUsage(begun);
  const took = (user + system) / 1000;
  if (verbose) console.log(kind.name, damaged.length, took.toFixed(1), error);
  judge(`${way}:${number}`, error, took);
}

/** Loads, and does with some of what could be loaded what people do. */
async function use(kind, bytes, draw) {
  modelKind(bytes);
  const model = await kind.load(bytes, { runtime });
  if (draw.below(USED) > 0) return;
  model.save({ training: true });
  model.fingerprint();
  const prompt = kind === Seq2Seq ? { source: "one" } : {};
  model.generate({ ...prompt, maxTokens: 3 });
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
