// An encoder-decoder in words.

import type { Seq2Seq } from "../../entries/node.js";
import type { Inspection } from "../kinds/model.js";
import { oneLine, plural, size } from "./format.js";
import { sized, sizes, vocabulary } from "./model-rows.js";

/** In a line, for `train`. */
export function describeModel({ config, parameterCount }: Seq2Seq): string {
  const { attention, bidirectional, reverseSource, tied } = config;
  const traits = [
    attention === "none" ? "no attention" : `${attention} attention`,
    ...(bidirectional ? ["bidirectional"] : []),
    ...(reverseSource ? ["source reversed"] : []),
    ...(tied ? ["tied"] : []),
  ];
  return (
    `seq2seq, ${traits.join(", ")}, embed ${config.embed}, hidden ${config.hidden}, ` +
    `${plural(config.layers, "layer")}: ${plural(parameterCount, "parameter")}, ${size(4 * parameterCount)}`
  );
}

/** For `inspect`. */
export function inspect({ config, tokenizers }: Seq2Seq): Inspection {
  const { attention, bidirectional, reverseSource, tied, shared, labels, clean = {} } = config;
  const flags = Object.entries({ bidirectional, reverseSource, tied, shared });
  const set = flags.filter(([, value]) => value).map(([name]) => name);
  const forms = Object.entries(clean).filter(([, value]) => value !== false);
  const { source, target } = tokenizers;
  return {
    model: ["seq2seq", ...set].join(", "),
    traits: [
      ["attention", attention],
      ["labels", labels.length > 0 ? oneLine(labels.join(", "), 60) : "none"],
      ["clean", forms.map(([name, value]) => `${name} ${value}`).join(", ") || "no"],
      ...sizes(config),
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
