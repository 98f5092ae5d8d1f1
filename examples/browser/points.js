// A GAN in a worker learns points of the plane, step by step or running; what is drawn meanwhile, it learns too.

import { startWorker } from "simdream/worker";
import { brushOn } from "./brush.js";
import { lineChart } from "./chart.js";
import { at, number, problem, warnings } from "./page.js";
import { ACCURACY, accuracies, KINDS } from "./picture-kinds.js";
import { places, planeOn } from "./plane.js";
import { letters, presets, sprayed } from "./point-sets.js";

/** Points of a set that is ready, of a touch of the brush, and at most. */
const [READY, TOUCH, MOST] = [2000, 8, 4000];
/** Points made up that are shown, and real ones that they are measured by. */
const [MADE, MEASURED] = [500, 500];
/** Milliseconds between two looks and two measures, at least; and how many times as long as a look it trains. */
const [LOOK, MEASURE, SHARE] = [40, 1500, 3];
/** How far from the border a logit is whose place has half of the full colour. */
const SURE = 0.5;
/** Milliseconds after which a run learns what is being drawn. */
const DRAWN = 250;

const worker = startWorker();
const plane = planeOn(at("plane"), [
  document.querySelector(".real i"),
  document.querySelector(".made i"),
]);
const chart = lineChart(at("chart"), KINDS.GAN.chart);
const accuracy = lineChart(at("accuracy"), ACCURACY);
const said = warnings(at("warnings"));

let points = [];
let model;
/** The run that is under way, and whether it learns what is not wanted any more. */
let training;
let stale = false;
/** Steps before this run, and all of them. */
let before = 0;
let total = 0;
let running = false;
/** Ends whatever runs. */
let stopped = Promise.resolve();
let made;
let field;
let touches = 0;

// ---- The plane

let waiting = false;
function draw() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    const shown = (name, value) => (at(`show-${name}`).checked ? value : undefined);
    plane.draw({
      real: shown("real", points),
      made: shown("made", made),
      field: shown("field", field),
      arrows: made && shown("arrows", field),
      brush: brush.shown ? { ...brush, radius: radius() } : undefined,
    });
  });
}

const radius = () => Number(at("width").value);
const brush = brushOn(at("plane"), at("paper"), radius, use, draw);

let soon;
function use(place, more) {
  if (place) {
    at("preset").value = "own";
    at("text-field").hidden = true;
    const erases = at("brush").value === "erase";
    const near = ([x, y]) => (x - place[0]) ** 2 + (y - place[1]) ** 2 < radius() ** 2;
    points = erases
      ? points.filter((point) => !near(point))
      : [...points, ...sprayed(place, radius(), TOUCH, ++touches)].slice(0, MOST);
    counted();
  }
  // While one draws, a run takes it in now and then, and once more at the end.
  if (more) soon ??= setTimeout(changed, DRAWN);
  else changed();
}

/** What is to be learned, or how, is another now. */
function changed() {
  clearTimeout(soon);
  soon = undefined;
  stale = true;
  draw();
}

function counted() {
  const count = points.length.toLocaleString("en");
  at("count").textContent =
    `${count} points${points.length === MOST ? ", the most there can be" : ""}`;
}

function chosen() {
  const { value } = at("preset");
  at("text-field").hidden = value !== "letters";
  if (value === "letters") points = letters(at("text").value, READY);
  else if (value !== "own") points = presets[value](READY);
  counted();
  changed();
}
at("preset").addEventListener("change", chosen);
at("text").addEventListener("input", chosen);
at("clear").addEventListener("click", () => {
  points = [];
  at("preset").value = "own";
  chosen();
});
for (const name of ["real", "made", "field", "arrows"]) {
  at(`show-${name}`).addEventListener("change", draw);
}
new ResizeObserver(draw).observe(at("plane"));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);

// ---- Training

