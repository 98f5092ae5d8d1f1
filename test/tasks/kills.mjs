// Runs that are killed (SIGKILL) at random moments and resumed, until they end: all come to the bits of a run
// that nobody killed, their logs have every step once, and nothing is left in the folder. Ends with exit code 1
// where one does not.
//
//   node test/tasks/kills.mjs [--kills 40] [--seed 1]

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { numbers } from "./fuzz/mutate.mjs";

const { values } = parseArgs({
  options: { kills: { type: "string", default: "40" }, seed: { type: "string", default: "1" } },
});
const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const cwd = mkdtempSync(join(tmpdir(), "simdream-kills-"));
const STEPS = 600;
writeFileSync(join(cwd, "text.txt"), "the same seed gives the same bits. ".repeat(200));
const sizes = [
  "--embed",
  "16",
  "--hidden",
  "64",
  "--batch",
  "8",
  "--seq-len",
  "32",
  "--documents",
  "none",
];
const run = ["--steps", String(STEPS), "--checkpoint-every", "2", "--val", "0.1", "--ema", "0.9"];
const begin = ["train", "text.txt", "--out", "m.safetensors", ...sizes, ...run];
const resume = ["train", "text.txt", "--resume", "m.safetensors", "--checkpoint-every", "2"];
const own = ["--log", "run.log", "--quiet"];
const faults = [];
let kills = 0;
/** Temporary files that kills left, which the next run removes. */
let strays = 0;

try {
  const { took, ended } = await simdream([...begin, ...own], Infinity);
  if (ended !== 0) throw new Error(`the run that nobody kills ended with ${ended}`);
  const known = readFileSync(join(cwd, "m.safetensors"), "base64");
  const draw = numbers(Number(values.seed), 0);
  let runs = 0;
  while (kills < Number(values.kills)) {
    for (const name of ["m.safetensors", "run.log"]) rmSync(join(cwd, name), { force: true });
    await untilItEnds(draw, took);
    runs++;
    if (readFileSync(join(cwd, "m.safetensors"), "base64") !== known)
      faults.push(`run ${runs}: other bits`);
    const left = readdirSync(cwd).sort().join(" ");
    if (left !== "m.safetensors run.log text.txt") faults.push(`run ${runs}: left ${left}`);
    const log = readFileSync(join(cwd, "run.log"), "utf8").trimEnd().split("\n");
    const steps = log.map((line) => JSON.parse(line).step);
    const whole = steps.length === STEPS && steps.every((step, i) => step === i + 1);
    if (!whole) faults.push(`run ${runs}: ${steps.length} lines in the log`);
  }
  console.log(JSON.stringify({ kills, runs, strays, faults: faults.length }));
} finally {
  rmSync(cwd, { recursive: true, force: true });
}
for (const fault of faults) console.log(fault);
process.exit(faults.length > 0 ? 1 : 0);

/** Begins a run and resumes it, killed again and again. */
async function untilItEnds(draw, took) {
  for (;;) {
    const again = existsSync(join(cwd, "m.safetensors"));
    const { ended } = await simdream([...(again ? resume : begin), ...own], draw.random() * took);
    if (ended === 0) return;
    if (ended !== "SIGKILL") throw new Error(`ended with ${ended}`);
    kills++;
    strays += readdirSync(cwd).filter((name) => name.endsWith(".tmp")).length;
  }
}

/** Runs the program, for so many milliseconds at most. */
function simdream(args, most) {
  return new Promise((resolve) => {
    const begun = performance.now();
    const child = spawn(process.execPath, [cli, ...args], {
      cwd,
      stdio: ["ignore", "ignore", "inherit"],
    });
    const timer = most === Infinity ? undefined : setTimeout(() => child.kill("SIGKILL"), most);
    child.on("exit", (code, signal) => {
      clearTimeout(timer);
      resolve({ ended: signal ?? code, took: performance.now() - begun });
    });
  });
}
