// LoRA (Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", 2021): beside a matrix W (O, I) that stays as
// it is, two narrow ones, A (r, I) and B (O, r), are trained:
//
//   y = x Wᵀ + b + α/r (x Aᵀ) Bᵀ
//
// A begins as PEFT's, uniform within 1 / √I, and B at zero: an adapter that has not been trained changes nothing.

import { InvalidInputError } from "../host/errors.js";
import type { Machine } from "../host/machine.js";
import type { MatrixAdapter } from "./adapter.js";
import { constant, uniform } from "./init.js";
import { addLinear } from "./ops/add-linear.js";
import { add, scale } from "./ops/elementwise.js";
import { linear } from "./ops/linear.js";
import { matmul } from "./ops/matmul.js";
import type { Matrix } from "./ops/quantized.js";
import { keepPacked } from "./packed.js";
import type { ParameterSource } from "./parameters.js";
import { Tape } from "./tape.js";
import { isTensor, sizeOf, Tensor } from "./tensor.js";

/** What an adapter is made of: plain data. */
export interface LowRank {
  /** r */
  readonly rank: number;
  /** α */
  readonly alpha: number;
  /** Names of the matrices that have one. */
  readonly names: readonly string[];
}

/** The names that PEFT gives to A and B of a matrix. */
export function pairNames(matrix: string): readonly [a: string, b: string] {
  const place = `base_model.model.${matrix.replace(/\.weight$/, "")}`;
  return [`${place}.lora_A.weight`, `${place}.lora_B.weight`];
}

/** W as it is with the adapter, kept while neither changes. */
interface Kept {
  readonly tensor: Tensor;
  version: number;
}

/** The A and B of some matrices of a network. */
export class LowRankAdapter implements MatrixAdapter {
  readonly machine: Machine;
  readonly #source: ParameterSource;
  readonly #pairs = new Map<Matrix, readonly [a: Tensor, b: Tensor]>();
  readonly #scale: number;
  /** Matrices that are wanted whole again and again, as recurrent ones in sampling. */
  readonly #kept = new Map<Tensor, Kept | undefined>();

  /**
   * @param source of A and B
   * @param matrices those of the network, by name
   */
  constructor(
    source: ParameterSource,
    matrices: ReadonlyMap<string, Matrix>,
    { rank, alpha, names }: LowRank,
  ) {
    this.machine = source.machine;
    this.#source = source;
    this.#scale = alpha / rank;
    for (const name of names) {
      const matrix = matrices.get(name)!;
      const [O, I] = matrix.shape;
      const [a, b] = pairNames(name);
      const first = source.addMatrix(a, [rank, I], uniform(1 / Math.sqrt(I))) as Tensor;
      this.#pairs.set(matrix, [first, source.addMatrix(b, [O, rank], constant(0)) as Tensor]);
    }
  }

  plus(tape: Tape, x: Tensor, y: Tensor, weight: Matrix): Tensor {
    const pair = this.#pairs.get(weight);
    if (!pair) return y;
    const low = scale(tape, linear(tape, x, pair[0]), this.#scale);
    return addLinear(tape, y, low, pair[1]);
  }

  whole(tape: Tape, weight: Matrix): Tensor | undefined {
    const pair = this.#pairs.get(weight);
    if (!pair) return undefined;
    if (!isTensor(weight)) {
      throw new InvalidInputError(
        "the adapter changes a recurrent matrix, which a quantised model cannot add to: use the model that it was made from",
      );
    }
    if (!tape.recording) {
      const kept = this.#kept.get(weight);
      if (kept?.version === this.#source.version) return kept.tensor;
      this.#kept.set(weight, kept);
    }
    return add(tape, weight, scale(tape, matmul(tape, pair[1], pair[0]), this.#scale));
  }

  /** Makes those again that are kept whole, where A and B have changed. Nothing is done while activations are alive. */
  keep(): void {
    const { machine, version } = this.#source;
    if (machine.activationBytes > 0) return;
    for (const [weight, kept] of this.#kept) {
      if (kept?.version === version) continue;
      const made = kept ?? { tensor: copyOf(weight, () => this.#source.version), version: -1 };
      machine.scoped(() => {
        const { data } = this.whole(new Tape(machine), weight)!;
        made.tensor.data.set(data);
      });
      made.version = version;
      this.#kept.set(weight, made);
    }
  }
}

/** Room for a matrix and its packed copy. */
function copyOf({ machine, shape }: Tensor, version: () => number): Tensor {
  const copy = new Tensor(machine, machine.reserve(4 * sizeOf(shape)), shape, false);
  keepPacked(copy, false, version);
  return copy;
}

/**
 * A network with an adapter: the same object to whoever uses it, whose methods run with the adapter in force. The
 * network itself stays as it is, and so do others with adapters of their own, also where their calls alternate.
 */
export function adaptedNetwork<N extends object>(network: N, adapter: LowRankAdapter): N {
  const { machine } = adapter;
  const within = <T>(work: () => T): T => {
    adapter.keep();
    return machine.adapted(adapter, work);
  };
  return new Proxy(network, {
    get(target, name) {
      const value = Reflect.get(target, name, target);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        const made = within(() => value.apply(target, args));
        return isPieces(made) ? pieceByPiece(made, within) : made;
      };
    },
  });
}

type AnyPieces = Generator<unknown, unknown, unknown>;

function isPieces(value: unknown): value is AnyPieces {
  return typeof (value as AnyPieces | undefined)?.next === "function";
}

/** Work that is done in pieces, each of them within. */
function* pieceByPiece(pieces: AnyPieces, within: <T>(work: () => T) => T): AnyPieces {
  try {
    for (;;) {
      const { done, value } = within(() => pieces.next());
      if (done) return value;
      yield value;
    }
  } finally {
    within(() => pieces.return(undefined));
  }
}
