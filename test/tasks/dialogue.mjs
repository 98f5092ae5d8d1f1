// A dialogue learnt by heart, and the language of a question, by the command line on a file of questions and
// answers: what part of the questions with one answer is answered to the letter by `simdream chat`, and
// what part of held-out questions is told rightly to be Chinese or not, learnt jointly.
//
//   node test/tasks/dialogue.mjs dialogue.tsv out

import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readPairs } from "../../dist/node.js";
import { targetsBySource } from "./help.mjs";

const [data, out] = process.argv.slice(2);
if (out === undefined) throw new Error("usage: dialogue.mjs <dialogue.tsv> <out>");
mkdirSync(out, { recursive: true });
const cli = fileURLToPath(new URL("../../dist/cli.js", import.meta.url));
const file = (name) => join(out, name);

const { pairs } = readPairs(readFileSync(data, "utf8"), { dedupe: true });
const language = (text) => (/\p{Script=Han}/u.test(text) ? "zh" : "en");
const write = (name, some) => {
  const lines = some.map(({ source, target }) => `${source}\t${target}\t${language(source)}\n`);
  writeFileSync(file(name), lines.join(""));
};
const sources = [...new Set(pairs.map(({ source }) => source))];
// Every tenth question, and with it all its answers.
const tenth = new Set(sources.filter((_, i) => i % 10 === 9));
write("all.tsv", pairs);
write(
  "most.tsv",
  pairs.filter(({ source }) => !tenth.has(source)),
);
write(
  "tenth.tsv",
  pairs.filter(({ source }) => tenth.has(source)),
);

const model = "--model seq2seq --attention luong --label-column 2";
const sizes = "--tokenizer bpe --vocab 3000 --shared --embed 128 --hidden 256";
const training = "--batch 32 --schedule cosine --shards 2";
const options = `${model} ${sizes} ${training}`.split(" ");
const train = (data, name, steps) =>
  simdream(["train", file(data), ...options, "--val", "0", "--steps", steps, "--out", file(name)]);

train("all.tsv", "dialogue.safetensors", "2500");
const asked = [...targetsBySource(pairs)].filter(([, targets]) => targets.length === 1);
const input = asked.map(([source]) => source).join("\n");
const said = simdream(["chat", file("dialogue.safetensors"), "--json"], input);
const texts = new Map(
  said
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
    .map(({ source, text }) => [source, text]),
);
const right = asked.filter(([source, [target]]) => texts.get(source) === target);
console.log(
  `${right.length} of ${asked.length} questions with one answer are answered to the letter`,
);

train("most.tsv", "languages.safetensors", "600");
const evaluate = ["evaluate", file("languages.safetensors"), file("tenth.tsv")];
console.log(simdream([...evaluate, "--label-column", "2"]));

/** Runs a command, and returns its output; that of training is shown. */
function simdream(args, text = "") {
  console.log(`simdream ${args.join(" ")}`);
  const stdio = ["pipe", args[0] === "train" ? "inherit" : "pipe", "inherit"];
  const done = spawnSync(process.execPath, [cli, ...args], { input: text, stdio, maxBuffer: 1e9 });
  if (done.status !== 0) throw new Error(`simdream ${args[0]} failed`);
  return done.stdout?.toString() ?? "";
}
