// Draws samples from an autoregressive model, one token after the other, many samples side by side.

import { Key, purposes } from "../host/key.js";
import type { Machine } from "../host/machine.js";
import { scalar } from "../host/scalar.js";
import type { Tokenizer } from "../text/tokenizer.js";
import type { Backbone } from "./backbone.js";
import { choose, keysOf } from "./choose.js";
import type { FinishReason } from "./finish.js";
import { adjust, logSoftmaxRows, penalised } from "./logits.js";
import type { MaskContext, ResolvedGeneration } from "./options.js";
import { largest } from "./order.js";
import type { Place } from "./rules.js";
import { BannedStrings, TextRules } from "./text-rules.js";

/** A token's log-probability (nats) under the model itself, before temperature and filters. */
export interface TokenLogprob {
  readonly token: number;
  readonly text: string;
  readonly logprob: number;
  /**
   * Where its text begins in the sample's, in code points: a token that begins inside a character is where
   * the character is.
   */
  readonly offset: number;
  /** The likeliest tokens, where asked for. */
  readonly top?: readonly {
    readonly token: number;
    readonly text: string;
    readonly logprob: number;
  }[];
}

/** A piece of a sample. */
export interface Chunk {
  /** Which of the samples, from 0. */
  readonly sample: number;
  /** Text that is certain: complete characters that no stop string can take back. May be "". */
  readonly text: string;
  /** The token that it came of. */
  readonly token?: number;
  readonly logprob?: TokenLogprob;
  /** On the sample's last piece. */
  readonly finish?: FinishReason;
  /** With `messages`, on the first piece of all: tokens of the prompt that had been read before. */
  readonly cached?: number;
  /** With `logprobs`, on the last piece: how sure the model is of the sample, as in `Sample`. */
  readonly confidence?: number;
}

/** Where sampling begins: the prompt, fed to one row. Who samples frees its state. */
export interface Primed<State> {
  readonly state: State;
  /** (1, V) */
  readonly logits: Float32Array;
  /** Tokens of the prompt. */
  readonly context: readonly number[];
  /** Ends a document; undefined where the model knows no end. */
  readonly end: number | undefined;
  /** All that do so, where there are several. */
  readonly ends?: readonly number[] | undefined;
  /** Tokens that are never generated. */
  readonly never: readonly number[];
  /** How many that were fed had been read before; undefined where nothing is kept. */
  readonly cached?: number | undefined;
  /** Is told of the state of a sample alone, which has read all of its tokens but the last. */
  readonly keep?: ((tokens: readonly number[], state: State) => void) | undefined;
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
  /** Where it stands in the grammar, where there is one. */
  place: Place | undefined;
  /** Sum of the tokens' log-probabilities, where they are asked for. */
  logprob = 0;

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
  const grammar = o.grammar?.start(tokenizer, primed, o);
  const constrained =
    penalties || o.logitBias.length + primed.never.length + banned.longest > 0 || o.mask;
  let rows = Array.from({ length: o.samples }, (_, sample) => {
    const key = Key.fromSeed(machine, o.seed + sample).fold(purposes.sample);
    const context = o.repetitionPenalty === 1 ? [] : primed.context;
    const rules = new TextRules(tokenizer, o.stop, o.banned, o.prompt === "");
    const row = new Row(sample, key, context, rules);
    row.place = grammar?.start;
    return row;
  });
  let state = primed.state;
  const select = (some: ArrayLike<number>) => {
    const chosen = backbone.select(state, some);
    backbone.free(state);
    state = chosen;
  };
  let logits = repeat(primed.logits, o.samples);
  let keys = keysOf(rows);
  try {
    select(new Int32Array(o.samples));
    for (let n = 0; rows.length > 0; n++) {
      const own = o.logprobs >= 0 ? logSoftmaxRows(machine, logits, rows.length, V) : undefined;
      if (constrained || grammar) {
        for (const [r, row] of rows.entries()) {
          const some = logits.subarray(r * V, (r + 1) * V);
          if (constrained) constrain(some, row, o, banned, primed.never);
          grammar?.mask(row.place!, some);
        }
      }
      const chosen = choose(machine, logits, keys, o, n);
      const staying: number[] = [];
      for (let r = 0; r < rows.length; r++) {
        const row = rows[r];
        const token = chosen[r];
        const left = token >= 0 && grammar?.leaves(row.place!, token);
        if (token < 0 || left) {
          const sure = own && confidence(machine, row.logprob, row.tokens.length);
          const text = row.rules.end();
          const finish = left ? "end" : "blocked";
          grammar?.satisfies(finish, row.place!, text);
          yield { sample: row.sample, text, finish, confidence: sure };
          continue;
        }
        const logprob = own && {
          ...describeToken(tokenizer, own.subarray(r * V, (r + 1) * V), token, o),
          offset: row.rules.characters,
        };
        row.logprob += logprob?.logprob ?? 0;
        row.add(token, tokenizer, penalties, banned.longest);
        let text = row.rules.push(token);
        row.place = grammar?.next(row.place!, token);
        const over = grammar?.over(row.place!);
        let finish = finishOf(token, primed, row.rules.stopped, over, row.tokens.length, o);
        if (finish) text += row.rules.end();
        else staying.push(r);
        if (finish === "length" && row.rules.stopped) finish = "stop";
        row.text += text;
        if (finish) grammar?.satisfies(finish, row.place!, row.text);
        if (finish && o.samples === 1) primed.keep?.(row.tokens, state);
        const sure = own && finish && confidence(machine, row.logprob, row.tokens.length);
        yield { sample: row.sample, text, token, logprob, finish, confidence: sure };
      }
      let last: ArrayLike<number> = chosen;
      if (staying.length < rows.length) {
        if (staying.length === 0) return grammar?.check(o.samples);
        select(staying);
        rows = staying.map((r) => rows[r]);
        keys = keysOf(rows);
        last = staying.map((r) => chosen[r]);
      }
      logits = logits.subarray(0, rows.length * V);
      backbone.step(state, last, logits);
    }
  } finally {
    backbone.free(state);
  }
}

