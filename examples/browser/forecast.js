// A predictor of frames in a worker learns clips, and continues what is thrown or picked. The page only shows, so it stays
// smooth.

import { ImageSet } from "simdream";
import { startWorker } from "simdream/worker";
import { clipsOf, randomBalls, thrownBall } from "./balls.js";
import { lineChart } from "./chart.js";
import { learn, openedModel } from "./learning.js";
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
import { clipTiles, playButton, rewind } from "./player.js";

/** Clips of balls that are learned, and those that are only looked at; frames of each, and those that are given. */
const [BALLS, UNSEEN] = [600, 8];
const [FRAMES, INPUT] = [14, 4];
/** Clips of the set that are shown, and those never seen, with predictions, in columns and rows. */
const [GRID, PAIRS] = [
  [8, 4],
  [4, 4],
];
/** The size to which clips are brought that are opened, and how large those are that are saved. */
const [SIZE, SCALE] = [24, 6];

const chart = lineChart(at("chart"), { caption: "squared error a frame, by step" });
const shownWarnings = warnings(at("warnings"));
const worker = startWorker();
/** The clips to learn, those that are not learned, and the balls of both; undefined where the clips are of files. */
let balls = { known: randomBalls(BALLS, 1), unseen: randomBalls(UNSEEN, 2) };
let [clips, unseen] = [balls.known, balls.unseen].map((all) => clipsOf(alone(all), FRAMES));
let model;
/** Whether the model has learned anything. */
let ready = false;
let running = false;
/** What is continued: a `ball`, or clip `i` of `set`; its frames, and how many of them are known. */
let current;
let real;
let known = 0;
/** The frames that were given, and those that were predicted after them. */
let whole;
/** How many were drawn, and thrown. */
let [drawn, thrown] = [2, 0];

/** Each ball in a clip of its own. */
function alone(all) {
  return all.map((one) => [one]);
}

// ---- The clips to learn

const showSet = clipTiles("gallery", ...GRID, (i) => pick(clips, i, balls?.known));
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
    const all = await ImageSet.fromGIF(given, { size: SIZE, mode: "rgb", background: "#ffffff" });
    if (all.frames < 3) throw new Error("Clips must have at least 3 frames.");
    balls = undefined;
    // Where clips are few, all are learned, and looked at.
    const { train, validation } =
      all.length < 2 * PAIRS[0]
        ? { train: all, validation: all }
        : all.split({ val: Math.max(0.1, PAIRS[0] / all.length), seed: 1 });
    setChanged(train, validation, Math.ceil(all.frames / 2));
  },
  { all: true },
);

function setChanged(learned, others, input) {
  [clips, unseen] = [learned, others];
  const { length, frames, width, height } = clips;
  at("count").textContent =
    `${length.toLocaleString("en")} clips of ${frames} frames, ${width} × ${height} pixels`;
  at("input").value = input;
  at("drawing-title").textContent = balls ? "Throw a ball" : "Pick a clip";
  at("how").textContent = balls
    ? "Press on the left picture and drag: the ball starts there, and flies that way. Or pick a clip above."
    : "Click on a clip above, or take another one.";
  at("samples-title").textContent =
    learned === others ? "Clips of the set, continued" : "Clips that it never saw";
  showSet(clips);
  paceChanged();
  pick(unseen, 0, balls?.unseen);
  if (model) buttons.changed();
}

// ---- Training

const buttons = trainingButtons(
  async (signal, resumed) => {
    const set = clips;
    const steps = number("steps");
    if (!resumed || !model) {
      const { FramePredictor } = await worker;
      const [input, hidden, seed] = ["input", "hidden", "seed"].map(number);
      model = await FramePredictor.create({
        clips: set,
        input,
        hidden,
        kernel: 3,
        shared: true,
        seed,
      });
      forget(steps);
    }
    const warmup = Math.min(30, Math.floor(steps / 10));
    const how = { steps, batch: 8, warmup, lr: 4e-3, schedule: "cosine" };
    const training = model.fit(set, { ...how, signal });
    const added = (report) => {
      chart.add(report.step, report.loss);
      shownWarnings.add(report);
    };
    const said = ({ loss }) => `loss ${loss.toFixed(1)}`;
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
  download(await model.save(), "forecast.safetensors");
});
takesFiles(at("model"), undefined, async (file) => {
  problem("");
  model = await openedModel(await worker, file, "FramePredictor");
  forget(number("steps"));
  at("input").value = model.config.input;
  at("status").textContent = `${file.name}: ${model.record.steps.toLocaleString("en")} steps`;
  at("progress").value = 1;
  buttons.changed();
  await renew();
});

/** What was shown of another model. */
function forget(steps) {
  ready = false;
  chart.clear(steps);
  shownWarnings.clear();
}

/** Everything that shows what the model knows now. */
async function renew() {
  ready = true;
  await look();
  await predict();
}

/** Whether the model takes frames of a set. */
const fits = ({ height, width, channels }) =>
  String([height, width, channels]) === String(model.config.shape);

// ---- Clips that it never saw

const showPairs = clipTiles("samples", ...PAIRS, (i) => {
  const [columns] = PAIRS;
  // A row of clips, below it their predictions.
  pick(unseen, Math.floor(i / (2 * columns)) * columns + (i % columns), balls?.unseen);
});

