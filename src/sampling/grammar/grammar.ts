// A grammar as generation uses it, whatever it was written as.

import { GrammarError, InvalidInputError } from "../../host/errors.js";
import type { Tokenizer } from "../../text/tokenizer.js";
import type { FinishReason } from "../finish.js";
import type { Ends, GrammarRun, Place, TextGrammar } from "../rules.js";
import { Automaton, type State } from "./automaton.js";
import type { Expression } from "./expression.js";
import { compile, hasText, neededOf, type Program, restrict, toBytes } from "./program.js";
import type { Ranges } from "./ranges.js";
import { type Vocabulary, vocabulariesOf } from "./vocabulary.js";

/** A grammar as plain data. */
export interface GrammarJSON {
  readonly rules: readonly (readonly [string, Expression])[];
  readonly root: string;
}

/** Bytes of all masks that are kept for one tokenizer. */
const MASKS = 2 ** 24;

/**
 * What a generated text may be: made by `regex`, `jsonSchema` or `gbnf`, and given to `generate` and `stream` as
 * `grammar`. It never changes; what it finds out about a tokenizer is kept for the next text.
 */
export class Grammar implements TextGrammar {
  readonly #json: GrammarJSON;
  readonly #program: Program;
  #bytes: ByteAutomaton | undefined;
  /** For tokenizers that can write all characters this is the same. */
  readonly #own = new WeakMap<Tokenizer, AllMasks>();

  /** @internal */
  constructor(json: GrammarJSON) {
    this.#json = json;
    this.#program = compile(new Map(json.rules), json.root);
    if (!hasText(this.#program)) {
      throw new InvalidInputError("the grammar has no text at all: nothing could be generated");
    }
  }

  /** Whether a text is one of the grammar's. @throws InvalidInputError for what can be read in too many ways */
  accepts(text: string): boolean {
    if (typeof text !== "string" || !isWhole(text)) return false;
    const bytes = this.#whole;
    let state: State | null = bytes.automaton.start;
    for (const byte of new TextEncoder().encode(text)) {
      state = bytes.automaton.step(state, bytes.classes[byte]);
      if (!state) return false;
    }
    return state.final;
  }

  /** @internal */
  start(
    tokenizer: Tokenizer,
    ends: Ends,
    o: { readonly maxTokens: number; readonly prompt: string },
  ): GrammarRun {
    let own = this.#own.get(tokenizer);
    if (!own) {
      const { later, first, characters } = vocabulariesOf(tokenizer);
      const bytes = this.#for(characters);
      const masks = new Masks(later, bytes);
      const { start } = bytes.automaton;
      own =
        first === later
          ? { later: masks, first: masks, start }
          : { later: masks, first: new Masks(first, bytes), start: { ...start } };
      this.#own.set(tokenizer, own);
    }
    return new Run(this, own, ends, o);
  }

  /** Plain data, of which a worker makes the grammar again. */
  toJSON(): GrammarJSON {
    return this.#json;
  }

  get #whole(): ByteAutomaton {
    this.#bytes ??= new ByteAutomaton(this.#program);
    return this.#bytes;
  }

  /** @throws InvalidInputError where a vocabulary can write none of the texts */
  #for(characters: Ranges | undefined): ByteAutomaton {
    if (!characters) return this.#whole;
    const own = restrict(this.#program, characters);
    if (hasText(own)) return new ByteAutomaton(own);
    const needed = neededOf(this.#program, characters).slice(0, 10);
    const shown = needed.map((code) => JSON.stringify(String.fromCodePoint(code))).join(", ");
    throw new InvalidInputError(
      `the model can write no text of the grammar: its vocabulary lacks ${shown || "characters that it needs"}`,
    );
  }
}

/** Without half characters. */
function isWhole(text: string): boolean {
  return text.search(/[\ud800-\udfff]/u) < 0;
}

/** A grammar over bytes. */
class ByteAutomaton {
  readonly automaton: Automaton;
  /** Of each byte. */
  readonly classes: Uint16Array;

  constructor(program: Program) {
    this.automaton = new Automaton(toBytes(program));
    this.classes = Uint16Array.from({ length: 256 }, (_, byte) => this.automaton.classOf(byte));
  }
}

/** Which tokens of a vocabulary may come, state by state. */
class Masks {
  readonly #vocabulary: Vocabulary;
  readonly #automaton: Automaton;
  readonly #classes: Uint16Array;
  /** A bit for each token that may come. */
  readonly #masks = new Map<State, Uint32Array>();

  constructor(vocabulary: Vocabulary, { automaton, classes }: ByteAutomaton) {
    this.#vocabulary = vocabulary;
    this.#automaton = automaton;
    this.#classes = classes;
  }

  get start(): State {
    return this.#automaton.start;
  }