/** Takes steps until `running` is over, or only one. */
async function train(once) {
  problem("");
  running = !once;
  shows();
  let [looked, took, measured] = [-Infinity, 0, -Infinity];
  let [counting, since] = [total, performance.now()];
  let rate = "";
  try {
    do {
      const begun = performance.now();
      const report = await step();
      if (!report) break;
      const now = performance.now();
      if (now - since > 1000) {
        rate = `, ${Math.round(((total - counting) / (now - since)) * 1000)} steps a second`;
        [counting, since] = [total, now];
      }
      at("status").textContent = statusOf(report) + rate;
      if (once || now - looked > Math.max(LOOK, SHARE * took)) {
        await look();
        looked = performance.now();
        took = looked - now;
      }
      if (once || now - measured > MEASURE) {
        await measure();
        measured = performance.now();
      }
      if (report.finished) break;
      const wanted = once ? 0 : Number(at("speed").value);
      await paused(wanted - (performance.now() - begun));
    } while (running);
  } catch (error) {
    problem(error.message);
  }
  running = false;
  if (model && total > 0)
    await Promise.all([look(), measure()]).catch(({ message }) => problem(message));
  shows();
}

/** One step; of a new run where what is learned has changed. */
async function step() {
  if (points.length === 0)
    throw new Error("There is no point to learn. Draw some, or choose a set.");
  if (!model) {
    const [hidden, latent, seed] = ["hidden", "latent", "seed"].map(number);
    model = await (await worker).GAN.create({ shape: [2], network: "dense", hidden, latent, seed });
  }
  if (stale || !training) {
    await training?.return();
    stale = false;
    before = total;
    training = model.fit(points, options());
  }
  const { done, value } = await training.next();
  if (done) return undefined;
  total = before + value.step;
  at("over").disabled = false;
  const { discriminator, generator } = value.phases;
  chart.add(total, discriminator.loss, generator.loss);
  accuracy.add(total, ...accuracies(value));
  said.add(value);
  if (value.finished) training = undefined;
  return value;
}

function options() {
  const [penalty, rate] = [number("penalty"), number("rate")];
  return {
    steps: number("steps"),
    objective: at("objective").value,
    ...{ r1: penalty, r2: penalty },
    lr: rate,
    discriminatorLr: number("discriminator-rate") / rate,
    discriminatorSteps: number("updates"),
    // It has learned something before: its weights stay.
    resume: false,
  };
}

function statusOf({ step, steps, finished }) {
  const all = `step ${total.toLocaleString("en")}`;
  if (finished) return `${all}: done, with the average of the generator’s weights`;
  return `${all}${total === step ? ` of ${steps.toLocaleString("en")}` : ""}`;
}

const paused = (milliseconds) =>
  milliseconds > 0 ? new Promise((resolve) => setTimeout(resolve, milliseconds)) : undefined;

/** What the two sides do now. */
async function look() {
  const of = model;
  const border = at("objective").value === "least-squares" ? 0.5 : 0;
  const [{ rows }, logits] = await Promise.all([
    of.generate({ samples: MADE, seed: 1 }),
    of.discriminate(places),
  ]);
  if (of !== model) return;
  made = rows;
  field = logits.map((logit) => (logit - border) / (SURE + Math.abs(logit - border)));
  draw();
}

async function measure() {
  const every = Math.ceil(points.length / MEASURED);
  const some = points.filter((_, i) => i % every === 0);
  if (some.length < 8) return;
  const { frechet, precision, recall } = await model.score(some);
  at("frechet").textContent = frechet.toFixed(3);
  at("precision").textContent = `${Math.round(100 * precision)} %`;
  at("recall").textContent = `${Math.round(100 * recall)} %`;
}

function shows() {
  at("run").textContent = running ? "Pause" : "Run";
  at("step").disabled = running;
  at("over").disabled = total === 0;
}

/** Two new networks, which go on where it was running. */
async function again() {
  const was = running;
  running = false;
  await stopped;
  await training?.return();
  [model, training, made, field] = [];
  [before, total] = [0, 0];
  chart.clear();
  accuracy.clear();
  said.clear();
  at("status").textContent = "not trained yet";
  for (const id of ["frechet", "precision", "recall"]) at(id).textContent = "–";
  draw();
  shows();
  if (was) stopped = train(false);
}

at("run").addEventListener("click", () => {
  if (running) running = false;
  else stopped = stopped.then(() => train(false));
});
at("step").addEventListener("click", () => {
  stopped = stopped.then(() => train(true));
});
at("over").addEventListener("click", again);
at("settings").addEventListener("submit", (event) => event.preventDefault());
at("settings").addEventListener("change", ({ target }) => {
  if (!target.checkValidity())
    problem(`${target.parentElement.firstChild.textContent.trim()}: ${target.validationMessage}`);
  else if ("new" in target.dataset) again();
  else changed();
});

chosen();
chart.clear();
accuracy.clear();
