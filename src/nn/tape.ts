// The tape. While recording, every operation leaves a closure that calls its backward kernel; played
// backwards they are the whole of automatic differentiation.

import { describe, InvalidInputError } from "../host/errors.js";
import type { Key } from "../host/key.js";
import type { Machine } from "../host/machine.js";
import { checkedSize, type Indices, sizeOf, Tensor } from "./tensor.js";

/** How a tape runs. */
export interface TapeOptions {
  /** Keep what backward needs. Default false. */
  readonly record?: boolean;
  /** Randomness of the step's dropout. Without a key dropout does nothing, as in evaluation. */
  readonly dropoutKey?: Key;
  /** What dropout drops besides, of what it would keep. Default 0. */
  readonly moreDropout?: number;
  /** Randomness of the step's noise, such as a draw from a latent distribution. */
  readonly noiseKey?: Key;
  /** What is computed in a `checkpoint` is not kept for backward, but computed again. Default false. */
  readonly recompute?: boolean;
  /**
   * Hears what layers compute, by the name of their parameters: `linear`, `encoder.lstm`. A tensor lives
   * as long as the step, so copy what is to be kept. Without a listener nothing is named or kept.
   */
  readonly listen?: (name: string, activation: Tensor) => void;
}

/**
 * Hears what the layers of all tapes of a machine compute while it is the machine's listener, and may change it: what is
 * written into an activation is what the next layer reads.
 */
export interface Listener {
  /** Whether tapes that say nothing of it record. */
  readonly record: boolean;
  /**
   * @param name where it begins with a dot: of the layer whose part was named before
   * @param mixed of weights of attention: what they made of the values (B, Tq, H, d), and these (B, Tk, G, d)
   */
  hear(name: string, activation: Tensor, tape: Tape, mixed?: readonly [Tensor, Tensor]): void;
}

/** One step's operations. Make it inside `machine.scoped`; its tensors end with that scope. */
export class Tape {
  readonly machine: Machine;
  readonly recording: boolean;
  readonly #options: TapeOptions;
  readonly #backwards: (() => void)[] = [];
  /** Keys drawn so far, for dropout and for noise. */
  #draws = 0;
  /** Where its own memory begins. What is before that outlives it, so its gradient cannot be here. */
  #from = 0;

  constructor(machine: Machine, options: TapeOptions = {}) {
    this.machine = machine;
    this.#options = options;
    this.recording = options.record ?? this.listener?.record ?? false;
  }

  /** A probability of dropout as it is on this tape. */
  dropped(p: number): number {
    const { moreDropout = 0 } = this.#options;
    return moreDropout > 0 ? 1 - (1 - p) * (1 - moreDropout) : p;
  }

  /** Who hears all tapes of the machine: then nothing is left out that has a name. */
  get listener(): Listener | undefined {
    return this.machine.listener as Listener | undefined;
  }

  /** Says that a tensor is what the layer of this scope computed; gives it back. */
  name(scope: string, activation: Tensor): Tensor {
    const { listen } = this.#options;
    if (listen) listen(scope, activation);
    else this.listener?.hear(scope, activation, this);
    return activation;
  }

  /** An uninitialised tensor. It takes part in gradients if an input does and the tape records. */
  empty(shape: readonly number[], ...inputs: readonly (Tensor | undefined)[]): Tensor {
    const address = this.machine.alloc(4 * sizeOf(shape));
    return this.view(address, shape, ...inputs);
  }

  /** A tensor over memory that an operation has allocated before. */
  view(
    address: number,
    shape: readonly number[],
    ...inputs: readonly (Tensor | undefined)[]
  ): Tensor {
    let wanted = false;
    for (const input of inputs) {
      if (!input) continue;
      if (input.machine !== this.machine || input.ended) throw foreign(input);
      wanted ||= input.requiresGrad;
    }
    return this.#made(address, shape, this.recording && wanted);
  }

  /**
   * A tensor with these values; a leaf, with a gradient of its own where asked.
   * @throws InvalidInputError where the shape has another number of numbers
   */
  tensor(values: ArrayLike<number>, shape: readonly number[], requiresGrad = false): Tensor {
    const size = checkedSize("tensor", shape);
    if (values?.length !== size) {
      const got = typeof values?.length === "number" ? `${values.length} values` : describe(values);
      throw new InvalidInputError(`tensor: shape [${shape}] has ${size} values, got ${got}`);
    }
    const address = this.machine.alloc(4 * size);
    const tensor = this.#made(address, shape, requiresGrad && this.recording);
    tensor.data.set(values);
    return tensor;
  }