  at(state: State): Uint32Array {
    const known = this.#masks.get(state);
    if (known) return known;
    const mask = new Uint32Array(Math.ceil(this.#vocabulary.size / 32));
    for (const token of this.#vocabulary.silent) mask[token >>> 5] |= 1 << (token & 31);
    const { bytes, depths, ends, firsts, tokens, deepest } = this.#vocabulary.tree;
    const path: State[] = new Array(deepest + 1);
    path[0] = state;
    for (let at = 0; at < bytes.length; ) {
      const depth = depths[at];
      const from = path[depth];
      const symbols = this.#classes[bytes[at]];
      const after = from.next[symbols] ?? this.#automaton.step(from, symbols);
      if (!after) {
        at = ends[at];
        continue;
      }
      path[depth + 1] = after;
      const last = firsts[++at];
      for (let n = firsts[at - 1]; n < last; n++) mask[tokens[n] >>> 5] |= 1 << (tokens[n] & 31);
    }
    if (this.#masks.size * mask.byteLength >= MASKS) this.#masks.clear();
    this.#masks.set(state, mask);
    return mask;
  }

  /** The state after a token that may come. */
  after(state: State, token: number): State {
    const bytes = this.#vocabulary.bytes[token];
    for (let i = 0; i < bytes.length; i++) {
      state = this.#automaton.step(state, this.#classes[bytes[i]])!;
    }
    return state;
  }
}

/** Those of a tokenizer. */
interface AllMasks {
  readonly later: Masks;
  /** Where a text begins: some tokens write less there. */
  readonly first: Masks;
  /** The place there, which is no other where there are such tokens. */
  readonly start: State;
}

function has(mask: Uint32Array, token: number): boolean {
  return ((mask[token >>> 5] >>> (token & 31)) & 1) === 1;
}

/** The samples of one call. */
class Run implements GrammarRun {
  readonly #grammar: Grammar;
  readonly #masks: Masks;
  readonly #ends: readonly number[];
  readonly #maxTokens: number;
  readonly #failed: Exclude<FinishReason, "end">[] = [];
  /** The place before a text's first token, where that is written otherwise than later ones. */
  readonly start: Place;
  readonly #first: Masks;

  constructor(
    grammar: Grammar,
    { later, first, start }: AllMasks,
    { end, ends = end === undefined ? [] : [end] }: Ends,
    { maxTokens, prompt }: { readonly maxTokens: number; readonly prompt: string },
  ) {
    this.#grammar = grammar;
    this.#masks = later;
    this.#first = first;
    this.#ends = ends;
    this.#maxTokens = maxTokens;
    this.start = prompt === "" ? start : later.start;
  }

  /** Which tokens may come at a place. */
  #at(place: Place): Uint32Array {
    return (place === this.start ? this.#first : this.#masks).at(place as State);
  }

  mask(place: Place, logits: Float32Array): void {
    const { final } = place as State;
    if (final && this.#ends.length === 0) return;
    const mask = this.#at(place);
    const ends = final ? this.#ends.map((end) => logits[end]) : [];
    for (let token = 0; token < logits.length; token++) {
      if (!has(mask, token)) logits[token] = -Infinity;
    }
    for (const [i, logit] of ends.entries()) logits[this.#ends[i]] = logit;
  }

  leaves(place: Place, token: number): boolean {
    // Elsewhere the mask has left no such token.
    return this.#ends.length === 0 && (place as State).final && !has(this.#at(place), token);
  }

  next(place: Place, token: number): Place {
    if (this.#ends.includes(token)) return place;
    const begins = place === this.start;
    const after = (begins ? this.#first : this.#masks).after(place as State, token);
    // One that writes nothing has begun the text all the same.
    return begins && after === place ? this.#masks.start : after;
  }

  over(place: Place): boolean {
    const { final, places } = place as State;
    return final && places.length === 0;
  }

  satisfies(finish: FinishReason, place: Place, text: string): boolean {
    if (finish === "end") return true;
    const complete = finish === "stop" ? this.#grammar.accepts(text) : (place as State).final;
    if (!complete) this.#failed.push(finish);
    return complete;
  }

  check(samples: number): void {
    const [reason] = this.#failed;
    if (reason === undefined) return;
    const some = samples > 1 ? `${this.#failed.length} of ${samples} samples` : "the text";
    const what = {
      length: `maxTokens (${this.#maxTokens}) ended ${some} before the grammar was complete: ask for more`,
      stop: `a stop string ended ${some} before the grammar was complete: leave it out, a grammar ends by itself`,
      blocked: `bans, biases or the mask left ${some} no token that the grammar allows`,
    }[reason];
    throw new GrammarError(samples > 1 ? `${what}; stream gives the samples all the same` : what);
  }
}
