// simdream explain: why a model said, or made, what it did.

import { basename } from "node:path";
import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import type { AnyModel as Inner, TextInput } from "../../entries/insight.js";
import type {
  Autoencoder,
  Classifier,
  Diffusion,
  GAN,
  GridModel,
  GridSet,
  ImageTextPair,
  LanguageModel,
  Seq2Seq,
  VAE,
} from "../../entries/node.js";
import { ImageSet } from "../../entries/node.js";
import { knowsConversations } from "../../text/markers.js";
import { Failure, flag, UsageError } from "../errors.js";
import { adapterRow, useAdapter } from "../io/adapters.js";
import { checkWritable, writeWhole } from "../io/atomic.js";
import { readText } from "../io/files.js";
import { readModel } from "../io/models.js";
import { givePage, pageRows } from "../io/pages.js";
import { checkPaths, uses } from "../io/paths.js";
import { readPictures } from "../io/pictures.js";
import type { Kind } from "../kinds/kind.js";
import { kinds } from "../kinds/kinds.js";
import type { AnyModel, Flags } from "../kinds/model.js";
import {
  addOptions,
  command,
  count,
  examples,
  explicitOptions,
  number,
  type OptionRow,
  wholeNumber,
} from "../options/options.js";
import { labelRow } from "../options/picture-options.js";
import { explainAny } from "../run/explain-any.js";
import { explainGrid } from "../run/explain-grid.js";
import {
  explainClasses,
  explainFit,
  explainLatents,
  explainNoise,
} from "../run/explain-pictures.js";
import { explainPair, explainText } from "../run/explain-text.js";
import type { Explained } from "../run/explained.js";
import { type ExplainWords, explainWords } from "../show/explain-words.js";
import type { Language, Page } from "../show/page.js";
import { printJson, printText } from "../show/terminal.js";

interface ExplainFlags {
  readonly prompt?: string;
  readonly message?: string;
  readonly source?: string;
  readonly text?: string;
  readonly texts?: string;
  readonly method?: "gradient-input" | "integrated-gradients";
  readonly maxTokens: number;
  readonly class?: string;
  readonly cell?: readonly [number, number];
  readonly labels?: string;
  readonly label?: Readonly<Record<string, string>>;
  readonly seed: number;
  readonly guidance?: number;
  readonly out?: string;
  readonly language: Language;
  readonly json?: boolean;
  readonly adapter?: string;
}

const textRows: readonly OptionRow[] = [
  [
    "--prompt <text>",
    "of a language model: what stands before; of a diffusion model: what is shown",
  ],
  ["--message <text>", "of a model of conversations: what is said to it, in place of --prompt"],
  ["--source <text>", "of an encoder-decoder: what is answered"],
  [
    "--text <text>",
    "what is explained, in place of what the model says; of a model of pictures and texts: what pictures are compared with",
  ],
  ["--max-tokens <n>", "tokens that the model says", 24, count],
  [
    "--method <how>",
    "how the reasons of tokens are found (default: gradient-input)",
    undefined,
    ["gradient-input", "integrated-gradients"],
  ],
  ["--texts <file>", "texts, one a line, in which units are looked for; default: the answer"],
];

const pictureRows: readonly OptionRow[] = [
  ["--class <name>", "of a classifier: the class that is explained (default: the likeliest)"],
  labelRow,
  ["--guidance <x>", "of a diffusion model: how much labels and prompts count", undefined, number],
  ["--seed <n>", "seed of what is made", 0, wholeNumber],
  ["--labels <file>", "of a grid: its labels, a table with a row a level"],
  ["--cell <x,y>", "of a grid: the cell that is explained, from 0,0", undefined, cell],
];

function cell(text: string): [number, number] {
  const found = /^(\d+),(\d+)$/.exec(text);
  if (found) return [Number(found[1]), Number(found[2])];
  throw new InvalidArgumentError("Expected a column and a row, such as 3,0.");
}

