// Curves of losses as an SVG picture, for pages that are light or dark.

import { scaleLinear, scaleLog } from "d3-scale";
import { oneLine, whole } from "./format.js";
import type { Curves, Point } from "./loss-curves.js";
import { escaped, FONTS, textWidth } from "./svg.js";

/** Sizes in pixels. */
const WIDTH = 880;
const HEIGHT = 500;
const LEFT = 76;
const RIGHT = 28;
const BOTTOM = 58;
const TOP = 22;
const FONT = 13;
const ROW = 22;
const SWATCH = 26;

/** Colours of the logs, one after the other, on a light and on a dark ground. */
const light = ["#1f6fb4", "#c2410c", "#15803d", "#7e22ce", "#b4266e", "#8a6d00", "#0f766e"];
const dark = ["#6cb2f0", "#ff9d5c", "#5fd38a", "#c99bff", "#ff8cc0", "#e3c34d", "#5ad1c5"];

const STYLE = `
  .ground { fill: #fff } .halo { stroke: #fff } .grid { stroke: #e4e4e7 } .axis { stroke: #71717a } text { fill: #27272a }
  .quiet { fill: #52525b }${colours(light)}
  @media (prefers-color-scheme: dark) {
    .ground { fill: #18181b } .halo { stroke: #18181b } .grid { stroke: #34343a } .axis { stroke: #a1a1aa } text { fill: #e4e4e7 }
    .quiet { fill: #b4b4bc }${colours(dark)}
  }
`;

function colours(list: readonly string[]): string {
  const rules = list.map((colour, i) => `.c${i} { stroke: ${colour} } .f${i} { fill: ${colour} }`);
  return `\n  ${rules.join(" ")}`;
}

/** A line of the chart, and its words in the legend. */
interface Series {
  readonly words: string;
  readonly colour: number;
  readonly points: readonly Point[];
  readonly dots: boolean;
}

type Place = (value: number) => number;

/** Where steps and losses are in the picture, and the lines and words that say so. */
interface Axes {
  readonly x: Place;
  readonly y: Place;
  readonly lines: readonly string[];
}

/** An SVG file. @param logScale equal distances are equal factors of the loss */
export function lossChart(logs: readonly Curves[], logScale: boolean): string {
  const series = logs.flatMap((log, i) => seriesOf(log, i, logs.length));
  const legend = legendOf(series);
  const top = TOP + legend.height;
  const { x, y, lines } = axesOf(
    series.flatMap(({ points }) => points),
    top,
    logScale,
  );
  const faint = ({ training }: Curves, i: number) =>
    curve(training, colourOf(i, false, logs.length), x, y, FAINT);
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" ` +
      `viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="${FONTS}" font-size="${FONT}" role="img">`,
    `<title>${escaped(`Loss of ${logs.map(({ name }) => name).join(", ")}`)}</title>`,
    `<style>${STYLE}</style>`,
    `<rect class="ground" width="100%" height="100%" fill="#fff"/>`,
    ...legend.lines,
    ...lines,
    `<clipPath id="plot"><rect x="${LEFT}" y="${top - 6}" width="${WIDTH - LEFT - RIGHT + 6}" height="${HEIGHT - BOTTOM - top + 6}"/></clipPath>`,
    `<g clip-path="url(#plot)" fill="none" stroke-linejoin="round" stroke-linecap="round">`,
    ...logs.map(faint),
    ...series.map(({ points, colour, dots }) => curve(points, colour, x, y, dots ? BOLD : PLAIN)),
    `</g>`,
    ...series.filter(({ dots }) => dots).map(({ points, colour }) => dotsOf(points, colour, x, y)),
    ...logs.map((log, i) => bestOf(log, colourOf(i, true, logs.length), x, y, top)),
    `</svg>`,
  ]
    .filter((line) => line !== "")
    .join("\n")}\n`;
}

const FAINT = `stroke-width="1" stroke-opacity="0.28"`;
const PLAIN = `stroke-width="1.6"`;
const BOLD = `stroke-width="2.4" stroke-dasharray="6 4"`;

/** One log has a colour for each of its losses; several have one each. */
function colourOf(log: number, validation: boolean, logs: number): number {
  return (logs === 1 ? Number(validation) : log) % light.length;
}

function seriesOf({ name, smooth, validation }: Curves, i: number, logs: number): Series[] {
  const words = (what: string) => (logs === 1 ? what : `${oneLine(name, 32)}, ${what}`);
  const training = { words: words("training"), points: smooth, dots: false };
  const checked = { words: words("validation"), points: validation, dots: true };
  const all = validation.length > 0 ? [training, checked] : [training];
  return all.map((one) => ({ ...one, colour: colourOf(i, one.dots, logs) }));
}

/** Rows of words with their lines, above the plot. */
function legendOf(series: readonly Series[]): { lines: readonly string[]; height: number } {
  let [x, row] = [LEFT, 0];
  const lines = series.map(({ words, colour, dots }) => {
    const width = SWATCH + 8 + 0.9 * textWidth(words, FONT) + 14;
    if (x > LEFT && x + width > WIDTH - RIGHT) [x, row] = [LEFT, row + 1];
    const y = TOP + ROW * row;
    const sample = `<path class="c${colour}" stroke="${light[colour]}" d="M${fixed(x)} ${y}h${SWATCH}" ${dots ? BOLD : PLAIN}/>`;
    const dot = dots ? circle(x + SWATCH / 2, y, colour) : "";
    const text = `<text x="${fixed(x + SWATCH + 8)}" y="${fixed(y + FONT / 3)}">${escaped(words)}</text>`;
    x += width;
    return sample + dot + text;
  });
  return { lines, height: ROW * (row + 1) };
}

/** Axes on which all these points have a place. A loss that is not above 0 has none on a logarithmic one. */
function axesOf(points: readonly Point[], top: number, logScale: boolean): Axes {
  const [least, most] = span(points.map(({ loss }) => loss));
  const x = scaleLinear(apart(span(points.map(({ step }) => step))), [LEFT, WIDTH - RIGHT]);
  const range = [HEIGHT - BOTTOM, top];
  const logarithmic = logScale && least > 0;
  const y = logarithmic
    ? scaleLog([least / 1.05, most * 1.05], range)
    : scaleLinear(apart([least, most]), range).nice(6);
  // Within a few factors, powers of ten are too far apart to be ticks.
  const ticks = logarithmic && most < 20 * least ? scaleLinear().domain(y.domain()) : y;
  const format = ticks.tickFormat(6, ticks === y && logarithmic ? "~g" : undefined);
  const lines = [
    ...ticks.ticks(6).map((loss) => lossTick(y(loss), format(loss))),
    ...x
      .ticks(8)
      .filter(Number.isInteger)
      .map((step) => stepTick(step, x(step))),
    `<path class="axis" stroke="#71717a" d="M${LEFT} ${top}V${HEIGHT - BOTTOM}H${WIDTH - RIGHT}" fill="none"/>`,
    `<text class="quiet" x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 14}" text-anchor="middle">step</text>`,
    `<text class="quiet" transform="translate(20 ${(top + HEIGHT - BOTTOM) / 2}) rotate(-90)" ` +
      `text-anchor="middle">loss${logarithmic ? ", logarithmic" : ""}</text>`,
  ];
  return { x, y, lines };
}

