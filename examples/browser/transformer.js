// A Transformer in a worker, and what it attends to. The page only shows.

import { chinese, english } from "simdream/corpus";
import { startWorker } from "simdream/worker";
import { attentionView } from "./attention-view.js";
import { lossChart } from "./chart.js";
import { at, download, number, problem, takesFiles, trainingButtons } from "./page.js";

/** Tokens that it sees at once, and so the longest text to read. */
const CONTEXT = 48;
/** Pictures and samples of one training. */
const PICTURES = 40;
const corpora = { english, chinese };

const chart = lossChart(at("chart"));
const view = attentionView();
const worker = startWorker();
let model;

const buttons = trainingButtons(
  async (signal, resumed) => {
    const { LanguageModel } = await worker;
    const text = at("corpus").value;
    const steps = number("steps");
    if (!resumed || !model) {
      model = await LanguageModel.create({
        corpus: text,
        network: network(),
        seed: number("seed"),
      });
      chart.clear(steps);
    }
    const options = { steps, batch: 16, lr: 2e-3, warmup: Math.ceil(steps / 20), signal };
    const every = Math.ceil(steps / PICTURES);
    for await (const report of model.fit(text, { ...options, schedule: "cosine" })) {
      const { step, loss, tokensPerSecond } = report;
      chart.add(step, loss);
      at("status").textContent =
        `step ${step} of ${steps}, loss ${loss.toFixed(3)}, ` +
        `${Math.round(tokensPerSecond).toLocaleString("en")} characters a second`;
      if (step === 1 || step % every === 0 || report.finished) await picture(step);
    }
    at("status").textContent += `, weights ${(await model.fingerprint()).slice(0, 12)}`;
  },
  (running) => {
    at("save").hidden = running || !model;
    // What changes by itself is not read aloud.
    at("caption").ariaLive = running ? "off" : "polite";
    at("corpus").readOnly = running;
    for (const id of ["choice", "file", "model"]) at(id).disabled = running;
  },
);

function network() {
  return {
    kind: "transformer",
    hidden: number("hidden"),
    layers: number("layers"),
    heads: Number(at("heads-count").value),
    context: CONTEXT,
    dropout: 0.1,
  };
}

/** What the model writes, and what it attends to, after this step. */
async function picture(step) {
  const { text } = await model.generate({ maxTokens: CONTEXT, temperature: 0.7, seed: step });
  at("sample").textContent = text;
  await attend();
}

async function attend() {
  if (!model) return;
  try {
    view.show(await model.attention(at("said").value));
    problem("");
    at("view").hidden = false;
    at("none").hidden = true;
  } catch (error) {
    problem(error.message);
  }
}

function choose(choice) {
  at("choice").value = choice;
  if (corpora[choice]) at("corpus").value = corpora[choice];
  // A line of the text, of which the model knows all letters.
  const lines = at("corpus").value.split("\n").filter(Boolean);
  const line = lines.find(({ length }) => length >= 16) ?? lines[0] ?? "";
  at("said").value = [...line].slice(0, 32).join("");
  buttons.changed();
}

at("choice").addEventListener("change", () => choose(at("choice").value));
at("corpus").addEventListener("change", () => choose("own"));
at("settings").addEventListener("change", () => buttons.changed());
at("said").addEventListener("input", attend);
takesFiles(at("file"), at("corpus"), async (file) => {
  at("corpus").value = await file.text();
  choose("own");
});
takesFiles(at("model"), undefined, async (file) => {
  const { LanguageModel } = await worker;
  model = await LanguageModel.load(await file.arrayBuffer());
  at("status").textContent = `${file.name}: ${model.record.steps} steps`;
  buttons.changed();
  await picture(1);
});
at("save").addEventListener("click", async () => {
  download(await model.save(), "transformer.safetensors");
});

choose("english");
chart.clear(number("steps"));
