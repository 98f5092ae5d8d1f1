// A model of Hugging Face's, or of simdream's, in a worker: it writes, is adapted by LoRA to what somebody pastes, and writes
// beside itself. The page only shows. `pretrained.html?model=folder/` opens a folder beside the page, `?model=m.safetensors` a file.

import { startWorker } from "simdream/worker";
import { lossChart } from "./chart.js";
import { learn } from "./learning.js";
import { at, download, number, problem, takesFiles, trainingButtons, wait } from "./page.js";
import { bytesAt, bytesOf, showFacts } from "./pretrained-files.js";

/** Rows of a step, and tokens of a row at most. */
const [BATCH, LONGEST] = [8, 256];
/** Tokens that it writes when it is looked at in training. */
const SAMPLE = 60;

const chart = lossChart(at("chart"), "nats a token");
const worker = startWorker();
let model;
/** The adapter of the run, and how many there have been: each has a name of its own. */
let adapter = null;
let runs = 0;
/** Of what is being written. */
let writing = new AbortController();

const buttons = trainingButtons(
  async (signal, resumed) => {
    const data = corpus();
    const steps = number("steps");
    if (!resumed || !adapter) {
      adapter = `text-${++runs}`;
      chart.clear(steps);
    }
    const lora = { name: adapter, rank: number("rank"), targets: at("targets").value };
    const length = model.config.documents ? { maxLength: longest() } : { seqLen: longest() };
    const options = {
      steps,
      batch: BATCH,
      ...length,
      lr: number("lr"),
      schedule: "cosine",
      val: 0,
    };
    const training = model.fit(data, { ...options, lora, signal });
    const added = ({ step, loss }) => chart.add(step, loss);
    const said = ({ loss, tokensPerSecond }) =>
      `loss ${loss.toFixed(3)}, ${Math.round(tokensPerSecond).toLocaleString("en")} tokens a second`;
    const renew = async () => {
      at("beside").hidden = false;
      const { text } = await model.generate({ ...asked(), maxTokens: SAMPLE, adapter });
      show("adapted", text);
    };
    const fingerprint = async () => (await model.getAdapter(adapter)).fingerprint();
    await learn(training, steps, { added, said, renew }, { fingerprint });
  },
  (running) => {
    at("train").disabled = !model || at("corpus").value.trim() === "";
    at("write").disabled = running || !model;
    at("corpus").readOnly = running;
    for (const id of ["folder", "files", "text"]) at(id).disabled = running;
    at("adapter").disabled = running || !model;
    for (const id of ["save-adapter", "save-merged"]) at(id).disabled = running || !adapter;
  },
);

const longest = () => Math.min(LONGEST, model.config.context ?? LONGEST);

/** Documents where the model knows an end, else one text. */
function corpus() {
  const text = at("corpus").value.trim();
  if (!model.config.documents) return text;
  return text.split(/\n\s*\n/).map((one) => one.trim());
}

const asked = () => ({
  prompt: at("prompt").value,
  maxTokens: number("tokens"),
  overflow: "stop",
  temperature: number("temperature"),
  seed: number("seed"),
});

/** The beginning that was asked for, and what follows. */
function show(id, text) {
  const beginning = document.createElement("b");
  beginning.textContent = at("prompt").value;
  at(id).replaceChildren(beginning, text);
}

/** Writes as it is, and beside it as it was adapted, with the same seed. */
async function write() {
  problem("");
  // What is still being written is of before.
  writing.abort();
  const own = new AbortController();
  writing = own;
  writes(true);
  const { signal } = own;
  const options = asked();
  const one = async (id, name) => {
    show(id, "");
    const begun = performance.now();
    let tokens = 0;
    for await (const { text, token } of model.stream({ ...options, adapter: name, signal })) {
      if (signal.aborted) return;
      at(id).append(text);
      if (token !== undefined) tokens++;
      const seconds = (performance.now() - begun) / 1000;
      at(`${id}-speed`).textContent =
        `· ${tokens} tokens, ${Math.round(tokens / seconds)} a second`;
    }
  };
  try {
    await Promise.all([one("base", null), ...(adapter ? [one("adapted", adapter)] : [])]);
  } catch (error) {
    if (!signal.aborted) problem(error.message);
    own.abort();
  }
  if (writing === own) writes(false);
}

function writes(now) {
  at("write").hidden = now;
  at("halt").hidden = !now;
  at("train").disabled = now || at("corpus").value.trim() === "";
}

/** A model in place of the one that is shown. @param title where it is from */
async function open(title, read) {
  problem("");
  at("hint").hidden = true;
  at("status").textContent = `${title} is being read.`;
  try {
    const bytes = await read();
    model = await (await worker).LanguageModel.load(bytes);
    showFacts(bytes, model, title);
  } catch (error) {
    at("status").textContent = model ? "" : "Open a model first.";
    at("hint").hidden = Boolean(model);
    throw error;
  }
  adapter = null;
  at("beside").hidden = true;
  at("status").textContent = "Not adapted yet.";
  at("progress").value = 0;
  chart.clear(number("steps"));
  buttons.changed();
  await write();
}

const files = (list) => {
  const path = list[0].webkitRelativePath;
  const title = path ? path.slice(0, path.indexOf("/")) : list[0].name;
  return open(list.length === 1 || path ? title : "your files", () => bytesOf(list));
};
takesFiles(at("folder"), undefined, files, { all: true });
takesFiles(at("files"), document.querySelector(".opening"), files, { all: true });
takesFiles(at("text"), at("corpus"), async (file) => {
  at("corpus").value = await file.text();
  buttons.changed();
});
takesFiles(at("adapter"), undefined, async (file) => {
  problem("");
  const name = `text-${++runs}`;
  await model.loadAdapter(await file.arrayBuffer(), { name });
  adapter = name;
  at("status").textContent = `${file.name} is in force.`;
  buttons.changed();
  at("beside").hidden = false;
  await write();
});
at("corpus").addEventListener("input", () => buttons.changed());
at("settings").addEventListener("change", () => buttons.changed());
at("asking").addEventListener("submit", (event) => {
  event.preventDefault();
  write();
});
at("halt").addEventListener("click", () => writing.abort());
at("save-adapter").addEventListener("click", () =>
  wait(async () => {
    download(await (await model.getAdapter(adapter)).save(), "adapter.safetensors");
  }),
);
at("save-merged").addEventListener("click", () =>
  wait(async () => {
    download(await (await model.merge(adapter)).save(), "adapted.safetensors");
  }),
);

chart.clear(number("steps"));
buttons.changed();
const beside = new URLSearchParams(location.search).get("model");
if (beside) await wait(() => open(beside, () => bytesAt(beside)));
