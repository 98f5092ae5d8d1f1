import { InvalidInputError } from "../../host/errors.js";
import type { Machine } from "../../host/machine.js";
import type { Tape } from "../tape.js";
import type { Indices, Tensor } from "../tensor.js";
import { MOST_KEYS } from "./kept.js";
import { expectShape } from "./shape.js";

/** The largest head. */
const MOST_NUMBERS = 256;
/** What a query sees. */
export interface AttentionOptions {
  /** Whether a query sees only the keys up to its own position; the last query stands at the last key. Default false. */
  readonly causal?: boolean;
  /** With `causal`: how many keys a query sees, its own included. Default: all. */
  readonly window?: number;
  /** Keys of each row (B) that count, 0 to Tk; a query that sees none gives 0. Default: all. */
  readonly lengths?: Indices;
  /** Probability that a weight is dropped in training. Default 0. */
  readonly dropout?: number;
  /** Is given the weights (B, H, Tq, Tk) as they are before dropout, 0 for what is not seen. */
  readonly weights?: Tensor;
}

/** Where queries, keys or values are: from position to position are `stride` numbers. */
interface Part {
  readonly tensor: Tensor;
  readonly from: number;
  readonly stride: number;
}

interface Sizes {
  readonly B: number;
  readonly Tq: number;
  readonly Tk: number;
  readonly H: number;
  readonly G: number;
  readonly d: number;
}

/**
 * Attention of several heads: y = softmax(q kᵀ / √d) v for each head (Vaswani et al., "Attention Is All You
 * Need", 2017). Head h has the keys and values of group ⌊h G / H⌋ (Ainslie et al., "GQA", 2023). A query's
 * result depends on itself and the keys that it sees, bit for bit: not on the batch, nor on other queries.
 *
 * @param q (B, Tq, H, d), d at most 256
 * @param k (B, Tk, G, d), H a multiple of G
 * @param v (B, Tk, G, d)
 * @returns (B, Tq, H, d)
 * @throws InvalidInputError for sizes that do not fit each other
 */
export function attention(
  tape: Tape,
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: AttentionOptions = {},
): Tensor {
  const [B, Tq, H, d] = q.shape;
  const [, Tk, G] = k.shape;
  expectShape("attention: q", q, [B, Tq, H, d]);
  expectShape("attention: k", k, [B, Tk, G, d]);
  expectShape("attention: v", v, [B, Tk, G, d]);
  const parts = [q, k, v].map((tensor, i) => ({ tensor, from: 0, stride: (i === 0 ? H : G) * d }));
  return attend(tape, parts, { B, Tq, Tk, H, G, d }, options);
}

/**
 * Attention of a sequence to itself, from one matrix of queries, keys and values, as GPT-2's `c_attn` gives it.
 *
 * @param x (B, T, (H + 2 G) d): H heads of queries, G of keys, G of values
 * @returns (B, T, H, d)
 * @throws InvalidInputError for sizes that do not fit each other
 */
export function selfAttention(
  tape: Tape,
  x: Tensor,
  { heads: H, groups: G = H }: { readonly heads: number; readonly groups?: number },
  options: AttentionOptions = {},
): Tensor {
  const [B, T, stride] = x.shape;
  const d = stride / (H + 2 * G);
  expectShape("selfAttention: x", x, [B, T, Math.floor(d) * (H + 2 * G)]);
  const parts = [0, H * d, (H + G) * d].map((from) => ({ tensor: x, from, stride }));
  return attend(tape, parts, { B, Tq: T, Tk: T, H, G, d }, options);
}

function attend(
  tape: Tape,
  parts: readonly Part[],
  sizes: Sizes,
  options: AttentionOptions,
): Tensor {
  const { machine } = tape;
  check(machine, sizes, options);
  const { kernels } = machine;
  const { B, Tq, Tk, H, d } = sizes;
  const tensors = parts.map(({ tensor }) => tensor);
  const y = tape.empty([B, Tq, H, d], ...tensors);
  const stats = machine.alloc(8 * B * H * Tq);
  const wanted = options.weights;
  if (wanted) expectShape("attention: weights", wanted, [B, H, Tq, Tk]);
  // The kernel leaves out what no query of a block sees.
  wanted?.data.fill(0);
  const keeps = y.requiresGrad && Tk <= MOST_KEYS;
  const kept = wanted?.address ?? (keeps ? machine.alloc(4 * B * H * Tq * Tk) : 0);
  const block = sizeBlock(tape, parts, sizes, options);
  const lengths = options.lengths?.address ?? 0;
  const [q, k, v] = parts.map(({ tensor, from }) => tensor.address + 4 * from);
  const bytes = kernels.multi_head_work(Tk, d) >>> 0;
  tape.scratch(bytes, (work) =>
    kernels.multi_head_forward(y.address, kept, stats, q, k, v, lengths, block, work),
  );
  tape.record([y], () => {
    const [dq, dk, dv] = parts.map(({ tensor, from }) => {
      const gradient = tape.grad(tensor);
      return gradient === 0 ? 0 : gradient + 4 * from;
    });
    const [to, dy] = [y.address, y.gradAddress];
    tape.scratch(bytes, (work) =>
      kernels.multi_head_backward(dq, dk, dv, dy, to, kept, stats, q, k, v, lengths, block, work),
    );
  });
  return y;
}

/** @throws InvalidInputError */
function check(
  machine: Machine,
  { B, Tq, Tk, H, G, d }: Sizes,
  { causal, window = 0, lengths }: AttentionOptions,
): void {
  const refuse = (expected: string) => {
    throw new InvalidInputError(
      `attention: expected ${expected}, got ${H} heads of ${d}, ${G} of keys, ${Tq} queries, ${Tk} keys`,
    );
  };
  if (!(d <= MOST_NUMBERS)) refuse(`heads of at most ${MOST_NUMBERS} numbers`);
  if (H % G !== 0) refuse("heads that are a multiple of those of keys");
  if (causal && Tq > Tk) refuse("no more queries than keys");
  if (window !== 0 && !causal) refuse("a window only where attention is causal");
  if (!lengths) return;
  if (lengths.length !== B) refuse(`${B} lengths, not ${lengths.length},`);
  const wrong = machine.i32(lengths.address, B).find((length) => !(length >= 0 && length <= Tk));
  if (wrong !== undefined) refuse(`lengths from 0 to ${Tk}, not ${wrong},`);
}

/** What the kernels take one pointer to: see assembly/ops/multi_head_attention.ts. */
function sizeBlock(
  tape: Tape,
  parts: readonly Part[],
  { B, Tq, Tk, H, G, d }: Sizes,
  { causal = false, window = 0, dropout = 0 }: AttentionOptions,
): number {
  const { machine } = tape;
  const key = dropout > 0 ? tape.nextDropoutKey() : undefined;
  const address = machine.alloc(64);
  const strides = parts.map(({ stride }) => stride);
  machine.i32(address, 11).set([B, Tq, Tk, H, G, d, ...strides, Number(causal), window]);
  machine.f32(address + 44, 2).set([1 / Math.sqrt(d), key ? dropout : 0]);
  machine.u32(address + 52, 2).set([key?.k0 ?? 0, key?.k1 ?? 0]);
  return address;
}
