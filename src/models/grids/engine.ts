// All that a model of grids computes with, loaded when the first one is made.

import type { GridSet } from "../../data/grids/grid-set.js";
import { plainSymbol } from "../../data/grids/symbols.js";
import { atOnce } from "../../host/pieces.js";
import type { NetworkDescription } from "../../train/trainable.js";
import { builderOf } from "../base/network-choice.js";
import { classCounts, placesOf } from "../images/conditions.js";
import { checkGridSet, type GridSetup } from "./config.js";
import { GridFeatures } from "./features.js";
import type { AnyGridNetwork } from "./grid-network.js";
import { networks } from "./networks.js";
import { type GridScore, measureGrids } from "./score.js";
import type { LearnedGrids } from "./windows.js";

export { gridRules, newGridSetup, storedGridSetup } from "./config.js";

/** What builds a network of this kind. */
export function build(kind: string): ReturnType<typeof builderOf<AnyGridNetwork>> {
  return builderOf<AnyGridNetwork>(networks, kind);
}

/** What a model's network is built from. */
export function networkOf(setup: GridSetup): NetworkDescription {
  const {
    order: _,
    width: _w,
    height: _h,
    seed: _s,
    runs: _r,
    counted: _c,
    ...rest
  } = setup.config;
  const { network: kind, ...sizes } = rest;
  const { rows: table, size: features } = featuresOf(setup);
  const config = { kind, ...sizes, table, features };
  return { model: "GridModel", classes: setup.symbols.length, config };
}

/** What a model's network is told of a cell. */
export function featuresOf({ config, symbols, labels }: GridSetup): GridFeatures {
  const { order, runs, counted } = config;
  return new GridFeatures(symbols.length, {
    ...{ order, runs, labels: classCounts(labels) },
    counted: counted?.map((name) =>
      symbols.flatMap((symbol, i) => (symbol === name || plainSymbol(symbol) === name ? [i] : [])),
    ),
  });
}

/** Grids as a model learns them. @throws InvalidInputError for symbols or labels that it does not know */
export function learnedBy(setup: GridSetup, grids: GridSet): LearnedGrids {
  const { config, symbols, labels } = setup;
  const set = checkGridSet("grids", grids).withSymbols(symbols);
  const places = placesOf(labels, set, "grids");
  const { order } = config;
  return { set, places, columns: labels.length, features: featuresOf(setup), order };
}

/** How well they are predicted. */
export function scoreOf(network: AnyGridNetwork, learned: LearnedGrids): GridScore {
  return atOnce(
    measureGrids(
      network,
      learned,
      learned.set.grids.map((_, i) => i),
    ),
  );
}
