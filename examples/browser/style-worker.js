// A worker that makes textures and pictures in the style of others, one at a time, and posts them on the way: the page
// stays smooth. The page's import map does not hold here.

import { StyleTransfer, synthesizeTexture, transferStyle } from "./simdream/style.js";

/** Milliseconds from one picture that is shown to the next. */
const PAUSE = 250;

let stopped = false;
let network;

/** What can be asked for. Pictures come as a canvas gives them. */
const tasks = {
  style: ({ photo, painting, options }) => steps(transferStyle(photo, painting, options)),
  texture: ({ painting, options }) => steps(synthesizeTexture(painting, options)),
  async load({ bytes }) {
    network = await StyleTransfer.load(bytes);
    return { config: network.config };
  },
  network: async ({ photo, strength }) => sent(network.stylise(photo, { strength })),
};

addEventListener("message", async ({ data: { task, given } }) => {
  stopped = task === "stop";
  if (stopped) return;
  try {
    postMessage({ done: await tasks[task](given) });
  } catch (error) {
    postMessage({ message: error.message });
  }
});

/** Takes the steps, all or until it is stopped. @returns the last one */
async function steps(run) {
  let next = 0;
  let last;
  for await (const report of run) {
    last = report;
    if (stopped) break;
    if (performance.now() < next) continue;
    postMessage({ report: said(report) });
    next = performance.now() + PAUSE;
  }
  return said(last);
}

function said({ step, steps, progress, style, image }) {
  return { step, steps, progress, style, ...sent(image) };
}

/** A set of one picture as it travels. */
function sent({ width, height, channels, pixels }) {
  return { width, height, channels, pixels };
}