export function explainCommand(): Command {
  const target = command("explain", "Shows why a model said, or made, what it did.");
  target.argument("<model>", "a file that train or import wrote");
  target.argument("[data...]", "what is explained where that is no text: pictures, clips, a level");
  addOptions(target, "Texts", [...textRows, adapterRow]);
  addOptions(target, "Pictures and grids", pictureRows);
  const [[outFlags], ...rest] = pageRows;
  const out =
    "where the explanation goes: .html (one page that needs nothing else), .svg or .png (its main picture), .txt or .json";
  addOptions(target, "Output", [[outFlags, out], ...rest]);
  examples(target, [
    'simdream explain book.safetensors --prompt "To be, or" --out why.html',
    'simdream explain dates.safetensors --source "3 May 1999" --out why.html',
    "simdream explain digits.safetensors seven.png --out why.png",
    "simdream explain faces.safetensors --seed 3 --language zh --out why.html",
    "simdream explain levels.safetensors level.txt --cell 4,2 --out why.svg",
  ]);
  return target.action((path: string, paths: string[], flags: ExplainFlags) =>
    run(path, paths, flags, explicitOptions(target)),
  );
}

/** Options that say what is explained, and the models that read them. */
const readBy: Readonly<Record<string, readonly string[]>> = {
  prompt: ["LanguageModel", "Diffusion"],
  message: ["LanguageModel"],
  source: ["Seq2Seq"],
  text: ["LanguageModel", "Seq2Seq", "ImageTextPair"],
  maxTokens: ["LanguageModel", "Seq2Seq"],
  method: ["LanguageModel", "Seq2Seq"],
  texts: ["LanguageModel"],
  class: ["Classifier"],
  label: ["LanguageModel", "VAE", "Autoencoder", "GAN", "Diffusion", "GridModel"],
  seed: ["VAE", "Autoencoder", "GAN", "Diffusion"],
  guidance: ["Diffusion"],
  labels: ["GridModel"],
  cell: ["GridModel"],
};

/** @throws UsageError for an option that is for other models */
function checkAsked(path: string, { model, title }: Kind, explicit: ReadonlySet<string>): void {
  for (const [name, models] of Object.entries(readBy)) {
    if (!explicit.has(name) || models.includes(model)) continue;
    const others = kinds.filter((kind) => models.includes(kind.model)).map((kind) => kind.title);
    throw new UsageError(`${flag(name)} is for ${others.join(", ")}; ${path} holds ${title}`);
  }
}

/** Models that say something; all others make something. */
const sayers: ReadonlySet<string> = new Set([
  ...["LanguageModel", "Seq2Seq", "Classifier", "ImageTextPair"],
]);

const endings = [".html", ".svg", ".png", ".txt", ".json"];

async function run(
  path: string,
  paths: readonly string[],
  flags: ExplainFlags,
  explicit: ReadonlySet<string>,
): Promise<void> {
  const { out, language, json, adapter, texts } = flags;
  checkPaths(
    [
      ...uses("the model", path),
      ...uses("what is explained", ...paths),
      ...uses("--texts", texts),
      ...uses("--labels", flags.labels),
      ...uses("--adapter", adapter),
    ],
    uses("--out", out),
  );
  if (out !== undefined) {
    if (!endings.some((ending) => out.toLowerCase().endsWith(ending))) {
      throw new UsageError(`--out must end in ${endings.join(", ")}, got ${out}`);
    }
    checkWritable(out);
  }
  const { kind, model } = await readModel(path);
  checkAsked(path, kind, explicit);
  await useAdapter(path, model, adapter);
  const w = explainWords[language];
  const found = await explained(path, kind, model, paths, flags, w);
  const file = basename(path);
  const page: Page = {
    language,
    title: w.title(file, sayers.has(kind.model)),
    subtitle: language === "en" ? `${kind.title}: ${found.of}` : found.of,
    sections: [
      ...found.sections,
      { title: w.limits, parts: [{ text: w.limitsText, tone: "note" }] },
    ],
  };
  const whole = { model: file, kind: kind.name, ...found.json };
  const picture = out && pictureFor(out, found);
  if (!picture) return givePage(page, whole, { out, json });
  writeWhole(out, picture);
  if (json) printJson(whole);
  else printText(`${out}\n`);
}

/** What a file of this name shows; undefined where it is a page or a report. @throws UsageError */
function pictureFor(out: string, { svg, png }: Explained): Uint8Array | undefined {
  const name = out.toLowerCase();
  const made = { ".svg": svg && new TextEncoder().encode(svg), ".png": png };
  for (const [ending, bytes] of Object.entries(made)) {
    if (!name.endsWith(ending)) continue;
    if (bytes) return bytes;
    const other = Object.entries(made).flatMap(([own, has]) => (has ? [own] : []));
    throw new UsageError(
      `this explanation has no picture for ${ending}: use ${[".html", ...other].join(" or ")}, got ${out}`,
    );
  }
  return undefined;
}

