// How the time of a training step grows with the sequence length, the batch and the hidden size. Each
// row takes its sizes in turn; the exponent is the slope of log time over log size.

import { exponent } from "../lib/stats.mjs";

export const title = "Growth of a training step";

const base = { hidden: 128, batch: 16, length: 32 };
const axes = {
  length: [8, 16, 32, 64, 128, 256],
  batch: [1, 2, 4, 8, 16, 32, 64],
  hidden: [32, 64, 128, 256, 512],
};

export async function run({ group, quick }) {
  const rows = [];
  for (const [axis, all] of Object.entries(axes)) {
    const sizes = quick ? all.filter((_, i) => i % 2 === all.length % 2 || i === 0) : all;
    const finish = (row) => fit(row, sizes);
    const row = await group.row({
      name: `${axis} (the others: ${others(axis)})`,
      unit: "steps/s",
      work: 1,
      finish,
      alone: true,
      contenders: sizes.map((size) => ({
        name: `${axis} ${size}`,
        peer: "simdream",
        job: { kind: "train", ...base, [axis]: size },
      })),
    });
    rows.push(row);
  }
  return rows;
}

/** Adds the exponents to a row. */
function fit(row, sizes) {
  const measured = row.results.flatMap(({ value }, i) =>
    value === undefined ? [] : [[sizes[i], 1 / value]],
  );
  if (measured.length < 2) return;
  row.exponent = exponent(...columns(measured));
  row.lastExponent = exponent(...columns(measured.slice(-2)));
}

const columns = (pairs) => [0, 1].map((i) => pairs.map((pair) => pair[i]));

function others(axis) {
  return Object.entries(base)
    .filter(([name]) => name !== axis)
    .map(([name, size]) => `${name} ${size}`)
    .join(", ");
}
