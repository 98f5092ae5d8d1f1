// What `inspect` shows of several kinds of models in the same words.

import type { Tokenizer } from "../../entries/node.js";
import type { Rows } from "../kinds/model.js";
import { visible } from "./escape.js";
import { oneLine, plural, whole } from "./format.js";

/** The sizes of a recurrent network. */
export function sizes(config: {
  readonly embed: number;
  readonly hidden: number;
  readonly layers: number;
  readonly dropout: number;
}): Rows {
  return [
    ["embed", whole(config.embed)],
    ["hidden", whole(config.hidden)],
    ["layers", whole(config.layers)],
    ["dropout", String(config.dropout)],
  ];
}

/** A tokenizer in a line. */
export function vocabulary(tokenizer: Tokenizer): string {
  const json = tokenizer.toJSON();
  const known = json.kind === "char" ? `: ${oneLine(json.characters, 60)}` : "";
  return `${json.kind}, ${plural(tokenizer.size, "token")}${known}`;
}

/** A tokenizer for programs. */
export function sized(tokenizer: Tokenizer): object {
  return { size: tokenizer.size, ...tokenizer.toJSON() };
}

/** Rows as a table of two columns. */
export function twoColumns(rows: Rows, width: number): string {
  return rows.map(([name, value]) => `${name.padEnd(width)} ${visible(value)}\n`).join("");
}
