// How much is right to the letter.

import { type References, segmentsOf } from "./segments.js";

/**
 * Fraction of the hypotheses that are one of their references, 0 to 1. Not even white space is forgiven.
 * @throws InvalidInputError
 */
export function exactMatch(
  hypotheses: readonly string[],
  references: readonly References[],
): number {
  const segments = segmentsOf(hypotheses, references);
  const right = segments.filter(({ hypothesis, references }) => references.includes(hypothesis));
  return right.length / segments.length;
}

/**
 * Fraction of the places at which hypothesis and reference have the same token, 0 to 1, over the whole corpus.
 * Where one is longer, the other is wrong there. Of several references, the one with the
 * fewest wrong places counts.
 * @param cut a text's tokens; its characters (code points) where not given
 * @throws InvalidInputError
 */
export function tokenAccuracy(
  hypotheses: readonly string[],
  references: readonly References[],
  cut: (text: string) => ArrayLike<string | number> = Array.from<string>,
): number {
  let right = 0;
  let places = 0;
  for (const { hypothesis, references: all } of segmentsOf(hypotheses, references)) {
    const own = Array.from(cut(hypothesis));
    const best = all
      .map((text) => {
        const reference = cut(text);
        const same = own.filter((token, i) => i < reference.length && token === reference[i]);
        return { right: same.length, places: Math.max(own.length, reference.length) };
      })
      .reduce((a, b) => (b.places - b.right < a.places - a.right ? b : a));
    right += best.right;
    places += best.places;
  }
  return places === 0 ? 1 : right / places;
}
