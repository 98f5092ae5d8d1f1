// What is loaded with the first model that has an adversary.

import type { ParameterSource } from "../../nn/parameters.js";
import type { NetworkDescription } from "../../train/trainable.js";

/** What is loaded for a model that has one. */
export type AdversaryModule = typeof import("./adversary.js");

/** It, where a model has one: others do without. */
export async function opposing(adversary: unknown): Promise<AdversaryModule | undefined> {
  return adversary ? import("./adversary.js") : undefined;
}

/** What builds a network of these, with what it needs loaded. */
export async function opposedBuilder<N>(
  Network: new (
    parameters: ParameterSource,
    description: NetworkDescription,
    module: AdversaryModule | undefined,
  ) => N,
  { adversary }: { readonly adversary?: unknown },
): Promise<(parameters: ParameterSource, description: NetworkDescription) => N> {
  const module = await opposing(adversary);
  return (parameters, description) => new Network(parameters, description, module);
}
