// The page: it only shows. The model lives in a worker, so nothing here ever waits for it.

import { english } from "simdream/corpus";
import { startWorker } from "simdream/worker";
import { lossChart } from "./chart.js";

const at = (id) => document.getElementById(id);
const number = (id) => at(id).valueAsNumber;
const chart = lossChart(at("chart"));
const worker = startWorker();
let model;
let training;

at("corpus").value = english;
chart.clear(number("steps"));

at("training").addEventListener("submit", async (event) => {
  event.preventDefault();
  training = new AbortController();
  running(true);
  try {
    await train(at("corpus").value, training.signal);
  } catch (error) {
    if (!training.signal.aborted) at("status").textContent = error.message;
  }
  running(false);
});
at("stop").addEventListener("click", () => training.abort());

async function train(text, signal) {
  const { LanguageModel } = await worker;
  const steps = number("steps");
  model = await LanguageModel.create({
    corpus: text,
    hidden: number("hidden"),
    seed: number("seed"),
  });
  chart.clear(steps);
  const options = { steps, batch: 16, seqLen: 48, lr: 5e-3, schedule: "cosine", signal };
  for await (const { step, loss, tokensPerSecond } of model.fit(text, options)) {
    chart.add(step, loss);
    at("status").textContent =
      `step ${step} of ${steps}, loss ${loss.toFixed(3)}, ` +
      `${Math.round(tokensPerSecond).toLocaleString("en")} characters a second`;
  }
  at("status").textContent += `, weights ${(await model.fingerprint()).slice(0, 12)}`;
}

at("writing").addEventListener("submit", async (event) => {
  event.preventDefault();
  const prompt = at("prompt").value;
  const beginning = document.createElement("b");
  beginning.textContent = prompt;
  at("output").replaceChildren(beginning);
  at("write").disabled = true;
  const options = { prompt, maxTokens: 400, temperature: number("temperature"), seed: Date.now() };
  try {
    for await (const { text } of model.stream(options)) at("output").append(text);
  } catch (error) {
    at("output").textContent = error.message;
  }
  at("write").disabled = false;
});

at("save").addEventListener("click", async () => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([await model.save()]));
  link.download = "model.safetensors";
  link.click();
  URL.revokeObjectURL(link.href);
});

function running(now) {
  at("train").hidden = now;
  at("stop").hidden = !now;
  at("write").disabled = now || !model;
  at("save").hidden = now || !model;
}
