// A Transformer in Llama's style for jax.mjs: RMS norm, rotary positions, SwiGLU, the embedding as output. In jax-js an
// operation uses its arrays up; `ref` keeps one for another.

import { nn, numpy as np } from "@jax-js/jax";
import { rotaryTables, transformerWeights, VOCABULARY } from "./work.mjs";

const array = (data, shape) => np.array(data).reshape(shape);

export const transformerParameters = (job) =>
  Object.fromEntries(
    transformerWeights({ ...job, classes: VOCABULARY }).map(([name, shape, data]) => [
      name,
      array(data, shape),
    ]),
  );

/** x / √(mean of x² + eps); gains of 1 are trained by the other peers, and cost next to nothing. */
function norm(x) {
  const mean = np.square(x.ref).mean(-1, { keepdims: true });
  return x.div(np.sqrt(mean.add(1e-5)));
}

const product = (x, w) => np.matmul(x, np.transpose(w));

/** (B, T, H, d), halves turned. */
function rotary(x, cos, sin) {
  const [a, b] = np.split(x, 2, -1);
  const first = a.ref.mul(cos.ref).sub(b.ref.mul(sin.ref));
  return np.concatenate([first, b.mul(cos).add(a.mul(sin))], -1);
}

/** The mean loss for inputs and targets (B · T). */
export function transformerLoss({ layers, heads, hidden: C, context: T, batch: B }) {
  const d = C / heads;
  const tables = rotaryTables(T, d);
  return (p, inputs, targets) => {
    const [cos, sin] = [tables.cos, tables.sin].map((data) => array(data, [1, T, 1, d / 2]));
    const split = (y) => y.reshape([B, T, heads, d]);
    let x = np.matmul(nn.oneHot(inputs, VOCABULARY), p.embed.ref);
    for (let i = 0; i < layers; i++) {
      const normed = norm(x.ref);
      const q = rotary(split(product(normed.ref, p[`${i}.q`])), cos.ref, sin.ref);
      const k = rotary(split(product(normed.ref, p[`${i}.k`])), cos.ref, sin.ref);
      const v = split(product(normed, p[`${i}.v`]));
      const mixed = nn.dotProductAttention(q, k, v, { isCausal: true }).reshape([B * T, C]);
      x = x.add(product(mixed, p[`${i}.o`]));
      const inner = norm(x.ref);
      const gate = nn.silu(product(inner.ref, p[`${i}.gate`]));
      x = x.add(product(gate.mul(product(inner, p[`${i}.up`])), p[`${i}.down`]));
    }
    for (const rest of [cos, sin]) rest.dispose();
    const logits = product(norm(x), p.embed);
    const chosen = nn.oneHot(targets, VOCABULARY);
    return nn
      .logSoftmax(logits, -1)
      .mul(chosen)
      .sum()
      .mul(-1 / (T * B));
  };
}
