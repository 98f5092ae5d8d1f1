// A report of what was found, as data: shown in a terminal, or as one page that needs nothing else.

/** Languages that reports are written in. */
export const languages = ["en", "zh"] as const;
export type Language = (typeof languages)[number];

/** Texts of a command in each language: those of `zh` have the keys of `en`. */
export type Words<Texts> = Readonly<Record<Language, Texts>>;

/** A report. All its texts are plain; what shows them escapes them. */
export interface Page {
  readonly language: Language;
  readonly title: string;
  /** What it is of: a file's name, its model. */
  readonly subtitle?: string;
  readonly sections: readonly Section[];
}

export interface Section {
  readonly title: string;
  readonly parts: readonly Part[];
}

/** One of these. */
export type Part =
  | TextPart
  | CodePart
  | TablePart
  | BarsPart
  | LinesPart
  | TokensPart
  | PicturePart
  | SvgPart;

/** A paragraph. */
interface TextPart {
  readonly text: string;
  /** `good` and `bad` are verdicts; a `note` is small. */
  readonly tone?: "good" | "bad" | "note";
}

/** A text whose line breaks and spaces are kept: what a model wrote. */
interface CodePart {
  readonly code: string;
}

/** Rows of cells; numbers as they shall be read. */
export interface TablePart {
  readonly table: readonly (readonly string[])[];
  readonly head?: readonly string[];
  /** Columns whose cells end at the right, from 0: numbers. */
  readonly numbers?: readonly number[];
}

/** A bar a row, all on one scale that begins with 0, or with the least where that is below. */
export interface BarsPart {
  readonly bars: readonly Bar[];
  /** The scale's end. Default: the most of them. */
  readonly most?: number;
}

export interface Bar {
  readonly name: string;
  readonly value: number;
  /** The value in words. Default: three digits of it. */
  readonly words?: string;
  /** Ends of an interval of the value. */
  readonly interval?: readonly [low: number, high: number];
  /** A place to compare with. */
  readonly mark?: number;
  /** Colour, from 0. */
  readonly colour?: number;
}

/** Curves over one axis. */
export interface LinesPart {
  readonly lines: readonly Line[];
  /** What the axes are of. */
  readonly x: string;
  readonly y: string;
  /** What is marked on x. */
  readonly marks?: readonly { readonly x: number; readonly name: string }[];
}

interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** Pieces of a text, each on a ground that is as strong as its weight, -1 to 1. */
export interface TokensPart {
  readonly tokens: readonly {
    readonly text: string;
    readonly weight: number;
    readonly title?: string;
  }[];
}

/** A PNG. */
export interface PicturePart {
  readonly picture: Uint8Array;
  /** What is to be seen, in words. */
  readonly alt: string;
  readonly caption?: string;
}

/** A picture of lines, as one of this folder draws it. */
export interface SvgPart {
  readonly svg: string;
  /** It keeps its size, and is moved to the side where there is less room. */
  readonly wide?: boolean;
  readonly alt: string;
  readonly caption?: string;
}

/** Three digits of a number. */
export function short(value: number): string {
  return String(Number(value.toPrecision(3)));
}
