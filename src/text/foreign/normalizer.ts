// What becomes of a text before it is split.
//
// Normal forms need no tables of our own: what the characters of Unicode 9.0 become has not changed since, and may
// not ("Unicode Character Encoding Stability Policies"), so every engine agrees on them. Later characters are what
// engines differ in; like Hugging Face's tokenizers, whose tables are those of 9.0, they stay as they are.

import { InvalidInputError } from "../../host/errors.js";
import { checkString, partsOf, patternOf, refuseType, type Section } from "./sections.js";
import { inUnicode9 } from "./unicode.js";

type Change = (text: string) => string;
type NormalForm = "NFC" | "NFD" | "NFKC" | "NFKD";

/** The longest text that a change may put in. */
const LONGEST = 64;

/** The section "normalizer". @throws InvalidInputError for what is not supported, by its type */
export function normalizerOf(section: unknown): Change {
  const changes = partsOf("normalizer", section, "normalizers").map(changeOf);
  return (text) => changes.reduce((changed, change) => change(changed), text);
}

function changeOf(part: Section): Change {
  switch (part.type) {
    case "NFC":
    case "NFD":
    case "NFKC":
    case "NFKD":
      return normalForm(part.type);
    case "Prepend": {
      const prefix = short("normalizer.prepend", part.prepend);
      return (text) => (text === "" ? "" : prefix + text);
    }
    case "Replace": {
      const { text: from } = patternOf("normalizer", part);
      const to = short("normalizer.content", part.content);
      if (from === undefined) return refuseType("normalizer", part, "Replace of a String only");
      return (text) => text.replaceAll(from, () => to);
    }
    default:
      return refuseType("normalizer", part, "Prepend, Replace, NFC, NFD, NFKC, NFKD or a Sequence");
  }
}

function short(name: string, value: unknown): string {
  const text = checkString(name, value);
  if (text.length <= LONGEST) return text;
  throw new InvalidInputError(`${name} must have at most ${LONGEST} characters`);
}

function normalForm(form: NormalForm): Change {
  // An engine that was built without tables of Unicode returns what it is given.
  if ("e\u0301".normalize("NFC") !== "\u00e9") {
    throw new InvalidInputError(
      `this tokenizer needs ${form}, which this engine was built without`,
    );
  }
  return (text) => {
    if (isAscii(text)) return text;
    let normal = "";
    let start = 0;
    for (let at = 0; at < text.length; ) {
      const point = text.codePointAt(at)!;
      const length = point > 0xffff ? 2 : 1;
      if (!inUnicode9(point)) {
        normal += text.slice(start, at).normalize(form) + text.slice(at, at + length);
        start = at + length;
      }
      at += length;
    }
    return normal + text.slice(start).normalize(form);
  };
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}
