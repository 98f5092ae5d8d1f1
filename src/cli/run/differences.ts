// What two models of the same kind make of the same data, and of the same seed.

import type { Kind } from "../kinds/kind.js";
import type { AnyModel } from "../kinds/model.js";

/** The number that a model is judged by, by its name in `score`. */
const MEASURES = ["nats", "elbo", "loss", "squaredError", "frechet", "distance", "error", "mse"];
/** Documents that are measured one by one. */
const ONE_BY_ONE = 100;

/** What a score says: its first number by name. */
export interface Measure {
  readonly measure: string;
  readonly value: number;
}

/** A score before and after. */
export interface Change {
  readonly measure: string;
  readonly before: number;
  readonly after: number;
  readonly change: number;
  /** Each document by itself, where there are not too many. */
  readonly documents?: readonly {
    readonly name: string;
    readonly before: number;
    readonly after: number;
  }[];
}

interface Scores {
  score?(data: unknown, options?: object): unknown;
}

/** @returns undefined where the model cannot be measured on these data */
export function measure(model: AnyModel, data: unknown): Measure | undefined {
  const skips = "tokenizer" in model || "tokenizers" in model;
  const texts = typeof data === "string" || Array.isArray(data);
  const own = model as unknown as Scores;
  try {
    const score = own.score!(data, ...(skips && texts ? [{ unknown: "skip" }] : [])) as Record<
      string,
      unknown
    >;
    const name =
      MEASURES.find((one) => typeof score[one] === "number") ??
      Object.keys(score).find((one) => typeof score[one] === "number");
    if (name === undefined || !Number.isFinite(score[name])) return undefined;
    return { measure: name, value: score[name] as number };
  } catch {
    // Too few examples for a measure of this kind, or none that the model can read.
    return undefined;
  }
}

/** @param names of the documents, where each is measured by itself */
export function changeOf(
  [before, after]: readonly [AnyModel, AnyModel],
  data: unknown,
  names: readonly string[] = [],
): Change | undefined {
  const [one, other] = [measure(before, data), measure(after, data)];
  if (!one || !other) return undefined;
  const items = names.length <= ONE_BY_ONE ? itemsOf(data) : [];
  const documents = (items.length === names.length ? items : []).flatMap((item, i) => {
    const [own, now] = [measure(before, item), measure(after, item)];
    return own && now ? [{ name: names[i], before: own.value, after: now.value }] : [];
  });
  return {
    ...{
      measure: one.measure,
      before: one.value,
      after: other.value,
      change: other.value - one.value,
    },
    ...(documents.length > 0 ? { documents } : {}),
  };
}

/** Data of one document each. */
function itemsOf(data: unknown): unknown[] {
  if (typeof data === "string") return [];
  if (Array.isArray(data)) return data.map((one) => [one]);
  const { length, subset } = data as {
    length: number;
    subset?(places: readonly number[]): unknown;
  };
  if (!subset) return [];
  return Array.from({ length }, (_, i) => subset.call(data, [i]));
}

/** What both make of the same seeds. */
export interface SampleChange {
  /** Samples of both, where they are texts. */
  readonly samples?: readonly {
    readonly seed: number;
    readonly before: string;
    readonly after: string;
  }[];
  /** Mean difference of a number of a picture, from 0 to 1, and how many differ. */
  readonly pixels?: { readonly mean: number; readonly changed: number };
  /** The fraction of samples that are the same. */
  readonly same: number;
}

const SAMPLES = 5;

/** @param data what sources are taken from, where the models answer some */
export async function samplesOf(
  kind: Kind,
  models: readonly [AnyModel, AnyModel],
  data: unknown,
): Promise<SampleChange | undefined> {
  try {
    const pictures = kind.pictures?.generate;
    if (pictures) {
      const [one, other] = models.map(
        (model) => pictures(model, { samples: SAMPLES, seed: 1 }).pixels,
      );
      return pixelChange(one, other, SAMPLES);
    }
    const texts = await Promise.all(models.map((model) => textsOf(model, data)));
    if (texts.some((one) => one.length === 0)) return undefined;
    const [one, other] = texts;
    const samples = one.map((before, i) => ({ seed: i + 1, before, after: other[i] }));
    return {
      samples,
      same: samples.filter(({ before, after }) => before === after).length / samples.length,
    };
  } catch {
    // A model that cannot make anything by itself.
    return undefined;
  }
}

async function textsOf(model: AnyModel, data: unknown): Promise<string[]> {
  const { generate } = model as unknown as { generate?(options: object): unknown };
  if (!generate) return [];
  const made = async (options: object) =>
    (await generate.call(model, options)) as Record<string, unknown>;
  const seeds = Array.from({ length: SAMPLES }, (_, i) => i + 1);
  if ("tokenizers" in model) {
    const sources = (data as readonly { source: string }[]).slice(0, SAMPLES);
    const answers = sources.map(({ source }) => made({ source, greedy: true, maxTokens: 80 }));
    return (await Promise.all(answers)).map(({ text }) => String(text));
  }
  if ("symbols" in model) {
    const drawn = await Promise.all(seeds.map((seed) => made({ seed })));
    return drawn.map(({ grids }) => (grids as { text(): string | string[] }).text().toString());
  }
  const said = seeds.map((seed) => made({ seed, temperature: 0.8, maxTokens: 80 }));
  return (await Promise.all(said)).map(({ text }) => String(text));
}

function pixelChange(
  one: ArrayLike<number>,
  other: ArrayLike<number>,
  samples: number,
): SampleChange {
  let [sum, changed] = [0, 0];
  const each = one.length / samples;
  const different = new Set<number>();
  for (let i = 0; i < one.length; i++) {
    const by = Math.abs(one[i] - other[i]);
    sum += by / 255;
    if (by === 0) continue;
    changed++;
    different.add(Math.floor(i / each));
  }
  return {
    pixels: { mean: sum / one.length, changed: changed / one.length },
    same: 1 - different.size / samples,
  };
}
