// Exposure of planted secrets (Carlini et al., "The Secret Sharer", 2019), by exact rank over all secrets of the format.

import { checkKeys, checkNumber, describe, InvalidInputError } from "../host/errors.js";
import { eventLoop } from "../host/event-loop.js";
import { inTurns, type Pieces } from "../host/pieces.js";
import { decibels } from "../metrics/decibels.js";
import type { AnyCausalNetwork } from "../models/language/causal-network.js";
import type { LanguageModel } from "../models/language/language-model.js";
import { logSoftmaxRows } from "../sampling/logits.js";
import { insideOf, kindOf } from "./inside.js";

/** A secret that was, or was not, among the training texts. */
export interface Canary {
  /** What stands before it. */
  readonly prefix: string;
  readonly secret: string;
}

/** Options of `exposure`. */
export interface ExposureOptions {
  /** Symbols that a secret is made of. Default "0123456789". */
  readonly symbols?: string;
  /** Beginnings of secrets that are looked at for one canary, at most. Default 2,000,000. */
  readonly most?: number;
}

/** How much a model gives away of a secret. */
export interface Exposure extends Canary {
  /** log₂ |R| − log₂ rank, in bits; by chance about 1.4, at most log₂ |R|. */
  readonly exposure: number;
  /** 1 and the number of secrets of the format that are likelier behind the prefix. */
  readonly rank: number;
  /** |R|: secrets of the format. */
  readonly space: number;
  /** ln of the secret's probability behind the prefix. */
  readonly logProbability: number;
  /** False where `most` ended the search: then the rank is at least this, and the exposure at most. */
  readonly exact: boolean;
}

/** Beginnings that are continued side by side. */
const ROWS = 256;

/**
 * The exposure of secrets: how far up each stands among all secrets of its format (as many symbols as it has), ordered by their
 * probability behind its prefix. The rank is exact and not from samples: beginnings of secrets share their state, and those that
 * are no likelier than the whole secret are left out, with all that begin so.
 *
 * ```ts
 * const [found] = await exposure(model, [{ prefix: "The code of the safe is ", secret: "271828" }]);
 * console.log(found.exposure); // bits, of 19.9
 * ```
 *
 * @throws InvalidInputError for other models, or where a symbol is not one token
 */
export async function exposure(
  model: LanguageModel,
  canaries: readonly Canary[],
  options: ExposureOptions = {},
): Promise<Exposure[]> {
  checkKeys("exposure", options, ["symbols", "most"]);
  const { symbols = "0123456789", most = 2e6 } = options;
  checkNumber("most", most, { integer: true, min: 1 });
  if (kindOf(model) !== "LanguageModel") {
    throw new InvalidInputError("exposure is for a LanguageModel");
  }
  if (!Array.isArray(canaries) || canaries.length === 0) {
    throw new InvalidInputError(
      `canaries must be a list such as [{ prefix: "the code is ", secret: "123456" }], got ${describe(canaries)}`,
    );
  }
  const tokens = symbolTokens(model, symbols);
  const found: Exposure[] = [];
  for (const [i, canary] of canaries.entries()) {
    const secret = secretOf(canary, `canaries[${i}]`, symbols, tokens);
    found.push(await inTurns(ranked(model, canary, secret, [...tokens.values()], most), eventLoop));
  }
  return found;
}

/** The token of each symbol. @throws InvalidInputError */
function symbolTokens(model: LanguageModel, symbols: string): ReadonlyMap<string, number> {
  const list = typeof symbols === "string" ? [...new Set(symbols)] : [];
  if (list.length < 2) {
    throw new InvalidInputError(
      `symbols must be a text of at least two characters, got ${describe(symbols)}`,
    );
  }
  const { tokenizer } = model;
  return new Map(
    list.map((symbol) => {
      const tokens = tokenizer.encode(symbol, () => {});
      if (tokens.length === 1) return [symbol, tokens[0]];
      throw new InvalidInputError(
        tokens.length === 0
          ? `symbols has ${describe(symbol)}, which the model does not know; give those that it knows`
          : `exposure needs every symbol to be one token, and ${describe(symbol)} is ${tokens.length}; ` +
              "train with the char or byte tokenizer",
      );
    }),
  );
}

