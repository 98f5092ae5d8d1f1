// Why a model of pictures made, or said, what it did.

import { denoisingPath, saliency, traverse } from "../../entries/insight.js";
import {
  type Autoencoder,
  type Classifier,
  type Diffusion,
  type GAN,
  type ImageSet,
  ImageSet as Images,
  type ImageTextPair,
  type VAE,
} from "../../entries/node.js";
import { Failure } from "../errors.js";
import type { ExplainWords } from "../show/explain-words.js";
import { percent } from "../show/format.js";
import type { Part, Section } from "../show/page.js";
import { type Explained, rounded } from "./explained.js";

/** Pictures whose reasons are shown. */
const SHOWN = 4;
/** Pixels that the longer side of a picture is enlarged to, about. */
const SIDE = 224;

/** What each class of pictures was seen by. @param wanted a class of the first column of labels */
export async function explainClasses(
  model: Classifier,
  set: ImageSet,
  wanted: string | undefined,
  w: ExplainWords,
): Promise<Explained> {
  const parts: Part[] = [];
  const json: object[] = [];
  let png: Uint8Array | undefined;
  for (let i = 0; i < Math.min(SHOWN, set.length); i++) {
    const one = set.subset([i]);
    const [{ probabilities }] = model.classify(one);
    for (const [c, { name, classes }] of model.labels.entries()) {
      const asked = c === 0 && wanted !== undefined ? classes.indexOf(wanted) : undefined;
      if (asked === -1) {
        throw new Failure(`--class must be one of ${classes.join(", ")}, got ${wanted}`);
      }
      const { explained } = await saliency(model, (m) => m.classify(one), {
        ...{ of: `heads.${c}`, method: "integrated-gradients", steps: 512 },
        ...(asked !== undefined && { targets: [asked] }),
      });
      const [{ target, scores, value, gap }] = explained;
      const picture = await overlaid(one, scores);
      png ??= picture;
      const said = classes[target as number];
      const likely = classes
        .map((one) => [one, probabilities[name][one]] as const)
        .sort((a, b) => b[1] - a[1])
        .slice(0, 3);
      const alt = `${name} = ${said}`;
      parts.push(
        { picture, alt, caption: `${alt}: ${percent(Math.exp(value))}` },
        { bars: likely.map(([name, value]) => ({ name, value, words: percent(value) })), most: 1 },
      );
      json.push({
        picture: i,
        label: name,
        class: said,
        logProb: value,
        gap,
        scores: rounded(scores),
      });
    }
  }
  parts.push({ text: w.pixelsNote(w.theClass), tone: "note" });
  return {
    of: w.pictures(Math.min(SHOWN, set.length), set.length),
    sections: [{ title: w.pixels, parts }],
    json: { pictures: json },
    ...(png && { png }),
  };
}

/** What made pictures fit a text. */
export async function explainFit(
  model: ImageTextPair,
  set: ImageSet,
  text: string,
  w: ExplainWords,
): Promise<Explained> {
  const [direction] = model.embedTexts(text);
  const parts: Part[] = [];
  const json: object[] = [];
  let png: Uint8Array | undefined;
  for (let i = 0; i < Math.min(SHOWN, set.length); i++) {
    const one = set.subset([i]);
    const { explained } = await saliency(model, (m) => m.embedPictures(one), {
      ...{ of: "picture", direction, method: "integrated-gradients", steps: 512 },
    });
    const [{ value, scores, gap }] = explained;
    const picture = await overlaid(one, scores);
    png ??= picture;
    parts.push({ picture, alt: text, caption: w.fits(text, value) });
    json.push({ picture: i, text, cosine: value, gap, scores: rounded(scores) });
  }
  parts.push({ text: w.pixelsNote(w.theText), tone: "note" });
  return {
    of: text,
    sections: [{ title: w.cosine, parts }],
    json: { pictures: json },
    ...(png && { png }),
  };
}

