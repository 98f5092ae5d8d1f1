// simdream generate, of a model of grids.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import type {
  GeneratedGrids,
  GridGenerateOptions,
  GridModel,
  GridRules,
} from "../../entries/node.js";
import { Failure, flag, reason, UsageError } from "../errors.js";
import { checkWritable, writeWhole } from "../io/atomic.js";
import { readText } from "../io/files.js";
import { type CheckName, playableBy, textsOf } from "../io/level-checks.js";
import { modelOf, type Read } from "../io/models.js";
import { checkPaths, uses } from "../io/paths.js";
import { gridKind } from "../kinds/grid.js";
import {
  addOptions,
  count,
  type OptionRow,
  pick,
  rowName,
  wholeNumber,
} from "../options/options.js";
import { checkRow } from "../run/measure-grids.js";
import { checkFolder } from "../run/picture-files.js";
import { plural } from "../show/format.js";
import { printJson, printLine } from "../show/terminal.js";

/** What a model of grids understands of the command's options. */
interface LevelFlags
  extends Pick<
    GridGenerateOptions,
    "width" | "height" | "samples" | "seed" | "temperature" | "topK" | "topP" | "minP" | "free"
  > {
  readonly tries?: number;
  readonly repairs?: number;
  readonly refused?: "error" | "skip";
  readonly label?: Readonly<Record<string, string>>;
  readonly rules?: string;
  readonly given?: string;
  readonly check?: CheckName;
  readonly out?: string;
  readonly json?: boolean;
}

const ownRows: readonly OptionRow[] = [
  ["--width <n>", "columns (default: as of most that were learned)", undefined, count],
  ["--height <n>", "rows (default: as of most that were learned)", undefined, count],
  ["--rules <file>", "rules that every level keeps, as JSON"],
  ["--given <file>", "a level with the cells that are fixed, and --free for the others"],
  ["--free <character>", "what stands in --given for a cell that is drawn (default: _)"],
  checkRow,
  [
    "--tries <n>",
    "how often a level is drawn, at most, until it can be played (default: 20)",
    undefined,
    count,
  ],
  [
    "--repairs <n>",
    "how often a part of it is drawn again after that (default: 0)",
    undefined,
    wholeNumber,
  ],
  [
    "--refused <what>",
    "what becomes of levels that cannot be played then: an error, or they are left out (skip)",
    undefined,
    ["error", "skip"],
  ],
];

const plainNames = ["width", "height", "samples", "seed", "temperature", "topK", "topP", "minP"];
const more = ["tries", "repairs", "refused", "free"];
const others = ["label", "rules", "given", "check", "out", "json"];
const own = ownRows.map(rowName);

export function addLevelOptions(target: Command): void {
  addOptions(target, "Grids", ownRows);
}

/** Refuses options of grids for another model. @throws UsageError */
export function checkNoLevels(path: string, title: string, explicit: ReadonlySet<string>): void {
  const name = own.find((one) => explicit.has(one));
  if (name) throw new UsageError(`${flag(name)} is for models of grids, ${path} holds ${title}`);
}

/** @throws UsageError, Failure, InvalidInputError, RefusedError */
export async function generateLevels(
  path: string,
  read: Read,
  flags: LevelFlags,
  explicit: ReadonlySet<string>,
): Promise<void> {
  const model = modelOf(gridKind, path, read);
  const foreign = [...explicit].find((name) => ![...plainNames, ...more, ...others].includes(name));
  if (foreign) {
    throw new UsageError(`${flag(foreign)} is for other models, ${path} holds ${read.kind.title}`);
  }
  const { rules, given, check, out } = flags;
  checkPaths(
    [...uses("the model", path), ...uses("--rules", rules), ...uses("--given", given)],
    uses("--out", out),
  );
  if (out !== undefined) (isText(out) ? checkWritable : checkFolder)(out);
  const options: GridGenerateOptions = {
    ...pick(flags, [...plainNames, ...more]),
    ...(flags.label && { labels: labelsOf(model, flags.label) }),
    ...(rules !== undefined && { rules: readRules(rules) }),
    ...(given !== undefined && {
      given: textOf(given)
        .replace(/(\r?\n)+$/, "")
        .replaceAll("\r", ""),
    }),
    ...(check && { playable: playableBy(check) }),
  };
  const made = await model.generate(options);
  const said = out === undefined ? undefined : await write(out, made);
  const { seeds, tries, repairs, grids } = made;
  if (flags.json) {
    const levels = textsOf(grids);
    return printJson({
      ...{ width: grids.grids[0].width, height: grids.grids[0].height, seeds, tries, repairs },
      ...(out === undefined ? { levels } : { out }),
      fingerprint: grids.fingerprint(),
    });
  }
  if (said !== undefined) return printLine(said);
  process.stdout.write(textFile(made));
}

/** A label's value alone is that of the only label. @throws UsageError */
function labelsOf(
  model: GridModel,
  given: Readonly<Record<string, string>>,
): Record<string, string> {
  const { "": bare, ...labels } = given;
  if (bare === undefined) return labels;
  if (model.labels.length === 1) return { ...labels, [model.labels[0].name]: bare };
  throw new UsageError(`--label must be a label and its value: theme=cave, got ${bare}`);
}

/** @throws Failure */
function readRules(path: string): GridRules {
  try {
    return JSON.parse(textOf(path)) as GridRules;
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new Failure(`${path}: rules must be JSON: ${cause.message}`, { cause });
  }
}

function textOf(path: string): string {
  return readText(path).pieces.join("");
}

function isText(out: string): boolean {
  return /\.(txt|levels)$/i.test(out);
}

/** All levels in one file, each after a line with its seed. */
function textFile({ grids, seeds }: GeneratedGrids): string {
  const texts = textsOf(grids);
  if (!texts) throw new UsageError("these grids are pictures: give --out, a folder for them");
  return texts.map((text, i) => `; seed ${seeds[i]}\n${text}\n`).join("\n");
}

/** One file of text, or a folder with a file each. @returns what was written @throws Failure */
async function write(out: string, made: GeneratedGrids): Promise<string> {
  const { grids, seeds } = made;
  const bytes = new TextEncoder();
  if (isText(out)) {
    writeWhole(out, bytes.encode(textFile(made)));
    return `${plural(grids.length, "level")} in ${out}`;
  }
  try {
    mkdirSync(out, { recursive: true });
  } catch (error) {
    throw new Failure(`cannot make the folder ${out}: ${reason(error)}`, { cause: error });
  }
  const texts = textsOf(grids);
  for (const [i, seed] of seeds.entries()) {
    if (texts) writeWhole(join(out, `${seed}.txt`), bytes.encode(`${texts[i]}\n`));
    else writeWhole(join(out, `${seed}.png`), await grids.toPNG(i));
  }
  return `${plural(grids.length, "file")} in ${out}`;
}
