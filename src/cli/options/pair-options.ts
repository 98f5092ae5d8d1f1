// How files of pairs are read: what `train` and `evaluate` say of it.

import type { CleanOptions, PairTextOptions } from "../../entries/node.js";
import type { Rules } from "../../host/rules.js";
import { pick } from "./options.js";
import { namesIn, type OptionTable, table } from "./tables.js";

type Columns = Pick<PairTextOptions, "sourceColumn" | "targetColumn" | "labelColumn">;
type Kept = Pick<PairTextOptions, "dedupe" | "minLength" | "maxLength">;

const columnRules: Rules<Columns, "labelColumn"> = {
  sourceColumn: { type: "integer", min: 0, value: 0 },
  targetColumn: { type: "integer", min: 0, value: 1 },
  labelColumn: { type: "integer", min: 0, own: true },
};

const keptRules: Rules<Kept, "maxLength"> = {
  dedupe: { type: "flag", value: false },
  minLength: { type: "integer", min: 1, value: 1 },
  maxLength: { type: "integer", min: 1, own: true },
};

const cleanRules: Rules<CleanOptions, "lowercase"> = {
  normalize: { type: "choice", of: ["NFC", "NFKC", "none"], value: "NFC" },
  lowercase: { type: "choice", of: ["source", "target"], own: true },
  foldWidth: { type: "flag", value: false },
};

/** Texts stay as they are, unless something else is said. */
const textCleanRules: Rules<CleanOptions, "normalize" | "lowercase"> = {
  ...cleanRules,
  normalize: { type: "choice", of: ["NFC", "NFKC", "none"], own: true },
};

/** Where a line has its pair. */
export const columnTable: OptionTable = table("Pairs", "readPairs", columnRules, {
  sourceColumn: "column of the source, from 0",
  targetColumn: "column of the target; the source's to reconstruct it",
  labelColumn: "column of the label (default: no labels)",
});

/** Which pairs are kept. */
export const keptTable: OptionTable = table("Pairs", "readPairs", keptRules, {
  dedupe: "keep only the first of equal pairs",
  minLength: "leave out pairs with a side of fewer characters",
  maxLength: "leave out pairs with a side of more characters",
});

const FOLD_WIDTH = "full-width letters and digits become narrow, half-width kana wide";

/** The form of all texts, which the model remembers. */
export const cleanTable: OptionTable = table("Pairs", "readPairs", cleanRules, {
  normalize: "<form> Unicode form of all texts",
  lowercase: "[side] capital letters become small ones, on both sides or on one",
  foldWidth: FOLD_WIDTH,
});

/** The same for a language model. */
export const textCleanTable: OptionTable = table("Data", "clean", textCleanRules, {
  normalize: "<form> Unicode form of all texts, prompts too (default: they stay as they are)",
  lowercase: "[side] capital letters become small ones (a side: of pairs only)",
  foldWidth: FOLD_WIDTH,
});

/** How the flags want texts cleaned. A form is always said, because the model's file then has it. */
export function cleaning(flags: object): CleanOptions {
  const { normalize } = cleanRules;
  const standard = "value" in normalize ? { normalize: normalize.value } : {};
  return { ...standard, ...pick(flags, namesIn(cleanTable)) };
}

/** How the flags want the texts of a language model cleaned; undefined where they say nothing of it. */
export function textCleaning(flags: object): CleanOptions | undefined {
  const given = pick(flags, namesIn(textCleanTable));
  return Object.keys(given).length > 0 ? { normalize: "none", ...given } : undefined;
}
