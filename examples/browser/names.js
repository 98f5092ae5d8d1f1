// Names, as in makemore: each line is a document, a small Transformer learns them in a worker, and invents more.

import { startWorker } from "simdream/worker";
import { capitals } from "./capitals.js";
import { lossChart } from "./chart.js";
import { at, download, number, problem, takesFiles, trainingButtons } from "./page.js";

/** Names that are invented at a time, and how often in one training. */
const SAMPLES = 24;
const TIMES = 20;

const chart = lossChart(at("chart"));
const worker = startWorker();
let model;
/** What it learns. */
let learned = [];

const names = () =>
  at("names")
    .value.split("\n")
    .map((line) => line.trim())
    .filter(Boolean);

const buttons = trainingButtons(
  async (signal, resumed) => {
    const { LanguageModel } = await worker;
    learned = names();
    const steps = number("steps");
    if (!resumed || !model) {
      const network = {
        kind: "transformer",
        hidden: number("hidden"),
        layers: number("layers"),
        dropout: learned.length < 5000 ? 0.2 : 0.05,
      };
      model = await LanguageModel.create({ corpus: learned, network, seed: number("seed") });
      chart.clear(steps);
    }
    const options = { steps, batch: 32, lr: 3e-3, warmup: Math.ceil(steps / 20), weightDecay: 0.1 };
    const reports = model.fit(learned, { ...options, schedule: "cosine", signal });
    for await (const { step, loss, tokensPerSecond, finished } of reports) {
      chart.add(step, loss);
      at("status").textContent =
        `step ${step} of ${steps}, loss ${loss.toFixed(3)}, ` +
        `${Math.round(tokensPerSecond).toLocaleString("en")} characters a second`;
      if (step % Math.ceil(steps / TIMES) === 0 || finished) await invent(1);
    }
    at("status").textContent += `, weights ${(await model.fingerprint()).slice(0, 12)}`;
  },
  (running) => {
    at("save").hidden = running || !model;
    at("invent").disabled = running || !model;
    at("names").readOnly = running;
    at("file").disabled = running;
  },
);

async function invent(seed) {
  const prompt = at("prompt").value;
  const options = { prompt, samples: SAMPLES, temperature: number("temperature"), seed };
  const { samples } = await model.generate(options);
  const known = new Set(learned);
  const invented = new Set(samples.map(({ text }) => prompt + text));
  at("invented").replaceChildren(
    ...Array.from(invented, (name) => {
      const item = document.createElement("li");
      const kind = document.createElement(known.has(name) ? "s" : "span");
      kind.textContent = name;
      item.append(kind);
      return item;
    }),
  );
  at("none").hidden = true;
  at("note").hidden = !at("invented").querySelector("s");
}

function changed() {
  at("count").textContent = names().length.toLocaleString("en");
  buttons.changed();
}

at("names").addEventListener("input", changed);
at("settings").addEventListener("change", () => buttons.changed());
takesFiles(at("file"), at("names"), async (file) => {
  at("names").value = await file.text();
  changed();
});
at("inventing").addEventListener("submit", async (event) => {
  event.preventDefault();
  problem("");
  at("invent").disabled = true;
  try {
    await invent(Date.now());
  } catch (error) {
    problem(error.message);
  }
  at("invent").disabled = false;
});
at("save").addEventListener("click", async () => {
  download(await model.save(), "names.safetensors");
});

at("names").value = capitals.join("\n");
changed();
chart.clear(number("steps"));
