// The same text in one form: what a person takes for one character should not be two to a model.
// Unicode promises that normal forms and case of assigned characters do not change, so neither do
// these between runtimes; characters newer than a runtime stay as they are in it.

import { checkChoice, checkFlag, checkKeys, InvalidInputError } from "../host/errors.js";
import { checkText } from "./utf8.js";

/** A side of a pair. */
export type Side = "source" | "target";

/** How texts are brought into one form. */
export interface CleanOptions {
  /**
   * Unicode normal form. "NFC": é is one character however it was typed; "NFKC": also ﬁ is fi, ① is 1 and
   * ２ is 2. Default "NFC".
   */
  readonly normalize?: "NFC" | "NFKC" | "none";
  /**
   * Capital letters become small ones, in no language's own way; of pairs, on both sides or on one. Default
   * false.
   */
  readonly lowercase?: boolean | Side;
  /** Full-width Ａ１！ become A1!, half-width ｶﾞ becomes ガ, the ideographic space a space. Default false. */
  readonly foldWidth?: boolean;
}

export const cleanKeys: readonly (keyof CleanOptions)[] = ["normalize", "lowercase", "foldWidth"];

function lowers(lowercase: unknown, side: Side | undefined): boolean {
  if (lowercase !== "source" && lowercase !== "target") return checkFlag("lowercase", lowercase);
  if (side) return lowercase === side;
  throw new InvalidInputError(
    `lowercase must be true or false, got "${lowercase}": only pairs have sides`,
  );
}

/** The ideographic space, and the block of half-width and full-width forms. */
const WIDE = /[\u3000\uff01-\uffee]+/g;

/**
 * A text in one form: for sources that are given to a model whose pairs were read with the same options.
 * @throws InvalidInputError
 */
export function cleanText(text: string, options: CleanOptions = {}): string {
  checkKeys("cleanText", options, cleanKeys);
  return cleaner(options, "source")(checkText("the text", text));
}

/** Returns options that can be used; `pairs`: for texts with two sides. @throws InvalidInputError */
export function checkClean(options: CleanOptions, pairs = false): CleanOptions {
  checkKeys("clean", options, cleanKeys);
  cleaner(options, pairs ? "source" : undefined);
  return options;
}

/** A function that cleans a text, or one of this side. @throws InvalidInputError */
export function cleaner(options: CleanOptions, side?: Side): (text: string) => string {
  const form = checkChoice("normalize", options.normalize ?? "NFC", ["NFC", "NFKC", "none"]);
  const lowercase = lowers(options.lowercase ?? false, side);
  const foldWidth = checkFlag("foldWidth", options.foldWidth ?? false);
  const normal = (text: string) => (form === "none" ? text : text.normalize(form));
  const width = (text: string) => text.replace(WIDE, (run) => run.normalize("NFKC"));
  return (text) => {
    const folded = normal(foldWidth ? width(text) : text);
    // NFKC makes capitals of letters that are none, such as ℌ; case must come after it.
    return lowercase ? normal(folded.toLowerCase()) : folded;
  };
}
