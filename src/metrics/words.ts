// Texts as words, as sacreBLEU's tokenizers cut them (Post 2018, "A call for clarity in reporting BLEU
// scores"): `13a` is that of mteval-v13a, `zh` cuts Chinese into characters before. Scores are comparable
// only where this is the same to the letter, so it is, with what is odd about it.

export const wordCuts = ["13a", "zh", "char", "none"] as const;

/** How texts are cut into words. */
export type WordCut = (typeof wordCuts)[number];

/** White space as Python knows it: Unicode's, and the four separators of ASCII. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is meant
const SPACE = /[\p{White_Space}\u{1c}-\u{1f}]+/u;

const START = new RegExp(`^${SPACE.source}`, "u");
const END = new RegExp(`${SPACE.source}$`, "u");

/**
 * What `zh` takes for Chinese. From U+2001 on it also has quotation marks, arrows and mathematics: two
 * of the original's bounds were meant to be above U+FFFF and are not; characters up there are not cut.
 */
const CHINESE =
  /[\u2001-\u2a6d\u2e80-\u2fdf\u2ff0-\u303f\u3100-\u312f\u31a0-\u31ef\u3200-\u4db5\u4e00-\u9fbb\uf900-\ufa2d\ufa30-\ufa6a\ufa70-\ufad9\ufe10-\ufe1f\ufe30-\ufe4f\uff00-\uffef]/gu;

const ENTITIES = [
  ["&quot;", '"'],
  ["&amp;", "&"],
  ["&lt;", "<"],
  ["&gt;", ">"],
] as const;

/** Words between white space. */
export function splitSpace(text: string): string[] {
  return text.split(SPACE).filter((word) => word !== "");
}

const cuts: Record<WordCut, (text: string) => string[]> = {
  "13a": (text) => {
    let line = text.replaceAll("<skipped>", "").replaceAll("-\n", "").replaceAll("\n", " ");
    for (const [entity, character] of ENTITIES) line = line.replaceAll(entity, character);
    return western(` ${line} `);
  },
  zh: (text) => western(text.replace(START, "").replace(CHINESE, " $& ")),
  char: (text) => splitSpace(Array.from(text).join(" ")),
  none: splitSpace,
};

/** The words of a text. */
export function cutWords(text: string, cut: WordCut): string[] {
  return cuts[cut](text.replace(END, ""));
}

/** Punctuation of Western languages becomes words; "." and "," between digits and "-" before one do not. */
function western(line: string): string[] {
  const cut = line
    .replace(/[{-~[-` -&(-+:-@/]/g, " $& ")
    .replace(/([^0-9])([.,])/gu, "$1 $2 ")
    .replace(/([.,])([^0-9])/gu, " $1 $2")
    .replace(/([0-9])(-)/g, "$1 $2 ");
  return splitSpace(cut);
}
