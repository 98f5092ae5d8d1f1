// The worker's side: models and iterations by number. A model's verbs are found on the object, so this
// knows none of the classes.

import { transfer } from "comlink";
import { GridSet } from "../data/grids/grid-set.js";
import { ImageSet } from "../data/images/image-set.js";
import type { RuntimeOption } from "../host/default-runtime.js";
import { describe, InvalidInputError } from "../host/errors.js";
import type { Runtime } from "../host/runtime.js";
import type { ModelClass } from "../models/every-network.js";
import { Made } from "../models/images/made.js";
import { Grammar, type GrammarJSON } from "../sampling/grammar/grammar.js";
import { readTokenizer, tokenizerFromJSON } from "../text/create.js";
import {
  isData,
  isPlain,
  type Makers,
  pack,
  unpack as unpackWith,
  withTokenizers,
} from "./pack.js";
import {
  ABORTED,
  type ModelDescription,
  type ModelService,
  type ModelState,
  TRAINING,
} from "./protocol.js";

/** A model that the other side has. */
interface Held {
  readonly model: Model;
  /** Names of what is no verb. */
  readonly properties: readonly string[];
  /** Its properties as they were last sent. */
  readonly sent: Map<string, unknown>;
}

interface Running {
  readonly held: Held;
  readonly steps: AsyncGenerator<unknown, void, void>;
  readonly controller: AbortController;
}

/** A model by what it has. */
type Model = Readonly<Record<string, unknown>>;
type Verb<Result> = (this: Model, ...args: unknown[]) => Result;

/**
 * Models on kernels that have been compiled.
 * @param classes those that are served, by name
 */
export function modelService(
  runtime: Runtime,
  classes: Readonly<Record<string, ModelClass>>,
): ModelService {
  const models = new Map<number, Held>();
  const iterations = new Map<number, Running>();
  let last = 0;

  const keep = (kind: string, model: object): ModelDescription => {
    const { properties, ...verbs } = membersOf(model);
    const held = { model: model as Model, properties, sent: new Map() };
    models.set(++last, held);
    return { id: last, kind, ...verbs, state: news(held) };
  };
  /** Options as given, with the worker's runtime; what are no options is for the class to refuse. */
  const here = (options: unknown): RuntimeOption =>
    isPlain(options) ? { ...options, runtime } : (options as object);
  const kindOf = (value: unknown): string | undefined =>
    Object.keys(classes).find((kind) => value instanceof (classes[kind] as unknown as Instances)) ??
    (isModel(value) ? "Adapter" : undefined);

  return {
    async make(kind, how, args) {
      if (!Object.hasOwn(classes, kind)) {
        const known = Object.keys(classes).join(", ");
        throw new InvalidInputError(
          `the worker has no model ${describe(kind)}, it has ${known}; its script may be of another version`,
        );
      }
      const read = (arg: unknown) => withTokenizers(arg, readTokenizer);
      const [first, more = {}] = (await Promise.all(args.map(read))).map(unpack);
      const model =
        how === "create"
          ? classes[kind].create(here(first))
          : classes[kind].load(first as Uint8Array, here(more));
      return keep(kind, await model);
    },
    async call(id, verb, args) {
      const held = models.get(id)!;
      const { model } = held;
      const value = await (model[verb] as Verb<unknown>).call(model, ...args.map(unpack));
      if (value === model) return { model: "itself", state: news(held) };
      const kind = kindOf(value);
      if (kind) return { model: keep(kind, value as object), state: news(held) };
      const own = owned(pack(value));
      const answer = { value: own, state: news(held) };
      return own instanceof Uint8Array ? transfer(answer, [own.buffer]) : answer;
    },
    begin(id, verb, args, signalAt) {
      const held = models.get(id)!;
      const controller = new AbortController();
      const { signal } = controller;
      const given = args.map((arg, i) =>
        i === signalAt ? { ...(unpack(arg) as object), signal } : unpack(arg),
      );
      const steps = (held.model[verb] as Verb<Running["steps"]>).call(held.model, ...given);
      iterations.set(++last, { held, steps, controller });
      return last;
    },
    async next(iteration) {
      const { held, steps } = iterations.get(iteration)!;
      const { done = false, value } = await steps.next();
      return { done, value: owned(pack(value)), state: news(held) };
    },
    abort(iteration) {
      iterations.get(iteration)?.controller.abort(ABORTED);
    },
    async end(iteration) {
      const { held, steps } = iterations.get(iteration)!;
      iterations.delete(iteration);
      await steps.return();
      return news(held);
    },
    release(id) {
      models.delete(id);
    },
  };
}

/** Grammars that came before, by their data: what they have found out is worth more than it takes to keep. */
const grammars = new Map<string, Grammar>();
const MOST_GRAMMARS = 16;

function grammarOf(json: GrammarJSON): Grammar {
  const key = JSON.stringify(json);
  const known = grammars.get(key) ?? new Grammar(json);
  grammars.delete(key);
  grammars.set(key, known);
  const [oldest] = grammars.keys();
  if (grammars.size > MOST_GRAMMARS) grammars.delete(oldest);
  return known;
}

const makers: Makers = {
  tokenizer: tokenizerFromJSON,
  grammar: grammarOf,
  images: (parts) => new ImageSet(parts),
  grids: (parts) => new GridSet(parts),
  made: ({ shape, rows, labels, captions, fps }) => new Made(shape, rows, labels, captions, fps),
};
const unpack = (arg: unknown) => unpackWith(arg, makers);

/** Whether it is what models are, such as an adapter, which no class makes by itself. */
function isModel(value: unknown): value is object {
  return typeof (value as Model | undefined)?.fingerprint === "function";
}

type Instances = abstract new () => object;

/** Names of what an object has, from itself or its classes. */
function membersOf(
  model: object,
): Pick<ModelDescription, "calls" | "iterations"> & Pick<Held, "properties"> {
  const calls = new Set<string>();
  const iterations = new Set<string>();
  const properties = new Set<string>();
  for (let at = model; at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(at))) {
      if (name === "constructor") continue;
      if (typeof value !== "function") properties.add(name);
      else if (name === TRAINING || asynchronousGenerator(value)) iterations.add(name);
      else calls.add(name);
    }
  }
  return { calls: [...calls], iterations: [...iterations], properties: [...properties] };
}

function asynchronousGenerator(value: unknown): boolean {
  return Object.prototype.toString.call(value) === "[object AsyncGeneratorFunction]";
}

/** The properties that are not what they were when they were last sent. */
function news({ model, properties, sent }: Held): ModelState {
  const state: Record<string, unknown> = {};
  for (const name of properties) {
    const value = model[name];
    if (sent.has(name) && sent.get(name) === value) continue;
    sent.set(name, value);
    const packed = pack(value);
    if (isData(packed)) state[name] = packed;
  }
  return state;
}

/** The value with buffers of its own: to send a view would send all that is around it. */
function owned(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) {
    if (value.byteLength === value.buffer.byteLength || value instanceof DataView) return value;
    return (value as Uint8Array).slice();
  }
  if (Array.isArray(value)) return value.map(owned);
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, owned(inner)]));
}
