// Models of pictures in words: their networks, what they make, and the classes that they know.

import type { LabelColumn } from "../../entries/node.js";
import type { Rows } from "../kinds/model.js";
import { plural } from "./format.js";

/** Classes of a label that are shown of many. */
const SHOWN = 8;

/** A network, as a model's configuration has it. */
export type Body = Readonly<Record<string, string | number | boolean>> & {
  readonly network: string;
};

/** A network in a few words. */
export function bodyWords(body: Body): string {
  const { network, layers, hidden, channels, norm, levels, attention, patch } = body;
  const deep = plural(Number(layers), "layer");
  if (network === "dense") return `dense, ${deep} of ${hidden}`;
  if (network === "dcgan") return `DCGAN, from ${channels} channels`;
  if (network === "unet") {
    const looks = attention ? ", attention" : "";
    return `U-Net of ${plural(Number(levels), "level")} from ${plural(Number(channels), "channel")}${looks}`;
  }
  if (network === "dit") {
    return `Transformer of ${plural(Number(layers), "block")} of ${hidden} over patches of ${patch} × ${patch}`;
  }
  if (network === "convlstm") {
    return `convolutional LSTM, ${deep} of ${hidden} over patches of ${patch} × ${patch}`;
  }
  if (network === "mlp") return `dense, ${plural(Number(layers), "residual block")} of ${hidden}`;
  const norms = norm === undefined || norm === "none" ? "" : `, ${norm} norm`;
  return `convolutions, ${deep} from ${channels} channels${norms}`;
}

/** What an example is. */
export function shapeRow(shape: readonly number[]): Rows[number] {
  const sizes = shape.join(" × ");
  if (shape.length === 3) return ["pictures", `${sizes} (height × width × channels)`];
  if (shape.length === 4) return ["clips", `${sizes} (frames × height × width × channels)`];
  return ["rows", `of ${sizes} numbers`];
}

/** Options and their values, a row each. */
export function optionRows(options: Readonly<Record<string, unknown>>): Rows {
  return Object.entries(options).map(([name, value]) => [name, String(value)]);
}

/** The classes of each label. */
export function classRows(labels: readonly LabelColumn[]): Rows {
  return labels.map(({ name, classes }) => {
    const more = classes.length > SHOWN ? ` and ${classes.length - SHOWN} more` : "";
    return [`label ${name}`, `${classes.slice(0, SHOWN).join(", ")}${more}`];
  });
}
