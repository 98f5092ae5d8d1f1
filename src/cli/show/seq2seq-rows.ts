// An encoder-decoder in words.

import type { Seq2Seq } from "../../entries/node.js";
import type { Inspection } from "../kinds/model.js";
import { oneLine, plural, size } from "./format.js";
import { networkRows, networkWords, sized, vocabulary } from "./model-rows.js";

/** In a line, for `train`. */
export function describeModel({ config, parameterCount }: Seq2Seq): string {
  const { reverseSource, tied } = config;
  const traits = [
    ...(reverseSource ? ["source reversed"] : []),
    ...(tied ? ["tied"] : []),
    ...("attention" in config
      ? [`embed ${config.embed}`, `hidden ${config.hidden}`, plural(config.layers, "layer")]
      : [networkWords(config)]),
  ];
  return (
    `${["seq2seq", ...lookingBack(config), ...traits].join(", ")}: ` +
    `${plural(parameterCount, "parameter")}, ${size(4 * parameterCount)}`
  );
}

/** How an LSTM's decoder looks back at a source, and its encoder reads it. */
function lookingBack(config: Seq2Seq["config"]): string[] {
  if (!("attention" in config)) return [];
  const { attention, bidirectional } = config;
  const looks = attention === "none" ? "no attention" : `${attention} attention`;
  return [looks, ...(bidirectional ? ["bidirectional"] : [])];
}

/** For `inspect`. */
export function inspect({ config, tokenizers }: Seq2Seq): Inspection {
  const { reverseSource, tied, shared, labels, clean = {} } = config;
  const bidirectional = "attention" in config && config.bidirectional;
  const flags = Object.entries({ bidirectional, reverseSource, tied, shared });
  const set = flags.filter(([, value]) => value).map(([name]) => name);
  const forms = Object.entries(clean).filter(([, value]) => value !== false);
  const { source, target } = tokenizers;
  return {
    model: ["seq2seq", config.network, ...set].join(", "),
    traits: [
      ...("attention" in config ? ([["attention", config.attention]] as const) : []),
      ["labels", labels.length > 0 ? oneLine(labels.join(", "), 60) : "none"],
      ["clean", forms.map(([name, value]) => `${name} ${value}`).join(", ") || "no"],
      ...networkRows(config),
    ],
    assets: shared
      ? [["tokenizer", vocabulary(source)]]
      : [
          ["source", vocabulary(source)],
          ["target", vocabulary(target)],
        ],
    unit: "nats a token",
    json: {
      tokenizers: shared
        ? { source: sized(source) }
        : { source: sized(source), target: sized(target) },
    },
  };
}
