// The checkers of simdream/game on real levels: every original of Super Mario Bros in the corpus must pass the platformer's, and
// Sokoban levels must be solved, within 3 s each with several tries.
//
//   node test/tasks/grids/checkers.mjs <shared/data>      (a minute)

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { checkSokoban, difficulty, platformerPath, solveSokoban } from "../../../dist/game.js";

const [data] = process.argv.slice(2);
if (data === undefined) throw new Error("usage: checkers.mjs <shared/data>");
const folder = join(data, "levels");
if (!existsSync(folder)) {
  console.log(`skipped: there is no ${folder}`);
  process.exit(0);
}

let failed = false;
const must = (right, text) => {
  failed ||= !right;
  console.log(`${right ? "ok" : "FAILED"}: ${text}`);
};

const mario = readdirSync(join(folder, "mario")).filter(
  (name) => name.endsWith(".txt") && /\d/.test(name),
);
const levels = mario.map((name) => readFileSync(join(folder, "mario", name), "utf8"));
const paths = levels.map((level) => platformerPath(level));
for (const [i, { reached, column, jumps, states }] of paths.entries()) {
  console.log(
    `${mario[i]}: ${reached ? "reached" : `ends at column ${column}`}, ${jumps} jumps, ${states} states`,
  );
}
const passed = paths.filter(({ reached }) => reached).length;
must(passed === levels.length, `${passed} of ${levels.length} levels can be played`);

/** Of sorted values, the one that a fraction of them is not above. */
const quantile = (sorted, q) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
for (const [name, count] of [
  ["unfiltered-valid-1000", 200],
  ["medium-train-2000", 100],
  ["hard-3332", 100],
]) {
  const text = gunzipSync(readFileSync(join(folder, "boxoban", `${name}.txt.gz`))).toString();
  const all = text.split(/^;.*\n/m).map((level) => level.trimEnd());
  const some = all.filter((level) => level !== "").slice(0, count);
  const wrong = some.filter((level) => checkSokoban(level).length > 0).length;
  const runs = some.map((level) => {
    const begun = performance.now();
    return { ...solveSokoban(level), ms: performance.now() - begun };
  });
  const solved = runs.filter((run) => run.solved).length;
  const ms = runs.map((run) => run.ms).sort((a, b) => a - b);
  const figures = [0.5, 0.95, 1].map((q) => quantile(ms, q).toFixed(1)).join(", ");
  const states = Math.max(...runs.map((run) => run.states));
  const scores = some.map((level) => difficulty(level, "sokoban")?.score ?? 0);
  const score = (scores.reduce((sum, one) => sum + one, 0) / scores.length).toFixed(1);
  const line = `${name}: ${solved} of ${some.length} solved; ms: median, 95 %, most: ${figures}; at most ${states} states; mean difficulty ${score}`;
  must(wrong === 0 && solved === some.length && quantile(ms, 0.95) < 500, line);
}
process.exit(failed ? 1 : 0);
