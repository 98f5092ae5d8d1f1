// Models of pictures for a command: by what they can do, whatever they are.

import { Failure } from "../errors.js";
import type { Kind, PictureVerbs } from "../kinds/kind.js";
import type { AnyModel } from "../kinds/model.js";
import { type Read, readModel } from "./models.js";
import type { PictureShape } from "./pictures.js";

/** What a command asks of a model. */
export type PictureVerb = "generate" | "reconstruct" | "interpolate" | "denoise" | "classify";

/** A model that can do it. */
export interface PictureModelOf<V extends PictureVerb> {
  readonly model: AnyModel;
  readonly verbs: PictureVerbs & { readonly [K in V]-?: NonNullable<PictureVerbs[K]> };
  readonly shape: PictureShape;
}

/** @throws Failure for one that cannot, with the commands that use it; ModelFileError */
export async function readPictureModel<V extends PictureVerb>(
  path: string,
  verb: V,
): Promise<PictureModelOf<V>> {
  return able(path, await readModel(path), verb);
}

/** The same of a model that was read. */
export function able<V extends PictureVerb>(
  path: string,
  { kind, model }: Pick<Read, "kind" | "model">,
  verb: V,
): PictureModelOf<V> {
  const verbs = kind.pictures;
  if (!verbs?.[verb]) throw unable(path, kind);
  return { model, verbs: verbs as PictureModelOf<V>["verbs"], shape: verbs.shape(path, model) };
}

/** What a file holds, and the commands that use it. */
export function unable(
  path: string,
  { title, commands }: Pick<Kind, "title" | "commands">,
): Failure {
  const all = commands.map((command) => `simdream ${command}`).join(", or ");
  return new Failure(`${path} holds ${title}; use ${all}`);
}
