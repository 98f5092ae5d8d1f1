// The kinds of models. A new one is a line in the list.

import { flag, UsageError } from "../errors.js";
import { allNames } from "../options/tables.js";
import { autoencoderKind } from "./autoencoder.js";
import { classifierKind } from "./classifier.js";
import { diffusionKind } from "./diffusion.js";
import { framesKind } from "./frames.js";
import { ganKind } from "./gan.js";
import { gridKind } from "./grid.js";
import type { Kind } from "./kind.js";
import { languageKind } from "./language.js";
import { pairKind } from "./pair.js";
import { seq2seqKind } from "./seq2seq.js";
import { styleKind } from "./style-transfer.js";
import { vaeKind } from "./vae.js";

/** The first is what `train` makes where nothing is said, and what a file without a kind holds. */
export const kinds: readonly Kind[] = [
  ...[languageKind, seq2seqKind],
  ...[vaeKind, ganKind, diffusionKind, autoencoderKind, classifierKind, pairKind],
  framesKind,
  styleKind,
  gridKind,
];

/** The kind that `--model` names. */
export function kindNamed(name: string): Kind | undefined {
  return kinds.find((kind) => kind.name === name || kind.aliases.includes(name));
}

/** Refuses options of `train` that belong to another kind. @throws UsageError */
export function checkKind(kind: Kind, explicit: ReadonlySet<string>): void {
  const own = allNames(kind.options);
  for (const other of kinds) {
    const name = allNames(other.options).find((one) => explicit.has(one) && !own.includes(one));
    if (name === undefined) continue;
    throw new UsageError(`${flag(name)} is for --model ${other.name}, this is one of ${kind.name}`);
  }
}