/** What is asked of models that make pictures. */
export interface MakingAsked {
  readonly seed: number;
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** What the numbers of latent vectors do, and with a picture what makes them. */
export async function explainLatents(
  model: VAE | Autoencoder | GAN,
  set: ImageSet | undefined,
  { seed, labels }: MakingAsked,
  w: ExplainWords,
): Promise<Explained> {
  const one = set?.subset([0]);
  const encoder = "encode" in model && one ? model : undefined;
  const encoded = encoder?.encode(one!);
  const latent = encoded && ("mean" in encoded ? encoded.mean[0] : encoded[0]);
  const range = 3;
  const ways = traverse(model, {
    seed,
    range,
    ...(latent && { latent }),
    ...(labels && { labels }),
  });
  const sheet = await sheetOf(ways.map(({ made }) => made.images));
  const sections: Section[] = [
    {
      title: w.traverse,
      parts: [
        { picture: sheet, alt: w.traverse },
        {
          bars: ways.map(({ dimension, change }) => ({ name: w.number(dimension), value: change })),
        },
        { text: w.traverseNote(range), tone: "note" },
      ],
    },
  ];
  const pixels: object[] = [];
  if (encoder && one) {
    const parts: Part[] = [];
    for (const { dimension } of ways.slice(0, 3)) {
      const of = "labels" in model && "mean" in encoded! ? "encoder.mean" : undefined;
      const { explained, of: place } = await saliency(encoder as VAE, (m) => m.encode(one), {
        ...{ targets: [dimension], method: "integrated-gradients", steps: 256, ...(of && { of }) },
      });
      const [{ value, scores }] = explained;
      const picture = await overlaid(one, scores);
      const caption = `${w.number(dimension)}: ${value.toFixed(2)}`;
      parts.push({ picture, alt: caption, caption });
      pixels.push({ dimension, of: place, value, scores: rounded(scores) });
    }
    parts.push({ text: w.numberNote, tone: "note" });
    sections.push({ title: w.latentPixels, parts });
  }
  return {
    of: one ? w.picture : madeOf({ labels }, w, seed),
    sections,
    json: {
      traversals: ways.map(({ dimension, values, change }) => ({ dimension, values, change })),
      ...(pixels.length > 0 && { pixels }),
    },
    png: sheet,
  };
}

/** How pictures come out of noise, and how noise is told apart. */
export async function explainNoise(
  model: Diffusion,
  asked: MakingAsked & {
    readonly prompt?: string | undefined;
    readonly guidance?: number | undefined;
  },
  w: ExplainWords,
): Promise<Explained> {
  const { seed, labels, prompt, guidance } = asked;
  const said = {
    ...(labels && { labels }),
    ...(prompt !== undefined && { prompt }),
    ...(guidance !== undefined && { guidance }),
  };
  const path = await denoisingPath(model, { seed, moments: 8, ...said });
  const frames = (set: ImageSet) => (set.frames > 1 ? set.frame(0) : set);
  const png = await sheetOf([
    joined(path.map(({ made }) => frames(made.images))),
    joined(path.map(({ predicted }) => frames(predicted.images))),
  ]);
  const clips = model.shape.length === 4;
  const ways = traverse(model, {
    seed,
    dimensions: clips ? 2 : 4,
    steps: clips ? 4 : 7,
    ...(labels && { labels }),
  });
  const waySheet = await sheetOf(ways.map(({ made }) => frames(made.images)));
  return {
    of: madeOf(said, w, seed),
    sections: [
      {
        title: w.denoising,
        parts: [
          { picture: png, alt: w.denoising },
          { text: w.denoisingNote(path.length), tone: "note" },
        ],
      },
      {
        title: w.ways,
        parts: [
          { picture: waySheet, alt: w.ways },
          { text: w.waysNote, tone: "note" },
        ],
      },
    ],
    json: {
      seed,
      ...said,
      path: path.map(({ step, steps, time }) => ({ step, steps, time })),
      ways: ways.map(({ dimension, change }) => ({ seed: dimension, change })),
    },
    png,
  };
}

/** What was asked for, in a few words. */
function madeOf(
  { labels, prompt }: Omit<MakingAsked, "seed"> & { readonly prompt?: string },
  w: ExplainWords,
  seed: number,
): string {
  const said = Object.entries(labels ?? {}).map(([name, value]) => `${name} = ${value}`);
  return [...(prompt === undefined ? [] : [prompt]), ...said, w.seed(seed)].join(", ");
}

/** Pictures of one size, one after the other. */
function joined(sets: readonly ImageSet[]): ImageSet {
  const [{ width, height, channels }] = sets;
  const pixels = new Uint8Array(sets.reduce((sum, set) => sum + set.pixels.length, 0));
  let at = 0;
  for (const set of sets) {
    pixels.set(set.pixels, at);
    at += set.pixels.length;
  }
  return new Images({ pixels, width, height, channels });
}

/** A row a set. */
async function sheetOf(rows: readonly ImageSet[]): Promise<Uint8Array> {
  const all = joined(rows);
  const columns = rows[0].length;
  const scale = Math.max(1, Math.min(4, Math.floor(900 / ((all.width + 1) * columns))));
  return all.grid({ columns, scale });
}

/** A picture, and beside it what its pixels say: orange for, blue against, on the picture in grey. */
async function overlaid(one: ImageSet, scores: Float32Array): Promise<Uint8Array> {
  const { width, height, channels, pixels } = one;
  const count = width * height;
  const most = Math.max(1e-12, ...scores.slice(0, count).map(Math.abs));
  const both = new Uint8Array(2 * count * 3);
  const [pro, contra] = [
    [217, 119, 6],
    [37, 99, 235],
  ];
  for (let p = 0; p < count; p++) {
    const rgb = [0, 1, 2].map((c) => pixels[p * channels + (channels < 3 ? 0 : c)]);
    const grey = 190 + Math.round(0.25 * ((rgb[0] + rgb[1] + rgb[2]) / 3 - 128));
    const strength = Math.sqrt(Math.abs(scores[p]) / most);
    const colour = scores[p] < 0 ? contra : pro;
    for (let c = 0; c < 3; c++) {
      both[p * 3 + c] = rgb[c];
      both[(count + p) * 3 + c] = Math.round(grey + strength * (colour[c] - grey));
    }
  }
  const set = new Images({ pixels: both, width, height, channels: 3 });
  const scale = Math.max(1, Math.round(SIDE / Math.max(width, height)));
  return set.grid({ columns: 2, gap: 1, scale });
}
