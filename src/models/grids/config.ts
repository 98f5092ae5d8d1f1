// What a grid model is made of: options of a new one, and the same from a file.

import { GridSet } from "../../data/grids/grid-set.js";
import { checkSymbols } from "../../data/grids/parts.js";
import { plainSymbol } from "../../data/grids/symbols.js";
import type { ModelDescription } from "../../formats/model-file.js";
import type { RuntimeOption } from "../../host/default-runtime.js";
import {
  checkChoice,
  describe,
  InvalidInputError,
  listed,
  ModelFileError,
} from "../../host/errors.js";
import { type Rules, resolve } from "../../host/rules.js";
import {
  type Chosen,
  type CreateRules,
  chooseNetwork,
  createRules,
  type Flat,
  storedOptions,
} from "../base/network-choice.js";
import { checkFile, damaged } from "../base/stored.js";
import { columnsOf, columnsOfFile, type LabelColumn } from "../images/conditions.js";
import { type GridRuns, gridRuns } from "./features.js";
import type { GridFacts } from "./grid-network.js";
import {
  type GridNetworkConfig,
  type GridNetworkKind,
  type GridSizes,
  networks,
} from "./networks.js";
import { checkSize, type GridOrder, gridOrders } from "./path.js";

/** Options of `GridModel.create`. */
export interface GridModelOptions extends RuntimeOption, GridSizes {
  /**
   * What the model is made of, an LSTM for example, or a Transformer; with its sizes, or these beside it. Default `lstm`.
   */
  readonly network?: GridNetworkKind | ({ readonly kind: GridNetworkKind } & GridSizes);
  /** What the model will learn: their symbols and labels are the model's, and its sizes fit them. They are not kept. */
  readonly grids: GridSet;
  /**
   * The path over a grid: `rows`, from left to right; `columns`, from top to bottom; `snake`: columns, up and down by turns.
   * Default `columns` for grids that are wider than high, else `rows`.
   */
  readonly order?: GridOrder;
  /**
   * What the network is told of runs, each up to 16. `cells`: for how many lines the symbol at the cell's place has been there, and how
   * many cells of the path the last symbol; it then knows how wide a room has become. `lines`: also for how many lines the
   * whole line has been the same, for levels with floors and gaps. Default `none`.
   */
  readonly runs?: GridRuns;
  /**
   * Symbols of which the network is told how many came before, up to 16, each: those that a grid has few of, such as the player
   * and the boxes of Sokoban. A text of one character each, or a list. Default: none.
   */
  readonly counted?: string | readonly string[];
  /** Names of labels that the model learns, or false. Default: all that have two classes or more. */
  readonly labels?: readonly string[] | false;
  /** Seed of all randomness in training. Default 0. */
  readonly seed?: number;
}

/** What a grid model is made of, `network` and its sizes first; stored in its file. */
export type GridModelConfig = Flat<GridNetworkConfig> & {
  readonly order: GridOrder;
  /** Size of a grid where nothing is said: the median of those that it was created for. */
  readonly width: number;
  readonly height: number;
  readonly seed: number;
  /** Present where the network is told of runs. */
  readonly runs?: Exclude<GridRuns, "none">;
  /** The symbols that are counted, where there are any. */
  readonly counted?: readonly string[];
};

/** A configuration with what the model knows beside. */
export interface GridSetup {
  readonly config: GridModelConfig;
  readonly symbols: readonly string[];
  readonly labels: readonly LabelColumn[];
}

/** What each option may be, but for the sizes of networks. */
const ownRules: Rules<
  Omit<GridModelOptions, "network" | keyof GridSizes>,
  "grids" | "order" | "labels" | "runtime" | "counted"
> = {
  grids: { type: "other", own: true },
  order: { type: "choice", of: gridOrders, own: true },
  labels: { type: "other", own: true },
  runs: { type: "choice", of: gridRuns, value: "none" },
  counted: { type: "text", own: true },
  seed: { type: "integer", min: 0, value: 0 },
  runtime: { type: "other", own: true },
};

/** The rules of all options, and which network has which size. */
export function gridRules(): Promise<CreateRules> {
  return createRules(networks, ownRules);
}

