// Where one question has several answers, a network that says one number says their mean, which is none of them. A mixture
// density network says how likely every answer is, see ../browser/mixture.js: npm run mixture
import { drawn, inverseSine, Mixture } from "../browser/mixture.js";

const points = inverseSine(1000);
const model = await Mixture.create({ hidden: 32, bells: 5, seed: 1 });
const steps = Number(process.env.STEPS ?? 1500);
for await (const { step, loss, validation } of model.fit(points, {
  steps,
  batch: 64,
  lr: 5e-3,
  schedule: "cosine",
  val: 0.1,
})) {
  if (validation === undefined) continue;
  console.log(`step ${step}: loss ${loss.toFixed(3)}, validation ${validation.toFixed(3)} nats`);
}

/** Points of the plane as text, y upwards. */
function plot(title, pairs) {
  const [width, height] = [64, 16];
  const rows = Array.from({ length: height }, () => Array(width).fill(" "));
  for (const [x, y] of pairs) {
    const [column, row] = [Math.floor(x * width), Math.floor((1 - y) * height)];
    if (rows[row]?.[column]) rows[row][column] = "·";
  }
  console.log(
    `\n${title}\n${rows.map((row) => `│${row.join("")}`).join("\n")}\n└${"─".repeat(width)} x`,
  );
}

const xs = points.map(([x]) => x);
const ys = drawn(model, xs, 1);
plot("y   what it learned", points);
plot(
  "y   what it draws for the same x",
  xs.map((x, i) => [x, ys[i]]),
);

const x = 0.5;
const { share, place, width } = model.compute((tape, network) =>
  network.bells(tape, tape.tensor([x], [1, 1])),
);
console.log(`\nfor x = ${x}:`);
for (const [k, part] of share.entries()) {
  if (part > 0.01)
    console.log(
      `  ${Math.round(100 * part)} % near y = ${place[k].toFixed(2)} ± ${width[k].toFixed(2)}`,
    );
}
console.log(`fingerprint ${model.fingerprint().slice(0, 12)}`);
