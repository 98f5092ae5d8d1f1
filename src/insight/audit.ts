// Whether a model has learned its examples by heart: all that tells, in one report.

import { ImageSet } from "../data/images/image-set.js";
import type { Pair } from "../data/pairs.js";
import { checkKeys, checkNumber, InvalidInputError } from "../host/errors.js";
import { eventLoop } from "../host/event-loop.js";
import type { PictureFeatures } from "../models/images/feature-kinds.js";
import type { Made } from "../models/images/made.js";
import type { PictureData } from "../models/images/rows.js";
import { type Corpus, hasConversations, textsIn } from "../models/language/corpora.js";
import type { LanguageModel } from "../models/language/language-model.js";
import type { Seq2Seq } from "../models/seq2seq/seq2seq.js";
import { type CopiedRuns, copiedRuns } from "./copied-runs.js";
import { type Canary, type Exposure, type ExposureOptions, exposure } from "./exposure.js";
import { type Extractable, type ExtractableOptions, extractable, spread } from "./extractable.js";
import { type LossGap, lossGap, type Scored } from "./gap.js";
import { type AnyModel, kindOf } from "./inside.js";
import { wilson } from "./intervals.js";
import { type NearestTraining, nearestTraining } from "./nearest-training.js";
import { ownSplit } from "./own-split.js";

/** Options of `audit`. */
export interface AuditOptions {
  /**
   * Data of the same kind that were not learned. Default: what the model's last run kept for its validation, where the data are those
   * of that run; without any there is no gap, and nothing to compare with.
   */
  readonly heldOut?: unknown;
  /** Samples that are made and looked at. Default 50 texts, answers or grids, 200 pictures. */
  readonly samples?: number;
  /** Of the samples. Default 0. */
  readonly seed?: number;
  /** Characters of a run that counts as copied. Default 50. */
  readonly run?: number;
  /** Of `extractable`. */
  readonly prefix?: ExtractableOptions["prefix"];
  readonly length?: number;
  readonly examples?: number;
  /** Secrets whose exposure is measured, and the symbols that they are made of. */
  readonly canaries?: readonly Canary[];
  readonly symbols?: ExposureOptions["symbols"];
  /** Measures pictures by features, too. */
  readonly features?: PictureFeatures;
  /** For levels, `copied` of simdream/game. */
  readonly copied?: CopiedLevels;
}

/** As `copied` of simdream/game. */
type CopiedLevels = (
  levels: readonly string[],
  training: readonly string[],
) => { readonly share: number; readonly windows: number; readonly longest: number };

/** What samples copied, and for comparison what held-out texts of the same lengths share with the training texts. */
export interface CopiedTexts {
  readonly samples: CopiedRuns;
  readonly heldOut: CopiedRuns | undefined;
}

/** Windows of whole columns of drawn levels, and of held-out ones, that stand in training levels. */
export interface CopiedGrids {
  readonly samples: ReturnType<CopiedLevels>;
  readonly heldOut: ReturnType<CopiedLevels> | undefined;
}

/** Why a model counts as overfitted. */
export type Sign = "gap" | "extractable" | "copied" | "near";

/** What was found. What means nothing for a model, or was not asked for, is null. */
export interface Audit {
  /** The model's class. */
  readonly model: string;
  /** Where what it is compared with comes from: `given`, or the `validation` of its last run; null: nothing. */
  readonly heldOut: "given" | "validation" | null;
  readonly overfitted: boolean;
  /** The signs, and a sentence for each; without any, one that says so. */
  readonly signs: readonly Sign[];
  readonly why: readonly string[];
  readonly gap: LossGap | null;
  readonly extractable: {
    readonly training: Extractable;
    readonly heldOut: Extractable | undefined;
  } | null;
  readonly copied: CopiedTexts | CopiedGrids | null;
  readonly exposure: readonly Exposure[] | null;
  readonly neighbours: NearestTraining | null;
}

/**
 * What counts. `gap`: the whole interval is above this fraction of the held-out loss (and above `nats`, of losses in nats: 0.002
 * and 0.02 are no different in use). `extractable`: the interval of what can be extracted is above this and above that of held-out
 * texts. `copied`: the same of samples with a copied run. `near`: so many samples, with the interval, are nearer to a training
 * example than one in twenty held-out ones.
 */
export const auditThresholds = {
  gap: 0.25,
  nats: 0.1,
  extractable: 0.01,
  copied: 0.05,
  near: 0.2,
} as const;

const names = [
  ...["heldOut", "samples", "seed", "run", "prefix", "length", "examples"],
  ...["canaries", "symbols", "features", "copied"],
];

/**
 * Audits a model for memorised training data: the gap of training and held-out loss, extractable texts, copied runs of samples,
 * exposure of secrets, nearest training pictures; and a verdict with its reasons. What applies depends on the model.
 *
 * ```ts
 * const { overfitted, why } = await audit(model, training, { heldOut });
 * ```
 *
 * @throws InvalidInputError
 */
export async function audit(
  model: AnyModel,
  training: unknown,
  options: AuditOptions = {},
): Promise<Audit> {
  checkKeys("audit", options, names);
  const kind = kindOf(model);
  const { seed = 0 } = options;
  checkNumber("seed", seed, { integer: true, min: 0 });
  if (options.samples !== undefined) {
    checkNumber("samples", options.samples, { integer: true, min: 1, max: 1e5 });
  }
  if (options.canaries && kind !== "LanguageModel") {
    throw new InvalidInputError("canaries are for a LanguageModel");
  }
  const own = options.heldOut === undefined ? await ownSplit(model, training) : undefined;
  const data = own?.training ?? training;
  const heldOut = own?.heldOut ?? options.heldOut;
  const gap = await gapOf(kind, model, data, heldOut);
  const nothing = { extractable: null, copied: null, exposure: null, neighbours: null };
  const parts = await partsOf(kind, model, data, { ...options, heldOut });
  const found = { ...nothing, gap, ...parts };
  const from = own ? "validation" : heldOut === undefined ? null : "given";
  return { model: kind, heldOut: from, ...verdict(kind, found), ...found };
}

