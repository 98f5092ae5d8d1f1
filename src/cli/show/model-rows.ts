// What `inspect` shows of several kinds of models in the same words.

import type {
  LabelField,
  LanguageModelConfig,
  Seq2SeqConfig,
  Tokenizer,
} from "../../entries/node.js";
import type { Rows } from "../kinds/model.js";
import { visible } from "./escape.js";
import { oneLine, plural, whole } from "./format.js";

/** Values of a label that are shown of many. */
const SHOWN = 10;

type AnyConfig = LanguageModelConfig | Seq2SeqConfig;

/** The sizes of a network. */
export function networkRows(config: AnyConfig): Rows {
  if (!("style" in config)) {
    return [
      ["embed", whole(config.embed)],
      ["hidden", whole(config.hidden)],
      ["layers", whole(config.layers)],
      ["dropout", String(config.dropout)],
    ];
  }
  const { style, hidden, layers, heads, kvHeads, inner, context, dropout } = config;
  const window = "window" in config ? config.window : 0;
  return [
    ["style", style],
    ["hidden", whole(hidden)],
    ["layers", whole(layers)],
    ["heads", kvHeads === heads ? whole(heads) : `${whole(heads)}, of keys ${whole(kvHeads)}`],
    ["inner", whole(inner)],
    ["context", window > 0 ? `${whole(context)}, window ${whole(window)}` : whole(context)],
    ["tied", config.tied ? "yes" : "no"],
    ["dropout", String(dropout)],
    ...detailRows(config),
  ];
}

/** What pretrained networks have and others have not. */
function detailRows(config: object): Rows {
  type Pretrained = Extract<LanguageModelConfig, { readonly network: "transformer" }>;
  const { headSize, qkvBias, qkNorm, normEps, ropeScaling } = config as Partial<Pretrained>;
  const has = [...(qkvBias ? ["biases"] : []), ...(qkNorm ? ["norms"] : [])];
  const { type, factor } = ropeScaling ?? {};
  return [
    ...(headSize === undefined ? [] : [["head size", whole(headSize)] as const]),
    ...(has.length === 0 ? [] : [["attention", `${has.join(" and ")} of its own`] as const]),
    ...(normEps === undefined ? [] : [["norm eps", String(normEps)] as const]),
    ...(ropeScaling ? [["positions", `${type}, scaled by ${factor}`] as const] : []),
  ];
}

/** A network in a few words. */
export function networkWords(config: AnyConfig): string {
  const { network, hidden, layers } = config;
  if (!("style" in config)) {
    return `${network}, embed ${config.embed}, hidden ${hidden}, ${plural(layers, "layer")}`;
  }
  const { style, heads, context } = config;
  return (
    `transformer (${style}), hidden ${hidden}, ${plural(layers, "layer")}, ` +
    `${plural(heads, "head")}, context ${context}`
  );
}

/** A tokenizer in a line. */
export function vocabulary(tokenizer: Tokenizer): string {
  const json = tokenizer.toJSON();
  const known = json.kind === "char" ? `: ${oneLine(json.characters, 60)}` : "";
  return `${json.kind}, ${plural(tokenizer.size, "token")}${known}`;
}

/** What documents may be labelled with, a field a row. */
export function labelRows(labels: readonly LabelField[]): Rows {
  return labels.map((field) => {
    if (field.kind === "text") return ["label", `${field.name}: a text`];
    const { length } = field.values;
    const shown = field.values.slice(0, SHOWN).map((value) => oneLine(value, 40));
    const more = length > SHOWN ? ` and ${whole(length - SHOWN)} more` : "";
    return ["label", `${field.name}: ${shown.join(", ")}${more}`];
  });
}

/** A tokenizer for programs. */
export function sized(tokenizer: Tokenizer): object {
  const { size } = tokenizer;
  const json = tokenizer.toJSON();
  if (json.kind !== "hugging-face") return { size, ...json };
  // Of a vocabulary of a hundred thousand only what a program may ask.
  const { kind, bos = null, eos, chat_template } = json;
  return { size, kind, bos, eos, chatTemplate: chat_template !== undefined };
}

/** Rows as a table of two columns. */
export function twoColumns(rows: Rows, width: number): string {
  return rows.map(([name, value]) => `${name.padEnd(width)} ${visible(value)}\n`).join("");
}
