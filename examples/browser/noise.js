// A diffusion in a worker learns pictures. The page only shows, so it stays smooth.

import { ImageSet } from "simdream";
import { faces } from "simdream/corpus";
import { startWorker } from "simdream/worker";
import { lineChart } from "./chart.js";
import { drawing, palette } from "./drawing.js";
import { emergence } from "./emerging.js";
import { learn, openedDiffusion, wishesIn, wishFields } from "./learning.js";
import {
  at,
  coalesced,
  download,
  number,
  problem,
  takesFiles,
  trainingButtons,
  wait,
  warnings,
} from "./page.js";
import { setPanel } from "./set-panel.js";
import { imageData, tiles } from "./tiles.js";

const FACES = 1000;
/** Pictures of the set that are shown, and those that emerge, in columns and rows. */
const GRID = [8, 6];
const EMERGING = [6, 4];
/** How often a picture is filled in, in columns and rows. */
const FILLED = [2, 2];
/** Up to how many pixels a picture is learned in so many steps with so many channels: in a minute or two on a laptop. */
const SUITED = [
  [16 * 16, 3000, 16],
  [24 * 24, 2000, 16],
  [32 * 32, 1500, 16],
  [Infinity, 1500, 8],
];
const COLOURS = "#2a2233 #ffffff #f2c9a4 #8a5a38 #d9435f #f5c542 #3bb273 #4a90d9".split(" ");

const chart = lineChart(at("chart"), { caption: "mean squared error, by step" });
const shownWarnings = warnings(at("warnings"));
const worker = startWorker();
let model;
let running = false;
/** Of the stream that is shown. */
let controller = new AbortController();
/** The brush's; undefined where it rubs out. */
let colour;
/** The picture before anything was rubbed out. */
let whole;
/** Of what is filled in, and the last of it. */
let fillSeed = 1;
let fillings;

// ---- The pictures to learn

const panel = setPanel(
  faces({ count: FACES, seed: 1 }),
  { grid: GRID, learned: ["hat", "label"] },
  choose,
  (set) => {
    at("another").disabled = !set;
    const [width, height] = panel.size;
    if (at("canvas").width !== width || at("canvas").height !== height) {
      clearDrawing(width, height);
      const [, steps, channels] = SUITED.find(([pixels]) => width * height <= pixels);
      at("steps").value = steps;
      at("channels").value = channels;
    }
    buttons.changed();
  },
);
at("settings").addEventListener("change", () => buttons.changed());

// ---- Training

const buttons = trainingButtons(
  async (signal, resumed) => {
    const images = panel.needed();
    const steps = number("steps");
    if (!resumed || !model) {
      const { Diffusion } = await worker;
      const [channels, seed] = [number("channels"), number("seed")];
      model = await Diffusion.create({ images, labels: panel.labels, channels, seed });
      forget(steps);
    }
    const training = model.fit(images, { ...suited(images, steps), signal });
    const added = (report) => {
      chart.add(report.step, report.loss);
      shownWarnings.add(report);
    };
    const said = ({ loss }) => `loss ${loss.toFixed(3)}`;
    await learn(training, steps, { added, said, renew }, model);
  },
  (now) => {
    const ended = running && !now;
    running = now;
    at("save").hidden = running || !model;
    panel.disabled = running;
    for (const id of ["model", "add"]) at(id).disabled = running;
    if (ended && model) emerge();
  },
);

/** Few pictures a step, and a rate that falls from a high one, show something within a minute. */
function suited({ width, height }, steps) {
  const batch = width * height > 1024 ? 8 : 16;
  const warmup = Math.min(50, Math.floor(steps / 10));
  return { steps, batch, warmup, lr: 4e-3, schedule: "cosine", ema: 0.99 };
}

at("save").addEventListener("click", async () => {
  download(await model.save(), "noise.safetensors");
});
takesFiles(at("model"), undefined, async (file) => {
  problem("");
  model = await openedDiffusion(await worker, file, 3, "This model makes vectors, not pictures.");
  forget(number("steps"));
  at("status").textContent = `${file.name}: ${model.record.steps.toLocaleString("en")} steps`;
  at("progress").value = 1;
  buttons.changed();
  await renew();
  choose(emerging.images, 0);
});