function lossTick(y: number, words: string): string {
  if (words === "") return "";
  return (
    `<path class="grid" d="M${LEFT} ${fixed(y)}H${WIDTH - RIGHT}" stroke="#e4e4e7"/>` +
    `<text class="quiet" x="${LEFT - 10}" y="${fixed(y + FONT / 3)}" text-anchor="end">${words}</text>`
  );
}

function stepTick(step: number, x: number): string {
  return (
    `<path class="axis" d="M${fixed(x)} ${HEIGHT - BOTTOM}v5" stroke="#71717a"/>` +
    `<text class="quiet" x="${fixed(x)}" y="${HEIGHT - BOTTOM + 20}" text-anchor="middle">${whole(step)}</text>`
  );
}

function curve(
  points: readonly Point[],
  colour: number,
  x: Place,
  y: Place,
  style: string,
): string {
  const path = points.map(({ step, loss }) => `${fixed(x(step))} ${fixed(y(loss))}`).join("L");
  return `<path class="c${colour}" stroke="${light[colour]}" d="M${path}" ${style}/>`;
}

/** A dot for each validation, as far as there is room. */
function dotsOf(points: readonly Point[], colour: number, x: Place, y: Place): string {
  if (points.length > 60) return "";
  return points.map(({ step, loss }) => circle(x(step), y(loss), colour)).join("");
}

function circle(x: number, y: number, colour: number): string {
  return `<circle class="f${colour}" fill="${light[colour]}" cx="${fixed(x)}" cy="${fixed(y)}" r="3"/>`;
}

/** A ring and words at the best validation; below the curve, because the loss is above its best elsewhere. */
function bestOf({ best }: Curves, colour: number, x: Place, y: Place, top: number): string {
  if (best === undefined) return "";
  const words = `best ${best.loss.toFixed(3)} at step ${whole(best.step)}`;
  const [at, from] = [x(best.step), y(best.loss)];
  const half = textWidth(words, FONT) / 2;
  const middle = Math.min(Math.max(at, LEFT + half + 6), WIDTH - RIGHT - half);
  const below = from + 22 < HEIGHT - BOTTOM - 4 ? from + 22 : Math.max(top + FONT, from - 14);
  return (
    `<circle class="c${colour}" stroke="${light[colour]}" cx="${fixed(at)}" cy="${fixed(from)}" r="6" fill="none" stroke-width="2"/>` +
    `<text class="halo" stroke="#fff" stroke-width="4" stroke-linejoin="round" paint-order="stroke" ` +
    `x="${fixed(middle)}" y="${fixed(below)}" text-anchor="middle">${words}</text>`
  );
}

/** The least and the most of some numbers. */
function span(values: readonly number[]): [number, number] {
  let [least, most] = [Infinity, -Infinity];
  for (const value of values) [least, most] = [Math.min(least, value), Math.max(most, value)];
  return [least, most];
}

/** Ends of an axis, which are not the same. */
function apart([least, most]: [number, number]): [number, number] {
  return least < most ? [least, most] : [least - 0.5, most + 0.5];
}

function fixed(value: number): string {
  return String(Number(value.toFixed(1)));
}
