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

const cleanRules: Rules<CleanOptions> = {
  normalize: { type: "choice", of: ["NFC", "NFKC", "none"], value: "NFC" },
  lowercase: { type: "flag", value: false },
  foldWidth: { type: "flag", value: false },
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

/** The form of all texts, which the model remembers. */
export const cleanTable: OptionTable = table("Pairs", "readPairs", cleanRules, {
  normalize: "<form> Unicode form of all texts",
  lowercase: "capital letters become small ones",
  foldWidth: "full-width letters and digits become narrow, half-width kana wide",
});

/** How the flags want texts cleaned. A form is always said, because the model's file then has it. */
export function cleaning(flags: object): CleanOptions {
  const { normalize } = cleanRules;
  const standard = "value" in normalize ? { normalize: normalize.value } : {};
  return { ...standard, ...pick(flags, namesIn(cleanTable)) };
}
