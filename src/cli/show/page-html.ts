// A report as one HTML file: no scripts, nothing from elsewhere, readable on a telephone, light and dark.

import { createHash } from "node:crypto";
import { scaleLinear } from "d3-scale";
import type {
  Bar,
  BarsPart,
  LinesPart,
  Page,
  Part,
  PicturePart,
  SvgPart,
  TablePart,
  TokensPart,
} from "./page.js";
import { short } from "./page.js";
import { escaped, FONTS, textWidth } from "./svg.js";

/** Colours of bars and lines, one after the other, on a light and on a dark ground. */
const light = ["#1f6fb4", "#c2410c", "#15803d", "#7e22ce", "#b4266e", "#8a6d00"];
const dark = ["#6cb2f0", "#ff9d5c", "#5fd38a", "#c99bff", "#ff8cc0", "#e3c34d"];
/** Steps of a token's ground. */
const STRENGTHS = 8;

const strengths = (name: string, colour: string): string =>
  Array.from(
    { length: STRENGTHS },
    (_, i) => `.${name}${i + 1}{background:rgb(${colour} / ${(0.75 * (i + 1)) / STRENGTHS})}`,
  ).join("");
const variables = (list: readonly string[]): string =>
  list.map((colour, i) => `--c${i}:${colour};`).join("");

const STYLE = `
:root{color-scheme:light dark;--ink:#1c1c1f;--quiet:#5a5a63;--ground:#fff;--line:#dcdce1;--box:#f5f5f7;--good:#15803d;--bad:#b91c1c;${variables(light)}}
@media (prefers-color-scheme:dark){:root{--ink:#ececf0;--quiet:#a9a9b3;--ground:#18181b;--line:#38383f;--box:#232328;--good:#5fd38a;--bad:#ff8a80;${variables(dark)}}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1.2rem 1rem 3rem;max-width:54rem;color:var(--ink);background:var(--ground);font:16px/1.55 ${FONTS}}
h1{font-size:1.5rem;line-height:1.25;margin:.4rem 0 .2rem;overflow-wrap:anywhere}
h2{font-size:1.15rem;margin:2.2rem 0 .6rem;padding-top:.8rem;border-top:1px solid var(--line)}
p{margin:.6rem 0;overflow-wrap:anywhere}
.sub,.note,figcaption{color:var(--quiet);font-size:.88rem}
.good,.bad{padding:.55rem .8rem;border-left:4px solid;background:var(--box)}
.good{border-color:var(--good)}.bad{border-color:var(--bad)}
.wide{overflow-x:auto}.wide,.bars{margin:.7rem 0}
table{border-collapse:collapse;font-size:.93rem;font-variant-numeric:tabular-nums}
th,td{text-align:left;vertical-align:top;padding:.3rem .9rem .3rem 0;border-bottom:1px solid var(--line);overflow-wrap:break-word}
th{font-weight:600;color:var(--quiet);word-break:keep-all}
.n{text-align:right}td.n{white-space:nowrap}
pre{background:var(--box);padding:.6rem .8rem;overflow-x:auto;white-space:pre-wrap;overflow-wrap:anywhere;font:.86rem/1.5 ui-monospace,Menlo,Consolas,monospace}
figure{margin:1rem 0}
figure img,figure svg{max-width:100%;height:auto}
.own svg{max-width:none}
img{image-rendering:pixelated;background:#fff}
.lines{max-width:34rem}.lines svg{width:100%}
.bars{display:grid;grid-template-columns:minmax(4rem,auto) minmax(6rem,1fr) auto;gap:.3rem .7rem;align-items:center;font-size:.93rem;font-variant-numeric:tabular-nums;max-width:44rem}
.bars>span{overflow-wrap:anywhere}.bars svg{display:block;width:100%;height:16px}
.tokens{line-height:2;overflow-wrap:anywhere;white-space:pre-wrap}
.tokens span{border-radius:3px;padding:1px 0}
text{fill:var(--ink);font-size:13px}.q{fill:var(--quiet)}.g{stroke:var(--line);fill:none}.a{stroke:var(--quiet);fill:none}.w{stroke:var(--ink);stroke-width:1.5;fill:none}.m{stroke:var(--ink);stroke-width:2;stroke-dasharray:3 2}
${light.map((_, i) => `.f${i}{fill:var(--c${i})}.s${i}{stroke:var(--c${i});fill:none;stroke-width:2}`).join("")}
${strengths("p", "217 119 6")}${strengths("m", "37 99 235")}
`;

