// Runs the rows of cases.ts on kernels whose memory is watched: each allocation is between guards
// that must stay as they are, and begins full of poison, so that reading what was never written shows.

import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import type { Kernels } from "../../src/host/generated/kernels.js";
import type { PictureKernels } from "../../src/host/generated/picture-kernels.js";
import type { QuantizedKernels } from "../../src/host/generated/quantized-kernels.js";
import { Key } from "../../src/host/key.js";
import type { Machine } from "../../src/host/machine.js";
import { load } from "../../src/host/module.js";
import { Tape } from "../../src/nn/tape.js";
import { Tensor } from "../../src/nn/tensor.js";
import { type Case, type Values, values } from "./case.js";

/** The step key of every tape; dropout's reference derives its own from it. */
export const DROPOUT_SEED = 5;

const GUARD_BYTES = 64;
/** A signalling NaN: even arithmetic that leaves its value as it is changes its bits. */
const POISON = 0xffaaaaaa;

/** A machine that watches its memory and its kernels. */
export interface WatchedMachine {
  readonly machine: Machine;
  /** Names of the kernels called so far. */
  readonly called: ReadonlySet<string>;
  /** What fresh allocations are filled with. */
  setPoison(word: number): void;
}

/** @param build which of the compiled modules. Node 20 has relaxed SIMD behind a flag. */
export async function watchedMachine(build: "release" | "debug" | "fast"): Promise<WatchedMachine> {
  const bytes = readFileSync(new URL(`../../build/${build}.wasm`, import.meta.url));
  const pictures = readFileSync(new URL(`../../build/pictures-${build}.wasm`, import.meta.url));
  if (!WebAssembly.validate(bytes)) setFlagsFromString("--experimental-wasm-relaxed-simd");
  const whole = readFileSync(
    new URL(`../../build/quantized-${build === "fast" ? "relaxed" : build}.wasm`, import.meta.url),
  );
  const runtime = await load(bytes, pictures, whole);
  await runtime.withQuantized();
  const machine = (await runtime.withPictures()).machine();
  const called = recordCalls(machine);
  const setPoison = guardAllocations(machine);
  return { machine, called, setPoison };
}

function recordCalls(machine: Machine): Set<string> {
  const called = new Set<string>();
  const watch = (name: string, kernel: (...args: unknown[]) => unknown) => {
    return (...args: unknown[]) => {
      called.add(name);
      return kernel(...args);
    };
  };
  const watched = (kernels: Kernels | PictureKernels | QuantizedKernels) => {
    const entries = Object.entries(kernels).map(([name, member]) => {
      return [name, typeof member === "function" ? watch(name, member) : member];
    });
    return Object.fromEntries(entries);
  };
  Object.defineProperties(machine, {
    kernels: { value: watched(machine.kernels) },
    pictures: { value: watched(machine.pictures) },
    quantized: { value: watched(machine.quantized) },
  });
  return called;
}

function guardAllocations(machine: Machine): (word: number) => void {
  const alloc = machine.alloc.bind(machine);
  const scoped = machine.scoped.bind(machine);
  const guards: { readonly address: number; readonly words: number; readonly of: string }[] = [];
  let poison = POISON;

  machine.alloc = (bytes) => {
    const front = alloc(GUARD_BYTES);
    const address = alloc(bytes);
    const end = alloc(GUARD_BYTES) + GUARD_BYTES;
    const of = `an allocation of ${bytes} bytes`;
    guards.push({ address: front, words: (address - front) / 4, of: `before ${of}` });
    guards.push({
      address: address + bytes,
      words: (end - address - bytes) / 4,
      of: `after ${of}`,
    });
    for (const guard of guards.slice(-2)) machine.u32(guard.address, guard.words).fill(POISON);
    machine.u32(address, bytes / 4).fill(poison);
    return address;
  };

  machine.scoped = (work) => {
    const mark = guards.length;
    let result: ReturnType<typeof work>;
    try {
      result = scoped(work);
    } catch (error) {
      guards.length = mark;
      throw error;
    }
    for (const { address, words, of } of guards.splice(mark)) {
      const spoilt = machine.u32(address, words).findIndex((word) => word !== POISON);
      if (spoilt >= 0) throw new Error(`memory was written ${of}, at word ${spoilt}`);
    }
    return result;
  };
  return (word) => {
    poison = word;
  };
}

/** What one run of a case gave, exactly. */
export interface Result {
  readonly outputs: readonly Float64Array[];
  /** Shapes of those that are tensors. */
  readonly shapes: readonly (readonly number[] | undefined)[];
  /** Which of them are differentiable. */
  readonly differentiable: readonly boolean[];
  readonly gradients: Readonly<Record<string, Float64Array>>;
  /** The inputs' values after the run. */
  readonly inputs: Readonly<Record<string, Float64Array>>;
}

export interface RunOptions {
  /** The word that fresh memory is full of. Default: a signalling NaN. */
  readonly poison?: number;
  /** Inputs that want a gradient. Default: all that the row says. */
  readonly gradients?: readonly string[];
  /** What the gradients are before. Default: none. */
  readonly start?: number;
}

