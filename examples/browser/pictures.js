// A variational autoencoder or a GAN in a worker learns pictures. The page only shows, so it stays smooth.

import { ImageSet, modelKind } from "simdream";
import { faces } from "simdream/corpus";
import { startWorker } from "simdream/worker";
import { adversary } from "./adversary.js";
import { lineChart } from "./chart.js";
import { drawing, palette } from "./drawing.js";
import { learn, wishesIn, wishFields } from "./learning.js";
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
import { ACCURACY, accuracies, KINDS } from "./picture-kinds.js";
import { suits } from "./picture-set.js";
import { labelsOf, setPanel } from "./set-panel.js";
import { imageData, showPicture, tiles } from "./tiles.js";
import { between, directions, directionsOfMade, placeAt } from "./walk.js";

const FACES = 1000;
/** Pictures of a set and of samples that are shown, in columns and rows. */
const GRID = [8, 6];
/** Places along a slider, of which pictures are shown. */
const STRIP = 9;
/** Pictures in whose latent vectors the directions are looked for. */
const ENCODED = 500;
const COLOURS = "#2a2233 #ffffff #f2c9a4 #8a5a38 #d9435f #f5c542 #3bb273 #4a90d9".split(" ");

const chart = lineChart(at("chart"), KINDS.VAE.chart);
const accuracy = lineChart(at("accuracy"), ACCURACY);
const shownWarnings = warnings(at("warnings"));
const worker = startWorker();
let model;
/** The model's name. */
let kind = "VAE";
/** What the samples are, for whoever chooses one, and the latent vectors that they were made of where the model says so. */
let samples;
let sampled;
/** Latent vectors of the samples that were chosen last, of a model that does not read pictures. */
let chosen;
/** Directions of the latent space. */
let ways;
/** What the labels say of the picture that is drawn on. */
let drawnLabels = {};
/** The brush's. */
let colour = COLOURS[0];
let seed = 1;

// ---- The pictures to learn

const panel = setPanel(
  faces({ count: FACES, seed: 1 }),
  { grid: GRID, learned: ["hat", "label"] },
  choose,
  (set) => {
    at("another").disabled = !set;
    const { width, height } = at("canvas");
    const [wanted, high] = panel.size;
    if (width !== wanted || height !== high) clearDrawing(wanted, high);
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
      const of = KINDS[at("kind").value];
      const { labels } = panel;
      const [latent, seed] = [number("latent"), number("seed")];
      const models = (await worker)[at("kind").value];
      model = await models.create({ images, labels, latent, seed, ...of.create(images) });
      kind = at("kind").value;
      forget(steps);
    }
    const { fit, values, said } = KINDS[kind];
    const added = (report) => {
      chart.add(report.step, ...values(report));
      if (kind === "GAN") accuracy.add(report.step, ...accuracies(report));
      shownWarnings.add(report);
    };
    const training = model.fit(images, { steps, ...fit(images), signal });
    await learn(training, steps, { added, said, renew }, model);
  },
  (running) => {
    at("save").hidden = running || !model;
    panel.disabled = running;
    for (const id of ["model", "add"]) at(id).disabled = running;
  },
);

at("save").addEventListener("click", async () => {
  download(await model.save(), "pictures.safetensors");
});
takesFiles(at("model"), undefined, async (file) => {
  problem("");
  const bytes = await file.arrayBuffer();
  const found = modelKind(bytes) === "GAN" ? "GAN" : "VAE";
  const opened = await (await worker)[found].load(bytes);
  if (opened.config.shape.length !== 3) throw new Error("This model makes vectors, not pictures.");
  [model, kind] = [opened, found];
  forget(number("steps"));
  at("status").textContent = `${file.name}: ${model.record.steps.toLocaleString("en")} steps`;
  at("progress").value = 1;
  buttons.changed();
  await renew();
});

/** What was shown of another model. */
function forget(steps) {
  [ways, sampled, chosen] = [];
  chart.clear(steps, KINDS[kind].chart);
  accuracy.clear(steps);
  shownWarnings.clear();
  const adversarial = kind === "GAN";
  for (const element of document.querySelectorAll("[data-of]")) {
    element.toggleAttribute("hidden", element.dataset.of !== kind);
  }
  at("first").min = adversarial ? 0 : -3;
  at("first").max = adversarial ? 1 : 3;
  for (const id of ["first", "second"]) at(id).value = 0;
  wishFields(at("wishes"), model.labels, renew);
}

/** Everything that shows what the model knows now. */
async function renew() {
  await wait(async () => {
    await sample();
    if (kind === "GAN") {
      await judge.learn(model, suits(model, panel.set) ? panel.set : undefined, samples);
      const some = { samples: ENCODED, seed: 1 };
      const made = await model.generate(some);
      ways = directionsOfMade(await model.latents(some), made.images, ways);
    } else {
      ways = directions(await latents(), ways);
    }
    await Promise.all([reconstruct(), walk()]);
  });
}

// ---- Samples

const showSamples = tiles(at("samples"), ...GRID, (i) => {
  if (kind === "GAN") chosen = [chosen[1], sampled[i]];
  choose(samples, i);
  if (kind === "GAN") walk();
});