/** The file. */
export function pageHtml({ language, title, subtitle, sections }: Page): string {
  const body = [
    `<h1>${escaped(title)}</h1>`,
    ...(subtitle === undefined ? [] : [`<p class="sub">${escaped(subtitle)}</p>`]),
    ...sections.map(
      (section) =>
        `<section>\n<h2>${escaped(section.title)}</h2>\n${section.parts.map(partOf).join("\n")}\n</section>`,
    ),
  ].join("\n");
  const styles = [
    STYLE,
    ...Array.from(body.matchAll(/<style>([\s\S]*?)<\/style>/g), ([, one]) => one),
  ];
  const hashes = [...new Set(styles)].map((one) => `'sha256-${sha256(one)}'`).join(" ");
  return `<!DOCTYPE html>
<html lang="${language === "zh" ? "zh-CN" : "en"}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${hashes}; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
${body}
</body>
</html>
`;
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("base64");
}

function partOf(part: Part): string {
  if ("text" in part) {
    return `<p${part.tone ? ` class="${part.tone}"` : ""}>${escaped(part.text)}</p>`;
  }
  if ("code" in part) return `<pre>${escaped(part.code)}</pre>`;
  if ("table" in part) return tableOf(part);
  if ("bars" in part) return barsOf(part);
  if ("lines" in part) return linesOf(part);
  if ("tokens" in part) return tokensOf(part);
  return figureOf(part);
}

function tableOf({ head, table, numbers = [] }: TablePart): string {
  const row = (cells: readonly string[], tag: string) =>
    `<tr>${cells
      .map((cell, i) => {
        const number = numbers.includes(i) ? ' class="n"' : "";
        return `<${tag}${number}>${escaped(cell)}</${tag}>`;
      })
      .join("")}</tr>`;
  const top = head ? `<thead>${row(head, "th")}</thead>` : "";
  return `<div class="wide"><table>${top}<tbody>${table.map((cells) => row(cells, "td")).join("\n")}</tbody></table></div>`;
}

/** Names, bars and values in three columns; places within a bar are hundredths, so that it is as wide as there is room. */
function barsOf({ bars, most }: BarsPart): string {
  const all = bars.flatMap(({ value, interval = [], mark = 0 }) => [value, ...interval, mark]);
  const least = Math.min(0, ...all);
  const end = most ?? Math.max(...all, least + Number.MIN_VALUE);
  const at = (value: number) =>
    (100 * (Math.min(Math.max(value, least), end) - least)) / (end - least || 1);
  const percent = (value: number) => `${Number(value.toFixed(2))}%`;
  const rows = bars.map(
    ({ name, value, words = short(value), interval, mark, colour = 0 }: Bar) => {
      const [from, to] = [at(Math.min(0, value)), at(Math.max(0, value))];
      const whisker = interval
        ? `<line class="w" x1="${percent(at(interval[0]))}" x2="${percent(at(interval[1]))}" y1="8" y2="8"/>`
        : "";
      const place = mark === undefined ? "" : percent(at(mark));
      const line = place && `<line class="m" x1="${place}" x2="${place}" y1="0" y2="16"/>`;
      return (
        `<span>${escaped(name)}</span><svg role="img" aria-label="${escaped(words)}">` +
        `<rect class="f${colour % light.length}" x="${percent(from)}" width="${percent(to - from)}" y="2" height="12" fill-opacity="0.8"/>${whisker}${line}</svg>` +
        `<span>${escaped(words)}</span>`
      );
    },
  );
  return `<div class="bars">${rows.join("\n")}</div>`;
}

/** Pixels of a chart of lines; small, so that its words can be read where it is scaled to a telephone. */
const [WIDTH, HEIGHT, LEFT, RIGHT, BOTTOM] = [440, 270, 54, 12, 44];

