// What a model has read of conversations: the states at the ends of the last prompts, and of their answers. A prompt that
// begins as one of them continues there, with the bits that it has without. Imported for models that know conversations.

import { alike } from "../../data/alike.js";
import type { ModelCore } from "../base/core.js";
import type { AnyCausalNetwork } from "./causal-network.js";

/** The most prompts that are kept, however small they are. */
const MOST = 256;

/**
 * Of a prompt that is not continued whole, the beginning is used in pieces of so many tokens: who may ask a model cannot
 * find out token by token what others have asked.
 */
const PIECE = 48;

/** A prompt that was read, or one with its answer. */
interface Kept {
  readonly network: AnyCausalNetwork;
  /** Of the weights that it was read with. */
  readonly version: number;
  readonly tokens: Int32Array;
  readonly state: unknown;
  /** (1, V), after the last token of a prompt. */
  readonly logits: Float32Array | undefined;
  readonly bytes: number;
}

/** A network, and the version of its weights. */
type Source = Pick<ModelCore<AnyCausalNetwork>, "network" | "version">;

/** A prompt that has begun. */
export interface Begun {
  /** The caller's own. */
  readonly state: unknown;
  /** Tokens that it has read. */
  readonly read: number;
  /** (1, V), where those are all. */
  readonly logits: Float32Array | undefined;
}

/** What one network has read, for a new prompt. */
export interface ReadBefore {
  /** The most of a prompt that was read before; undefined: nothing. */
  begin(tokens: Int32Array, slides: boolean): Begun | undefined;
  /** Keeps what was read, of one row; the state stays the caller's. @param logits (1, V), of a prompt */
  keep(tokens: Int32Array, state: unknown, logits?: Float32Array): void;
}

/** The last prompts of a model and its adapters. */
export class Prefixes {
  /** Those that were used last are the last. */
  readonly #kept = new Set<Kept>();

  /**
   * What a network has read with the weights that it has now.
   * @param most what all that is kept may take, in bytes
   */
  of(source: Source, most: number): ReadBefore {
    const { network, version } = source;
    for (const one of this.#kept) {
      if (one.network === network && one.version !== version) this.#drop(one);
    }
    this.#trim(most);
    return {
      begin: (tokens, slides) => this.#begin(network, tokens, slides),
      keep: (tokens, state, logits) => {
        const { context = Infinity } = network;
        // Weights may have changed while it was read, and of what slid the beginning is forgotten.
        if (source.version !== version || tokens.length > context) return;
        const bytes = bytesOf(network, tokens, state);
        if (bytes > most) return;
        this.#keep({ network, version, tokens, state, logits, bytes });
        this.#trim(most);
      },
    };
  }

  #begin(network: AnyCausalNetwork, tokens: Int32Array, slides: boolean): Begun | undefined {
    let read = 0;
    let best: Kept | undefined;
    for (const one of this.#kept) {
      if (one.network !== network) continue;
      const common = alike(one.tokens, tokens);
      // What comes next is known at the end of a prompt alone.
      const partly = Math.min(common, tokens.length - 1);
      const whole = common === one.tokens.length && (one.logits || common === partly);
      const most = whole ? common : network.cache ? partly - (partly % PIECE) : 0;
      if (most > read) [read, best] = [most, one];
    }
    if (!best) return undefined;
    this.#kept.delete(best);
    this.#kept.add(best);
    return {
      state: stateOf(network, best.state, tokens.subarray(0, read), slides),
      read,
      logits: read === tokens.length ? best.logits : undefined,
    };
  }

  #keep(read: Kept): void {
    const { network, tokens, state, logits } = read;
    for (const one of this.#kept) {
      if (one.network !== network) continue;
      const common = alike(one.tokens, tokens);
      // A state that can be cut to what it had read before needs none of those; but who asks once more needs the prompt.
      const again = (network.cache && logits) || common === tokens.length;
      if (again && common === one.tokens.length) this.#drop(one);
    }
    this.#kept.add({ ...read, state: stateOf(network, state, tokens, false) });
  }

  /** Gives back those that were used longest ago. */
  #trim(most: number): void {
    let bytes = 0;
    for (const one of this.#kept) bytes += one.bytes;
    for (const one of this.#kept) {
      if (bytes <= most && this.#kept.size <= MOST) return;
      this.#drop(one);
      bytes -= one.bytes;
    }
  }

  #drop(one: Kept): void {
    this.#kept.delete(one);
    one.network.free(one.state);
  }
}

/** A state that has read these tokens, which another began with. */
function stateOf(
  network: AnyCausalNetwork,
  state: unknown,
  tokens: Int32Array,
  slides: boolean,
): unknown {
  return network.cache ? network.cache.begin(state, tokens, slides) : network.select(state, [0]);
}

/** What a prompt takes that is kept. */
function bytesOf(network: AnyCausalNetwork, tokens: Int32Array, state: unknown): number {
  const { classes, carries = [] } = network;
  const numbers = carries.reduce((all, width) => all + width, tokens.length + classes);
  return 4 * numbers + (network.cache?.bytesOf(state) ?? 0);
}
