// Faces by words: a diffusion that was trained before (words-model.mjs) makes them in a worker. The page only shows.

import { startWorker } from "simdream/worker";
import { emergence } from "./emerging.js";
import { at, problem, wait } from "./page.js";

/** Faces, in columns and rows. */
const GRID = [4, 4];
/** In either language: none of these combinations was in training. */
const EXAMPLES = [
  "long red hair, sunglasses, no hat, tan skin, a white shirt",
  "someone with blue long hair, glasses, a pale face, a red shirt and no hat",
  "a hat, short brown hair, dark glasses, brown skin, dressed in green",
  "绿色长发，没有眼镜，戴着一顶帽子，棕皮肤，穿绿衣服",
  "一个人，金色短发，戴墨镜，戴帽子，皮肤是白色的，红色的上衣",
  "头像，长长的黑头发、戴着眼镜、戴帽子、白皮肤、绿色的上衣",
];

const worker = startWorker();
let model;
/** Of the stream that is shown. */
let controller = new AbortController();

const emerging = emergence(GRID, () => {});

/** What is asked for, in the letters that the model knows, and those that it does not. */
function asked() {
  const unknown = new Set();
  const words = (id) => {
    const text = at(id).value.trim().toLowerCase();
    model.tokenizer.encode(text, (letter) => unknown.add(letter));
    return text;
  };
  const guidance = at("guidance").valueAsNumber;
  const negative = guidance > 1 ? words("negative") : "";
  const sampling = { guidance, steps: at("sampling").valueAsNumber, unknown: "skip" };
  const seed = at("seed").valueAsNumber || 0;
  const said = { prompt: words("prompt"), ...(negative === "" ? {} : { negative }) };
  return { options: { ...said, ...sampling, seed, samples: GRID[0] * GRID[1] }, unknown };
}

/** Shows faces in place of those that are shown. */
async function draw() {
  at("how-much").textContent = at("guidance").value;
  at("how-many").textContent = at("sampling").value;
  at("negative").disabled = at("guidance").valueAsNumber <= 1;
  if (!model) return;
  controller.abort();
  controller = new AbortController();
  const { signal } = controller;
  problem("");
  const { options, unknown } = asked();
  const begin = performance.now();
  at("status").textContent = "";
  try {
    await emerging.from(model.stream({ ...options, signal }), signal, false);
  } catch (error) {
    if (!signal.aborted) problem(error.message);
  }
  if (signal.aborted || !at("problem").hidden) return;
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  const left = unknown.size > 0 ? `; it never read ${[...unknown].join(" ")}` : "";
  at("status").textContent =
    `${options.samples} faces in ${seconds} s, ${options.steps} steps${left}`;
}

at("asking").addEventListener("submit", (event) => {
  event.preventDefault();
  draw();
});
at("prompt").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing) return;
  event.preventDefault();
  draw();
});
for (const id of ["guidance", "sampling", "seed", "negative"]) {
  at(id).addEventListener("change", draw);
}
at("more").addEventListener("click", () => {
  at("seed").value = at("seed").valueAsNumber + 1 || 1;
  draw();
});
at("examples").append(
  ...EXAMPLES.map((text) => {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", textContent: text });
    button.addEventListener("click", () => {
      at("prompt").value = text;
      draw();
    });
    return button;
  }),
);
at("prompt").value = EXAMPLES[0];

wait(async () => {
  const response = await fetch("words.safetensors");
  if (!response.ok) throw new Error(`words.safetensors: the server answers ${response.status}.`);
  const { Diffusion } = await worker;
  model = await Diffusion.load(await response.arrayBuffer());
  at("weights").textContent = `Weights ${(await model.fingerprint()).slice(0, 12)}.`;
  for (const id of ["draw", "more"]) at(id).disabled = false;
  await draw();
});