function linesOf({ lines, x, y, marks = [] }: LinesPart): string {
  const points = lines.flatMap(({ points }) => points);
  const domain = (values: readonly number[]): [number, number] => {
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return low < high ? [low, high] : [low - 0.5, high + 0.5];
  };
  const top = 10 + 20 * lines.length;
  const across = scaleLinear(domain([...points.map(([x]) => x), ...marks.map((mark) => mark.x)]), [
    LEFT,
    WIDTH - RIGHT,
  ]);
  const down = scaleLinear(domain(points.map(([, y]) => y)), [HEIGHT - BOTTOM, top]).nice(5);
  const round = (value: number) => String(Number(value.toFixed(1)));
  const body = [
    ...lines.map(
      ({ name }, i) =>
        `<path class="s${i % light.length}" d="M${LEFT} ${8 + 20 * i}h22"/><text x="${LEFT + 30}" y="${12.5 + 20 * i}">${escaped(name)}</text>`,
    ),
    ...down.ticks(5).map((tick) => {
      const place = round(down(tick));
      return `<path class="g" d="M${LEFT} ${place}H${WIDTH - RIGHT}"/><text class="q" x="${LEFT - 8}" y="${Number(place) + 4.5}" text-anchor="end">${down.tickFormat(5)(tick)}</text>`;
    }),
    ...across
      .ticks(6)
      .map(
        (tick) =>
          `<text class="q" x="${round(across(tick))}" y="${HEIGHT - BOTTOM + 17}" text-anchor="middle">${across.tickFormat(6)(tick)}</text>`,
      ),
    `<path class="a" d="M${LEFT} ${top}V${HEIGHT - BOTTOM}H${WIDTH - RIGHT}"/>`,
    `<text class="q" x="${WIDTH - RIGHT}" y="${HEIGHT - 8}" text-anchor="end">${escaped(x)}</text>`,
    `<text class="q" x="4" y="${HEIGHT - 8}">${escaped(y)}</text>`,
    ...marks.map(({ x, name }) => {
      const place = across(x);
      const after = place + textWidth(name, 13) + 6 < WIDTH;
      return `<path class="m" d="M${round(place)} ${top}V${HEIGHT - BOTTOM}"/><text x="${round(after ? place + 5 : place - 5)}" y="${top + 12}"${after ? "" : ' text-anchor="end"'}>${escaped(name)}</text>`;
    }),
    ...lines.map(({ points }, i) => {
      const path = points.map(([x, y]) => `${round(across(x))} ${round(down(y))}`).join("L");
      return `<path class="s${i % light.length}" d="M${path}"/>${points.length > 24 ? "" : points.map(([x, y]) => `<circle class="f${i % light.length}" cx="${round(across(x))}" cy="${round(down(y))}" r="3"/>`).join("")}`;
    }),
  ];
  const label = escaped(`${y}: ${lines.map(({ name }) => name).join(", ")}`);
  return `<figure class="lines"><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}">${body.join("\n")}</svg></figure>`;
}

function tokensOf({ tokens }: TokensPart): string {
  const spans = tokens.map(({ text, weight, title }) => {
    const strength = Math.min(STRENGTHS, Math.round(Math.abs(weight) * STRENGTHS));
    const ground = strength > 0 ? ` class="${weight < 0 ? "m" : "p"}${strength}"` : "";
    const hint = title === undefined ? "" : ` title="${escaped(title)}"`;
    return `<span${ground}${hint}>${escaped(text)}</span>`;
  });
  return `<div class="tokens">${spans.join("")}</div>`;
}

function figureOf(part: PicturePart | SvgPart): string {
  const { alt, caption } = part;
  const inside =
    "svg" in part
      ? part.svg.trim()
      : `<img src="data:image/png;base64,${Buffer.from(part.picture).toString("base64")}" alt="${escaped(alt)}">`;
  const words = caption === undefined ? "" : `<figcaption>${escaped(caption)}</figcaption>`;
  const own = "svg" in part && part.wide ? " own" : "";
  return `<figure class="wide${own}">${inside}${words}</figure>`;
}
