// Beam search: the likeliest continuations rather than random ones.

import type { Machine } from "../host/machine.js";
import type { Pieces } from "../host/pieces.js";
import { scalar } from "../host/scalar.js";
import type { Tokenizer } from "../text/tokenizer.js";
import type { Backbone } from "./backbone.js";
import type { FinishReason } from "./finish.js";
import { adjust, logSoftmaxRows, penalised } from "./logits.js";
import type { ResolvedGeneration } from "./options.js";
import type { Place } from "./rules.js";
import {
  confidence,
  describeToken,
  finishOf,
  mask,
  type Primed,
  type TokenLogprob,
} from "./sampler.js";
import { BannedStrings, TextRules } from "./text-rules.js";

/** A finished continuation. */
export interface Hypothesis {
  readonly tokens: readonly number[];
  readonly text: string;
  /** Sum of the tokens' log-probabilities after bias, penalties and bans, in nats. */
  readonly logprob: number;
  /** `logprob` / length^lengthPenalty: what hypotheses are ranked by. */
  readonly score: number;
  readonly finish: FinishReason;
  readonly logprobs?: readonly TokenLogprob[];
  readonly confidence?: number;
}

/** A continuation on its way. */
interface Beam {
  readonly tokens: readonly number[];
  readonly logprob: number;
  readonly logprobs: readonly TokenLogprob[];
  /** Code points that the tokens complete. */
  readonly characters: number;
  /** Where it stands in the grammar, where there is one. */
  readonly place: Place | undefined;
}

/**
 * The `samples` best of `beams` hypotheses, best first. Each step keeps the `beams` likeliest
 * extensions; it ends when no live beam can beat the worst kept hypothesis, or at `maxTokens`. A piece of
 * the work is a step.
 */
export function* beamSearch<State>(
  backbone: Backbone<State>,
  tokenizer: Tokenizer,
  o: ResolvedGeneration,
  primed: Primed<State>,
): Pieces<Hypothesis[]> {
  const { machine, classes: V } = backbone;
  const banned = new BannedStrings(tokenizer, o.banned);
  const grammar = o.grammar?.start(tokenizer, primed, o);
  const first: Beam = {
    tokens: [],
    logprob: 0,
    logprobs: [],
    characters: 0,
    place: grammar?.start,
  };
  let beams = [first];
  let state = primed.state;
  let logits: Float32Array = primed.logits.slice();
  const context = new Set(penalised(o) ? primed.context : []);
  let done: Hypothesis[] = [];

  try {
    for (let n = 0; n < o.maxTokens && beams.length > 0; n++) {
      const own = o.logprobs < 0 ? undefined : logSoftmaxRows(machine, logits, beams.length, V);
      const extensions = beams.map((beam, b) => {
        const row = logits.subarray(b * V, (b + 1) * V);
        constrain(row, beam, b, tokenizer, o, banned, primed.never, context);
        grammar?.mask(beam.place!, row);
        const logProbs = logSoftmaxRows(machine, row, 1, V);
        if (grammar) leaveOnce(logProbs, (token) => grammar.leaves(beam.place!, token));
        return { before: beam.logprob, logProbs };
      });

      const next: Beam[] = [];
      const parents: number[] = [];
      let ended = 0;
      const end = (beam: Beam, text: string, finish: FinishReason) => {
        ended++;
        if (grammar?.satisfies(finish, beam.place!, text) === false) return;
        done.push(finished(machine, beam, text, finish, o));
      };
      for (const { beam, token, logprob } of bestFirst(extensions)) {
        // All that end in one step are of one length, so more than `beams` of them cannot be kept.
        if (next.length >= o.beams || (ended >= o.beams && n + 1 === o.maxTokens)) break;
        if (grammar?.leaves(beams[beam].place!, token)) {
          const { text } = render(tokenizer, beams[beam].tokens, o);
          end({ ...beams[beam], logprob }, text, "end");
          continue;
        }
        const row = own?.subarray(beam * V, (beam + 1) * V);
        const place = grammar?.next(beams[beam].place!, token);
        const before = { ...beams[beam], place };
        const { extended, text, stopped } = extend(tokenizer, before, token, logprob, row, o);
        const over = grammar?.over(place!);
        const finish = finishOf(token, primed, stopped, over, extended.tokens.length, o);
        if (finish) end(extended, text, finish);
        else {
          next.push(extended);
          parents.push(beam);
        }
      }
      done = done.sort((a, b) => b.score - a.score).slice(0, o.beams);
      if (next.length === 0) break;
      beams = next;
      if (settled(machine, done, beams, o)) break;
      const chosen = backbone.select(state, parents);
      backbone.free(state);
      state = chosen;
      const last = beams.map(({ tokens }) => tokens[tokens.length - 1]);
      if (logits.length !== V * beams.length) logits = new Float32Array(V * beams.length);
      backbone.step(state, last, logits);
      yield;
    }
  } finally {
    backbone.free(state);
  }
  if (done.length === 0) {
    // Each of them ended too early.
    for (const { place } of beams) grammar?.satisfies("blocked", place!, "");
    grammar?.check(o.samples);
    done = beams.map((beam) => {
      const { text } = render(tokenizer, beam.tokens, o);
      return finished(machine, beam, text, "blocked", o);
    });
  }
  return done.slice(0, o.samples);
}

/**
 * Tokens after each beam, the likeliest first, of equal ones the first. Found one at a time: few are
 * taken, and to sort them all would cost more than the network. What is taken is struck out of `logProbs`.
 */
