// Forecasts a chaotic series with a recurrent network of one's own, see gru-model.mjs: npm run gru
import { Forecaster } from "./gru-model.mjs";

// Mackey and Glass (1977): x' = 0.2 y / (1 + y¹⁰) - 0.1 x, where y is x 17 steps ago. It rises and falls, never the same way.
const power10 = (y) => y * y * (y * y) * (y * y) * (y * y) * (y * y);
// Every fourth step is enough to see it by.
const fine = new Float32Array(4800).fill(1.2);
for (let t = 17; t + 1 < fine.length; t++) {
  const y = fine[t - 17];
  fine[t + 1] = fine[t] + (0.2 * y) / (1 + power10(y)) - 0.1 * fine[t];
}
const series = fine.filter((_, t) => t % 4 === 0);
const [known, future] = [series.subarray(0, 1100), series.subarray(1100)];

const model = await Forecaster.create({ hidden: 24, seed: 1 });
console.log(`${model.parameterCount} parameters learn ${known.length} numbers`);
const epochs = Number(process.env.EPOCHS ?? 20);
const options = {
  epochs,
  batch: 16,
  lr: 1e-2,
  schedule: "cosine",
  val: 0.1,
  shards: 2,
  workers: 2,
};
for await (const { step, loss, validation } of model.fit(known, options)) {
  if (validation)
    console.log(`step ${step}: loss ${loss.toFixed(5)}, validation ${validation.toFixed(5)}`);
}

// It reads what is known and goes on from there: each number that it says is the next that it reads.
const steps = 60;
const forecast = model.compute((tape, network) => {
  const said = [];
  let h = network.zeros(tape, 1);
  let x;
  for (let t = -200; t < steps; t++) {
    x = t < 0 ? tape.tensor(known.subarray(t).subarray(0, 1), [1, 1]) : x;
    const { next, state } = network.step(tape, x, h);
    if (t >= -1) said.push(next);
    [h, x] = [state, next];
  }
  return said;
});

const bars = "▁▂▃▄▅▆▇█";
const drawn = (values) =>
  Array.from(values, (x) => bars[Math.max(0, Math.min(7, Math.floor((x - 0.2) * 6.5)))]).join("");
const said = forecast.map(([x]) => x).slice(0, steps);
const error = (guess) =>
  Math.sqrt(said.reduce((sum, _, t) => sum + (guess(t) - future[t]) ** 2, 0) / steps);
console.log(`\nwhat came  ${drawn(future.subarray(0, steps))}`);
console.log(`forecast   ${drawn(said)}`);
console.log(`\nerror over ${steps} steps: ${error((t) => said[t]).toFixed(3)}`);
console.log(`if nothing changed:    ${error(() => known[known.length - 1]).toFixed(3)}`);
console.log(`fingerprint ${model.fingerprint().slice(0, 12)}`);
