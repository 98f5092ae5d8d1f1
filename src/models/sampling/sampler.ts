// Draws samples from an autoregressive model, one token after the other, many samples side by side.

import type { Tokenizer } from "../../data/tokenizer.js";
import { Key, purposes } from "../../host/key.js";
import type { Machine } from "../../host/machine.js";
import type { Backbone } from "./backbone.js";
import { adjust, filter, filters, logSoftmaxRows, penalised } from "./logits.js";
import type { ResolvedGeneration } from "./options.js";
import { BannedStrings, TextRules } from "./text-rules.js";

/**
 * Why a sample ended: `length`, its `tokens` are used up; `stop`, a stop string came; `end`, the model
 * ended the document; `blocked`, bans and masks left no token.
 */
export type FinishReason = "length" | "stop" | "end" | "blocked";

/** A token's log-probability (nats) under the model itself, before temperature and filters. */
export interface TokenLogprob {
  readonly token: number;
  readonly text: string;
  readonly logprob: number;
  /** The likeliest tokens, where asked for. */
  readonly top?: readonly {
    readonly token: number;
    readonly text: string;
    readonly logprob: number;
  }[];
}

/** A piece of a sample. */
export interface Chunk {
  /** Which of the `count` samples. */
  readonly sample: number;
  /** Text that is certain: complete characters that no stop string can take back. May be "". */
  readonly text: string;
  /** The token behind it. */
  readonly token?: number;
  readonly logprob?: TokenLogprob;
  /** On the sample's last piece. */
  readonly finish?: FinishReason;
}

/** Where sampling begins: the prompt, fed to one row. */
export interface Primed<State> {
  readonly state: State;
  /** (1, V) */
  readonly logits: Float32Array;
  /** Tokens of the prompt. */
  readonly context: readonly number[];
  /** Ends a document; undefined where the model knows no end. */
  readonly end: number | undefined;
  /** Tokens that are never generated. */
  readonly never: readonly number[];
}

/** One sample on its way. */
class Row {
  readonly sample: number;
  readonly key: Key;
  readonly tokens: number[] = [];
  readonly counts = new Map<number, number>();
  readonly seen: Set<number>;
  readonly bytes: number[] = [];
  readonly rules: TextRules;
  text = "";

  constructor(sample: number, key: Key, context: readonly number[], rules: TextRules) {
    this.sample = sample;
    this.key = key;
    this.seen = new Set(context);
    this.rules = rules;
  }

  /** Keeps what penalties need, where there are `penalties`, and `keep` bytes for banned strings. */
  add(token: number, tokenizer: Tokenizer, penalties: boolean, keep: number): void {
    this.tokens.push(token);
    if (penalties) {
      this.counts.set(token, (this.counts.get(token) ?? 0) + 1);
      this.seen.add(token);
    }
    if (keep === 0) return;
    this.bytes.push(...tokenizer.bytes(token));
    if (this.bytes.length > keep) this.bytes.splice(0, this.bytes.length - keep);
  }
}

/** Yields the pieces of all samples, in the order in which they become certain. */
export function* sampleChunks<State>(
  backbone: Backbone<State>,
  tokenizer: Tokenizer,
  o: ResolvedGeneration,
  primed: Primed<State>,
): Generator<Chunk, void, void> {
  const { machine, classes: V } = backbone;
  const banned = new BannedStrings(tokenizer, o.banned);
  const penalties = penalised(o);
  let rows = Array.from({ length: o.count }, (_, sample) => {
    const key = Key.fromSeed(machine, o.seed + sample).fold(purposes.sample);
    return new Row(sample, key, primed.context, new TextRules(tokenizer, o.stop));
  });
  let state = backbone.select(primed.state, new Int32Array(o.count));
  let logits = repeat(primed.logits, o.count);

  for (let n = 0; rows.length > 0; n++) {
    const own = o.logprobs >= 0 ? logSoftmaxRows(machine, logits, rows.length, V) : undefined;
    for (const [r, row] of rows.entries()) {
      constrain(logits.subarray(r * V, (r + 1) * V), row, o, banned, primed.never);
    }
    const chosen = choose(machine, logits, rows, o, n);
    const staying: number[] = [];
    for (const [r, row] of rows.entries()) {
      const token = chosen[r];
      if (token < 0) {
        yield { sample: row.sample, text: row.rules.end(), finish: "blocked" };
        continue;
      }
      const logprob = own && describeToken(tokenizer, own.subarray(r * V, (r + 1) * V), token, o);
      row.add(token, tokenizer, penalties, banned.longest);
      let text = row.rules.push(token);
      let finish: FinishReason | undefined;
      if (token === primed.end) finish = "end";
      else if (row.rules.stopped) finish = "stop";
      else if (row.tokens.length >= o.tokens) finish = "length";
      else staying.push(r);
      if (finish) text += row.rules.end();
      if (finish === "length" && row.rules.stopped) finish = "stop";
      row.text += text;
      yield { sample: row.sample, text, token, logprob, ...(finish ? { finish } : {}) };
    }
    if (staying.length === 0) return;
    if (staying.length < rows.length) state = backbone.select(state, staying);
    rows = staying.map((r) => rows[r]);
    const last = rows.map((row) => row.tokens[row.tokens.length - 1]);
    logits = backbone.step(state, last);
  }
}

