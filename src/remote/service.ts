// The worker's side: models and iterations by number.

import { transfer } from "comlink";
import type { Runtime } from "../host/runtime.js";
import { LanguageModel } from "../models/language/language-model.js";
import { tokenizerFromJSON } from "../text/create.js";
import type { TokenizerJSON } from "../text/tokenizer.js";
import { ABORTED, type ModelDescription, type ModelService, type ModelState } from "./protocol.js";

interface Running {
  readonly model: LanguageModel;
  readonly steps: AsyncGenerator<unknown, void, void>;
  readonly controller: AbortController;
  /** Whether a piece changes the model. */
  readonly trains: boolean;
}

type Verb<Result> = (this: LanguageModel, ...args: unknown[]) => Result;

/** Models on kernels that have been compiled. */
export function modelService(runtime: Runtime): ModelService {
  const models = new Map<number, LanguageModel>();
  const iterations = new Map<number, Running>();
  let last = 0;

  const keep = (model: LanguageModel): ModelDescription => {
    models.set(++last, model);
    const { config, parameters, quantized } = model;
    const tokenizer = model.tokenizer.toJSON();
    return { id: last, config, tokenizer, parameters, quantized, ...stateOf(model) };
  };

  return {
    create: (options, tokenizer) =>
      keep(LanguageModel.create(runtime, withTokenizer(options, tokenizer))),
    load: (bytes, options, tokenizer) =>
      keep(LanguageModel.load(runtime, bytes, withTokenizer(options, tokenizer))),
    quantize: (id) => keep(models.get(id)!.quantize()),
    call(id, verb, args) {
      const model = models.get(id)!;
      const value = (model[verb] as Verb<unknown>).call(model, ...args);
      return value instanceof Uint8Array ? transfer(value, [value.buffer]) : value;
    },
    begin(id, verb, args, abortable) {
      const model = models.get(id)!;
      const controller = new AbortController();
      const given = abortable ? withSignal(args, controller.signal) : args;
      const steps = (model[verb] as Verb<Running["steps"]>).call(model, ...given);
      iterations.set(++last, { model, steps, controller, trains: verb === "fit" });
      return last;
    },
    async next(iteration) {
      const { model, steps, trains } = iterations.get(iteration)!;
      const { done = false, value } = await steps.next();
      return { done, value, ...(trains ? { state: stateOf(model) } : {}) };
    },
    abort(iteration) {
      iterations.get(iteration)?.controller.abort(ABORTED);
    },
    async end(iteration) {
      const { model, steps } = iterations.get(iteration)!;
      iterations.delete(iteration);
      await steps.return();
      return stateOf(model);
    },
    release(id) {
      models.delete(id);
    },
  };
}

function stateOf({ record, run }: LanguageModel): ModelState {
  return { record, run };
}

/** Options with the tokenizer that was sent beside them. */
function withTokenizer<Options extends object | undefined>(
  options: Options,
  tokenizer: TokenizerJSON | undefined,
): Options {
  return tokenizer ? { ...options, tokenizer: tokenizerFromJSON(tokenizer) } : options;
}

/** The arguments with a signal of this side in the options, which come last. */
function withSignal(args: readonly unknown[], signal: AbortSignal): readonly unknown[] {
  return [...args.slice(0, -1), { ...(args.at(-1) as object), signal }];
}
