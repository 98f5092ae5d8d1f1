// A mixture density network (Bishop 1994): it does not say what y is for an x, but how likely every y is, as a sum of bells
// (normal distributions) whose places, widths and shares follow from x. So it can say that there are several answers.

import {
  add,
  columns,
  defineModel,
  exp,
  gaussianNoise,
  Linear,
  logSoftmax,
  logSumExp,
  mul,
  repeatLast,
  scale,
  softmax,
  sub,
  tanh,
  uniformNoise,
} from "simdream/nn";

const HALF_LN_2PI = 0.9189385;

export const Mixture = defineModel({
  name: "Mixture",
  defaults: { hidden: 32, bells: 5 },

  build(scope, { hidden, bells }) {
    const first = new Linear(scope.child("first"), 1, hidden);
    const second = new Linear(scope.child("second"), hidden, hidden);
    const out = new Linear(scope.child("out"), hidden, 3 * bells);

    /** x (N, 1) → logits of the shares, places and logarithms of the widths, each (N, bells) */
    const forward = (tape, x) => {
      const h = tanh(tape, second.forward(tape, tanh(tape, first.forward(tape, x))));
      const y = out.forward(tape, h);
      return [0, 1, 2].map((i) => columns(tape, y, i * bells, (i + 1) * bells));
    };
    return {
      /** The same for reading: shares, places and widths. */
      bells(tape, x) {
        const [logits, place, logWidth] = forward(tape, x);
        return { share: softmax(tape, logits), place, width: exp(tape, logWidth) };
      },
      /** -ln Σ share · bell(y), of each example. */
      loss(tape, { x, y }, { rows }) {
        const [logits, place, logWidth] = forward(tape, tape.tensor(x, [rows, 1]));
        const target = repeatLast(tape, tape.tensor(y, [rows]), bells);
        const distance = mul(tape, sub(tape, target, place), exp(tape, scale(tape, logWidth, -1)));
        const bell = add(
          tape,
          scale(tape, mul(tape, distance, distance), -0.5),
          scale(tape, logWidth, -1),
        );
        const likelihood = logSumExp(tape, add(tape, logSoftmax(tape, logits), bell));
        const constant = tape.tensor(new Float32Array(rows).fill(HALF_LN_2PI), [rows]);
        return sub(tape, constant, likelihood);
      },
    };
  },

  batch: (points, indices) => ({
    x: Float32Array.from(indices, (i) => points[i][0]),
    y: Float32Array.from(indices, (i) => points[i][1]),
  }),
});

/**
 * Bishop's inverse problem: x = y + 0.3 sin 2πy and a little noise is easy to say for a y; for an x in the middle there are
 * three y. The sine is a fraction of four operations (Bhaskara, 7th century), so that all engines have the same points.
 */
export function inverseSine(count) {
  const half = (u) => (16 * u * (1 - u)) / (5 - 4 * u * (1 - u));
  const sine = (u) => (u < 0.5 ? half(2 * u) : -half(2 * u - 1));
  const spread = (i, step) => (i * step) % 1;
  return Array.from({ length: count }, (_, i) => {
    const y = spread(i + 0.5, 0.6180339887);
    const noise = 0.1 * (spread(i, 0.7548776662) + spread(i, 0.5698402909) - 1);
    return [y + 0.3 * sine(y) + noise, y];
  });
}

/** One y for each x, drawn: which bell by its share, and where in it. */
export function drawn(model, xs, seed) {
  const count = xs.length;
  const { share, place, width, which, where } = model.compute(
    (tape, network) => ({
      ...network.bells(tape, tape.tensor(xs, [count, 1])),
      which: uniformNoise(tape, [count]),
      where: gaussianNoise(tape, [count]),
    }),
    { seed },
  );
  const bells = share.length / count;
  return Array.from({ length: count }, (_, i) => {
    let k = 0;
    for (let sum = share[i * bells]; sum < which[i] && k < bells - 1; sum += share[i * bells + k])
      k++;
    return place[i * bells + k] + width[i * bells + k] * where[i];
  });
}