/** @throws InvalidInputError where it is no set of grids */
export function checkGridSet(name: string, value: unknown): GridSet {
  if (value instanceof GridSet) return value;
  throw new InvalidInputError(
    `${name} must be a GridSet, such as await GridSet.fromText(files), got ${describe(value)}`,
  );
}

/** What a new model is made of. @throws InvalidInputError naming the first option that cannot be used */
export async function newGridSetup(given: GridModelOptions): Promise<GridSetup> {
  const { kind, network, options } = await chooseNetwork(
    "GridModel.create",
    networks,
    given,
    Object.keys(ownRules),
  );
  const { labels: asked, ...rest } = options;
  const grids = checkGridSet("grids", rest.grids);
  const { seed, runs } = resolve(ownRules, rest);
  const counted = checkCounted(rest.counted, grids.symbols);
  const labels = columnsOf(grids, asked, "grids");
  const [width, height] = [
    median(grids.grids.map((grid) => grid.width)),
    median(grids.grids.map((grid) => grid.height)),
  ];
  const order = checkChoice(
    "order",
    rest.order ?? (width > height ? "columns" : "rows"),
    gridOrders,
  );
  const sizes = network.complete(rest, network.suited(gridFacts(grids), rest));
  const own = { order, width, height, seed, ...told(runs, counted) };
  const config = { network: kind, ...sizes, ...own } as GridModelConfig;
  return { config, symbols: [...grids.symbols], labels };
}

/** What the network is told beside, as a configuration has it: a model without it has the file it always had. */
function told(runs: GridRuns, counted: readonly string[]) {
  return { ...(runs !== "none" && { runs }), ...(counted.length > 0 && { counted }) };
}

/** @throws InvalidInputError for symbols that the model does not know */
function checkCounted(
  given: GridModelOptions["counted"],
  symbols: readonly string[],
): readonly string[] {
  if (given === undefined) return [];
  const known = new Set([...symbols, ...symbols.map(plainSymbol)]);
  const names = typeof given !== "string" ? given : known.has(given) ? [given] : Array.from(given);
  if (!Array.isArray(names)) {
    throw new InvalidInputError(`counted must be symbols, got ${describe(given)}`);
  }
  for (const [i, name] of names.entries()) {
    if (!known.has(name)) {
      throw new InvalidInputError(
        `counted has ${describe(name)}, which is no symbol of the model; known are ${listed(symbols.map((one) => describe(one)))}`,
      );
    }
    if (names.indexOf(name) < i) {
      throw new InvalidInputError(`counted has ${describe(name)} twice`);
    }
  }
  return [...names];
}

/** What a network for these grids depends on. */
export function gridFacts({ grids }: GridSet): GridFacts {
  return {
    cells: grids.reduce((all, { cells }) => all + cells.length, 0),
    largest: grids.reduce((most, { cells }) => Math.max(most, cells.length), 0),
  };
}

/** The lower one of the middle. */
function median(values: readonly number[]): number {
  const ordered = Float64Array.from(values).sort();
  return ordered[(ordered.length - 1) >> 1];
}

/** What a file says of its model. @throws ModelFileError */
export async function storedGridSetup(described: ModelDescription): Promise<GridSetup> {
  const stored = storedOptions(networks, described);
  const own = ["order", "width", "height", "seed", "runs", "counted"];
  const chosen: Chosen<object> = await chooseNetwork(
    "the configuration",
    networks,
    stored,
    own,
  ).catch(damaged);
  const { kind, network, options } = chosen;
  const said = options as GridModelConfig;
  const { symbols, labels } = described.assets;
  if (!Array.isArray(symbols)) {
    throw new ModelFileError(`the file's symbols must be a list, got ${describe(symbols)}`);
  }
  return checkFile(() => {
    checkSymbols(symbols);
    const sizes = network.complete(said, {});
    const { seed, runs } = resolve(ownRules, { seed: said.seed, runs: said.runs });
    const counted = checkCounted(said.counted, symbols);
    const order = checkChoice("order", said.order, gridOrders);
    const { width, height } = said;
    checkSize(width, height);
    const own = { order, width, height, seed, ...told(runs, counted) };
    const config = { network: kind, ...sizes, ...own } as GridModelConfig;
    return { config, symbols, labels: columnsOfFile(labels) };
  });
}
