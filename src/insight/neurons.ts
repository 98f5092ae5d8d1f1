// What single units react to, and what a model does without them.

import { checkKeys, checkNumber, describe, InvalidInputError } from "../host/errors.js";
import type { InsightInput, ReadInput } from "./input.js";
import type { AnyModel } from "./inside.js";
import { readingOf } from "./reading.js";
import { patch, trace } from "./trace.js";

/** Options of `neurons`. */
export interface NeuronOptions {
  /** The activation whose units are looked at: numbers of its last axis. */
  readonly at: string;
  /** Units. Default: all. */
  readonly units?: readonly number[];
  /** Places of a unit that are given, the strongest first. Default 5. */
  readonly top?: number;
}

/** Where a unit was strong. */
export interface Excited {
  /** Number of the input. */
  readonly input: number;
  /** Place in its activation: of a text, the token. */
  readonly place: number;
  readonly value: number;
  /** Of texts: what was read there, and the tokens before it. */
  readonly token?: string;
  readonly before?: string;
}

/** A unit. */
export interface Neuron {
  readonly unit: number;
  /** Over all places of all inputs. */
  readonly mean: number;
  readonly deviation: number;
  /** Where it was strongest. */
  readonly excited: readonly Excited[];
}

/**
 * Units with the places of inputs that excite them most, those that stand out most (the largest value in deviations from the mean)
 * first.
 * @param inputs texts, or functions of the model
 * @throws InvalidInputError
 */
export async function neurons<M extends AnyModel>(
  model: M,
  inputs: readonly InsightInput<M>[],
  options: NeuronOptions,
): Promise<Neuron[]> {
  checkKeys("neurons", options, ["at", "units", "top"]);
  const { at, units } = options;
  const top = checkNumber("top", options.top ?? 5, { integer: true, min: 1, max: 10_000 });
  checkInputs("neurons", inputs);
  const found = new Map<number, { sum: number; squares: number; excited: Excited[] }>();
  let places = 0;
  for (const [input, one] of inputs.entries()) {
    const { text } = await readingOf(model, one);
    const { shape, values } = (await trace(model, one, { names: [at] })).activations[at];
    const width = shape[shape.length - 1] ?? 1;
    const chosen = units ?? Array.from({ length: width }, (_, i) => i);
    const rows = values.length / width;
    const tokens = text && rows === text.tokens.length ? text.tokens : undefined;
    places += rows;
    for (const unit of chosen) {
      checkNumber("units", unit, { integer: true, min: 0, max: width - 1 });
      const own = found.get(unit) ?? { sum: 0, squares: 0, excited: [] };
      found.set(unit, own);
      for (let place = 0; place < rows; place++) {
        const value = values[place * width + unit];
        own.sum += value;
        own.squares += value * value;
        const { excited } = own;
        if (excited.length === top && value <= excited[top - 1].value) continue;
        const said = tokens && {
          token: tokens[place],
          before: tokens.slice(Math.max(0, place - 24), place).join(""),
        };
        const at = excited.findIndex((other) => other.value < value);
        excited.splice(at < 0 ? excited.length : at, 0, { input, place, value, ...said });
        if (excited.length > top) excited.pop();
      }
    }
  }
  const all = Array.from(found, ([unit, { sum, squares, excited }]) => {
    const mean = sum / places;
    const deviation = Math.sqrt(Math.max(0, squares / places - mean * mean));
    return { unit, mean, deviation, excited };
  });
  const stands = ({ mean, deviation, excited }: Neuron) =>
    deviation > 0 ? (excited[0].value - mean) / deviation : 0;
  return all.sort((a, b) => stands(b) - stands(a) || a.unit - b.unit);
}

/** Options of `ablate`. */
export interface AblateOptions {
  /** The activation whose units are taken away. */
  readonly at: string;
  /** Units of its last axis. */
  readonly units: readonly number[];
  /** What takes their place: 0, another number, or the mean of each over its places. Default 0. */
  readonly value?: number | "mean";
}

/** What a model says with and without some units. */
export interface Ablation<Result> {
  readonly before: Result;
  readonly after: Result;
  /** Of texts: nats a token, mean, before and after. */
  readonly nats?: readonly [before: number, after: number];
}

/**
 * What a model says without some units.
 * @throws InvalidInputError
 */
export async function ablate<M extends AnyModel, I extends InsightInput<M>>(
  model: M,
  input: I,
  options: AblateOptions,
): Promise<Ablation<ReadInput<I>>> {
  checkKeys("ablate", options, ["at", "units", "value"]);
  const { at, units, value = 0 } = options;
  if (value !== "mean" && !Number.isFinite(value)) {
    throw new InvalidInputError(`value must be "mean" or a number, got ${describe(value)}`);
  }
  if (!Array.isArray(units) || units.length === 0) {
    throw new InvalidInputError(`units must be a list of numbers, got ${describe(units)}`);
  }
  const { result: before } = await trace(model, input, { names: [at] });
  const without = (values: Float32Array<ArrayBuffer>, shape: readonly number[]) => {
    const width = shape[shape.length - 1] ?? 1;
    for (const unit of units) {
      checkNumber("units", unit, { integer: true, min: 0, max: width - 1 });
      let mean = 0;
      for (let i = unit; i < values.length; i += width) mean += values[i] / (values.length / width);
      for (let i = unit; i < values.length; i += width) values[i] = value === "mean" ? mean : value;
    }
    return values;
  };
  const { result: after } = await patch(model, input, { [at]: without }, { names: [] });
  const nats = [before, after].map(natsOf);
  return { before, after, ...(nats[0] !== undefined && { nats: nats as [number, number] }) };
}

function natsOf(result: unknown): number | undefined {
  const { logProbs } = Object(result) as { readonly logProbs?: Float32Array };
  if (!(logProbs instanceof Float32Array)) return undefined;
  return -logProbs.reduce((sum, one) => sum + one, 0) / logProbs.length;
}

/** @throws InvalidInputError */
export function checkInputs(what: string, inputs: unknown): void {
  if (Array.isArray(inputs) && inputs.length > 0) return;
  throw new InvalidInputError(`${what}: expected a list of inputs, got ${describe(inputs)}`);
}
