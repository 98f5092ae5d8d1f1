// How much of a dialogue is read: the options that `chat` and `serve` share.

import { type OptionRow, wholeNumber } from "./options.js";

export const dialogueRows: readonly OptionRow[] = [
  ["--history <n>", "earlier turns that are read together with a message", 0, wholeNumber],
  ["--joiner <text>", "what stands between turns", " "],
];
