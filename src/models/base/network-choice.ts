// A model is a task; its network is a choice: by name, or as an object with its sizes. A family has a table of its
// networks, a line each. What options, files, workers and the command line know of a network is what its file says.

import {
  checkChoice,
  checkKeys,
  describe,
  InvalidInputError,
  ModelFileError,
} from "../../host/errors.js";
import type { Rule } from "../../host/rules.js";
import type { ParameterSource } from "../../nn/parameters.js";
import type { NetworkBuilder } from "../../train/trainable.js";

/** What the file of a network says of it, as its `network`. */
export interface NetworkFile<
  Sizes extends object,
  Config extends object,
  Network,
  Facts,
  Known = unknown,
> {
  /** What each size may be. A model's file says every one of them, by these names. */
  readonly rules: Readonly<Record<keyof Sizes, Rule>>;
  /** Sizes that suit such data, beside those that are given. */
  suited(facts: Facts, given: Sizes): Sizes;
  /** All sizes, checked. @throws InvalidInputError naming the first that cannot be used */
  complete(given: Sizes, suited: object): Config;
  /** The network of such sizes, and of what the model knows. */
  readonly Network: new (
    parameters: ParameterSource,
    classes: number,
    config: Config & Known,
  ) => Network;
}

// biome-ignore lint/suspicious/noExplicitAny: each network has its own sizes
type AnyNetworkFile = NetworkFile<any, any, any, any, any>;

/** A family's networks by their kinds, each imported when it is asked for. */
type Networks = Readonly<Record<string, () => Promise<{ readonly network: AnyNetworkFile }>>>;

type FileOf<T extends Networks, K extends keyof T> = Awaited<ReturnType<T[K]>>["network"];

/** Sizes of a family's networks as options: all that any of them has. */
export type SizesOf<T extends Networks> = {
  [K in keyof T]: FileOf<T, K> extends NetworkFile<
    infer Sizes,
    infer _C,
    infer _N,
    infer _F,
    infer _K
  >
    ? (sizes: Sizes) => void
    : never;
}[keyof T] extends (sizes: infer All) => void
  ? All
  : never;

/** Sizes of a network, complete, beside its kind. */
export type ConfigOf<T extends Networks> = {
  [K in keyof T]: FileOf<T, K> extends NetworkFile<
    infer _S,
    infer Config,
    infer _N,
    infer _F,
    infer _K
  >
    ? { readonly kind: K } & Config
    : never;
}[keyof T];

/** A network's kind beside its sizes. */
export type Flat<C> = C extends { readonly kind: infer K }
  ? { readonly network: K } & Omit<C, "kind">
  : never;

/** What makes a network of a description. */
export async function builderOf<Network>(
  networks: Networks,
  kind: string,
): Promise<NetworkBuilder<Network>> {
  const { network } = await networks[kind]();
  return (parameters, { classes, config }) =>
    new network.Network(parameters, classes as number, config);
}

type AnyRules = Readonly<Record<string, Rule>>;

/** Rules of options, those of networks' sizes among them, and which network has which size. */
export interface CreateRules {
  readonly rules: AnyRules;
  readonly sizes: Readonly<Record<string, readonly string[]>>;
}

/**
 * The rules of all options of a family: its own, the choice of a network, and all networks' sizes. A size that several
 * have is shown as the first one's.
 */
export async function createRules(networks: Networks, own: AnyRules): Promise<CreateRules> {
  const of = Object.keys(networks);
  const rules: Record<string, Rule> = { ...own, network: { type: "choice", of, value: "lstm" } };
  const sizes: Record<string, string[]> = {};
  for (const kind of of) {
    const { network } = await networks[kind]();
    sizes[kind] = Object.keys(network.rules);
    for (const name of sizes[kind]) rules[name] ??= network.rules[name];
  }
  return { rules, sizes };
}

/** The network that options ask for. */
export interface Chosen<O> {
  readonly kind: string;
  readonly network: AnyNetworkFile;
  /** The options with the network's sizes beside the others. */
  readonly options: O;
}

/**
 * The network that options ask for, and its sizes beside the other options.
 * @param others names of the options that are no sizes
 * @throws InvalidInputError also for an option that nobody knows, and for a size that only other networks have
 */
export async function chooseNetwork<O extends object>(
  what: string,
  networks: Networks,
  given: O,
  others: readonly string[],
): Promise<Chosen<Omit<O, "network">>> {
  const { network: asked = "lstm", ...rest } = Object(given) as { readonly network?: unknown };
  const object = typeof asked === "object" && asked !== null;
  const { kind, ...sizes } = object ? (asked as { readonly kind?: unknown }) : { kind: asked };
  const name = object ? "kind of network" : "network";
  const chosen = checkChoice(name, kind, Object.keys(networks));
  const { network } = await networks[chosen]();
  const own = Object.keys(network.rules);
  const names = [...Object.keys(rest), ...Object.keys(sizes)];
  const strange = names.filter((name) => ![...others, ...own].includes(name));
  // Only then is it asked what other networks have.
  const every = strange.length > 0 ? (await createRules(networks, {})).sizes : { [chosen]: own };
  const known = [...new Set(Object.values(every).flat())];
  checkKeys(what, given, ["network", ...others, ...known]);
  if (object) checkKeys("network", asked, ["kind", ...known]);
  const twice = Object.keys(sizes).find((name) => rest[name as keyof typeof rest] !== undefined);
  if (twice !== undefined) {
    throw new InvalidInputError(`${twice} is given twice: in network, and beside it`);
  }
  const options = { ...rest, ...sizes };
  checkSizes(every, chosen, options);
  return { kind: chosen, network, options: options as O };
}

/**
 * Refuses a size that only other networks have.
 * @param sizes names of the sizes of each network, by kind
 * @param options those of undefined count as not given
 * @throws InvalidInputError
 */
export function checkSizes(
  sizes: Readonly<Record<string, readonly string[]>>,
  chosen: string,
  options: object,
): void {
  const given = options as Readonly<Record<string, unknown>>;
  const wrong = Object.values(sizes)
    .flat()
    .find((name) => given[name] !== undefined && !sizes[chosen].includes(name));
  if (wrong === undefined) return;
  const having = Object.keys(sizes).filter((kind) => sizes[kind].includes(wrong));
  const where = having.map((kind) => `network "${kind}"`).join(" or ");
  throw new InvalidInputError(`${wrong} is for ${where}, this one is "${chosen}"`);
}

/** A file's configuration as options are: the network's kind and sizes beside the rest. @throws ModelFileError */
export function storedOptions(
  networks: Networks,
  {
    network,
    config,
  }: { readonly network: Readonly<Record<string, unknown>>; readonly config: object },
): object {
  const { kind = "lstm", ...sizes } = network;
  const known = Object.keys(networks);
  if (known.some((one) => one === kind)) return { ...config, ...sizes, network: kind };
  throw new ModelFileError(
    `the file's network is ${describe(kind)}, this version of simdream knows ${known.join(", ")}`,
  );
}