type Parts = Pick<Audit, "gap" | "extractable" | "copied" | "exposure" | "neighbours">;

async function gapOf(
  kind: string,
  model: AnyModel,
  training: unknown,
  heldOut: unknown,
): Promise<LossGap | null> {
  // A GAN has no loss of an example.
  if (heldOut === undefined || kind === "GAN") return null;
  const scored = model as unknown as Scored;
  await eventLoop();
  const unknown = kind === "LanguageModel" || kind === "Seq2Seq";
  return lossGap(
    unknown ? { score: (data) => scored.score(data, { unknown: "skip" }) } : scored,
    training,
    heldOut,
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
  { heldOut, samples = PICTURES, seed = 0, features }: AuditOptions,
): Promise<Partial<Parts>> {
  const pictures = training instanceof ImageSet;
  const captions = pictures ? training.captions : undefined;
  const words = (model as { readonly tokenizer?: unknown }).tokenizer !== undefined;
  const prompt =
    words && captions
      ? Array.from({ length: samples }, (_, i) => captions[i % captions.length][0])
      : undefined;
  const made = model.generate({ samples, seed, ...(prompt ? { prompt, guidance: 1 } : {}) });
  await eventLoop();
  const held = heldOut as PictureData | undefined;
  const some = held && take(held, Math.max(samples, 100));
  return {
    neighbours: await nearestTraining(pictures ? made.images : made.rows, training, {
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
  return data instanceof ImageSet ? data.subset(places) : places.map((i) => data[i]);
}

function defined<T extends object>(options: T): T {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as T;
}

/** Whether it is overfitted, and why. */
function verdict(kind: string, found: Parts): Pick<Audit, "overfitted" | "signs" | "why"> {
  const all: (readonly [Sign, string | undefined])[] = [
    ["gap", gapSign(kind, found)],
    ["extractable", extractableSign(kind, found)],
    ["copied", copiedSign(found)],
    ["near", nearSign(found)],
  ];
  const seen = all.filter(([, words]) => words !== undefined);
  const fine =
    found.gap === null && found.neighbours === null && found.copied === null
      ? "nothing was compared: give held-out data"
      : "no sign of learning by heart beyond what held-out data show";
  return {
    overfitted: seen.length > 0,
    signs: seen.map(([sign]) => sign),
    why: seen.length > 0 ? seen.map(([, words]) => words!) : [fine],
  };
}

const percent = (fraction: number) => `${Number((100 * fraction).toFixed(1))} %`;

function gapSign(kind: string, { gap }: Parts): string | undefined {
  if (!gap) return undefined;
  const { measure, training, heldOut, interval } = gap;
  const nats = measure === "nats" || kind === "Classifier";
  const least = Math.max(auditThresholds.gap * Math.abs(heldOut), nats ? auditThresholds.nats : 0);
  if (!(interval[0] > least)) return undefined;
  return (
    `the held-out ${measure} is ${heldOut.toPrecision(3)}, of training data ${training.toPrecision(3)}: ` +
    `the gap is more than ${percent(auditThresholds.gap)} of it`
  );
}

function extractableSign(kind: string, { extractable }: Parts): string | undefined {
  if (!extractable) return undefined;
  const { training, heldOut } = extractable;
  // Answers are right without having been learned by heart.
  if (kind === "Seq2Seq" && !heldOut) return undefined;
  const own = training.prefixes[training.prefixes.length - 1];
  const other = heldOut?.prefixes[heldOut.prefixes.length - 1];
  const least = Math.max(auditThresholds.extractable, other?.interval[1] ?? 0);
  if (!(own.examples > 0 && own.interval[0] > least)) return undefined;
  const than = other ? `, of held-out data ${percent(other.share)}` : "";
  return `${percent(own.share)} of training examples are continued word for word for ${training.length} tokens${than}`;
}

function copiedSign({ copied }: Parts): string | undefined {
  if (!copied) return undefined;
  const { samples, heldOut } = copied;
  const of = (one: CopiedRuns | ReturnType<CopiedLevels>) => {
    const count = "windows" in one ? one.windows : one.samples;
    return wilson(Math.round(one.share * count), count);
  };
  const least = Math.max(auditThresholds.copied, heldOut ? of(heldOut)[1] : 0);
  if (!(of(samples)[0] > least)) return undefined;
  const than = heldOut ? `, of held-out data ${percent(heldOut.share)}` : "";
  if ("windows" in samples) {
    return `${percent(samples.share)} of the windows of drawn levels stand in training levels${than}`;
  }
  return `${percent(samples.share)} of the samples have a run of ${samples.length} characters of the training data${than}`;
}

function nearSign({ neighbours }: Parts): string | undefined {
  if (!neighbours) return undefined;
  const sides = [neighbours.pixels, ...(neighbours.features ? [neighbours.features] : [])];
  const near = sides.find(({ interval }) => interval && interval[0] > auditThresholds.near);
  const same = neighbours.same / neighbours.samples;
  if (!near && !(same > auditThresholds.near)) return undefined;
  return near
    ? `${percent(near.near!)} of the samples are nearer to a training example than 5 % of held-out ones are`
    : `${percent(same)} of the samples are a training example`;
}