  #made(address: number, shape: readonly number[], requiresGrad: boolean): Tensor {
    const life = { address: 0, scope: this.machine.scopes };
    return new Tensor(this.machine, address, shape, requiresGrad, life);
  }

  /** Copies indices in. */
  indices(values: ArrayLike<number>): Indices {
    const address = this.machine.alloc(4 * values.length);
    this.machine.i32(address, values.length).set(values);
    return { address, length: values.length };
  }

  /** Runs `work` with scratch memory that is free again afterwards; `bytes` as a kernel gives them, signed. */
  scratch(bytes: number, work: (address: number) => void): void {
    this.machine.scoped(() => work(this.machine.alloc(bytes >>> 0)));
  }

  /** Remembers how to pass an output's gradient on. Does nothing where nobody wants it. */
  record(outputs: readonly Tensor[], backward: () => void): void {
    if (!this.recording || !outputs.some((output) => output.requiresGrad)) return;
    this.#backwards.push(() => {
      if (outputs.some((output) => output.gradAddress !== 0)) backward();
    });
  }

  /** Address to which a tensor's gradient is added, zeroed on first use; 0 if it wants none. */
  grad(tensor: Tensor | undefined): number {
    if (!tensor?.requiresGrad) return 0;
    if (tensor.gradAddress === 0) {
      if (tensor.address < this.#from) throw new Error("checkpoint: f uses a tensor from outside");
      tensor.gradAddress = this.machine.alloc(4 * tensor.size);
      this.machine.f32(tensor.gradAddress, tensor.size).fill(0);
    }
    return tensor.gradAddress;
  }

  /** Plays the tape backwards from a scalar whose gradient is `seed`. Gradients are added to. */
  backward(loss: Tensor, seed = 1): void {
    if (loss.size !== 1) throw new Error(`backward starts at a scalar, got shape [${loss.shape}]`);
    const address = this.grad(loss);
    if (address === 0) throw new Error("backward: nothing that was recorded wants a gradient");
    this.machine.f32(address, 1)[0] += seed;
    this.#play();
  }

  #play(): void {
    for (const play of this.#backwards.reverse()) play();
    this.#backwards.length = 0;
  }

  /**
   * f(x), which has the shape of x. On a tape that recomputes, of what `f` computed only this is kept: backward
   * computes the rest again, with the same dropout and noise, so to the same bits (Chen et al., "Training Deep Nets with
   * Sublinear Memory Cost", 2016; PyTorch's `checkpoint`).
   * @param f uses the tape that it is given
   * @param others what else `f` reads that wants a gradient, but parameters
   */
  checkpoint(
    x: Tensor,
    f: (tape: Tape, x: Tensor) => Tensor,
    others: readonly Tensor[] = [],
  ): Tensor {
    if (!this.#options.recompute || this.listener) return f(this, x);
    const { machine } = this;
    const { adapter } = machine;
    const draws = this.#draws;
    const y = this.#made(machine.alloc(4 * x.size), x.shape, this.recording);
    machine.scoped(() => {
      const tape = new Tape(machine, { ...this.#options, record: false });
      tape.#draws = draws;
      const { data } = f(tape, x);
      y.data.set(data);
      this.#draws = tape.#draws;
    });
    this.record([y], () => {
      for (const tensor of [x, ...others]) this.grad(tensor); // these outlive the scope
      machine.scoped(() => {
        const tape = new Tape(machine, { ...this.#options, listen: undefined });
        tape.#draws = draws;
        tape.#from = machine.alloc(0);
        machine.adapted(adapter, () => f(tape, x)).gradAddress = y.gradAddress;
        tape.#play();
      });
    });
    return y;
  }

  /** Whether dropout drops anything: in training, not in evaluation. */
  get dropping(): boolean {
    return this.#options.dropoutKey !== undefined;
  }

  /** The key of the step's next dropout, or undefined in evaluation. */
  nextDropoutKey(): Key | undefined {
    return this.#options.dropoutKey?.fold(this.#draws++);
  }

  /**
   * The key of the step's next noise.
   * @throws Error on a tape without one
   */
  nextNoiseKey(): Key {
    const { noiseKey } = this.#options;
    if (!noiseKey) throw new Error("this tape has no key for noise");
    return noiseKey.fold(this.#draws++);
  }
}

/** Numbers of another memory, of an earlier step, or rounded ones, have no place in an operation. */
function foreign(input: Tensor): InvalidInputError {
  const why = !("machine" in input)
    ? "an 8-bit matrix, which only linear reads"
    : input.ended
      ? "one that has ended with its step or call"
      : "one of another model";
  return new InvalidInputError(`an operation needs tensors of its own model, got ${why}`);
}
