// A line of losses by step, drawn as it grows.

const WIDTH = 600;
const HEIGHT = 220;
const MARGIN = { left: 44, right: 8, top: 10, bottom: 24 };
/** More points than this cannot be told apart. */
const POINTS = 300;

/** @returns `add(step, loss)`, which draws at the next frame; and `clear(steps)` */
export function lossChart(svg) {
  let steps = 1;
  let losses = [];
  let waiting = false;

  const x = (step) => MARGIN.left + ((WIDTH - MARGIN.left - MARGIN.right) * step) / steps;
  const y = (loss, most) =>
    HEIGHT - MARGIN.bottom - ((HEIGHT - MARGIN.top - MARGIN.bottom) * loss) / most;

  const draw = () => {
    waiting = false;
    const most = Math.ceil(Math.max(1, ...losses.map(([, loss]) => loss)));
    const every = Math.ceil(losses.length / POINTS);
    const points = losses
      .filter((_, i) => i % every === 0 || i === losses.length - 1)
      .map(([step, loss]) => `${x(step).toFixed(1)},${y(loss, most).toFixed(1)}`);
    const heights = Array.from({ length: most + 1 }, (_, loss) => loss);
    svg.replaceChildren(
      ...heights.flatMap((loss) => [
        shape("line", { x1: x(0), x2: x(steps), y1: y(loss, most), y2: y(loss, most) }),
        shape("text", { x: x(0) - 8, y: y(loss, most) + 4, "text-anchor": "end" }, loss),
      ]),
      shape("text", { x: x(0), y: HEIGHT - 4 }, "loss in nats a character, by step"),
      shape("text", { x: x(steps), y: HEIGHT - 4, "text-anchor": "end" }, steps),
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

function shape(name, attributes, text = "") {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.textContent = text;
  return element;
}
