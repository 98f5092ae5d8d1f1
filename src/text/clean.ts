// The same text in one form: what a person takes for one character should not be two to a model.
// Unicode promises that normal forms and case of assigned characters do not change, so neither do
// these between runtimes; characters newer than a runtime stay as they are in it.

import { checkChoice, checkFlag, checkKeys } from "../host/errors.js";
import { checkText } from "./utf8.js";

/** How texts are brought into one form. */
export interface CleanOptions {
  /**
   * Unicode normal form. "NFC": é is one character however it was typed; "NFKC": also ﬁ is fi, ① is 1 and
   * ２ is 2. Default "NFC".
   */
  readonly normalize?: "NFC" | "NFKC" | "none";
  /** Capital letters become small ones, in no language's own way. Default false. */
  readonly lowercase?: boolean;
  /** Full-width Ａ１！ become A1!, half-width ｶﾞ becomes ガ, the ideographic space a space. Default false. */
  readonly foldWidth?: boolean;
}

export const cleanKeys: readonly (keyof CleanOptions)[] = ["normalize", "lowercase", "foldWidth"];

/** The ideographic space, and the block of half-width and full-width forms. */
const WIDE = /[\u3000\uff01-\uffee]+/g;

/**
 * A text in one form: for sources that are given to a model whose pairs were read with the same options.
 * @throws InvalidInputError
 */
export function cleanText(text: string, options: CleanOptions = {}): string {
  checkKeys("cleanText", options, cleanKeys);
  return cleaner(options)(checkText("the text", text));
}

/** A function that cleans a text. @throws InvalidInputError */
export function cleaner(options: CleanOptions): (text: string) => string {
  const form = checkChoice("normalize", options.normalize ?? "NFC", ["NFC", "NFKC", "none"]);
  const lowercase = checkFlag("lowercase", options.lowercase ?? false);
  const foldWidth = checkFlag("foldWidth", options.foldWidth ?? false);
  const normal = (text: string) => (form === "none" ? text : text.normalize(form));
  const width = (text: string) => text.replace(WIDE, (run) => run.normalize("NFKC"));
  return (text) => {
    const folded = normal(foldWidth ? width(text) : text);
    // NFKC makes capitals of letters that are none, such as ℌ; case must come behind it.
    return lowercase ? normal(folded.toLowerCase()) : folded;
  };
}
