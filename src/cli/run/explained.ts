// What an explanation is, whatever it explains.

import type { Section } from "../show/page.js";

/** Why a model said what it said, for pages, pictures and programs. */
export interface Explained {
  /** What it is of, in a few words. */
  readonly of: string;
  readonly sections: readonly Section[];
  readonly json: object;
  /** The main thing as a picture of lines. */
  readonly svg?: string;
  /** The main thing as a picture of pixels. */
  readonly png?: Uint8Array;
}

/** Numbers for JSON: six digits of each. */
export function rounded(values: ArrayLike<number>): number[] {
  return Array.from(values, (value) => Number(value.toPrecision(6)));
}
