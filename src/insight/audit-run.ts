// What an audit does, imported when one is asked for.

import type { Pair } from "../data/pairs.js";
import { eventLoop } from "../host/event-loop.js";
import type { Made } from "../models/images/made.js";
import type { PictureData } from "../models/images/rows.js";
import { type Corpus, hasConversations, textsIn } from "../models/language/corpora.js";
import type { LanguageModel } from "../models/language/language-model.js";
import type { Seq2Seq } from "../models/seq2seq/seq2seq.js";
import type { Audit, AuditOptions, Parts } from "./audit-report.js";
import { copiedRuns } from "./copied-runs.js";
import { exposure } from "./exposure.js";
import { extractable } from "./extractable.js";
import { spread } from "./extracted.js";
import { type LossGap, lossGap, type Scored } from "./gap.js";
import { type AnyModel, kindOf } from "./inside.js";
import { isPictures, nearestTraining } from "./nearest-training.js";
import { ownSplit } from "./own-split.js";
import { verdict } from "./verdict.js";

/** The audit, with options that were checked. */
export async function runAudit(
  model: AnyModel,
  training: unknown,
  options: AuditOptions,
): Promise<Audit> {
  const kind = kindOf(model);
  const own = options.heldOut === undefined ? await ownSplit(model, training) : undefined;
  const data = own?.training ?? training;
  const heldOut = own?.heldOut ?? options.heldOut;
  const gap = await gapOf(kind, model, data, heldOut);
  const nothing = { extractable: null, copied: null, exposure: null, neighbours: null };
  const measured = await partsOf(kind, model, data, { ...options, heldOut });
  const found = { ...nothing, gap, ...measured };
  const { neighbours } = found;
  // Neighbours are numbered as the data that were given.
  if (neighbours && own?.learned) {
    const { learned } = own;
    const nearest = neighbours.nearest.map((one) => ({ ...one, example: learned[one.example] }));
    found.neighbours = { ...neighbours, nearest };
  }
  const from = own ? "validation" : heldOut === undefined ? null : "given";
  return { model: kind, heldOut: from, ...verdict(kind, found, from), ...found };
}

async function gapOf(
  kind: string,
  model: AnyModel,
  training: unknown,
  heldOut: unknown,
): Promise<LossGap | null> {
  const scored = model as unknown as Partial<Scored> as Scored;
  // A GAN has no loss of an example.
  if (heldOut === undefined || kind === "GAN" || !scored.score) return null;
  await eventLoop();
  const unknown = kind === "LanguageModel" || kind === "Seq2Seq";
  const pictures = (data: unknown) => (data as { readonly length: number }).length;
  // Pictures and captions are told apart among those of a block.
  const few =
    kind === "ImageTextPair"
      ? {
          blocks: Math.max(
            2,
            Math.floor(Math.min(pictures(training), pictures(heldOut), 2000) / 40),
          ),
        }
      : {};
  return lossGap(
    unknown ? { score: (data) => scored.score(data, { unknown: "skip" }) } : scored,
    training,
    heldOut,
    few,
  );
}

async function partsOf(
  kind: string,
  model: AnyModel,
  training: unknown,
  options: AuditOptions,
): Promise<Partial<Parts>> {
  if (kind === "LanguageModel") {
    return ofTexts(model as unknown as LanguageModel, training as Corpus, options);
  }
  if (kind === "Seq2Seq") {
    return ofPairs(model as unknown as Seq2Seq, training as readonly Pair[], options);
  }
  if (kind === "GridModel") return ofGrids(model as never, training as never, options);
  if (makes.includes(kind)) return ofPictures(model as never, training as PictureData, options);
  return {};
}

/** Classes that make examples out of nothing. */
const makes: readonly string[] = ["VAE", "GAN", "Diffusion"];
/** Samples of texts and grids, and of pictures. */
const [TEXTS, PICTURES] = [50, 200];
/** Tokens of a sample of one text. */
const TOKENS = 300;

async function ofTexts(
  model: LanguageModel,
  training: Corpus,
  { heldOut, samples = TEXTS, seed = 0, run, canaries, symbols, ...how }: AuditOptions,
): Promise<Partial<Parts>> {
  const held = heldOut as Corpus | undefined;
  const asked = defined({ prefix: how.prefix, length: how.length, examples: how.examples });
  const own = await extractable(model, training, asked);
  const same = {
    ...asked,
    length: own.length,
    prefix: own.prefixes.flatMap(({ prefix }) => (typeof prefix === "number" ? [prefix] : [])),
  };
  const others =
    held === undefined
      ? undefined
      : await extractable(model, held, same.prefix.length > 0 ? same : asked);
  const made = hasConversations(training)
    ? undefined
    : await samplesOf(model, typeof training === "string", samples, seed);
  const count = run === undefined ? {} : { length: run };
  const copied = made && {
    samples: copiedRuns(made, training, count),
    heldOut: held === undefined ? undefined : copiedRuns(alike(held, made), training, count),
  };
  return {
    extractable: { training: own, heldOut: others },
    ...(copied ? { copied } : {}),
    ...(canaries ? { exposure: await exposure(model, canaries, defined({ symbols })) } : {}),
  };
}