/** @throws InvalidInputError for what is no secret of these symbols */
function secretOf(
  canary: Canary,
  name: string,
  symbols: string,
  tokens: ReadonlyMap<string, number>,
): Int32Array {
  checkKeys(name, canary, ["prefix", "secret"]);
  const { prefix, secret } = canary;
  if (typeof prefix !== "string") {
    throw new InvalidInputError(`${name}.prefix must be a text, got ${describe(prefix)}`);
  }
  const known = typeof secret === "string" && [...secret].every((symbol) => tokens.has(symbol));
  if (!known || secret === "") {
    throw new InvalidInputError(
      `${name}.secret must be made of the symbols ${describe(symbols)}, got ${describe(secret)}`,
    );
  }
  return Int32Array.from([...secret], (symbol) => tokens.get(symbol)!);
}

/** Beginnings of one length: their common state, and what may follow each. */
interface Level {
  readonly state: unknown;
  /** Sums of log-probabilities. */
  readonly scores: Float64Array;
  /** (rows, V) */
  next: Float32Array;
  /** Which beginning and symbol is continued next. */
  at: number;
}

function* ranked(
  model: LanguageModel,
  canary: Canary,
  secret: Int32Array,
  symbols: readonly number[],
  most: number,
): Pieces<Exposure> {
  const network = insideOf(model).adapted() as unknown as AnyCausalNetwork;
  const { classes, machine } = network;
  const asked = { messages: undefined, labels: undefined, unknown: "error" } as const;
  const fed = model.fed({ prompt: canary.prefix, ...asked });
  const logSoftmax = (logits: Float32Array, rows: number) =>
    logSoftmaxRows(machine, logits, rows, classes);
  const root = network.start(1);
  const nothing = new Float32Array(0);
  const levels: Level[] = [{ state: root, scores: new Float64Array(1), next: nothing, at: 0 }];
  try {
    const logits = new Float32Array(classes);
    if (fed.length > 0) network.step(root, fed, logits, fed.length);
    levels[0].next = logSoftmax(logits, 1);
    yield;
    // The secret's own sum is added up in the same order as all others'.
    let own = 0;
    const alone = network.select(root, [0]);
    try {
      let next = levels[0].next;
      for (const [i, token] of secret.entries()) {
        own += next[token];
        if (i + 1 === secret.length) break;
        network.step(alone, [token], logits);
        next = logSoftmax(logits, 1);
      }
    } finally {
      network.free(alone);
    }
    let [likelier, seen] = [0, 0];
    while (levels.length > 0 && seen < most) {
      const level = levels[levels.length - 1];
      const { state, scores, next } = level;
      const end = scores.length * symbols.length;
      const last = levels.length === secret.length;
      const rows: number[] = [];
      const tokens: number[] = [];
      const sums: number[] = [];
      for (; level.at < end && rows.length < ROWS; level.at++) {
        const row = Math.floor(level.at / symbols.length);
        const token = symbols[level.at % symbols.length];
        const sum = scores[row] + next[row * classes + token];
        if (!(sum > own)) continue;
        if (last) likelier++;
        else {
          rows.push(row);
          tokens.push(token);
          sums.push(sum);
        }
      }
      if (rows.length === 0) {
        network.free(state);
        levels.pop();
        continue;
      }
      seen += rows.length;
      const after = network.select(state, rows);
      const further: Level = {
        state: after,
        scores: Float64Array.from(sums),
        next: nothing,
        at: 0,
      };
      levels.push(further);
      const all = new Float32Array(rows.length * classes);
      network.step(after, tokens, all);
      further.next = logSoftmax(all, rows.length);
      yield;
    }
    const space = secret.reduce((product) => product * symbols.length, 1);
    const rank = likelier + 1;
    const bits = (decibels(space / rank) * Math.LN10) / (10 * Math.LN2);
    const exact = levels.length === 0;
    const { prefix, secret: text } = canary;
    return { prefix, secret: text, exposure: bits, rank, space, logProbability: own, exact };
  } finally {
    for (const { state } of levels) network.free(state);
  }
}
