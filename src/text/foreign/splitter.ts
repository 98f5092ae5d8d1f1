// How a text is cut into pieces, which no token crosses: the section "pre_tokenizer".

import { checkChoice } from "../../host/errors.js";
import { Pattern } from "./pattern.js";
import {
  checkBoolean,
  checkString,
  partsOf,
  patternOf,
  refuseType,
  type Section,
} from "./sections.js";
import { Category, categoryOf } from "./unicode.js";

/** The pieces of a text; `first`: the text is the beginning of what is encoded. */
type Split = (text: string, first: boolean) => readonly string[];

/** How texts are split, and whether pieces are then read as bytes. */
export interface Splitter {
  readonly split: Split;
  readonly bytes: boolean;
}

/** The pattern of GPT-2, which a pre-tokenizer ByteLevel implies. */
const GPT2_PATTERN =
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

/** The section "pre_tokenizer". @throws InvalidInputError for what is not supported, by its type */
export function splitterOf(section: unknown): Splitter {
  const parts = partsOf("pre_tokenizer", section, "pretokenizers");
  const at = parts.findIndex(({ type }) => type === "ByteLevel");
  if (at >= 0 && at < parts.length - 1) {
    refuseType("pre_tokenizer", parts[at + 1], "nothing after ByteLevel");
  }
  const splits = parts.map(splitOf);
  const split: Split = (text, first) =>
    splits.reduce<readonly string[]>(
      (pieces, one) => pieces.flatMap((piece, i) => one(piece, first && i === 0)),
      [text],
    );
  return { split: splits.length === 1 ? splits[0] : split, bytes: at >= 0 };
}

function splitOf(part: Section): Split {
  switch (part.type) {
    case "ByteLevel":
      return byteLevel(part);
    case "Split":
      return byPattern(part);
    case "Metaspace":
      return metaspace(part);
    case "Digits": {
      const one = checkBoolean("pre_tokenizer.individual_digits", part.individual_digits, false);
      return (text) => pieces(text, digits(text), one ? "Isolated" : "Contiguous");
    }
    default:
      return refuseType(
        "pre_tokenizer",
        part,
        "ByteLevel, Split, Metaspace, Digits or a Sequence of them",
      );
  }
}

function byteLevel(part: Section): Split {
  const prefix = checkBoolean("pre_tokenizer.add_prefix_space", part.add_prefix_space, true);
  const splits = checkBoolean("pre_tokenizer.use_regex", part.use_regex, true);
  const pattern = splits ? new Pattern(GPT2_PATTERN) : undefined;
  return (text) => {
    const whole = prefix && !text.startsWith(" ") ? ` ${text}` : text;
    return pattern ? pieces(whole, pattern.matches(whole), "Isolated") : [whole];
  };
}

const behaviors = [
  ...(["Isolated", "Removed", "Contiguous", "MergedWithPrevious", "MergedWithNext"] as const),
] as const;
type Behavior = (typeof behaviors)[number];

function byPattern(part: Section): Split {
  const behavior = checkChoice("pre_tokenizer.behavior", part.behavior as string, behaviors);
  const invert = checkBoolean("pre_tokenizer.invert", part.invert, false);
  const { text: literal, regex = "" } = patternOf("pre_tokenizer", part);
  if (literal !== undefined) {
    return (text) => pieces(text, occurrences(text, literal), behavior, invert);
  }
  const pattern = new Pattern(regex);
  return (text) => pieces(text, pattern.matches(text), behavior, invert);
}

/** Spaces become "▁", one is put before the text, and each begins a piece: SentencePiece's way. */
function metaspace(part: Section): Split {
  const mark = checkString("pre_tokenizer.replacement", part.replacement, "▁");
  const old = checkBoolean("pre_tokenizer.add_prefix_space", part.add_prefix_space, true);
  const scheme = checkChoice(
    "pre_tokenizer.prepend_scheme",
    checkString("pre_tokenizer.prepend_scheme", part.prepend_scheme, old ? "always" : "never"),
    ["always", "first", "never"],
  );
  const splits = checkBoolean("pre_tokenizer.split", part.split, true);
  return (text, first) => {
    const marked = text.replaceAll(" ", () => mark);
    const prepends = scheme === "always" || (scheme === "first" && first);
    const whole = prepends && !marked.startsWith(mark) ? mark + marked : marked;
    return splits ? pieces(whole, occurrences(whole, mark), "MergedWithNext") : [whole];
  };
}

type Ranges = Iterable<readonly [number, number]>;

function* occurrences(text: string, wanted: string): Generator<[number, number], void, void> {
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) {
    yield [at, at + wanted.length];
  }
}

function* digits(text: string): Generator<[number, number], void, void> {
  for (let at = 0; at < text.length; ) {
    const point = text.codePointAt(at)!;
    const length = point > 0xffff ? 2 : 1;
    const category = categoryOf(point);
    if (category >= Category.Nd && category <= Category.No) yield [at, at + length];
    at += length;
  }
}

/** The pieces that matches and what is between them make. */
function pieces(text: string, matches: Ranges, behavior: Behavior, invert = false): string[] {
  const found: string[] = [];
  let previous: boolean | undefined;
  const add = (piece: string, isMatch: boolean) => {
    const joins =
      (behavior === "Contiguous" && previous === isMatch) ||
      (behavior === "MergedWithPrevious" && isMatch && previous === false) ||
      (behavior === "MergedWithNext" && !isMatch && previous === true);
    previous = isMatch;
    if (behavior === "Removed" && isMatch) return;
    if (joins) found[found.length - 1] += piece;
    else found.push(piece);
  };
  let at = 0;
  for (const [start, end] of matches) {
    if (start > at) add(text.slice(at, start), invert);
    add(text.slice(start, end), !invert);
    at = end;
  }
  if (at < text.length) add(text.slice(at), invert);
  return found;
}
