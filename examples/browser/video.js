// A diffusion in a worker learns clips, and moves what is drawn. The page only shows, so it stays smooth.

import { ImageSet } from "simdream";
import { startWorker } from "simdream/worker";
import { lineChart } from "./chart.js";
import { drawing, palette } from "./drawing.js";
import { learn, openedDiffusion, wishesIn, wishFields } from "./learning.js";
import { movingFaces } from "./moving-faces.js";
import {
  at,
  coalesced,
  download,
  number,
  problem,
  takesFiles,
  trainingButtons,
  warnings,
} from "./page.js";
import { clipTiles, playButton } from "./player.js";
import { imageData } from "./tiles.js";

const FACES = 300;
/** Clips of the set that are shown, those from nothing, and those that begin with the drawing, in columns and rows. */
const [GRID, MADE, MOVED] = [
  [8, 4],
  [4, 3],
  [2, 2],
];
/** The size to which clips are brought that are opened. */
const SIZE = 16;
const COLOURS = "#2a2233 #ffffff #f2c9a4 #8a5a38 #d9435f #f5c542 #3bb273 #4a90d9".split(" ");

const chart = lineChart(at("chart"), { caption: "mean squared error, by step" });
const shownWarnings = warnings(at("warnings"));
const worker = startWorker();
let clips = movingFaces(FACES);
let model;
let running = false;
let colour = COLOURS[0];
/** Of what moves the drawing, and the last of it. */
let moveSeed = 1;
let moved;

// ---- The clips to learn

const showSet = clipTiles("gallery", ...GRID, (i) => choose(clips.frame(0), i));
const paceChanged = playButton(at("play"), () => clips.fps);

takesFiles(
  at("files"),
  document.querySelector("main"),
  async (files) => {
    problem("");
    const given = files.map((file) => ({
      name: file.name,
      bytes: async () => new Uint8Array(await file.arrayBuffer()),
    }));
    setChanged(await ImageSet.fromGIF(given, { size: SIZE, mode: "rgb", background: "#ffffff" }));
    buttons.changed();
  },
  { all: true },
);

function setChanged(set) {
  clips = set;
  const { length, frames, width, height } = clips;
  at("count").textContent =
    `${length.toLocaleString("en")} clips of ${frames} frames, ${width} × ${height} pixels`;
  showSet(clips);
  paceChanged();
  if (at("canvas").width !== width || at("canvas").height !== height) clear(width, height);
}

// ---- Training

const buttons = trainingButtons(
  async (signal, resumed) => {
    const images = clips;
    const steps = number("steps");
    if (!resumed || !model) {
      const { Diffusion } = await worker;
      const [channels, seed] = [number("channels"), number("seed")];
      model = await Diffusion.create({ images, channels, seed });
      forget(steps);
    }
    const warmup = Math.min(50, Math.floor(steps / 10));
    const how = { steps, warmup, lr: 4e-3, schedule: "cosine", ema: 0.99 };
    const training = model.fit(images, { ...how, signal });
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
    for (const id of ["model", "files"]) at(id).disabled = running;
    if (ended && model) renew();
  },
);

at("save").addEventListener("click", async () => {
  download(await model.save(), "clips.safetensors");
});
takesFiles(at("model"), undefined, async (file) => {
  problem("");
  model = await openedDiffusion(await worker, file, 4, "This model makes no clips.");
  forget(number("steps"));
  at("status").textContent = `${file.name}: ${model.record.steps.toLocaleString("en")} steps`;
  at("progress").value = 1;
  buttons.changed();
  await renew();
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
  await make();
  await move();
}

// ---- From nothing

const showMade = clipTiles("samples", ...MADE, (i) => made && choose(made.frame(0), i));
let made;

/** What all clips are made with. */
const sampling = () => ({
  steps: at("sampling").valueAsNumber,
  labels: wishesIn(at("wishes")),
  ...(model.labels.length > 0 ? { guidance: at("guidance").valueAsNumber } : {}),
  ...(at("loop").checked ? { loop: true } : {}),
});

const make = coalesced(async () => {
  if (!model) return;
  const samples = MADE[0] * MADE[1];
  const seed = at("drawn-seed").valueAsNumber || 0;
  made = (await model.generate({ ...sampling(), samples, seed })).images;
  at("none").hidden = true;
  at("samples").hidden = false;
  showMade(made);
});

/** What is asked for is another: while it learns, the next look shows it. */
function wished() {
  at("how-many").textContent = at("sampling").value;
  at("how-much").textContent = at("guidance").value;
  if (model && !running) renew();
}

for (const id of ["sampling", "guidance", "drawn-seed", "loop"]) {
  at(id).addEventListener("input", wished);
}
at("more").addEventListener("click", () => {
  at("drawn-seed").value = at("drawn-seed").valueAsNumber + 1 || 1;
  wished();
});

// ---- Draw the first frame

const showMoved = clipTiles("moved", ...MOVED, (i) => {
  if (moved) save(i);
});

const move = coalesced(async () => {
  if (!model) return;
  const { image } = paper;
  const [, height, width, channels] = model.config.shape;
  const fits = image.width === width && image.height === height;
  at("moved-caption").textContent = fits
    ? "Four clips that begin with it: a click saves one as GIF"
    : `The model moves pictures of ${width} × ${height} pixels`;
  at("gif").hidden = !fits;
  if (!fits) return;
  const mode = { 1: "grey", 3: "rgb", 4: "rgba" }[channels];
  const first = await ImageSet.fromImageData([image], { mode });
  const samples = MOVED[0] * MOVED[1];
  moved = (await model.generate({ ...sampling(), first, samples, seed: moveSeed })).images;
  showMoved(moved);
});

const paper = drawing(
  at("canvas"),
  at("paper"),
  at("cursor"),
  () => ({ colour, size: Number(at("brush").value) }),
  () => move(),
);

async function save(i) {
  download(await moved.toGIF(i), "clip.gif");
}

/** Draws on a picture of a set. */
function choose(from, i) {
  paper.show(imageData(from, i));
  move();
}

function clear(width, height) {
  paper.clear(width, height);
  move();
}

const pick = palette(at("swatches"), at("colour"), COLOURS, (value) => {
  colour = value;
});

at("again").addEventListener("click", () => {
  moveSeed++;
  move();
});
at("gif").addEventListener("click", () => moved && save(0));
at("clear").addEventListener("click", () => clear());
at("another").addEventListener("click", () =>
  choose(clips.frame(0), Math.floor(Math.random() * clips.length)),
);

chart.clear(number("steps"));
pick(COLOURS[0]);
setChanged(clips);
choose(clips.frame(0), 0);
