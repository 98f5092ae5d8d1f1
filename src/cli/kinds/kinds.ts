// The kinds of models that can be trained.

import { LanguageModel } from "../../entries/index.js";
import { flag, UsageError } from "../errors.js";
import type { AnyModel } from "../io/models.js";
import type { Task } from "../options/task.js";
import type { Kind, Trained } from "./kind.js";
import { languageKind, openLanguage } from "./language.js";
import { openPairs, pairsKind } from "./pairs.js";

const kinds: readonly Kind[] = [languageKind, pairsKind];

/** The kind that `--model` names. */
export function kindNamed(name: string): Kind {
  return kinds.find((kind) => kind.name === name)!;
}

/** What a file's model is to `train`. */
export function openTrained(path: string, model: AnyModel, task: Task): Trained {
  return model instanceof LanguageModel
    ? openLanguage(path, model, task)
    : openPairs(path, model, task);
}

/** Refuses options that belong to another kind. @throws UsageError */
export function checkKind(kind: Kind, explicit: ReadonlySet<string>): void {
  for (const other of kinds) {
    if (other === kind) continue;
    const name = other.own.find((one) => explicit.has(one));
    if (name === undefined) continue;
    throw new UsageError(`${flag(name)} is for --model ${other.name}, this is one of ${kind.name}`);
  }
}
