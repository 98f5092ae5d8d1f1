// Lines by step, such as losses, drawn as they grow.

const WIDTH = 600;
const MARGIN = { left: 66, right: 8, top: 14, bottom: 24 };
/** More points of a line than twice this cannot be told apart, and where there are several, noise hides them. */
const [POINTS, POINTS_EACH] = [300, 80];

/** Lines across, about. */
const LINES = 4;
/** Losses so far above the others leave the chart: the first steps of a run would hide the rest. */
const HIGHEST = 0.97;
/** Steps that are shown at least, where nobody knows how many there will be. */
const FEWEST = 50;

/**
 * @param unit what the loss is counted in
 * @returns as `lineChart`
 */
export function lossChart(svg, unit = "nats a character") {
  return lineChart(svg, { caption: `loss in ${unit}, by step` });
}

/**
 * @param look.caption what is drawn
 * @param look.names of the lines, where there are several
 * @param look.percent whether they are fractions, shown from 0 to 100 %
 * @returns `add(step, ...values)`, which draws at the next frame; and `clear(steps, look)`, without steps where they have
 *   no end
 */
export function lineChart(svg, look) {
  const height = svg.viewBox.baseVal.height;
  let steps;
  // Neighbours are joined to their mean where there are many: `every` steps a point.
  let points = [];
  let every = 1;
  let waiting = false;

  const draw = () => {
    waiting = false;
    const { caption, names = [], percent = false } = look;
    const most = steps ?? Math.max(FEWEST, points.at(-1)?.step ?? 0);
    const x = (step) => MARGIN.left + ((WIDTH - MARGIN.left - MARGIN.right) * step) / most;
    const range = percent ? PERCENT : rangeOf(points.flatMap(({ values }) => values));
    const y = (value) => {
      const unit = (height - MARGIN.top - MARGIN.bottom) / (range.most - range.least);
      return Math.max(MARGIN.top, height - MARGIN.bottom - unit * (value - range.least));
    };
    const line = (_, i) =>
      shape("polyline", {
        class: `line-${i}`,
        points: points
          .map(({ step, values }) => `${x(step).toFixed(1)},${y(values[i]).toFixed(1)}`)
          .join(" "),
      });
    const under = shape("text", { x: x(0), y: height - 6 }, caption);
    for (const [i, name] of names.entries()) {
      under.append(shape("tspan", { dx: 12, class: `line-${i}` }, name));
    }
    svg.replaceChildren(
      ...range.lines.flatMap((value) => [
        shape("line", { x1: x(0), x2: x(most), y1: y(value), y2: y(value) }),
        shape(
          "text",
          { x: x(0) - 8, y: y(value) + 4, "text-anchor": "end" },
          percent ? `${100 * value}%` : value,
        ),
      ]),
      under,
      shape("text", { x: x(most), y: height - 6, "text-anchor": "end" }, most),
      ...(points[0]?.values ?? [0]).map(line),
    );
  };
  const soon = () => {
    if (!waiting) requestAnimationFrame(draw);
    waiting = true;
  };
  return {
    add(step, ...values) {
      const last = points.at(-1);
      if (last && last.count < every) points[points.length - 1] = joined(last, point(step, values));
      else points.push(point(step, values));
      if (points.length >= 2 * (values.length > 1 ? POINTS_EACH : POINTS)) {
        points = pairs(points);
        every *= 2;
      }
      soon();
    },
    clear(of, other = look) {
      [steps, look, points, every] = [of, other, [], 1];
      soon();
    },
  };
}

const point = (step, values) => ({ step, values, count: 1 });

function joined(a, b) {
  const count = a.count + b.count;
  const mean = (value, i) => (a.count * value + b.count * b.values[i]) / count;
  return { step: b.step, values: a.values.map(mean), count };
}

function pairs(points) {
  return points.flatMap((one, i) => {
    if (i % 2 === 1) return [];
    return points[i + 1] ? joined(one, points[i + 1]) : one;
  });
}

const PERCENT = { least: 0, most: 1, lines: [0, 0.5, 1] };

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