function* bestFirst(
  extensions: readonly { readonly before: number; readonly logProbs: Float32Array }[],
): Generator<{ beam: number; token: number; logprob: number }> {
  for (;;) {
    let best = { beam: 0, token: 0, logprob: -Infinity };
    for (const [beam, { before, logProbs }] of extensions.entries()) {
      // A row without any token left is NaN, and gives none.
      for (let token = 0; token < logProbs.length; token++) {
        const logprob = before + logProbs[token];
        if (logprob > best.logprob) best = { beam, token, logprob };
      }
    }
    if (best.logprob === -Infinity) return;
    yield best;
    extensions[best.beam].logProbs[best.token] = -Infinity;
  }
}

/** Of the tokens that end a text without being part of it, the likeliest stays: the text is the same. */
function leaveOnce(logProbs: Float32Array, leaves: (token: number) => boolean): void {
  let best = -1;
  for (let token = 0; token < logProbs.length; token++) {
    if (!leaves(token)) continue;
    const worse = best >= 0 && logProbs[token] <= logProbs[best] ? token : best;
    if (worse >= 0) logProbs[worse] = -Infinity;
    if (worse === best) best = token;
  }
}

/**
 * A beam with one token more, and its text; its place is already that after the token.
 * @param logProbs of the next token under the model itself, where they are asked for
 */
function extend(
  tokenizer: Tokenizer,
  beam: Beam,
  token: number,
  logprob: number,
  logProbs: Float32Array | undefined,
  o: ResolvedGeneration,
): { readonly extended: Beam; readonly text: string; readonly stopped: boolean } {
  const tokens = [...beam.tokens, token];
  const { text, stopped, characters } = render(tokenizer, tokens, o);
  const logprobs = logProbs
    ? [
        ...beam.logprobs,
        { ...describeToken(tokenizer, logProbs, token, o), offset: beam.characters },
      ]
    : [];
  const { place } = beam;
  return { extended: { tokens, logprob, logprobs, characters, place }, text, stopped };
}

function constrain(
  logits: Float32Array,
  beam: Beam,
  index: number,
  tokenizer: Tokenizer,
  o: ResolvedGeneration,
  banned: BannedStrings,
  never: readonly number[],
  context: ReadonlySet<number>,
): void {
  const counts = new Map<number, number>();
  for (const token of beam.tokens) counts.set(token, (counts.get(token) ?? 0) + 1);
  adjust(logits, o, new Set([...context, ...beam.tokens]), counts);
  for (const token of never) logits[token] = -Infinity;
  const tail = beam.tokens.slice(-banned.longest).flatMap((t) => Array.from(tokenizer.bytes(t)));
  banned.forbid(logits, tail, o.maxTokens - beam.tokens.length - 1);
  if (o.mask) mask(o.mask, logits, render(tokenizer, beam.tokens, o).text, beam.tokens, index);
}

function render(
  tokenizer: Tokenizer,
  tokens: readonly number[],
  o: ResolvedGeneration,
): { text: string; stopped: boolean; characters: number } {
  const rules = new TextRules(tokenizer, o.stop, o.banned, o.prompt === "");
  let text = "";
  for (const token of tokens) text += rules.push(token);
  const { characters } = rules;
  text += rules.end();
  return { text, stopped: rules.stopped, characters };
}

function finished(
  machine: Machine,
  beam: Beam,
  text: string,
  finish: FinishReason,
  o: ResolvedGeneration,
): Hypothesis {
  return {
    tokens: beam.tokens,
    text,
    logprob: beam.logprob,
    score: scoreOf(machine, beam.logprob, beam.tokens.length, o.lengthPenalty),
    finish,
    ...(o.logprobs < 0 ? {} : own(machine, beam.logprobs)),
  };
}

/** What the model itself thinks of a hypothesis. */
function own(machine: Machine, logprobs: readonly TokenLogprob[]): Partial<Hypothesis> {
  const sum = logprobs.reduce((all, { logprob }) => all + logprob, 0);
  return { logprobs, confidence: confidence(machine, sum, logprobs.length) };
}

/** Whether enough hypotheses are finished that no live beam, at its best, could still enter. */
function settled(
  machine: Machine,
  done: readonly Hypothesis[],
  beams: readonly Beam[],
  o: ResolvedGeneration,
): boolean {
  if (done.length < o.beams) return false;
  const worst = done[done.length - 1].score;
  // Log-probabilities only fall; a positive penalty divides by at most the full length.
  const length = o.lengthPenalty > 0 ? o.maxTokens : beams[0].tokens.length;
  const best = beams.reduce((most, { logprob }) => Math.max(most, logprob), -Infinity);
  return scoreOf(machine, best, length, o.lengthPenalty) <= worst;
}

/**
 * logprob / length^penalty, the power by the kernels: exp(penalty ln length), as a product of several
 * where f32 has no room for one. With what `lengthPenalty` may be, the product fits f64.
 */
function scoreOf(machine: Machine, logprob: number, length: number, penalty: number): number {
  if (penalty === 0 || length === 0) return logprob;
  if (penalty === 1) return logprob / length;
  const x = penalty * scalar(machine, "log_forward", length);
  const factors = Math.max(1, Math.ceil(Math.abs(x) / 80));
  const factor = scalar(machine, "exp_forward", x / factors);
  let power = factor;
  for (let n = 1; n < factors; n++) power *= factor;
  return logprob / power;
}
