// Models of pictures for a command: by what they can do, whatever they are.

import { UsageError } from "../errors.js";
import type { Kind, PictureVerbs } from "../kinds/kind.js";
import type { AnyModel } from "../kinds/model.js";
import { type Sampling, type SamplingFlags, samplingOf } from "../options/sampling-options.js";
import { shellWords } from "../show/format.js";
import { type Read, readModel, unable } from "./models.js";
import type { PictureShape } from "./pictures.js";

/** What a command asks of a model. */
export type PictureVerb = Exclude<
  keyof PictureVerbs,
  "shape" | "labels" | "words" | "stepwise" | "corrupt"
>;

/** A model of pictures, or of vectors. */
export interface Opened {
  readonly kind: Kind;
  readonly model: AnyModel;
  readonly verbs: PictureVerbs;
}

/** A model that can do it. */
export interface ModelOf<V extends PictureVerb> extends Opened {
  readonly verbs: PictureVerbs & { readonly [K in V]-?: NonNullable<PictureVerbs[K]> };
}

/** The same of pictures. */
export interface PictureModelOf<V extends PictureVerb> extends ModelOf<V> {
  readonly shape: PictureShape;
}

/** @throws Failure for one that cannot, with the commands that use it; ModelFileError */
export async function readPictureModel<V extends PictureVerb>(
  path: string,
  verb: V,
): Promise<PictureModelOf<V>> {
  return ofPictures(path, able(path, await readModel(path), verb));
}

/** @throws Failure for a model of vectors */
export function ofPictures<V extends PictureVerb>(
  path: string,
  one: ModelOf<V>,
): PictureModelOf<V> {
  return { ...one, shape: one.verbs.shape(path, one.model) };
}

/** The same of a model that was read, of vectors too. */
export function able<V extends PictureVerb>(
  path: string,
  { kind, model }: Pick<Read, "kind" | "model">,
  verb: V,
): ModelOf<V> {
  const verbs = kind.pictures;
  if (!verbs?.[verb]) throw unable(path, kind);
  return { kind, model, verbs: verbs as ModelOf<V>["verbs"] };
}

/**
 * What --label says: of a value without a name, that of the model's only label, or of the only one that has such a class.
 * @throws UsageError
 */
export function labelsFor(
  path: string,
  { model, verbs }: Opened,
  given: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> | undefined {
  const value = given?.[""];
  if (given === undefined || value === undefined) return given;
  const all = verbs.labels(model);
  const own = all.length === 1 ? all : all.filter(({ classes }) => classes.includes(value));
  if (own.length !== 1) {
    const names = all.map(({ name }) => name).join(", ");
    const known = all.length === 0 ? "no labels" : `the labels ${names}`;
    const hint = all.length === 0 ? "" : `; say which: ${shellWords([`${all[0].name}=${value}`])}`;
    throw new UsageError(`--label ${shellWords([value])}: ${path} knows ${known}${hint}`);
  }
  const { "": _, ...others } = given;
  if (Object.hasOwn(others, own[0].name))
    throw new UsageError(`--label ${own[0].name} is given twice`);
  return { ...others, [own[0].name]: value };
}

/** What options of sampling say. @throws UsageError for a model that they are not for */
export function samplingFor(
  path: string,
  { kind, model, verbs }: Opened,
  flags: SamplingFlags,
  tile?: boolean,
): Sampling {
  const { title } = kind;
  const [labels, words] = [verbs.labels(model), verbs.words?.(model) === true];
  return samplingOf(path, flags, { title, stepwise: verbs.stepwise === true, labels, words }, tile);
}