async function explained(
  path: string,
  kind: Kind,
  model: AnyModel,
  paths: readonly string[],
  flags: ExplainFlags,
  w: ExplainWords,
): Promise<Explained> {
  const { prompt, source, text, method, maxTokens, seed, label: labels, guidance } = flags;
  const asked = { method, maxTokens, texts: flags.texts === undefined ? [] : linesIn(flags.texts) };
  const data = () => kind.read(path, model, paths, flags as unknown as Flags);
  const set = async () => {
    if (paths.length === 0) return undefined;
    const shape = kind.pictures!.shape(path, model);
    const pictures = await readPictures(paths, {}, shape);
    return labels
      ? pictures.withLabels(Array.from({ length: pictures.length }, () => labels))
      : pictures;
  };
  switch (kind.model) {
    case "LanguageModel":
      noData(kind, paths, "--prompt");
      return explainText(
        model as unknown as LanguageModel,
        askedOf(path, model, flags),
        text,
        asked,
        w,
      );
    case "Seq2Seq":
      noData(kind, paths, "--source");
      if (source === undefined) throw needs(kind, "--source");
      return explainPair(model as unknown as Seq2Seq, source, text, asked, w);
    case "Classifier": {
      const pictures = await set();
      if (!pictures) throw needs(kind, "pictures: simdream explain model.safetensors a.png");
      return explainClasses(model as unknown as Classifier, pictures, flags.class, w);
    }
    case "ImageTextPair": {
      const pictures = await set();
      if (!pictures || text === undefined) throw needs(kind, "pictures, and --text");
      return explainFit(model as unknown as ImageTextPair, pictures, text, w);
    }
    case "VAE":
    case "Autoencoder":
    case "GAN": {
      const own = model as unknown as VAE | Autoencoder | GAN;
      return explainLatents(own, await set(), { seed, labels }, w);
    }
    case "Diffusion":
      noData(kind, paths, "--prompt, --label or --seed");
      return explainNoise(model as unknown as Diffusion, { seed, labels, prompt, guidance }, w);
    case "GridModel":
      if (paths.length === 0)
        throw needs(kind, "a level: simdream explain model.safetensors level.txt");
      return explainGrid(
        model as unknown as GridModel,
        withLabel((await data()) as GridSet, labels),
        flags.cell,
        w,
      );
    default: {
      if (paths.length === 0) throw needs(kind, "what it learned, such as clips or pictures");
      const read = (await data()) as ImageSet;
      const one = read instanceof ImageSet ? read.subset([0]) : read;
      const look = (any: Inner) => (any as unknown as { score(data: unknown): unknown }).score(one);
      return explainAny(model as unknown as Inner, look, w);
    }
  }
}

/** What a language model is asked. @throws UsageError */
function askedOf(
  path: string,
  model: AnyModel,
  { prompt, message, label: labels }: ExplainFlags,
): Omit<TextInput, "text"> {
  if (message === undefined) return { prompt: prompt ?? "", ...(labels && { labels }) };
  const { config, tokenizer } = model as unknown as LanguageModel;
  if (prompt !== undefined) throw new UsageError("give --prompt or --message, not both");
  if (config.documents && knowsConversations(tokenizer)) {
    return { messages: [{ role: "user", content: message }], ...(labels && { labels }) };
  }
  throw new UsageError(
    `--message is for models of conversations; ${path} knows none: use --prompt`,
  );
}

/** What is said of a level on the command line. */
function withLabel(set: GridSet, label: ExplainFlags["label"]): GridSet {
  return label ? set.withLabels(set.grids.map(() => label)) : set;
}

function needs({ title }: Kind, what: string): UsageError {
  return new UsageError(`to explain ${title}, give ${what}`);
}

/** @throws UsageError */
function noData(kind: Kind, paths: readonly string[], instead: string): void {
  if (paths.length === 0) return;
  throw new UsageError(`${kind.title} is explained by ${instead}, and no file; got ${paths[0]}`);
}

function linesIn(path: string): string[] {
  const lines = readText(path)
    .pieces.join("")
    .split(/\r\n|\r|\n/);
  const texts = lines.filter((line) => line.trim() !== "").slice(0, 1000);
  if (texts.length > 0) return texts;
  throw new Failure(`${path} is empty; expected texts, one a line`);
}
