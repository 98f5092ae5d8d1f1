// A model is a task; its network is a choice: by name, or as an object with its sizes. What all models that offer the
// choice share.

import {
  checkChoice,
  checkKeys,
  describe,
  InvalidInputError,
  ModelFileError,
} from "../../host/errors.js";

/** Kinds of networks. */
export const networkKinds = ["lstm", "transformer"] as const;

export type NetworkKind = (typeof networkKinds)[number];

/** A network's kind beside its sizes. */
export type Flat<C> = C extends { readonly kind: infer K }
  ? { readonly network: K } & Omit<C, "kind">
  : never;

/** Sizes that only one kind of network has. */
export type ForeignKeys = Readonly<Record<NetworkKind, readonly string[]>>;

/**
 * The network's kind, and its sizes beside the other options.
 * @param keys of the sizes
 * @param foreign sizes that only the other kind has
 * @throws InvalidInputError
 */
export function withNetwork<O extends { readonly network?: NetworkKind | { kind: NetworkKind } }>(
  o: O,
  keys: readonly string[],
  foreign: ForeignKeys,
): Omit<O, "network"> & { readonly network: NetworkKind } {
  const flat = flattened(o, keys);
  const { network } = flat;
  const wrong = foreign[network].find((name) => flat[name as keyof typeof flat] !== undefined);
  if (wrong === undefined) return flat;
  const [other] = networkKinds.filter((kind) => kind !== network);
  throw new InvalidInputError(`${wrong} is for network "${other}", this one is "${network}"`);
}

function flattened<O extends { readonly network?: NetworkKind | { kind: NetworkKind } }>(
  o: O,
  keys: readonly string[],
): Omit<O, "network"> & { readonly network: NetworkKind } {
  const { network = "lstm" } = o;
  if (typeof network !== "object" || network === null) {
    return { ...o, network: checkChoice("network", network, networkKinds) };
  }
  checkKeys("network", network, ["kind", ...keys]);
  const { kind, ...sizes } = network;
  const twice = Object.keys(sizes).find((name) => o[name as keyof O] !== undefined);
  if (twice !== undefined) {
    throw new InvalidInputError(`${twice} is given twice: in network, and beside it`);
  }
  return { ...o, ...sizes, network: checkChoice("kind of network", kind, networkKinds) };
}

/** A file's configuration as options are: the network's kind and sizes beside the rest. @throws ModelFileError */
export function configOf({
  network,
  config,
}: {
  readonly network: Readonly<Record<string, unknown>>;
  readonly config: object;
}): object {
  const { kind = "lstm", ...sizes } = network;
  if (networkKinds.some((known) => known === kind)) return { ...config, ...sizes, network: kind };
  throw new ModelFileError(
    `the file's network is ${describe(kind)}, this version of simdream knows ${networkKinds.join(", ")}`,
  );
}
