// How language models read a text: as in training, all positions at once, without dropout.

import { checkKeys, describe, InvalidInputError } from "../host/errors.js";
import type { AnyCausalNetwork } from "../models/language/causal-network.js";
import type { LanguageModel } from "../models/language/language-model.js";
import { Tape } from "../nn/tape.js";
import { TokenStream } from "../text/stream.js";
import type { Reading, ReadText, TextInput } from "./input.js";
import { type AnyModel, insideOf } from "./inside.js";

/** Tokens of a text of a network without a context. */
const MOST = 4096;

/** @throws InvalidInputError */
export function readLanguage(any: AnyModel, input: unknown): Reading {
  const model = any as LanguageModel;
  const { prompt = "", messages, text, labels } = textInput(input);
  const own = { messages, labels, unknown: "error" as const };
  const given = model.fed({ prompt, ...own });
  const fed = messages
    ? Int32Array.of(...given, ...model.tokenizer.encode(text))
    : model.fed({ prompt: prompt + text, ...own });
  const network = insideOf(any).adapted() as unknown as AnyCausalNetwork;
  const steps = fed.length - 1;
  const most = network.context ?? MOST;
  if (steps < 1 || steps > most) {
    throw new InvalidInputError(
      `expected a text of 2 to ${most + 1} tokens, what the model reads at once, got ${fed.length}`,
    );
  }
  // Where a token spans the end of the prompt, it is the model's.
  let from = 0;
  while (from < given.length && given[from] === fed[from]) from++;
  const inputs = fed.slice(0, -1);
  const targets = fed.slice(1);
  const stream = new TokenStream(model.tokenizer, true);
  const shown = Array.from(fed, (token) => stream.push(token));
  const batch = { inputs, targets, steps, rows: 1, tokens: steps, continues: false };
  return {
    text: {
      tokens: shown.slice(0, -1),
      targets: shown.slice(1),
      ids: Array.from(targets),
      from: Math.max(0, from - 1),
    },
    run: (): ReadText =>
      network.machine.scoped(() => {
        const { losses } = network.loss(new Tape(network.machine), batch, undefined);
        const logProbs = losses.data.map((loss) => -loss);
        return { tokens: shown.slice(0, -1), targets: shown.slice(1), logProbs };
      }),
  };
}

/** @throws InvalidInputError */
function textInput(input: unknown): TextInput {
  if (typeof input === "string") return { text: input };
  const given = Object(input) as TextInput;
  if (typeof given.text === "string" && typeof (given.prompt ?? "") === "string") {
    checkKeys("input", given, ["prompt", "messages", "text", "labels"]);
    if (given.messages && given.prompt) {
      throw new InvalidInputError("give prompt or messages, not both");
    }
    return given;
  }
  throw new InvalidInputError(
    `expected a text, { prompt, text }, or a function of the model, got ${describe(input)}`,
  );
}
