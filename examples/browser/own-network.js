// The page of a network of one's own: it trains here, between two pictures of this tab, because the steps are small.

import { lineChart } from "./chart.js";
import { drawn, inverseSine, Mixture } from "./mixture.js";
import { at, download, number, problem } from "./page.js";

const points = inverseSine(1000);
const chart = lineChart(at("chart"), { caption: "loss in nats a point, by step" });
/** Milliseconds between two looks at what the network draws. */
const LOOK = 100;
let model;
let training;

function picture() {
  const canvas = at("plane");
  const side = Math.round(canvas.clientWidth * devicePixelRatio);
  canvas.width = side;
  canvas.height = side;
  const context = canvas.getContext("2d");
  const xs = points.map(([x]) => x);
  const made = model ? drawn(model, xs, 1).map((y, i) => [xs[i], y]) : [];
  const margin = 0.04;
  const place = (value) => (margin + (1 - 2 * margin) * value) * side;
  for (const [kind, all] of [
    ["real", points],
    ["made", made],
  ]) {
    context.fillStyle = getComputedStyle(document.querySelector(`.${kind} i`)).backgroundColor;
    for (const [x, y] of all) {
      context.beginPath();
      context.arc(place(x), place(1 - y), side / 250, 0, 2 * Math.PI);
      context.fill();
    }
  }
}

at("training").addEventListener("submit", async (event) => {
  event.preventDefault();
  training = new AbortController();
  problem("");
  running(true);
  try {
    await train(training.signal);
  } catch (error) {
    if (!training.signal.aborted) problem(error.message);
  }
  running(false);
  picture();
});
at("stop").addEventListener("click", () => training.abort());
at("save").addEventListener("click", () => download(model.save(), "mixture.safetensors"));

async function train(signal) {
  const [steps, hidden, bells, seed] = ["steps", "hidden", "bells", "seed"].map(number);
  model = await Mixture.create({ hidden, bells, seed });
  chart.clear(steps);
  let looked = performance.now();
  const options = { steps, batch: 64, lr: 5e-3, schedule: "cosine", val: 0.1, signal };
  for await (const { step, loss, examples } of model.fit(points, options)) {
    chart.add(step, loss);
    at("status").textContent =
      `step ${step} of ${steps}, loss ${loss.toFixed(3)}, ${examples.toLocaleString("en")} points read`;
    if (performance.now() - looked < LOOK) continue;
    picture();
    // The tab shows it before the next step.
    await new Promise(requestAnimationFrame);
    looked = performance.now();
  }
  at("status").textContent += `, weights ${model.fingerprint().slice(0, 12)}`;
}

function running(now) {
  at("train").hidden = now;
  at("stop").hidden = !now;
  at("save").hidden = now || !model;
}

new ResizeObserver(picture).observe(at("plane"));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", picture);
chart.clear(number("steps"));