async function samplesOf(
  model: LanguageModel,
  text: boolean,
  samples: number,
  seed: number,
): Promise<string[]> {
  const made: string[] = [];
  const context = (model.config as { readonly context?: number }).context ?? Infinity;
  const maxTokens = Math.min(text ? TOKENS : 2 * TOKENS, context - 1);
  // Some at a time, so that a page breathes.
  for (let at = 0; at < samples; at += 10) {
    const some = { samples: Math.min(10, samples - at), seed: seed + at };
    made.push(...model.generate({ maxTokens, ...some }).samples.map(({ text }) => text));
    await eventLoop();
  }
  return made;
}

/** Held-out texts that are as long as the samples, as many as there are. */
function alike(heldOut: Corpus, samples: readonly string[]): string[] {
  if (typeof heldOut !== "string") {
    return spread(heldOut, samples.length).map((one) => textsIn("heldOut", one).join("\n"));
  }
  const characters = Array.from(heldOut);
  return samples.map((sample, i) => {
    const length = Math.min(characters.length, Array.from(sample).length);
    const room = characters.length - length;
    const from = Math.floor((i * room) / Math.max(1, samples.length - 1));
    return characters.slice(from, from + length).join("");
  });
}

async function ofPairs(
  model: Seq2Seq,
  training: readonly Pair[],
  { heldOut, samples = TEXTS, run, ...how }: AuditOptions,
): Promise<Partial<Parts>> {
  const held = heldOut as readonly Pair[] | undefined;
  const asked = defined({ length: how.length, examples: how.examples });
  const own = await extractable(model, training, asked);
  const others = held && (await extractable(model, held, { ...asked, length: own.length }));
  const sources = spread(held ?? training, samples);
  const answers: string[] = [];
  for (const { source } of sources) {
    answers.push(model.generate({ source, unknown: "skip" }).text);
    await eventLoop();
  }
  const targets = training.map(({ target }) => target);
  const count = run === undefined ? {} : { length: run };
  const right = sources.map(({ target }) => target);
  return {
    extractable: { training: own, heldOut: others },
    copied: {
      samples: copiedRuns(answers, targets, count),
      heldOut: held && copiedRuns(right, targets, count),
    },
  };
}

/** What a grid model is here. */
interface Drawing {
  generate(options: { samples: number; seed: number }): Promise<{ grids: Grids }>;
}
interface Grids {
  readonly length: number;
  readonly symbols: readonly string[];
  without(): Grids;
  text(i: number): string;
}

async function ofGrids(
  model: Drawing,
  training: Grids,
  { heldOut, samples = TEXTS, seed = 0, copied }: AuditOptions,
): Promise<Partial<Parts>> {
  const known = copied && levelsOf(training);
  if (!copied || !known) return {};
  const { grids } = await model.generate({ samples, seed });
  const held = heldOut === undefined ? undefined : levelsOf(heldOut as Grids);
  const drawn = levelsOf(grids);
  if (!drawn) return {};
  return {
    copied: { samples: copied(drawn, known), heldOut: held && copied(held, known) },
  };
}

/** Levels as texts; undefined where a symbol is more than a character. */
function levelsOf(grids: Grids): string[] | undefined {
  const plain = grids.symbols.some((symbol) => symbol.includes("\t")) ? grids.without() : grids;
  if (plain.symbols.some((symbol) => Array.from(symbol).length > 1)) return undefined;
  return Array.from({ length: plain.length }, (_, i) => plain.text(i));
}

async function ofPictures(
  model: { generate(options: object): Made },
  training: PictureData,
  { heldOut, samples = PICTURES, seed = 0, features, onMade }: AuditOptions,
): Promise<Partial<Parts>> {
  const pictures = isPictures(training);
  const captions = pictures ? training.captions : undefined;
  const words = (model as { readonly tokenizer?: unknown }).tokenizer !== undefined;
  const prompt =
    words && captions
      ? Array.from({ length: samples }, (_, i) => captions[i % captions.length][0])
      : undefined;
  const all = model.generate({
    ...{ samples, seed },
    ...(prompt ? { prompt, guidance: 1 } : {}),
  });
  const made = pictures ? all.images : all.rows;
  onMade?.(made);
  await eventLoop();
  const held = heldOut as PictureData | undefined;
  const some = held && take(held, Math.max(samples, 100));
  return {
    neighbours: await nearestTraining(made, training, {
      ...(some ? { heldOut: some } : {}),
      ...(features && pictures ? { features } : {}),
    }),
  };
}

/** So many examples, evenly spread. */
function take(data: PictureData, most: number): PictureData {
  const places = spread(
    Array.from({ length: data.length }, (_, i) => i),
    most,
  );
  return isPictures(data) ? data.subset(places) : places.map((i) => data[i]);
}

function defined<T extends object>(options: T): T {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as T;
}
