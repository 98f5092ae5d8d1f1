// Data of audits, as the model's kind reads them: texts or pictures, and what is said of each.

import type {
  GridSet,
  ImageSet,
  LabelledDocument,
  Labels,
  LanguageModel,
  Pair,
  Seq2Seq,
} from "../../entries/node.js";
import { linesOf } from "../../text/lines.js";
import { Failure } from "../errors.js";
import { firstOf, readLanguageData } from "../io/language-data.js";
import { type LevelFlags, readLevels } from "../io/levels.js";
import { readPairFiles } from "../io/pair-files.js";
import { type PictureFlags, readPictures } from "../io/pictures.js";
import type { AnyModel } from "../kinds/model.js";
import { type Audited, type Samples, textsOfGrids } from "./fairness-model.js";
import type { Said } from "./fairness-read.js";

/** Examples of the model's kind. */
export interface AuditData {
  readonly length: number;
  readonly samples: Samples;
  readonly said: Said;
  /** Sources and references. */
  readonly pairs?: readonly Pair[];
  readonly images?: ImageSet;
  /** The model's own measure of some of them. */
  score(indices: readonly number[]): Promise<object>;
}

interface Scoring {
  score(data: unknown, options?: object): object | Promise<object>;
}

/** @throws Failure, UsageError, InvalidInputError */
export async function readAuditData(
  { path, read }: Audited,
  paths: readonly string[],
  flags: PictureFlags & LevelFlags,
): Promise<AuditData> {
  const { kind, model } = read;
  const scoring = model as AnyModel as AnyModel & Scoring;
  if (kind.model === "LanguageModel") return ofTexts(model as AnyModel as LanguageModel, paths);
  if (kind.model === "Seq2Seq") {
    const { clean } = (model as AnyModel as Seq2Seq).config;
    const { pairs } = readPairFiles(paths, clean ?? {});
    return {
      length: pairs.length,
      samples: { texts: pairs.map(({ source }) => source) },
      said: (name) =>
        name === "label" && pairs.some(({ label }) => label !== undefined)
          ? pairs.map(({ label }) => label ?? "none")
          : undefined,
      pairs,
      score: async (indices) =>
        scoring.score(
          indices.map((i) => pairs[i]),
          { unknown: "skip" },
        ),
    };
  }
  if (kind.model === "GridModel") {
    const grids = await readLevels(paths, flags);
    return ofSet({ texts: textsOfGrids(grids) }, grids, scoring);
  }
  if (!kind.pictures)
    throw new Failure(`${path} holds ${kind.title}, which no data are measured for`);
  const images = await readPictures(paths, flags, kind.pictures.shape(path, model));
  return { ...ofSet({ images }, images, scoring), images };
}

function ofSet(samples: Samples, set: ImageSet | GridSet, model: Scoring): AuditData {
  return {
    length: set.length,
    samples,
    said(name) {
      const column = set.labels.find((one) => one.name === name);
      return column && Array.from(column.indices, (place) => column.classes[place]);
    },
    score: async (indices) => model.score(set.subset(indices)),
  };
}

function ofTexts(model: LanguageModel, paths: readonly string[]): AuditData {
  const { documents } = model.config;
  const modes = [documents ? ("lines" as const) : ("none" as const)];
  const corpus = firstOf(
    readLanguageData(paths, { modes, plain: !documents, unknown: "skip" }, model),
  );
  const all: readonly (string | LabelledDocument)[] =
    typeof corpus === "string"
      ? [...linesOf(corpus)].filter((line) => line.trim() !== "")
      : corpus.map((one) => {
          if (typeof one === "string" || "text" in one) return one as string | LabelledDocument;
          throw new Failure(`${paths.join(", ")}: audits are of texts, not of conversations`);
        });
  const labels = all.map((one): Labels => (typeof one === "string" ? {} : (one.labels ?? {})));
  return {
    length: all.length,
    samples: { texts: all.map((one) => (typeof one === "string" ? one : one.text)) },
    said: (name) =>
      labels.some((row) => row[name] !== undefined)
        ? labels.map((row): string => row[name] ?? "none")
        : undefined,
    score: async (indices) => {
      const own = indices.map((i) => all[i]);
      const data = documents
        ? own
        : own.map((one) => (typeof one === "string" ? one : one.text)).join("\n");
      return model.score(data, { unknown: "skip" });
    },
  };
}
