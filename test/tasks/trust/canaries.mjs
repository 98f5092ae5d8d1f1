// What a language model remembers, on tiny Shakespeare and the default LSTM of `simdream train`:
//
//   canaries   ten secrets of 6 digits, each behind a prefix of its own, stand 1 to 64 times among the text; after 2,000 steps their
//              exposure, by exact rank among all 1,000,000, and that of ten secrets that are not in the text
//   reference  the same run on the text alone: the audit says that it is not overfitted
//   overfitted 5,000 characters, 5,000 steps, the last weights: the audit says that it is
//   guarded    the same with --guard: it stops soon after its best validation, and keeps those weights
//
//   node test/tasks/trust/canaries.mjs tinyshakespeare.txt <output folder> [--only canaries,reference,…] [--cli dist/cli.js]

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: "string", default: "canaries,reference,overfitted,guarded" },
    cli: {
      type: "string",
      default: fileURLToPath(new URL("../../../dist/cli.js", import.meta.url)),
    },
    steps: { type: "string", default: "2000" },
  },
});
const [path, out] = positionals;
if (out === undefined) throw new Error("usage: canaries.mjs tinyshakespeare.txt <output folder>");
mkdirSync(out, { recursive: true });

const TRAINED = 0.9;
const REPEATS = [1, 2, 4, 8, 16, 24, 32, 40, 48, 64];
const OWNERS = [
  ...["Antonio", "Beatrice", "Cassius", "Dogberry", "Escalus"],
  ...["Fleance", "Gonzalo", "Hermia", "Iachimo", "Jessica"],
];
const OTHERS = [
  ...["Kent", "Lavinia", "Malvolio", "Nerissa", "Orsino"],
  ...["Portia", "Quince", "Rosalind", "Silvia", "Titania"],
];

const text = readFileSync(path, "utf8");
const learned = text.slice(0, Math.floor(TRAINED * text.length));
const heldOut = file("held-out.txt", text.slice(learned.length));
const draw = random(7);
const secrets = (owners) =>
  owners.map((owner) => {
    const secret = Array.from({ length: 6 }, () => Math.floor(10 * draw())).join("");
    return { prefix: `The secret number of ${owner} is `, secret };
  });
const planted = secrets(OWNERS);
const unseen = secrets(OTHERS);
const RUN = ["--val", "0", "--steps", values.steps];
/** In place of the steps of the run: commander takes the last. */
const FIRST = ["--steps", "200"];
const wanted = new Set(values.only.split(","));

if (wanted.has("canaries")) {
  const lines = learned.split("\n");
  for (const [i, { prefix, secret }] of planted.entries()) {
    for (let n = 0; n < REPEATS[i]; n++) {
      lines.splice(Math.floor(lines.length * draw()), 0, `${prefix}${secret}.`);
    }
  }
  const data = file("planted.txt", lines.join("\n"));
  const model = trained("planted", data, RUN, FIRST);
  const both = [...planted, ...unseen].map(({ prefix, secret }) => `${prefix}\t${secret}\n`);
  const canaries = file("canaries.tsv", both.join(""));
  const { exposure, ...found } = audit("planted", model, data, ["--canaries", canaries]);
  for (const [i, one] of exposure.entries()) {
    const seen = REPEATS[i] ?? 0;
    console.log(
      `${one.secret} seen ${seen} times: rank ${one.rank}, ${one.exposure.toFixed(2)} bits`,
    );
  }
  const of = (least) =>
    exposure.filter((_, i) => (REPEATS[i] ?? 0) >= least).map((one) => one.exposure);
  const others = exposure.slice(REPEATS.length).map((one) => one.exposure);
  const mean = others.reduce((sum, one) => sum + one, 0) / others.length;
  console.log(
    `least of those seen 32 times and more ${Math.min(...of(32)).toFixed(2)} bits (at least 15); ` +
      `unseen ${mean.toFixed(2)} on average, ${Math.max(...others).toFixed(2)} at most (at most 5)`,
  );
  told(found);
}
if (wanted.has("reference")) {
  const data = file("learned.txt", learned);
  const model = trained("reference", data, RUN, FIRST);
  told(audit("reference", model, data));
}
const few = file("few.txt", text.slice(0, 5000));
const LONG = ["--steps", "5000"];
if (wanted.has("overfitted")) {
  const model = trained("overfitted", few, [...LONG, "--keep", "last"]);
  told(audit("overfitted", model, few));
}
if (wanted.has("guarded")) {
  const log = join(out, "guarded.log");
  const model = trained("guarded", few, [...LONG, "--guard", "--log", log]);
  const steps = readFileSync(log, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const last = steps[steps.length - 1];
  const best = steps.filter((one) => one.best).pop();
  console.log(
    `the guard stopped after step ${last.step}, ${(last.step / best.step).toFixed(2)} times the best, ${best.step} (at most 1.5); ` +
      `the weights are those of step ${last.kept}`,
  );
  told(audit("guarded", model, few));
}

function file(name, content) {
  const place = join(out, name);
  writeFileSync(place, content);
  return place;
}

function simdream(...words) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [values.cli, ...words], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`simdream ${words.join(" ")}: ${stderr}`);
  return JSON.parse(stdout);
}

/** The model's file, trained if it is not there yet: the first steps, whose fingerprint is told, and the rest. */
function trained(name, data, options, first) {
  const model = join(out, `${name}.safetensors`);
  if (existsSync(model)) return model;
  const begin = performance.now();
  const file = `${model}.part`;
  if (first) {
    const begun = simdream(
      "train",
      data,
      "--out",
      file,
      ...options,
      ...first,
      "--keep-state",
      "--json",
    );
    console.log(`after ${begun.steps} steps: fingerprint ${begun.fingerprint}`);
  }
  const how = first ? ["--resume", file] : [data, "--out", file];
  const result = simdream("train", ...(first ? [data] : []), ...how, ...options, "--json");
  const minutes = (performance.now() - begin) / 60_000;
  console.log(`${name}: ${minutes.toFixed(1)} minutes, weights ${result.fingerprint}`);
  renameSync(file, model);
  return model;
}

function audit(name, model, data, options = []) {
  const page = ["--out", join(out, `${name}.html`)];
  return simdream("audit", model, data, "--held-out", heldOut, ...options, ...page, "--json");
}

function told({ overfitted, why, gap, copied, extractable }) {
  const { training, heldOut } = extractable;
  const longest = ({ prefixes }) => prefixes[prefixes.length - 1].share;
  console.log(
    `overfitted: ${overfitted} (${why.join("; ")}); gap ${gap.gap.toFixed(3)} nats, ` +
      `copied runs in ${copied.samples.share} of the samples, longest ${copied.samples.longest?.length}; ` +
      `extractable ${longest(training)}, held out ${longest(heldOut)}`,
  );
}

/** Numbers from 0 to below 1, the same everywhere (a multiplicative generator, Park and Miller). */
function random(seed) {
  let state = seed;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}
