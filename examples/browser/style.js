// Pictures in the style of others, made in a worker. The page only shows, so it stays smooth.

import { ImageSet } from "simdream";
import { landscape, swirls } from "./example-pictures.js";
import { at, coalesced, download, duration, problem, takesFiles, wait } from "./page.js";
import { imageData, showPicture } from "./tiles.js";

/** The longer side of a picture as it is kept; larger ones are never made here. */
const KEPT = 1024;

const worker = new Worker(new URL("style-worker.js", import.meta.url), { type: "module" });
/** The pictures to begin with, as a canvas has them. */
const pictures = { photo: landscape(256, 192), painting: swirls(224, 176) };
/** What was made last, a set of one. */
let made;
/** The network's file, by name. */
let network;

// ---- The worker does one thing at a time

let busy = Promise.resolve();

/** @param report is told of steps on the way @returns what the worker made */
function ask(task, given, report = () => {}) {
  busy = busy
    .catch(() => {})
    .then(
      () =>
        new Promise((resolve, reject) => {
          worker.onerror = () => reject(new Error("the worker that makes pictures died"));
          worker.onmessage = ({ data }) => {
            if (data.report) return report(data.report);
            if ("done" in data) resolve(data.done);
            else reject(new Error(data.message));
          };
          worker.postMessage({ task, given });
        }),
    );
  return busy;
}

// ---- The photo and the painting

for (const name of ["photo", "painting"]) {
  takesFiles(at(`${name}-file`), at(`${name}-place`), async (file) => {
    problem("");
    const { width, height } = await ImageSet.fromFiles([file], { animated: "first" });
    const size = within(width, height, KEPT);
    const how = { mode: "rgba", animated: "first", size, fit: "stretch" };
    pictures[name] = imageData(await ImageSet.fromFiles([file], how), 0);
    show(name);
  });
}

function show(name) {
  const { width, height } = pictures[name];
  showPicture(at(name), pictures[name]);
  at(`${name}-size`).textContent = `${width} × ${height} pixels`;
  if (name === "photo") throughNetwork();
}

/** A size of the same proportions whose longer side is at most so long. */
function within(width, height, side) {
  const factor = Math.min(1, side / Math.max(width, height));
  const [w, h] = [width, height].map((one) => Math.max(1, Math.round(one * factor)));
  return { width: w, height: h };
}

/** A picture no larger than that, as it is sent. */
async function smaller(image, side) {
  const size = within(image.width, image.height, side);
  return imageData(
    await ImageSet.fromImageData([image], { mode: "rgba", size, fit: "stretch" }),
    0,
  );
}

// ---- Step by step

const isTexture = () => at("what").value === "texture";

at("painting-form").addEventListener("submit", (event) => {
  event.preventDefault();
  wait(paint);
});
at("stop").addEventListener("click", () => worker.postMessage({ task: "stop" }));
at("what").addEventListener("change", wished);
at("content").addEventListener("input", wished);

function wished() {
  for (const field of document.querySelectorAll("[data-for]")) {
    field.hidden = field.dataset.for !== at("what").value;
  }
  at("how-much").textContent = contentWeight().toPrecision(2);
  at("paint").textContent = isTexture() ? "Make a texture" : "Paint";
}

/** From the slider: ten times as much at each quarter of its way. */
function contentWeight() {
  return 0.01 * 10 ** at("content").valueAsNumber;
}

async function paint() {
  problem("");
  const side = Number(at("side").value);
  const steps = at("steps").valueAsNumber;
  const since = performance.now();
  const shown = (report) => {
    const { step, progress, style } = report;
    result(report);
    const seconds = (performance.now() - since) / 1000;
    at("progress").value = progress;
    const left = step < steps ? `, ${duration(seconds / progress - seconds)} left` : "";
    at("status").textContent =
      `step ${step} of ${steps}, distance from the style ${style.toPrecision(3)}${left}`;
  };
  running(true);
  try {
    const painting = await smaller(pictures.painting, side);
    const given = isTexture()
      ? { painting, options: { steps, width: side, height: side, tileable: at("tile").checked } }
      : {
          painting,
          photo: await smaller(pictures.photo, side),
          options: { steps, content: contentWeight(), keepColours: at("colours").checked },
        };
    shown(await ask(isTexture() ? "texture" : "style", given, shown));
  } finally {
    running(false);
  }
}

function running(now) {
  at("settings").disabled = now;
  at("paint").hidden = now;
  at("stop").hidden = !now;
  at("network").disabled = now;
  at("strength").disabled = now || !network;
}

function result({ width, height, channels, pixels }) {
  made = new ImageSet({ width, height, channels, pixels });
  showPicture(at("result"), imageData(made, 0));
  at("result").hidden = false;
  at("none").hidden = true;
  at("save").disabled = false;
}

at("save").addEventListener("click", () =>
  wait(async () => download(await made.toPNG(0), "styled.png")),
);

// ---- By a network of one style

takesFiles(at("network"), undefined, async (file) => {
  problem("");
  const { config } = await ask("load", { bytes: await file.arrayBuffer() });
  network = file.name;
  at("network-name").textContent = `${network}: ${config.channels} channels`;
  at("strength").disabled = false;
  await throughNetwork();
});
at("strength").addEventListener("input", () => {
  at("how-strong").textContent = at("strength").value;
  throughNetwork();
});

const throughNetwork = coalesced(async () => {
  if (!network || at("strength").disabled) return;
  const photo = await smaller(pictures.photo, Number(at("side").value));
  const since = performance.now();
  result(await ask("network", { photo, strength: at("strength").valueAsNumber }));
  at("progress").value = 1;
  at("status").textContent = `by ${network} in ${Math.round(performance.now() - since)} ms`;
});

show("photo");
show("painting");
wished();
