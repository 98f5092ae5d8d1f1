// Names, as in makemore: each line is a document, a small Transformer learns them in a worker, and invents more. What
// `npx simdream train names.txt --out names.safetensors` wrote is opened here as well; a file beside the page with
// `names.html?model=names.safetensors`.

import { startWorker } from "simdream/worker";
import { capitals } from "./capitals.js";
import { lossChart } from "./chart.js";
import { learn } from "./learning.js";
import { at, download, number, problem, takesFiles, trainingButtons, wait } from "./page.js";

/** New names that are shown, and how often so many are drawn at most where copies are among them. */
const SAMPLES = 24;
const DRAWS = 5;
/** Up to how many names are learned in so many steps: in less than a minute, or in a few. */
const SUITED = [
  [500, 300],
  [5000, 1000],
  [Infinity, 3000],
];

const chart = lossChart(at("chart"));
const worker = startWorker();
let model;
let suitedSteps;

const names = () =>
  at("names")
    .value.split("\n")
    .map((line) => line.trim())
    .filter(Boolean);

const buttons = trainingButtons(
  async (signal, resumed) => {
    const { LanguageModel } = await worker;
    const list = names();
    const steps = number("steps");
    if (!resumed || !model) {
      const network = {
        kind: "transformer",
        hidden: number("hidden"),
        layers: number("layers"),
        dropout: list.length < 5000 ? 0.2 : 0.05,
      };
      model = await LanguageModel.create({ corpus: list, network, seed: number("seed") });
      chart.clear(steps);
    }
    const options = { steps, batch: 32, lr: 3e-3, warmup: Math.ceil(steps / 20), weightDecay: 0.1 };
    const training = model.fit(list, { ...options, schedule: "cosine", signal });
    const added = ({ step, loss }) => chart.add(step, loss);
    const said = ({ loss, tokensPerSecond }) =>
      `loss ${loss.toFixed(3)}, ${Math.round(tokensPerSecond).toLocaleString("en")} characters a second`;
    await learn(training, steps, { added, said, renew: () => invent(1) }, model);
  },
  (running) => {
    at("save").hidden = running || !model;
    at("invent").disabled = running || !model;
    at("names").readOnly = running;
    for (const id of ["file", "model"]) at(id).disabled = running;
  },
);

/** Shows new names: each once, and none of the list. */
async function invent(seed) {
  const prompt = at("prompt").value;
  const known = new Set(names());
  const invented = new Set();
  let [drawn, copies] = [0, 0];
  for (let draw = 0; draw < DRAWS && invented.size < SAMPLES; draw++) {
    const options = { prompt, samples: SAMPLES, temperature: number("temperature") };
    const { samples } = await model.generate({ ...options, seed: seed + drawn });
    for (const { text } of samples) {
      if (invented.size === SAMPLES) break;
      const name = prompt + text;
      drawn++;
      if (known.has(name)) copies++;
      else invented.add(name);
    }
  }
  at("invented").replaceChildren(
    ...Array.from(invented, (name) => {
      const item = document.createElement("li");
      item.textContent = name;
      return item;
    }),
  );
  at("none").hidden = true;
  at("note").hidden = copies === 0;
  at("note").textContent = `${copies} of ${drawn} that were drawn are in the list, and left out.`;
}

function changed() {
  const count = names().length;
  at("count").textContent = count.toLocaleString("en");
  const [, steps] = SUITED.find(([most]) => count <= most);
  // What somebody has typed stays.
  if (suitedSteps === undefined || number("steps") === suitedSteps) at("steps").value = steps;
  suitedSteps = steps;
  buttons.changed();
}

/** A model in place of the one that is shown. @param title where it is from */
async function open(bytes, title) {
  const opened = await (await worker).LanguageModel.load(bytes);
  if (!opened.config.documents)
    throw new Error(`${title}: this model learned one text, not a list.`);
  model = opened;
  chart.clear(number("steps"));
  at("progress").value = 1;
  const steps = `${model.record.steps.toLocaleString("en")} steps`;
  at("status").textContent =
    `${title}: ${steps}. New is what is not in the list here: put in the one that it learned.`;
  buttons.changed();
  await invent(1);
}

at("names").addEventListener("input", changed);
at("settings").addEventListener("change", () => buttons.changed());
takesFiles(at("file"), at("names"), async (file) => {
  at("names").value = await file.text();
  changed();
});
takesFiles(at("model"), undefined, async (file) => {
  problem("");
  await open(await file.arrayBuffer(), file.name);
});
at("inventing").addEventListener("submit", async (event) => {
  event.preventDefault();
  problem("");
  at("invent").disabled = true;
  await wait(() => invent(Date.now()));
  at("invent").disabled = false;
});
at("save").addEventListener("click", async () => {
  download(await model.save(), "names.safetensors");
});

at("names").value = capitals.join("\n");
changed();
chart.clear(number("steps"));
const beside = new URLSearchParams(location.search).get("model");
if (beside) {
  await wait(async () => {
    const response = await fetch(beside);
    if (!response.ok) throw new Error(`${beside}: the server says ${response.status}.`);
    await open(await response.arrayBuffer(), beside);
  });
}
