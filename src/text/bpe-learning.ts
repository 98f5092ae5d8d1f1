// Learns the merges of byte-pair encoding (Sennrich et al. 2016). Memory stays within a small multiple of the
// distinct pieces: their tokens are in one array, of 16 bits each where that is enough, and a pair that no longer
// occurs twice is forgotten, because it can never become a token.

import { checkNumber } from "../host/errors.js";
import { BpeTokenizer, MAX_VOCAB, PIECES } from "./bpe.js";
import { type WordList, WordLists } from "./word-lists.js";

/** Merges learned so far, of those asked for. */
export interface LearningProgress {
  readonly merges: number;
  readonly of: number;
}

/** Two neighbouring tokens, how often they meet, and the words that had them when they were last added to. */
interface Pair extends WordList {
  readonly left: number;
  readonly right: number;
  count: number;
  /** The count with which the pair is in the queue. */
  queued: number;
}

/** Distinct pieces of the texts, as tokens. */
interface Words {
  readonly count: number;
  /** Tokens of all words; word i begins at `starts[i]` and has `lengths[i]`, fewer after every merge. */
  readonly tokens: Uint16Array | Uint32Array;
  readonly starts: Uint32Array;
  readonly lengths: Uint8Array;
  /** How often each word occurs. */
  readonly times: Float64Array;
}

/** Pieces or words between two breaths: a few milliseconds of work. */
const BREATH = 4096;

/**
 * Learns merges from well-formed texts until there are `vocab` tokens (specials not counted) or no pair
 * occurs twice. It yields between small pieces of work, so that who drives it can show progress, let others
 * have their turn, or stop.
 * @throws InvalidInputError for a `vocab` outside 257 … 262144
 */
export function* learnBpe(
  texts: readonly string[],
  vocab: number,
  specials: readonly string[],
): Generator<LearningProgress, BpeTokenizer, void> {
  checkNumber("vocab", vocab, { integer: true, min: 257, max: MAX_VOCAB });
  return new BpeTokenizer(yield* learnMerges(texts, vocab - 256), specials);
}

/**
 * Up to `limit` merges, each of the most frequent pair, ties to the lower ids.
 *
 * A pair of old tokens can only become rarer and a pair with the new token is complete after its merge, so a
 * queue whose counts are put right when they come to the front always gives the most frequent pair.
 */
function* learnMerges(
  texts: readonly string[],
  limit: number,
): Generator<LearningProgress, [number, number][], void> {
  const merges: [number, number][] = [];
  const progress = () => ({ merges: merges.length, of: limit });
  const words = yield* cutWords(texts, progress, limit + 256 > 65536 ? Uint32Array : Uint16Array);
  const pairs = new Pairs();
  for (let word = 0; word < words.count; word++) {
    if (word % BREATH === 0) yield progress();
    const end = words.starts[word] + words.lengths[word];
    for (let at = words.starts[word] + 1; at < end; at++) {
      pairs.add(words.tokens[at - 1], words.tokens[at], words.times[word], word);
    }
  }
  pairs.settle();
  let work = 0;
  while (merges.length < limit) {
    const best = pairs.takeBest();
    if (best === undefined) break;
    for (const word of pairs.wordsOf(best)) {
      if (++work % BREATH === 0) yield progress();
      merge(words, word, best, 256 + merges.length, pairs);
    }
    merges.push([best.left, best.right]);
    pairs.forget(best);
    pairs.settle();
  }
  return merges;
}

function* cutWords(
  texts: readonly string[],
  progress: () => LearningProgress,
  Tokens: Uint16ArrayConstructor | Uint32ArrayConstructor,
): Generator<LearningProgress, Words, void> {
  const pieces = new Map<string, number>();
  let units = 0;
  let work = 0;
  for (const text of texts) {
    for (const [piece] of text.matchAll(PIECES)) {
      if (++work % BREATH === 0) yield progress();
      const times = pieces.get(piece) ?? 0;
      if (times === 0) units += piece.length;
      pieces.set(piece, times + 1);
    }
  }
  const count = pieces.size;
  const tokens = new Tokens(3 * units);
  const starts = new Uint32Array(count);
  const lengths = new Uint8Array(count);
  const times = new Float64Array(count);
  const encoder = new TextEncoder();
  const bytes = new Uint8Array(256);
  let word = 0;
  let at = 0;
  for (const [piece, often] of pieces) {
    const { written } = encoder.encodeInto(piece, bytes);
    tokens.set(bytes.subarray(0, written), at);
    starts[word] = at;
    lengths[word] = written;
    times[word] = often;
    at += written;
    word++;
  }
  return { count, tokens: tokens.slice(0, at), starts, lengths, times };
}

