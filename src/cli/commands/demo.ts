// simdream demo: from nothing to sentences in less than a minute; or to faces, see demo-pictures.ts.

import type { Command } from "commander";
import { chinese, english } from "../../entries/corpus.js";
import { LanguageModel } from "../../entries/node.js";
import { KnownLines } from "../copies.js";
import { INTERRUPTED, UsageError } from "../errors.js";
import { checkWritable, writeWhole } from "../io/atomic.js";
import { checkPaths, uses } from "../io/paths.js";
import { sizesOf } from "../kinds/language-job.js";
import { addOptions, command, examples } from "../options/options.js";
import { Interruption } from "../run/interruption.js";
import { takeSteps } from "../run/job.js";
import { makeProgress } from "../run/progress.js";
import { oneLine, plural, whole } from "../show/format.js";
import { messageOutput, printJson, printText } from "../show/terminal.js";
import { demoLanguages, type LanguageName, languageOf, type Showcase } from "./demo-language.js";
import { demoPictures } from "./demo-pictures.js";

/** Large enough for the sentences, small enough for less than a minute on one thread. */
const modelOptions = { embed: 48, hidden: 192, dropout: 0, seed: 1 };
const fitOptions = {
  steps: 2000,
  batch: 12,
  lr: 1e-2,
  schedule: "linear",
  warmup: 20,
  betas: [0.9, 0.99],
} as const;

interface DemoFlags {
  readonly model?: "language" | "vae";
  readonly language?: LanguageName;
  readonly png?: string;
  readonly out?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** A sentence as `--json` gives it. */
interface DemoSample {
  readonly prompt: string;
  readonly text: string;
  readonly temperature: number;
  readonly seed: number;
  /** Not one of the sentences that the model learnt from. */
  readonly fresh: boolean;
}

export function demoCommand(): Command {
  const summary =
    "Trains a small model on what comes with simdream, and shows what it makes: sentences, or faces.";
  const target = command("demo", summary);
  addOptions(target, "Options", [
    [
      "--language <name>",
      "what is shown: mostly English, or mostly Chinese; the model is the same (default: that of LC_ALL or LANG)",
      undefined,
      Object.keys(demoLanguages),
    ],
    [
      "--model <kind>",
      "language learns sentences, vae faces (default: language)",
      undefined,
      ["language", "vae"],
    ],
    ["--out <file>", "keep the model in this file"],
    ["--png <file>", "of vae: where its faces go (default: simdream-demo.png)"],
    ["--json", "print one JSON object"],
    ["--quiet", "print no progress, only what the model writes"],
  ]);
  examples(target, [
    "simdream demo",
    "simdream demo --language zh --out demo.safetensors",
    "simdream demo --model vae",
  ]);
  return target.action((flags: DemoFlags) => demo(flags));
}

async function demo(flags: DemoFlags): Promise<void> {
  if (flags.model === "vae") {
    if (flags.language === undefined) return demoPictures(flags);
    throw new UsageError("--language is for --model language; faces speak none");
  }
  if (flags.png !== undefined) throw new UsageError("--png is for --model vae");
  checkPaths([], uses("--out", flags.out));
  if (flags.out !== undefined) checkWritable(flags.out);
  const { prompt, showcase, next } = demoLanguages[flags.language ?? languageOf(process.env)];
  const data = sentences();
  const model = await LanguageModel.create({ corpus: data, ...modelOptions });
  const sizes = sizesOf(model, data);
  const sample = () => prompt + model.generate({ prompt, temperature: 0.5 }).text;
  const progress = makeProgress(messageOutput(flags), {
    bitsPerNat: sizes.bitsPerNat,
    validated: false,
    samples: () => [sample()],
  });
  const interruption = new Interruption(() => progress.end());
  progress.say(
    `${plural(sizes.documents, "sentence")}, ${plural(sizes.characters, "character")}; ` +
      `an LSTM of ${plural(model.parameterCount, "parameter")}, ${plural(fitOptions.steps, "step")}`,
  );
  const outcome = await takeSteps(model.fit(data, fitOptions), interruption, (report) => {
    progress.step(report);
    if (report.step % 250 === 0) progress.say(`step ${report.step}  ${oneLine(sample(), 60)}`);
  });
  progress.end();
  interruption.end();
  if (outcome.interrupted) {
    process.exitCode = INTERRUPTED;
    return;
  }
  if (flags.out !== undefined) writeWhole(flags.out, model.save());
  const { steps, loss } = model.record;
  const tokensPerSecond = outcome.last!.targetsPerSecond;
  const fingerprint = model.fingerprint();
  const known = new KnownLines(data);
  const samples = showcase.flatMap((options) => write(model, options, known));
  if (flags.json) {
    const { seconds } = outcome;
    const out = flags.out ?? null;
    return printJson({ steps, loss, tokensPerSecond, seconds, fingerprint, samples, out });
  }
  progress.say(`trained in ${outcome.seconds.toFixed(0)} s, ${whole(tokensPerSecond)} tokens/s`);
  printText(gallery(samples));
  progress.say(farewell(fingerprint, flags.out, next));
}

/** All sentences, each a document; the English ones twice, because they are few. */
function sentences(): string[] {
  const texts = [chinese, english, english];
  return texts.flatMap((text) => text.split("\n").filter((line) => line !== ""));
}

function write(model: LanguageModel, options: Showcase, known: KnownLines): DemoSample[] {
  const { prompt, temperature } = options;
  const { samples } = model.generate({ ...options, maxTokens: 100 });
  return samples.map(({ text, seed }) => {
    return { prompt, text, temperature, seed: seed!, fresh: !known.has(prompt + text) };
  });
}

/** Samples under a heading for each prompt and temperature. */
function gallery(samples: readonly DemoSample[]): string {
  let heading = "";
  let page = "";
  for (const { prompt, text, temperature, seed, fresh } of samples) {
    const next = `\n${prompt} … at temperature ${temperature}\n`;
    if (next !== heading) page += next;
    heading = next;
    page += `  seed ${String(seed).padEnd(3)} ${fresh ? "*" : " "} ${prompt}${text}\n`;
  }
  const own = samples.filter(({ fresh }) => fresh).length;
  const marked = own > 0 ? " (*)" : "";
  return `${page}\n${own} of ${samples.length} are its own${marked}; it knows the others by heart.\n`;
}

function farewell(fingerprint: string, out: string | undefined, next: string): string {
  const kept =
    out === undefined
      ? "The model was not kept; simdream demo --out demo.safetensors keeps it."
      : `The model is in ${out}: simdream generate ${out} --prompt ${next}`;
  return [
    "",
    `fingerprint of the weights: ${fingerprint}`,
    "The same version gives the same fingerprint on every machine.",
    "",
    kept,
    "Your own text: simdream train book.txt --out book.safetensors",
    'Then: simdream generate book.safetensors --prompt "Once upon" --temperature 0.8',
  ].join("\n");
}
