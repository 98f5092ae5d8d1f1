// The text that the demo learns, for trying things out: `simdream/corpus`.

import englishText from "../corpus/en.txt";
import chineseText from "../corpus/zh.txt";

/** A thousand everyday Chinese sentences, a third of them about the weather, one a line. */
export const chinese: string = chineseText;

/** A hundred short English ones, one a line. */
export const english: string = englishText;