/** Names of the inputs whose gradients the row gives. */
export function gradientNames(testCase: Case): string[] {
  return Object.keys(testCase.inputs).filter((name) => testCase.inputs[name].gradient);
}

/** Runs the operation and, where gradients are wanted, the backward of Σ weights · outputs. */
export function run(watched: WatchedMachine, testCase: Case, options: RunOptions = {}): Result {
  const { gradients = gradientNames(testCase), start, poison = POISON } = options;
  const { machine } = watched;
  watched.setPoison(poison);
  return machine.scoped(() => {
    const dropoutKey = Key.fromSeed(machine, DROPOUT_SEED);
    const tape = new Tape(machine, { record: gradients.length > 0, dropoutKey });
    const inputs: Record<string, Tensor> = {};
    for (const [name, { shape, data }] of Object.entries(inputValues(testCase))) {
      const tensor = tape.tensor(data, shape, gradients.includes(name));
      if (tensor.requiresGrad && start !== undefined) {
        tape.grad(tensor);
        tensor.grad!.fill(start);
      }
      inputs[name] = tensor;
    }
    const outputs = testCase.run(tape, inputs);
    const tensors = outputs.filter((output) => output instanceof Tensor);
    const results = outputs.map((y) => Float64Array.from(y instanceof Tensor ? y.data : y));
    if (gradients.length > 0) backward(tape, tensors);
    return {
      outputs: results,
      shapes: outputs.map((y) => (y instanceof Tensor ? y.shape : undefined)),
      differentiable: outputs.map((y) => y instanceof Tensor && y.requiresGrad),
      gradients: pick(inputs, gradients, ({ grad }) => Float64Array.from(grad!)),
      inputs: pick(inputs, Object.keys(inputs), ({ data }) => Float64Array.from(data)),
    };
  });
}

function pick<T, R>(from: Record<string, T>, names: readonly string[], f: (x: T) => R) {
  return Object.fromEntries(names.map((name) => [name, f(from[name])]));
}

/** Plays the tape back from Σ weights · outputs, an operation that needs no kernel. */
function backward(tape: Tape, outputs: readonly Tensor[]): void {
  const loss = tape.empty([], ...outputs);
  tape.record([loss], () => {
    outputs.forEach((output, i) => {
      if (tape.grad(output) === 0) return;
      const weights = projection(i, output.size);
      output.grad!.forEach((_, j, grad) => {
        grad[j] += weights[j];
      });
    });
  });
  tape.backward(loss);
}

/** The case's inputs, the same at every call: numbers that an f32 can hold. */
export function inputValues(testCase: Case): Record<string, Values> {
  const random = generator(1);
  return pick(testCase.inputs, Object.keys(testCase.inputs), ({ shape, value }) =>
    values(shape, (i) => Math.fround(value(random(), i))),
  );
}

/** Weights of output `index` in the loss that the gradients are those of. */
function projection(index: number, size: number): Float64Array {
  const random = generator(100 + index);
  return Float64Array.from({ length: size }, () => Math.fround(random() * 2 - 1));
}

/** Uniform numbers in [0, 1) that owe nothing to the kernels: mulberry32. */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Σ weights · outputs of the reference; `used[i]`: output i is differentiable. */
function referenceLoss(testCase: Case, inputs: Record<string, Values>, used: readonly boolean[]) {
  let loss = 0;
  testCase.reference(inputs).forEach((output, i) => {
    if (!used[i]) return;
    const data = "data" in output ? output.data : output;
    const weights = projection(i, data.length);
    for (let j = 0; j < data.length; j++) loss += weights[j] * data[j];
  });
  return loss;
}

/** Derivative of the reference's loss along a direction of one input. */
export interface Slope {
  readonly input: string;
  /** The element, or undefined: along all of them at once, each by ±1. */
  readonly element: number | undefined;
  readonly direction: Float64Array;
  readonly value: number;
}

/** Elements of one input that are tried one by one; larger inputs are sampled and tried as a whole. */
const MOST_ELEMENTS = 80;
const STEP = 1e-5;

/** Central differences of the reference, in double precision. */
export function slopes(testCase: Case, used: readonly boolean[]): Slope[] {
  const inputs = inputValues(testCase);
  const random = generator(7);
  return gradientNames(testCase).flatMap((name) => {
    const { data } = inputs[name];
    const all = data.slice();
    const along = (element: number | undefined, direction: Float64Array): Slope => {
      const [up, down] = [STEP, -STEP].map((step) => {
        for (let i = 0; i < data.length; i++) data[i] = all[i] + step * direction[i];
        return referenceLoss(testCase, inputs, used);
      });
      data.set(all);
      return { input: name, element, direction, value: (up - down) / (2 * STEP) };
    };
    const one = (element: number) => {
      return along(
        element,
        Float64Array.from(data, (_, i) => (i === element ? 1 : 0)),
      );
    };
    if (data.length <= MOST_ELEMENTS) return Array.from(data, (_, i) => one(i));
    const sample = Array.from({ length: MOST_ELEMENTS }, () => Math.floor(random() * data.length));
    const signs = Float64Array.from(data, () => (random() < 0.5 ? -1 : 1));
    return [...[0, data.length - 1, ...sample].map(one), along(undefined, signs)];
  });
}