async function look() {
  const { input, output } = model.config;
  const some = unseen.first((PAIRS[0] * PAIRS[1]) / 2);
  const possible = fits(some) && some.frames > input;
  at("none").hidden = possible;
  at("samples").hidden = !possible;
  at("error").textContent = "";
  if (!possible) {
    at("none").textContent = "The model is of clips of another size or length.";
    return;
  }
  const frames = some.frames - input;
  const made = (await model.continue(some.span(0, input), { frames, whole: true })).images;
  const rows = [];
  for (let from = 0; from < some.length; from += PAIRS[0]) {
    const places = Array.from({ length: PAIRS[0] }, (_, i) => from + i);
    const there = places.filter((i) => i < some.length);
    // A row that is not full would put what follows in wrong places.
    const full = places.map((i) => there[i - from] ?? there[0]);
    rows.push(some.subset(full), made.subset(full));
  }
  showPairs(rows.reduce((all, one) => all.concat(one)));
  if (some.frames < input + output) return;
  const { mse, copying } = await model.score(some);
  at("error").textContent =
    `Squared error a frame ${mse.toFixed(1)}; if nothing moved any more ${copying.toFixed(1)}`;
}

// ---- Throw or pick

/** How many frames of a clip are given. */
const given = (clip) => Math.min(model?.config.input ?? number("input"), clip.frames);
const asked = () => at("frames").valueAsNumber;

const showReal = clipTiles(
  ...["real", 1, 1],
  () => {},
  (now) => {
    const over = now >= known;
    at("real").classList.toggle("over", over);
    at("real-caption").textContent = over ? "What happens: the clip is over" : "What happens";
  },
);
const showPredicted = clipTiles(
  ...["predicted", 1, 1],
  () => {},
  (now) => {
    const what = now < given(whole) ? "given" : "predicted";
    at("predicted-caption").textContent = `Frame ${now + 1} of ${whole.frames}: ${what}`;
  },
);

/** The clip from now on: of balls it is as long as it is asked for. */
function showClip() {
  const clip = current.ball
    ? clipsOf([[current.ball]], number("input") + asked())
    : current.set.subset([current.i]);
  known = clip.frames;
  real = clip;
  rewind();
  showReal(clip);
  return predict();
}

const predict = coalesced(async () => {
  const clip = real;
  at("gif").hidden = !ready || !fits(clip);
  if (!ready) return;
  if (!fits(clip)) {
    const [height, width] = model.config.shape;
    at("predicted-caption").textContent =
      `The model continues clips of ${width} × ${height} pixels in ${colours[model.config.shape[2]]}`;
    return;
  }
  const first = clip.span(0, given(clip));
  whole = (await model.continue(first, { frames: asked(), whole: true })).images;
  if (clip !== real) return;
  rewind();
  showReal(lasting(clip, whole.frames));
  showPredicted(whole);
});
const colours = { 1: "grey", 3: "colour", 4: "colour with alpha" };

/** A clip of so many frames, of which the last one stays where it has fewer. */
function lasting(clip, frames) {
  if (clip.frames >= frames) return clip.span(0, frames);
  const { fps, height, width, channels } = clip;
  const pixels = new Uint8Array(frames * height * width * channels);
  const last = clip.frame(clip.frames - 1).pixels;
  for (let at = 0; at < pixels.length; at += last.length) pixels.set(last, at);
  pixels.set(clip.pixels);
  return new ImageSet({ pixels, frames, fps, height, width, channels });
}

/** Continues one of a set. @param list the balls of its clips */
function pick(set, i, list) {
  current = list ? { ball: list[i] } : { set, i };
  showClip();
}

/** Where a pointer is, as fractions of a canvas. */
const placeOf = ({ offsetX, offsetY }) => [
  offsetX / at("real").clientWidth,
  offsetY / at("real").clientHeight,
];
let from;
const dragged = (event) => thrownBall(thrown, from, placeOf(event), number("input"));

at("real").addEventListener("pointerdown", (event) => {
  if (!balls || event.button !== 0) return;
  at("real").setPointerCapture(event.pointerId);
  from = placeOf(event);
  aim(event);
});
at("real").addEventListener("pointermove", (event) => from && aim(event));
at("real").addEventListener("pointerup", (event) => {
  if (!from) return;
  current = { ball: dragged(event) };
  from = undefined;
  thrown++;
  showClip();
});
at("real").addEventListener("pointercancel", () => {
  from = undefined;
  showClip();
});

/** Shows where the ball will be in the frames that are given. */
function aim(event) {
  const ball = dragged(event);
  const places = Array.from({ length: number("input") }, (_, t) => ({
    ...ball,
    at: () => ball.at(t),
  }));
  known = 1;
  showReal(clipsOf([places], 1));
}

at("frames").addEventListener("input", () => {
  at("how-many").textContent = asked();
  showClip();
});
at("input").addEventListener("change", () => showClip());
at("another").addEventListener("click", () => {
  if (balls) pick(undefined, 0, randomBalls(1, ++drawn));
  else pick(unseen, ++drawn % unseen.length);
});
at("gif").addEventListener("click", async () => {
  if (!whole) return;
  const { frames } = whole;
  const pair = known < frames ? whole : real.span(0, frames).concat(whole);
  const places = Array.from({ length: pair.length }, (_, i) => i);
  download(await pair.toGIF(places, { scale: SCALE, columns: 2 }), "forecast.gif");
});

chart.clear(number("steps"));
setChanged(clips, unseen, INPUT);
