// What `evaluate` measures of a model of grids: how well it predicts others, and of those that it draws how many can be played
// and how much of them stands in the files as it is.

import type { GridModel } from "../../entries/node.js";
import { type CheckName, checkNames, playableBy, textsOf } from "../io/level-checks.js";
import { type LevelFlags, readLevels } from "../io/levels.js";
import type { Flags, Measures } from "../kinds/model.js";
import { type OptionRow, wholeNumber } from "../options/options.js";
import { percent, whole } from "../show/format.js";

interface GridFlags extends LevelFlags {
  readonly samples?: number;
  readonly seed?: number;
  readonly check?: CheckName;
}

/** Grids that are drawn where nobody says how many. */
const SAMPLES = 20;

export const checkRow: OptionRow = [
  "--check <game>",
  "how it is checked whether a level can be played",
  undefined,
  checkNames,
];

export const gridEvaluationRows: readonly OptionRow[] = [
  ["--labels <file>", "labels of the grids, as of train"],
  ["--pad <symbol>", "fills up lines that are shorter than others of their level"],
  [
    "--samples <n>",
    `grids that are drawn and measured (default: ${SAMPLES}; 0: none)`,
    undefined,
    wholeNumber,
  ],
  ["--seed <n>", "seed of those that are drawn (default: 0)", undefined, wholeNumber],
  checkRow,
];

/** @throws UsageError, Failure, InvalidInputError */
export async function measureGrids(
  _path: string,
  model: GridModel,
  paths: readonly string[],
  flags: Flags,
): Promise<Measures> {
  const { samples = SAMPLES, seed = 0, check, ...read } = flags as GridFlags;
  const grids = await readLevels(paths, read);
  const score = model.score(grids);
  const drawn =
    samples === 0 ? {} : await measureDrawn(model, textsOf(grids), samples, seed, check);
  const { playable, copied, longest } = drawn as Drawn;
  return {
    json: { ...score, ...drawn },
    rows: [
      ["nats per cell", score.nats.toFixed(4)],
      ["cells", whole(score.cells)],
      ["grids", whole(score.examples)],
      ...(playable === undefined ? [] : [["playable", percent(playable)] as const]),
      ...(copied === undefined
        ? []
        : [["copied", `${percent(copied)} of windows of 10 columns`] as const]),
      ...(longest === undefined ? [] : [["longest copy", `${whole(longest)} columns`] as const]),
    ],
  };
}

interface Drawn {
  readonly samples?: number;
  readonly playable?: number;
  readonly copied?: number;
  readonly longest?: number;
}

/** What becomes of grids that are drawn without rules and checks. */
async function measureDrawn(
  model: GridModel,
  known: readonly string[] | undefined,
  samples: number,
  seed: number,
  check: CheckName | undefined,
): Promise<Drawn> {
  const { grids } = await model.generate({ samples, seed });
  const texts = textsOf(grids);
  if (!texts || !known) return { samples };
  const { copied } = await import("../../entries/game.js");
  const { share, longest } = copied(texts, known);
  const plays = check && playableBy(check);
  const playable =
    plays && (await Promise.all(texts.map(plays))).filter((one) => one === true).length / samples;
  return { samples, ...(playable === undefined ? {} : { playable }), copied: share, longest };
}
