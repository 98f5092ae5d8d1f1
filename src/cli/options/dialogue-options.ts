// How much of a dialogue is read: the options that `chat` and `serve` share.

import { type OptionRow, wholeNumber } from "./options.js";

export const dialogueRows: readonly OptionRow[] = [
  ["--history <n>", "turns before that are read together with a line", 0, wholeNumber],
  ["--joiner <text>", "what stands between them", " "],
];