/** Why a sample of so many tokens ends with this one; undefined where it does not. `over`: its grammar is. */
export function finishOf(
  token: number,
  { end, ends }: Pick<Primed<unknown>, "end" | "ends">,
  stopped: boolean,
  over: boolean | undefined,
  tokens: number,
  { maxTokens }: Pick<ResolvedGeneration, "maxTokens">,
): FinishReason | undefined {
  if (token === end || ends?.includes(token)) return "end";
  if (stopped) return "stop";
  if (over) return "end";
  return tokens >= maxTokens ? "length" : undefined;
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
  banned.forbid(logits, row.bytes, o.maxTokens - row.tokens.length - 1);
  if (o.mask) mask(o.mask, logits, row.text, row.tokens, row.sample);
}

/** Asks the user's mask. What it is given is its own: it may keep it, change it, and use the model. */
export function mask(
  ask: NonNullable<ResolvedGeneration["mask"]>,
  logits: Float32Array,
  text: string,
  generated: readonly number[],
  sample: number,
): void {
  const allowed = new Uint8Array(logits.length).fill(1);
  const { length } = generated;
  let tokens: readonly number[] | undefined;
  const context: MaskContext = {
    text,
    // A copy, made where it is asked for: copies of a long text for every token would be its square.
    get tokens() {
      tokens ??= generated.slice(0, length);
      return tokens;
    },
    sample,
  };
  ask(allowed, context);
  for (let i = 0; i < logits.length; i++) if (allowed[i] === 0) logits[i] = -Infinity;
}

/** The geometric mean of tokens' probabilities, of the sum of their logarithms. 0 where there are none. */
export function confidence(machine: Machine, logprob: number, tokens: number): number {
  return tokens === 0 ? 0 : scalar(machine, "exp_forward", logprob / tokens);
}

/** A chosen token with its log-probability and its likeliest rivals. */
export function describeToken(
  tokenizer: Tokenizer,
  logProbs: Float32Array,
  token: number,
  o: ResolvedGeneration,
): Omit<TokenLogprob, "offset"> {
  const entry = (id: number) => ({
    token: id,
    text: tokenizer.decode([id]),
    logprob: logProbs[id],
  });
  if (o.logprobs === 0) return entry(token);
  return { ...entry(token), top: Array.from(largest(logProbs, o.logprobs), entry) };
}

function repeat(row: Float32Array, times: number): Float32Array {
  const all = new Float32Array(row.length * times);
  for (let r = 0; r < times; r++) all.set(row, r * row.length);
  return all;
}
