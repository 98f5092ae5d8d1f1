// What a model can be asked for where fairness is audited, whatever it is: samples, texts or pictures, and measures of data.

import type {
  Classifier,
  GridModel,
  GridSet,
  ImageSet,
  LanguageModel,
  Seq2Seq,
} from "../../entries/node.js";
import { Failure } from "../errors.js";
import type { Read } from "../io/models.js";
import type { AnyModel } from "../kinds/model.js";

/** What was made, or read: texts or pictures. */
export type Samples = { readonly texts: readonly string[] } | { readonly images: ImageSet };

/** What is asked for. */
interface Asked {
  readonly samples: number;
  readonly seed: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly prompt?: string;
}

/** How texts are drawn. */
export interface Drawing {
  readonly maxTokens?: number;
  readonly temperature?: number;
}

/** A model for audits. */
export interface Audited {
  readonly path: string;
  readonly read: Read;
  /** Labels that it can be asked for, and their values; of texts of their own none. */
  readonly labels: readonly { readonly name: string; readonly classes: readonly string[] }[];
  /** Undefined where it makes nothing by itself. */
  readonly sample?: (asked: Asked) => AsyncIterable<Samples>;
  /** Whether it goes on from prompts, or answers them. */
  readonly prompts: boolean;
  /** A model that gives texts a probability. */
  readonly scorer?: LanguageModel;
}

/** Samples that are drawn side by side. */
const AT_ONCE = 256;

/** So many samples, some at a time: memory is that of a part. */
async function* inParts(
  { samples, seed }: Asked,
  draw: (part: { readonly samples: number; readonly seed: number }) => Samples | Promise<Samples>,
): AsyncGenerator<Samples> {
  for (let at = 0; at < samples; at += AT_ONCE) {
    yield await draw({ samples: Math.min(AT_ONCE, samples - at), seed: seed + at });
  }
}

/** @throws Failure for a model that has nothing to audit */
export function audited(path: string, read: Read, drawing: Drawing): Audited {
  const { kind, model } = read;
  if (kind.model === "LanguageModel") return ofLanguage(path, read, drawing);
  if (kind.model === "Seq2Seq") return ofAnswers(path, read, drawing);
  if (kind.model === "GridModel") return ofGrids(path, read, drawing);
  if (kind.model === "StyleTransfer") {
    throw new Failure(
      `${path} holds ${kind.title}: what it makes follows from the picture that it is given. Audit a model that makes, tells apart or measures`,
    );
  }
  const generate = kind.pictures?.generate;
  const labels = kind.pictures?.labels(model) ?? [];
  if (!generate || kind.model === "FramePredictor") return { path, read, labels, prompts: false };
  const { temperature } = drawing;
  const how = temperature === undefined || kind.pictures?.stepwise ? {} : { temperature };
  const sample = (asked: Asked) => {
    // A model of vectors makes no pictures.
    kind.pictures?.shape(path, model);
    const own = Object.keys(asked.labels ?? {}).length > 0 ? { labels: asked.labels } : {};
    return inParts(asked, (part) => ({ images: generate(model, { ...part, ...how, ...own }) }));
  };
  return { path, read, labels, sample, prompts: false };
}

function ofLanguage(path: string, read: Read, drawing: Drawing): Audited {
  const model = read.model as AnyModel as LanguageModel;
  const labels = model.labels.map((field) => ({
    name: field.name,
    classes: field.kind === "category" ? field.values : [],
  }));
  const sample = (asked: Asked) => {
    const { prompt = "", labels } = asked;
    const how = { prompt, labels, ...drawing, overflow: "stop" } as const;
    return inParts(asked, (part) => {
      const { samples } = model.generate({ ...how, ...part });
      return { texts: samples.map(({ text }) => prompt + text) };
    });
  };
  return { path, read, labels, sample, prompts: true, scorer: model };
}

function ofAnswers(path: string, read: Read, drawing: Drawing): Audited {
  const model = read.model as AnyModel as Seq2Seq;
  const sample = (asked: Asked) => {
    const { prompt: source } = asked;
    if (source === undefined) {
      throw new Failure(
        `${path} holds ${read.kind.title}: it needs prompts, which are its sources`,
      );
    }
    return inParts(asked, (part) => {
      const { samples } = model.generate({ source, ...part, ...drawing });
      return { texts: samples.map(({ text }) => text) };
    });
  };
  return { path, read, labels: [], sample, prompts: true };
}

function ofGrids(path: string, read: Read, { temperature = 1 }: Drawing): Audited {
  const model = read.model as AnyModel as GridModel;
  const sample = (asked: Asked) => {
    const { labels = {} } = asked;
    return inParts(asked, async (part) => {
      const { grids } = await model.generate({ ...part, temperature, labels });
      return { texts: textsOfGrids(grids) };
    });
  };
  return { path, read, labels: model.labels, sample, prompts: false };
}

/** Grids as texts. */
export function textsOfGrids(grids: GridSet): string[] {
  return Array.from({ length: grids.length }, (_, i) => grids.text(i));
}

/** What a classifier says of pictures, under one label. @throws Failure */
export function seen(path: string, model: Classifier, label: string, images: ImageSet): string[] {
  if (!model.labels.some(({ name }) => name === label)) {
    const known = model.labels.map(({ name }) => name).join(", ");
    throw new Failure(`${path} tells apart ${known}, not ${JSON.stringify(label)}`);
  }
  return model.classify(images).map(({ labels }) => labels[label]);
}
