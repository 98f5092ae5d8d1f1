// What is loaded with the first model that has an adversary.

/** What is loaded for a model that has one. */
export type AdversaryModule = typeof import("./adversary.js");

/** It, where a model has one: others do without. */
export async function opposing(adversary: unknown): Promise<AdversaryModule | undefined> {
  return adversary ? import("./adversary.js") : undefined;
}
