// The conformance suite on every platform, in one table; fails where a hash is not the committed one.
//
//   node test/runtimes/run.js [--platform NAME ...] [--update] [--counts FILE]
//
// --platform: only those whose name has this in it. --update: writes golden.json anew from Node 20, for a
// change that is meant to change bits. --counts: a file for what passed, failed and was skipped.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { prepare } from "../../scripts/prepare.mjs";
import { installRuntimes } from "./lib/install.js";
import { installedProject } from "./lib/package.js";
import { here, Unavailable } from "./lib/platform.js";
import { table } from "./lib/table.js";
import { platforms } from "./platforms/all.js";

const { values } = parseArgs({
  options: {
    platform: { type: "string", multiple: true },
    update: { type: "boolean", default: false },
    counts: { type: "string" },
  },
});
const goldenFile = join(here, "golden.json");
const wanted = values.update ? ["Node 20"] : values.platform;
const chosen = platforms.filter(
  ({ name }) => !wanted || wanted.some((part) => name.toLowerCase().includes(part.toLowerCase())),
);
if (chosen.length === 0) {
  const names = platforms.map(({ name }) => name).join(", ");
  console.error(`no platform is called ${wanted.join(" or ")}; there are ${names}`);
  process.exit(1);
}

prepare();
const reason = installRuntimes();
if (reason) console.error(`simdream: ${reason}`);
const project = await installedProject();
const outcomes = [];
for (const platform of chosen) {
  process.stderr.write(`simdream: ${platform.name} …\n`);
  outcomes.push(await outcome(platform));
}
project.remove();

const golden = values.update ? update() : JSON.parse(readFileSync(goldenFile, "utf8"));
const failed = outcomes.filter((each) => failures(each).length > 0);
const skipped = outcomes.filter((each) => each.skipped);
const passed = outcomes.length - failed.length - skipped.length;
console.log(`\n${table(outcomes, golden)}\n`);
for (const each of failed) console.log(`${each.name}: ${failures(each).join("\n  ")}`);
if (values.counts) {
  const counts = { passed, failed: failed.length, skipped: skipped.map(({ name }) => name) };
  writeFileSync(values.counts, JSON.stringify(counts));
}
console.log(`platforms: ${passed} passed, ${failed.length} failed, ${skipped.length} skipped`);
process.exit(failed.length > 0 ? 1 : 0);

async function outcome(platform) {
  const { name } = platform;
  const begun = performance.now();
  try {
    const result = await platform.run(project);
    return { name, platform, result, seconds: (performance.now() - begun) / 1000 };
  } catch (error) {
    if (error instanceof Unavailable) return { name, skipped: error.message };
    return { name, error };
  }
}

/** All that is wrong with a platform that was not skipped. */
function failures({ skipped, error, result, platform }) {
  if (skipped) return [];
  if (error) return [error.message];
  const { hashes, workers } = result;
  const wrong = Object.keys({ ...golden, ...hashes })
    .filter((key) => hashes[key] !== golden[key])
    .map((key) => `${key} is ${hashes[key]}, expected ${golden[key]}`);
  const expected = platform.workers ? 2 : 0;
  if (workers !== expected) wrong.push(`${workers} workers were started, expected ${expected}`);
  return wrong;
}

function update() {
  const [{ result, error, skipped }] = outcomes;
  if (!result) throw new Error(`golden.json is as it was: ${skipped ?? error.message}`);
  writeFileSync(goldenFile, `${JSON.stringify(result.hashes, null, 2)}\n`);
  return result.hashes;
}
