// What a model would say if it spoke after each of its layers.

import { checkKeys, checkNumber, InvalidInputError } from "../host/errors.js";
import { logSoftmax } from "../nn/ops/cross-entropy.js";
import type { Listener } from "../nn/tape.js";
import { missing } from "./checks.js";
import type { InsightInput, Reading } from "./input.js";
import { type AnyModel, heard } from "./inside.js";
import { readingOf } from "./reading.js";
import { trace } from "./trace.js";

/** Options of `logitLens`. */
export interface LensOptions {
  /** Tokens that are given for each place, the likeliest first. Default 3. */
  readonly top?: number;
  /** Activations from which it speaks, the last being what it speaks from. Default: what each block, or recurrent layer, gives. */
  readonly layers?: readonly string[];
}

/** A token, and how likely it is. */
export interface Likely {
  readonly token: string;
  /** ln p, in nats. */
  readonly logProb: number;
}

/** What a model would say after one layer. */
export interface LensLayer {
  readonly name: string;
  /** The likeliest next tokens of each place. */
  readonly top: readonly (readonly Likely[])[];
  /** ln p of what comes next indeed. */
  readonly logProbs: Float32Array<ArrayBuffer>;
}

/** What a model would say after each layer. */
export interface Lens {
  readonly tokens: readonly string[];
  readonly targets: readonly string[];
  readonly layers: readonly LensLayer[];
}

/**
 * What a language model, or an encoder-decoder, would say next if what a layer gives were what the last one does: the rest of the
 * network reads it (nostalgebraist, "Interpreting GPT: the logit lens", 2020).
 * @throws InvalidInputError for other models, and options that cannot be used
 */
export async function logitLens<M extends AnyModel>(
  model: M,
  input: InsightInput<M>,
  options: LensOptions = {},
): Promise<Lens> {
  checkKeys("logitLens", options, ["top", "layers"]);
  const reading = await readingOf(model, input);
  const { text } = reading;
  if (!text) throw new InvalidInputError("logitLens needs a text that the model reads");
  const top = checkNumber("top", options.top ?? 3, { integer: true, min: 1, max: 1000 });
  const { activations } = await trace(model, input);
  const names = Object.keys(activations);
  const layers = options.layers ?? layersOf(names);
  for (const name of layers) if (!activations[name]) throw missing("layers", name, names);
  if (layers.length === 0) throw new InvalidInputError("this model has no layers to speak from");
  const last = layers[layers.length - 1];
  const { length } = activations[last].values;
  const logits = names[names.length - 1];
  const found: LensLayer[] = [];
  for (const name of layers) {
    const { values } = activations[name];
    if (values.length !== length) {
      const got = `${values.length} numbers, not ${length} as ${last}`;
      throw new InvalidInputError(`layers: ${name} has ${got}`);
    }
    const logProbs = await spoken(model, reading, last, values, logits);
    const classes = logProbs.length / text.ids.length;
    found.push({
      name,
      top: text.ids.map((_, t) =>
        likely(model, logProbs.subarray(t * classes, (t + 1) * classes), top),
      ),
      logProbs: Float32Array.from(text.ids, (id, t) => logProbs[t * classes + id]),
    });
  }
  const { tokens, targets } = text;
  return { tokens, targets, layers: found };
}

/** ln p of all tokens at all places where the last layer gives these numbers. */
async function spoken(
  model: AnyModel,
  reading: Reading,
  last: string,
  values: Float32Array,
  logits: string,
): Promise<Float32Array> {
  let found: Float32Array | undefined;
  const listener: Listener = {
    record: false,
    hear(name, tensor, tape) {
      if (name === last) tensor.data.set(values);
      if (name === logits) found = logSoftmax(tape, tensor).data.slice();
    },
  };
  await heard(model, listener, () => reading.run());
  return found!;
}

function likely(model: AnyModel, logProbs: Float32Array, top: number): Likely[] {
  const { tokenizer, tokenizers } = model as unknown as {
    readonly tokenizer?: { decode(ids: readonly number[]): string };
    readonly tokenizers?: { readonly target: { decode(ids: readonly number[]): string } };
  };
  const decode = (token: number) => (tokenizer ?? tokenizers!.target).decode([token]);
  const order = Array.from(logProbs.keys()).sort((a, b) => logProbs[b] - logProbs[a] || a - b);
  return order.slice(0, top).map((id) => ({ token: decode(id), logProb: logProbs[id] }));
}

/** What each block of a Transformer, or each layer of a recurrent stack, gives: of a decoder, where there is one. */
function layersOf(names: readonly string[]): string[] {
  const blocks = names.filter((name) => /(^|\.)(h|layers)\.\d+$/.test(name));
  const lower = names.filter((name) => /(^|\.)(lstm|gru)(\.l\d+)?$/.test(name));
  const all = blocks.length > 0 ? blocks : lower;
  const decoder = all.filter((name) => name.includes("decoder"));
  return decoder.length > 0 ? decoder : all;
}
