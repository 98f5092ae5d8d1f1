// What every peer computes on: the same numbers for the same job.

/** The vocabulary of the language-model rows: 65 characters, as many as tiny Shakespeare has. */
export const VOCABULARY = 65;
export const EMBEDDING = 64;
export const LEARNING_RATE = 2e-3;
export const CLIP = 1;

const characters = Array.from({ length: VOCABULARY }, (_, i) => String.fromCharCode(33 + i));

/** A generator of numbers in [0, 1) (Numerical Recipes' linear congruential one). */
export function numbers(seed = 1) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A matrix of numbers in [-scale, scale). */
export function matrix(length, seed, scale = 1) {
  const next = numbers(seed);
  return Float32Array.from({ length }, () => (2 * next() - 1) * scale);
}

/** A text in which all characters of the vocabulary occur. */
export function text(length = 100_000) {
  const next = numbers(7);
  const out = [...characters];
  while (out.length < length) out.push(characters[Math.floor(next() * VOCABULARY)]);
  return out.join("");
}

/** An endless supply of batches: inputs and targets (T, B), fresh for every step. */
export function batches(length, batch) {
  const next = numbers(11);
  const tokens = () =>
    Int32Array.from({ length: length * batch }, () => Math.floor(next() * VOCABULARY));
  return () => ({ inputs: tokens(), targets: tokens() });
}

/** The weights of the language model, under PyTorch's names and in its layout. */
export function weights(hidden) {
  const bound = 1 / Math.sqrt(hidden);
  return {
    embedding: matrix(VOCABULARY * EMBEDDING, 1),
    weightIh: matrix(4 * hidden * EMBEDDING, 2, bound),
    weightHh: matrix(4 * hidden * hidden, 3, bound),
    biasIh: matrix(4 * hidden, 4, bound),
    biasHh: matrix(4 * hidden, 5, bound),
    linear: matrix(VOCABULARY * hidden, 6, bound),
    bias: matrix(VOCABULARY, 7, bound),
  };
}

/**
 * The weights of a Transformer in Llama's style, under Hugging Face's names, each [name, (outputs, inputs), numbers].
 * The embedding is the output's weight, too.
 */
export function transformerWeights({ layers, heads, kvHeads = heads, hidden: C, inner, classes }) {
  const own = (C / heads) * kvHeads;
  const shapes = [["embed", [classes, C]]];
  for (let i = 0; i < layers; i++) {
    for (const [name, outputs, inputs] of [
      ["q", C, C],
      ["k", own, C],
      ["v", own, C],
      ["o", C, C],
      ["gate", inner, C],
      ["up", inner, C],
      ["down", C, inner],
    ]) {
      shapes.push([`${i}.${name}`, [outputs, inputs]]);
    }
  }
  return shapes.map(([name, shape], i) => [name, shape, matrix(shape[0] * shape[1], i + 1, 0.03)]);
}

/** Cosines and sines of rotary positions, (positions, half of a head) each. */
export function rotaryTables(positions, head) {
  const half = head / 2;
  const angle = (i) => Math.floor(i / half) / 10_000 ** ((i % half) / half);
  const table = (f) => Float32Array.from({ length: positions * half }, (_, i) => f(angle(i)));
  return { cos: table(Math.cos), sin: table(Math.sin) };
}

/** Draws a token from each row's softmax: what all engines do that have no sampler of their own. */
export function draw(logits, rows, random, out) {
  const classes = logits.length / rows;
  for (let row = 0; row < rows; row++) {
    const from = row * classes;
    let top = -Infinity;
    for (let i = 0; i < classes; i++) top = Math.max(top, logits[from + i]);
    let sum = 0;
    for (let i = 0; i < classes; i++) sum += Math.exp(logits[from + i] - top);
    let rest = random() * sum;
    let token = 0;
    for (; token < classes - 1; token++) {
      rest -= Math.exp(logits[from + token] - top);
      if (rest < 0) break;
    }
    out[row] = token;
  }
}
