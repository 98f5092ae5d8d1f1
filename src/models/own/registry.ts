// The models that this thread's own modules define, by name: a worker is told a name and where the module is. The
// registry is one for the thread, because the worker's script and the module that it imports are two bundles.

import { describe, InvalidInputError } from "../../host/errors.js";
import type { NetworkBuilder, NetworkDescription } from "../../train/trainable.js";

/** A definition, as a worker needs it. */
interface Registered {
  readonly module: string | undefined;
  readonly build: NetworkBuilder;
}

interface Registry {
  readonly models: Map<string, Registered[]>;
  /** Modules that this thread has imported as a worker. */
  readonly imported: Set<string>;
}

const PLACE = "simdream/nn";

function registry(): Registry {
  const place = globalThis as { [PLACE]?: Registry };
  place[PLACE] ??= { models: new Map(), imported: new Set() };
  return place[PLACE];
}

/** Makes a definition known; one of the same name and module takes the place of the other. */
export function register(name: string, own: Registered): void {
  const { models } = registry();
  const others = models.get(name)?.filter(({ module }) => module !== own.module) ?? [];
  models.set(name, [...others, own]);
}

/** Whether this thread is a worker that has imported modules: they are to define models, not to train them. */
export function isImporting(): boolean {
  return registry().imported.size > 0;
}

/**
 * What builds the network of a model that somebody's own module defines: one that the worker's script has imported, or
 * whose module is imported now.
 * @throws InvalidInputError where there is none
 */
export async function ownBuilder(description: NetworkDescription): Promise<NetworkBuilder> {
  const { model: name } = description;
  const module = description.module as string | undefined;
  const { models, imported } = registry();
  const known = () => {
    const all = models.get(name) ?? [];
    const scripts = all.filter((one) => !imported.has(one.module ?? ""));
    return all.find((one) => module !== undefined && one.module === module) ?? scripts[0];
  };
  const found = known();
  if (found) return found.build;
  if (module === undefined) {
    throw new InvalidInputError(
      `a worker does not know the model ${describe(name)}: give defineModel module: import.meta.url, or start the ` +
        `workers from a script that imports the model; ${MORE}`,
    );
  }
  imported.add(module);
  try {
    await import(/* @vite-ignore */ /* webpackIgnore: true */ module);
  } catch (cause) {
    const { message } = cause as Error;
    throw new InvalidInputError(
      `a worker cannot import ${module}, which defines the model ${describe(name)}: ${message}. Where a bundler or an ` +
        `import map is at work, start the workers from a script that imports the model; ${MORE}`,
      { cause },
    );
  }
  const now = known();
  if (now) return now.build;
  throw new InvalidInputError(
    `a worker has imported ${module}, and it defines no model ${describe(name)}; module must be where defineModel is called`,
  );
}

const MORE = "see docs/own-networks.md, Workers";