/** Everything that changes a row's logits before a token is chosen. */
function constrain(
  logits: Float32Array,
  row: Row,
  o: ResolvedGeneration,
  banned: BannedStrings,
  never: readonly number[],
): void {
  adjust(logits, o, row.seen, row.counts);
  for (const token of never) logits[token] = -Infinity;
  banned.forbid(logits, row.bytes);
  if (!o.mask) return;
  const allowed = new Uint8Array(logits.length).fill(1);
  o.mask(allowed, { text: row.text, tokens: row.tokens, sample: row.sample });
  for (let i = 0; i < logits.length; i++) if (allowed[i] === 0) logits[i] = -Infinity;
}

/** One token a row; -1 where none is possible. */
function choose(
  machine: Machine,
  logits: Float32Array,
  rows: readonly Row[],
  o: ResolvedGeneration,
  position: number,
): ArrayLike<number> {
  const V = logits.length / rows.length;
  if (o.greedy) return rows.map((_, r) => argmax(logits.subarray(r * V, (r + 1) * V)));
  return machine.scoped(() => {
    const at = machine.alloc(4 * logits.length);
    const logProbs = machine.alloc(4 * logits.length);
    const weights = machine.alloc(4 * logits.length);
    machine.f32(at, logits.length).set(logits);
    const keys = machine.alloc(8 * rows.length);
    const words = machine.u32(keys, 2 * rows.length);
    for (let r = 0; r < rows.length; r++) {
      words[2 * r] = rows[r].key.k0;
      words[2 * r + 1] = rows[r].key.k1;
    }
    const ids = machine.alloc(4 * rows.length);
    machine.kernels.sample_weights(weights, logProbs, at, rows.length, V, o.temperature);
    if (filters(o, V)) {
      for (let r = 0; r < rows.length; r++) {
        const offset = 4 * r * V;
        filter(machine.f32(weights + offset, V), machine.f32(logProbs + offset, V), o);
      }
    }
    machine.kernels.random_categorical(ids, weights, rows.length, V, keys, position);
    return machine.i32(ids, rows.length).slice();
  });
}

/** The first of the largest; -1 where nothing is above -inf. */
function argmax(values: Float32Array): number {
  let best = -1;
  for (let i = 0; i < values.length; i++) {
    if (values[i] > (best < 0 ? -Infinity : values[best])) best = i;
  }
  return best;
}

/** A chosen token with its log-probability and its likeliest rivals. */
export function describeToken(
  tokenizer: Tokenizer,
  logProbs: Float32Array,
  token: number,
  o: ResolvedGeneration,
): TokenLogprob {
  const entry = (id: number) => ({
    token: id,
    text: tokenizer.decode([id]),
    logprob: logProbs[id],
  });
  if (o.logprobs === 0) return entry(token);
  const order = Array.from(logProbs.keys()).sort((a, b) => logProbs[b] - logProbs[a] || a - b);
  return { ...entry(token), top: order.slice(0, o.logprobs).map(entry) };
}

function repeat(row: Float32Array, times: number): Float32Array {
  const all = new Float32Array(row.length * times);
  for (let r = 0; r < times; r++) all.set(row, r * row.length);
  return all;
}