/** What was shown of another model. */
function forget(steps) {
  chart.clear(steps);
  shownWarnings.clear();
  wishFields(at("wishes"), model.labels, wished);
  at("guidance-field").hidden = model.labels.length === 0;
  for (const id of ["more", "again"]) at(id).disabled = false;
}

/** Everything that shows what the model knows now. */
async function renew() {
  await emerge();
  await fill();
}

// ---- Out of noise

const emerging = emergence(EMERGING, choose);

/** What all pictures are made with. */
const sampling = () => ({
  steps: at("sampling").valueAsNumber,
  labels: wishesIn(at("wishes")),
  ...(model.labels.length > 0 ? { guidance: at("guidance").valueAsNumber } : {}),
});

/** Shows a new stream in place of the one that is shown. */
async function emerge() {
  controller.abort();
  controller = new AbortController();
  const { signal } = controller;
  const samples = EMERGING[0] * EMERGING[1];
  const seed = at("drawn-seed").valueAsNumber || 0;
  try {
    await emerging.from(model.stream({ ...sampling(), samples, seed, signal }), signal, !running);
  } catch (error) {
    if (!signal.aborted) problem(error.message);
  }
}

/** What is asked for is another: while it learns, the next look shows it. */
function wished() {
  at("how-many").textContent = at("sampling").value;
  at("how-much").textContent = at("guidance").value;
  if (!model || running) return;
  emerge();
  fill();
}

for (const id of ["sampling", "guidance", "drawn-seed"]) at(id).addEventListener("input", wished);
at("more").addEventListener("click", () => {
  at("drawn-seed").value = at("drawn-seed").valueAsNumber + 1 || 1;
  wished();
});

// ---- Draw, rub out, fill in

const paper = drawing(
  at("canvas"),
  at("paper"),
  at("cursor"),
  () => ({ colour, size: Number(at("brush").value) }),
  () => {
    if (colour !== undefined && !rubbed()) whole = paper.image;
    fill();
  },
);

/** Whether each pixel is to be made new, as numbers; undefined where none is. */
function rubbed() {
  const { data } = paper.image;
  const mask = Float32Array.from({ length: data.length / 4 }, (_, i) => (data[4 * i + 3] ? 0 : 1));
  return mask.includes(1) ? mask : undefined;
}

const showFilled = tiles(at("filled"), ...FILLED, (i) => {
  if (fillings) choose(fillings, i);
});

const fill = coalesced(async () => {
  if (!model) return;
  const mask = rubbed();
  const { image } = paper;
  const [height, width, channels] = model.config.shape;
  const fits = image.width === width && image.height === height;
  at("filled-caption").textContent = !fits
    ? `The model fills in pictures of ${width} × ${height} pixels`
    : mask
      ? "Filled in four times: a click takes one"
      : "Rub out a part, and it is filled in";
  if (!fits) return;
  const mode = { 1: "grey", 3: "rgb", 4: "rgba" }[channels];
  const one = await ImageSet.fromImageData([image], { mode });
  const four = one.subset(new Array(FILLED[0] * FILLED[1]).fill(0));
  fillings = mask
    ? (await model.inpaint(four, [mask], { ...sampling(), seed: fillSeed })).images
    : four;
  showFilled(fillings);
});

/** Draws on a picture of a set. */
function choose(from, i) {
  paper.show(imageData(from, i));
  whole = paper.image;
  pick(undefined);
  fill();
}

function clearDrawing(width, height) {
  paper.clear(width, height);
  whole = paper.image;
  pick(COLOURS[0]);
  fill();
}

const pick = palette(at("swatches"), at("colour"), COLOURS, (value) => {
  colour = value;
  at("rubber").ariaPressed = String(value === undefined);
});

at("rubber").addEventListener("click", () => pick(undefined));
at("again").addEventListener("click", () => {
  fillSeed++;
  fill();
});
at("back").addEventListener("click", () => {
  paper.show(whole);
  fill();
});
at("clear").addEventListener("click", () => clearDrawing());
at("another").addEventListener("click", () =>
  choose(panel.set, Math.floor(Math.random() * panel.set.length)),
);
at("add").addEventListener("click", () => wait(() => panel.add(paper.image)));

chart.clear(number("steps"));
panel.changed();
choose(panel.set, 0);
