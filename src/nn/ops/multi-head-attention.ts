import { InvalidInputError } from "../../host/errors.js";
import type { Machine } from "../../host/machine.js";
import type { Tape } from "../tape.js";
import type { Indices, Tensor } from "../tensor.js";
import { checkHeads, checkLengths } from "./heads.js";
import { MOST_KEYS } from "./kept.js";
import { expectShape } from "./shape.js";

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
  const { machine } = tape;
  const { kernels } = machine;
  const [B, Tq, H, d] = q.shape;
  const [, Tk, G] = k.shape;
  expectShape("attention: q", q, [B, Tq, H, d]);
  expectShape("attention: k", k, [B, Tk, G, d]);
  expectShape("attention: v", v, [B, Tk, G, d]);
  const sizes = { B, Tq, Tk, H, G, d };
  check(machine, sizes, options);
  const y = tape.empty(q.shape, q, k, v);
  const stats = machine.alloc(8 * B * H * Tq);
  const weights = options.weights ?? (tape.listener && tape.empty([B, H, Tq, Tk]));
  if (weights) expectShape("attention: weights", weights, [B, H, Tq, Tk]);
  // The kernel leaves out what no query of a block sees.
  weights?.data.fill(0);
  const keeps = y.requiresGrad && Tk <= MOST_KEYS;
  const kept = weights?.address ?? (keeps ? machine.alloc(4 * B * H * Tq * Tk) : 0);
  const block = sizeBlock(tape, sizes, options);
  const [Q, K, V, lengths] = [q.address, k.address, v.address, options.lengths?.address ?? 0];
  const bytes = kernels.multi_head_work(Tk, d);
  tape.scratch(bytes, (work) =>
    kernels.multi_head_forward(y.address, kept, stats, Q, K, V, lengths, block, work),
  );
  tape.listener?.hear(".weights", weights!, tape, [y, v]);
  tape.record([y], () => {
    const [dq, dk, dv] = [tape.grad(q), tape.grad(k), tape.grad(v)];
    const [to, dy] = [y.address, y.gradAddress];
    tape.scratch(bytes, (work) =>
      kernels.multi_head_backward(dq, dk, dv, dy, to, kept, stats, Q, K, V, lengths, block, work),
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
  checkHeads("attention", H, G, d);
  if (causal ? Tq > Tk : window !== 0) {
    throw new InvalidInputError(
      `attention: expected no more queries than keys, and a window, only where it is causal, got ${Tq} and ${Tk}`,
    );
  }
  if (!Number.isInteger(window) || window < 0) {
    throw new InvalidInputError(`attention: window must be a whole number, got ${window}`);
  }
  if (lengths) checkLengths(machine, "attention", lengths, B, 0, Tk);
}

/** What the kernels take one pointer to: see assembly/ops/multi_head_attention.ts. */
function sizeBlock(
  tape: Tape,
  { B, Tq, Tk, H, G, d }: Sizes,
  { causal = false, window = 0, dropout: p = 0 }: AttentionOptions,
): number {
  const { machine } = tape;
  const dropout = tape.dropped(p);
  const key = dropout > 0 ? tape.nextDropoutKey() : undefined;
  const address = machine.alloc(48);
  machine.i32(address, 8).set([B, Tq, Tk, H, G, d, Number(causal), window]);
  machine.f32(address + 32, 2).set([1 / Math.sqrt(d), key ? dropout : 0]);
  machine.u32(address + 40, 2).set([key?.k0 ?? 0, key?.k1 ?? 0]);
  return address;
}