/** Replaces a pair by `made` in one word, and counts the neighbours that this parts and joins. */
function merge(
  { tokens, starts, lengths, times }: Words,
  word: number,
  { left, right }: Pair,
  made: number,
  pairs: Pairs,
): void {
  const start = starts[word];
  const end = start + lengths[word];
  const often = times[word];
  let n = start; // tokens before n are merged already
  for (let at = start; at < end; at++) {
    if (tokens[at] !== left || at + 1 === end || tokens[at + 1] !== right) {
      tokens[n++] = tokens[at];
      continue;
    }
    if (n > start) {
      pairs.remove(tokens[n - 1], left, often);
      pairs.add(tokens[n - 1], made, often, word);
    }
    if (at + 2 < end) {
      pairs.remove(right, tokens[at + 2], often);
      pairs.add(made, tokens[at + 2], often, word);
    }
    tokens[n++] = made;
    at++;
  }
  lengths[word] = n - start;
}

/** The pairs that occur at least twice, and which of them is the most frequent. */
class Pairs {
  readonly #pairs = new Map<number, Pair>();
  readonly #queue: Pair[] = [];
  readonly #words = new WordLists();
  #fresh: Pair[] = [];

  /** Counts a pair more often. Pairs that were settled and forgotten are never added to again. */
  add(left: number, right: number, often: number, word: number): void {
    const key = left * MAX_VOCAB + right;
    let pair = this.#pairs.get(key);
    if (pair === undefined) {
      pair = { left, right, count: 0, queued: 0, first: -1, last: -1, filled: 0 };
      this.#pairs.set(key, pair);
      this.#fresh.push(pair);
    }
    pair.count += often;
    this.#words.push(pair, word);
  }

  /** Counts a pair less often. */
  remove(left: number, right: number, often: number): void {
    const pair = this.#pairs.get(left * MAX_VOCAB + right);
    if (pair !== undefined) pair.count -= often;
  }

  /** After a merge: new pairs are queued, or forgotten where they are too rare to be worth a token. */
  settle(): void {
    for (const pair of this.#fresh) this.#enqueue(pair);
    this.#fresh = [];
  }

  /** The words of a pair. */
  wordsOf(pair: Pair): Iterable<number> {
    return this.#words.values(pair);
  }

  /** Lets go of a pair that is not in the queue. */
  forget(pair: Pair): void {
    this.#pairs.delete(pair.left * MAX_VOCAB + pair.right);
    this.#words.clear(pair);
  }

  /** The most frequent pair, which leaves the queue; undefined where none occurs twice. */
  takeBest(): Pair | undefined {
    for (;;) {
      const best = dequeue(this.#queue);
      if (best === undefined) return undefined;
      if (best.count === best.queued) return best;
      this.#enqueue(best);
    }
  }

  #enqueue(pair: Pair): void {
    if (pair.count < 2) this.forget(pair);
    else enqueue(this.#queue, pair);
  }
}

function isBefore(a: Pair, b: Pair): boolean {
  if (a.queued !== b.queued) return a.queued > b.queued;
  return a.left !== b.left ? a.left < b.left : a.right < b.right;
}

/** Adds to a binary heap. */
function enqueue(heap: Pair[], pair: Pair): void {
  pair.queued = pair.count;
  let at = heap.length;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!isBefore(pair, heap[parent])) break;
    heap[at] = heap[parent];
    at = parent;
  }
  heap[at] = pair;
}

function dequeue(heap: Pair[]): Pair | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return first;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++;
    if (child >= heap.length || !isBefore(heap[child], last)) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = last;
  return first;
}