async function sample() {
  const some = { samples: GRID[0] * GRID[1], seed };
  const made = await model.generate({ ...some, labels: wishes() });
  samples = made.images;
  if (kind === "GAN") {
    sampled = await model.latents(some);
    chosen ??= sampled.slice(0, 2);
  }
  at("none").hidden = true;
  at("samples").hidden = false;
  at("more").disabled = false;
  showSamples(samples);
}

const wishes = () => wishesIn(at("wishes"));

/** A class for every label that the model knows: as asked for, as the drawing has it, or the most frequent one. */
function everyLabel() {
  const asked = { ...drawnLabels, ...wishes() };
  return Object.fromEntries(
    model.labels.map(({ name, classes, counts }) => [
      name,
      classes.includes(asked[name]) ? asked[name] : classes[counts.indexOf(Math.max(...counts))],
    ]),
  );
}

at("more").addEventListener("click", () => {
  seed++;
  wait(sample);
});

// ---- The drawing

const paper = drawing(
  at("canvas"),
  at("paper"),
  at("cursor"),
  () => ({ colour, size: Number(at("brush").value) }),
  () => reconstruct(),
);

/** The drawing as the model takes pictures. */
function drawnSet() {
  const [height, width, channels] = model.config.shape;
  const mode = { 1: "grey", 3: "rgb", 4: "rgba" }[channels];
  return ImageSet.fromImageData([paper.image], { mode, size: { width, height } }).then((one) =>
    model.labels.length > 0 ? one.withLabels([everyLabel()]) : one,
  );
}

/** Says of the drawing what a GAN's discriminator finds. */
const judge = adversary(at("verdict"));

const reconstruct = coalesced(async () => {
  if (!model || !ways) return;
  if (kind === "GAN") {
    await judge.look(model, await drawnSet());
    return;
  }
  const { images } = await model.reconstruct(await drawnSet());
  showPicture(at("reconstruction"), imageData(images, 0));
  if (at("from").value === "drawing") await walk();
});

/** Draws on a picture of a set. */
function choose(from, i) {
  paper.show(imageData(from, i));
  drawnLabels = labelsOf(from, i);
  reconstruct();
}

function clearDrawing(width, height) {
  paper.clear(width, height);
  drawnLabels = {};
  reconstruct();
}

at("clear").addEventListener("click", () => clearDrawing());
at("another").addEventListener("click", () =>
  choose(panel.set, Math.floor(Math.random() * panel.set.length)),
);
at("add").addEventListener("click", () => wait(() => panel.add(paper.image)));
const pick = palette(at("swatches"), at("colour"), COLOURS, (value) => {
  colour = value;
});

// ---- The walk

const showStrips = ["first", "second"].map((id) =>
  tiles(at(`${id}-strip`), STRIP, 1, (i) => {
    at(id).value = stepOf(at(id), i);
    walk();
  }),
);
/** What a slider says at a place of its strip. */
const stepOf = ({ min, max }, i) => Number(min) + ((max - min) * i) / (STRIP - 1);

/** Latent vectors of the set, or of samples where the model is of another one. */
async function latents() {
  const images = suits(model, panel.set)
    ? panel.set.first(ENCODED)
    : (await model.generate({ samples: ENCODED })).images;
  return (await model.encode(images)).mean;
}

const walk = coalesced(async () => {
  if (!ways) return;
  const place = [at("first").valueAsNumber, at("second").valueAsNumber];
  const along = (which) =>
    Array.from({ length: STRIP }, (_, i) =>
      place.with(which, stepOf([at("first"), at("second")][which], i)),
    );
  const places = [place, ...along(0), ...along(1)];
  const vectors = await vectorsAt(places);
  const labels = everyLabel();
  const { images } = await model.decode(vectors, { labels });
  showPicture(at("here"), imageData(images, 0));
  for (const [which, show] of showStrips.entries()) {
    const from = 1 + which * STRIP;
    show(images.subset(Array.from({ length: STRIP }, (_, i) => from + i)));
  }
  at("first").disabled = false;
  at("second").disabled = kind === "VAE" && ways.axes.length < 2;
  at("back").disabled = false;
});

/** Latent vectors where the sliders stand so. */
async function vectorsAt(places) {
  if (kind === "GAN") {
    const [from, to] = chosen;
    return places.map(([way, step]) => placeAt(ways, between(from, to, way), [step]));
  }
  const drawn = at("from").value === "drawing";
  const begin = drawn ? (await model.encode(await drawnSet())).mean[0] : ways.middle;
  return places.map((steps) => placeAt(ways, begin, steps));
}

for (const id of ["first", "second", "from"]) at(id).addEventListener("input", walk);
at("back").addEventListener("click", () => {
  for (const id of ["first", "second"]) at(id).value = 0;
  walk();
});

at("kind").addEventListener("change", () => {
  for (const name of ["steps", "latent"]) at(name).value = KINDS[at("kind").value][name];
});
chart.clear(number("steps"));
panel.changed();
pick(colour);
choose(panel.set, 0);
