// Runs of every kind of model that are killed (SIGKILL) at random moments and resumed, until they end: all come to the bits of a run
// that nobody killed, their logs have every step once, and nothing is left in the folder. Ends with exit code 1
// where one does not.
//
//   node test/tasks/kills.mjs [--kind lstm --kind gan …] [--kills 40] [--seed 1]      (kills of each kind)

import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { encodePNG } from "../../dist/node.js";
import { numbers } from "./fuzz/mutate.mjs";

const { values } = parseArgs({
  options: {
    kind: { type: "string", multiple: true },
    kills: { type: "string", default: "40" },
    seed: { type: "string", default: "1" },
  },
});
const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));

/** Every kind: how long, what it is trained on, and how. */
const kinds = {
  lstm: [600, "text.txt", "--embed 16 --hidden 64 --batch 8 --seq-len 32 --documents none"],
  gru: [200, "text.txt", "--network gru --hidden 32 --batch 8 --seq-len 16 --documents none"],
  transformer: [
    200,
    "text.txt",
    "--network transformer --hidden 16 --layers 1 --context 16 --documents none",
  ],
  seq2seq: [200, "pairs.tsv", "--model seq2seq --hidden 16 --batch 4"],
  vae: [100, "pictures", "--model vae --channels 4 --latent 2 --batch 4"],
  autoencoder: [100, "pictures", "--model autoencoder --channels 4 --latent 2 --batch 4"],
  classifier: [100, "pictures", "--model classifier --channels 4 --batch 4"],
  gan: [60, "pictures", "--model gan --channels 4 --latent 2 --batch 4"],
  diffusion: [
    60,
    "pictures",
    "--model diffusion --channels 4 --levels 2 --batch 4 --captions captions.tsv",
  ],
  pair: [60, "pictures", "--model pair --channels 4 --captions captions.tsv --batch 4"],
};
const chosen = values.kind ?? Object.keys(kinds);
const faults = [];
let kills = 0;
/** Temporary files that kills left, which the next run removes. */
let strays = 0;

for (const kind of chosen) {
  const cwd = mkdtempSync(join(tmpdir(), "simdream-kills-"));
  const [before, begun] = [kills, faults.length];
  try {
    await writeData(cwd);
    const runs = await killed(kind, cwd);
    const found = { kind, kills: kills - before, runs, faults: faults.length - begun };
    console.log(JSON.stringify({ ...found, strays }));
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
}
for (const fault of faults) console.log(fault);
process.exit(faults.length > 0 ? 1 : 0);

async function writeData(cwd) {
  const write = (name, content) => writeFileSync(join(cwd, name), content);
  write("text.txt", "the same seed gives the same bits. ".repeat(200));
  const words = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
  write("pairs.tsv", words.map((word) => `${word}\t${word.toUpperCase()}\n`).join(""));
  for (const [i, word] of words.entries()) {
    mkdirSync(join(cwd, "pictures", word[0]), { recursive: true });
    const data = Uint8Array.from({ length: 64 }, (_, at) => ((i + 1) * at * 3) & 255);
    const png = await encodePNG({ width: 8, height: 8, channels: 1, data });
    write(join("pictures", word[0], `${word}.png`), png);
  }
  write("captions.tsv", words.map((word) => `${word}.png\tthe ${word}\n`).join(""));
}

/** Kills runs of a kind as often as wanted, and judges what they come to. @returns how many came to their end */
async function killed(kind, cwd) {
  const [steps, data, options] = kinds[kind];
  const captions = options.includes("--captions") ? ["--captions", "captions.tsv"] : [];
  const own = ["--checkpoint-every", "2", "--log", "run.log", "--quiet"];
  const validated = ["--val", "0.2", "--ema", "0.9"];
  const begin = ["train", data, "--out", "m.safetensors", ...options.split(" "), ...own];
  const run = {
    begin: [...begin, "--steps", String(steps), ...(kind === "gan" ? ["--ema", "0.9"] : validated)],
    resume: ["train", data, "--resume", "m.safetensors", ...captions, ...own],
  };
  const { took, ended } = await simdream(cwd, run.begin, Infinity);
  if (ended !== 0) throw new Error(`the run that nobody kills ended with ${ended}`);
  const known = readFileSync(join(cwd, "m.safetensors"), "base64");
  const files = readdirSync(cwd).sort().join(" ");
  const draw = numbers(Number(values.seed), 0);
  const most = kills + Number(values.kills);
  let runs = 0;
  while (kills < most) {
    for (const name of ["m.safetensors", "run.log"]) rmSync(join(cwd, name), { force: true });
    await untilItEnds(cwd, run, draw, took);
    runs++;
    const fault = (what) => faults.push(`${kind}, run ${runs}: ${what}`);
    if (readFileSync(join(cwd, "m.safetensors"), "base64") !== known) fault("other bits");
    const left = readdirSync(cwd).sort().join(" ");
    if (left !== files) fault(`left ${left}`);
    const log = readFileSync(join(cwd, "run.log"), "utf8").trimEnd().split("\n");
    const logged = log.map((line) => JSON.parse(line).step);
    const whole = logged.length === steps && logged.every((step, i) => step === i + 1);
    if (!whole) fault(`${logged.length} lines in the log`);
  }
  return runs;
}

/** Begins a run and resumes it, killed again and again. */
async function untilItEnds(cwd, { begin, resume }, draw, took) {
  for (;;) {
    const again = existsSync(join(cwd, "m.safetensors"));
    const { ended } = await simdream(cwd, again ? resume : begin, draw.random() * took);
    if (ended === 0) return;
    if (ended !== "SIGKILL") throw new Error(`ended with ${ended}`);
    kills++;
    strays += readdirSync(cwd).filter((name) => name.endsWith(".tmp")).length;
  }
}

/** Runs the program, for so many milliseconds at most. */
function simdream(cwd, args, most) {
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
