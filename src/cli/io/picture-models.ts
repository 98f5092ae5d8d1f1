// Models of pictures for a command: by what they can do, whatever they are.

import { Failure } from "../errors.js";
import type { Kind, PictureVerbs } from "../kinds/kind.js";
import type { AnyModel } from "../kinds/model.js";
import { type Read, readModel } from "./models.js";
import type { PictureShape } from "./pictures.js";

/** What a command asks of a model. */
export type PictureVerb = Exclude<keyof PictureVerbs, "shape" | "classes" | "corrupt">;

/** A model that can do it. */
export interface ModelOf<V extends PictureVerb> {
  readonly model: AnyModel;
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
  return { model, verbs: verbs as ModelOf<V>["verbs"] };
}

/** What a file holds, and the commands that use it. */
export function unable(
  path: string,
  { title, commands }: Pick<Kind, "title" | "commands">,
): Failure {
  const all = commands.map((command) => `simdream ${command}`).join(", or ");
  return new Failure(`${path} holds ${title}; use ${all}`);
}
