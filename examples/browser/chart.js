// A line of losses by step, drawn as it grows.

const WIDTH = 600;
const HEIGHT = 220;
const MARGIN = { left: 56, right: 8, top: 10, bottom: 24 };
/** More points than this cannot be told apart. */
const POINTS = 300;

/** Lines across, about. */
const LINES = 4;
/** Losses so far above the others leave the chart: the first steps of a run would hide the rest. */
const HIGHEST = 0.97;

/**
 * @param unit what the loss is counted in
 * @returns `add(step, loss)`, which draws at the next frame; and `clear(steps)`
 */
export function lossChart(svg, unit = "nats a character") {
  let steps = 1;
  let losses = [];
  let waiting = false;

  const x = (step) => MARGIN.left + ((WIDTH - MARGIN.left - MARGIN.right) * step) / steps;
  const y = (loss, { least, most }) => {
    const height = (HEIGHT - MARGIN.top - MARGIN.bottom) / (most - least);
    return Math.max(MARGIN.top, HEIGHT - MARGIN.bottom - height * (loss - least));
  };

  const draw = () => {
    waiting = false;
    const every = Math.ceil(losses.length / POINTS);
    const shown = losses.filter((_, i) => i % every === 0 || i === losses.length - 1);
    const range = rangeOf(shown.map(([, loss]) => loss));
    const points = shown.map(
      ([step, loss]) => `${x(step).toFixed(1)},${y(loss, range).toFixed(1)}`,
    );
    svg.replaceChildren(
      ...range.lines.flatMap((loss) => [
        shape("line", { x1: x(0), x2: x(steps), y1: y(loss, range), y2: y(loss, range) }),
        shape("text", { x: x(0) - 8, y: y(loss, range) + 4, "text-anchor": "end" }, loss),
      ]),
      shape("text", { x: x(0), y: HEIGHT - 6 }, `loss in ${unit}, by step`),
      shape("text", { x: x(steps), y: HEIGHT - 6, "text-anchor": "end" }, steps),
      shape("polyline", { points: points.join(" ") }),
    );
  };
  const soon = () => {
    if (!waiting) requestAnimationFrame(draw);
    waiting = true;
  };
  return {
    add(step, loss) {
      losses.push([step, loss]);
      soon();
    },
    clear(of) {
      steps = of;
      losses = [];
      soon();
    },
  };
}

/** From where to where the chart goes, in round numbers, with the lines between. */
function rangeOf(losses) {
  const sorted = losses.toSorted((a, b) => a - b);
  const highest = sorted[Math.ceil(HIGHEST * (sorted.length - 1))] ?? 1;
  // Small losses are shown from 0 on: how far it is to go is told by the distance.
  const lowest = sorted[0] > 0 && sorted[0] < SMALL ? 0 : (sorted[0] ?? 0);
  const rough = Math.max(highest - lowest, 1) / LINES;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
  const least = step * Math.floor(lowest / step);
  const count = Math.max(1, Math.ceil((highest - least) / step));
  return {
    least,
    most: least + count * step,
    lines: Array.from({ length: count + 1 }, (_, i) => Number((least + i * step).toPrecision(6))),
  };
}

/** Nats a target below which a loss is small. */
const SMALL = 20;

function shape(name, attributes, text = "") {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.textContent = text;
  return element;
}
