// A font of pixels, drawn for this game: capitals are seven rows high, small letters five, two rows hang below.

/** Rows from the top, with commas between them; rows that are left out at the end are empty. */
const GLYPHS = {
  A: ".xx.,x..x,x..x,xxxx,x..x,x..x,x..x",
  B: "xxx.,x..x,x..x,xxx.,x..x,x..x,xxx.",
  C: ".xxx,x...,x...,x...,x...,x...,.xxx",
  D: "xxx.,x..x,x..x,x..x,x..x,x..x,xxx.",
  E: "xxxx,x...,x...,xxx.,x...,x...,xxxx",
  F: "xxxx,x...,x...,xxx.,x...,x...,x...",
  G: ".xxx,x...,x...,x.xx,x..x,x..x,.xxx",
  H: "x..x,x..x,x..x,xxxx,x..x,x..x,x..x",
  I: "xxx,.x.,.x.,.x.,.x.,.x.,xxx",
  J: "..xx,...x,...x,...x,...x,x..x,.xx.",
  K: "x..x,x..x,x.x.,xx..,x.x.,x..x,x..x",
  L: "x...,x...,x...,x...,x...,x...,xxxx",
  M: "x...x,xx.xx,x.x.x,x.x.x,x...x,x...x,x...x",
  N: "x..x,xx.x,xx.x,x.xx,x.xx,x..x,x..x",
  O: ".xx.,x..x,x..x,x..x,x..x,x..x,.xx.",
  P: "xxx.,x..x,x..x,xxx.,x...,x...,x...",
  Q: ".xx.,x..x,x..x,x..x,x..x,x.xx,.xxx",
  R: "xxx.,x..x,x..x,xxx.,x.x.,x..x,x..x",
  S: ".xxx,x...,x...,.xx.,...x,...x,xxx.",
  T: "xxxxx,..x..,..x..,..x..,..x..,..x..,..x..",
  U: "x..x,x..x,x..x,x..x,x..x,x..x,.xx.",
  V: "x...x,x...x,x...x,.x.x.,.x.x.,..x..,..x..",
  W: "x...x,x...x,x...x,x.x.x,x.x.x,xx.xx,x...x",
  X: "x...x,x...x,.x.x.,..x..,.x.x.,x...x,x...x",
  Y: "x...x,x...x,.x.x.,..x..,..x..,..x..,..x..",
  Z: "xxxx,...x,...x,.xx.,x...,x...,xxxx",
  a: ",,.xxx,x..x,x..x,x..x,.xxx",
  b: "x...,x...,xxx.,x..x,x..x,x..x,xxx.",
  c: ",,.xxx,x...,x...,x...,.xxx",
  d: "...x,...x,.xxx,x..x,x..x,x..x,.xxx",
  e: ",,.xx.,x..x,xxxx,x...,.xxx",
  f: ".xx,x..,xxx,x..,x..,x..,x..",
  g: ",,.xxx,x..x,x..x,x..x,.xxx,...x,.xx.",
  h: "x...,x...,xxx.,x..x,x..x,x..x,x..x",
  i: "x,,x,x,x,x,x",
  j: ".x,,.x,.x,.x,.x,.x,.x,x.",
  k: "x...,x...,x..x,x.x.,xx..,x.x.,x..x",
  l: "x.,x.,x.,x.,x.,x.,.x",
  m: ",,xx.x.,x.x.x,x.x.x,x.x.x,x.x.x",
  n: ",,xxx.,x..x,x..x,x..x,x..x",
  o: ",,.xx.,x..x,x..x,x..x,.xx.",
  p: ",,xxx.,x..x,x..x,x..x,xxx.,x...,x...",
  q: ",,.xxx,x..x,x..x,x..x,.xxx,...x,...x",
  r: ",,x.x,xx.,x..,x..,x..",
  s: ",,.xxx,x...,.xx.,...x,xxx.",
  t: "x..,x..,xxx,x..,x..,x..,.xx",
  u: ",,x..x,x..x,x..x,x..x,.xxx",
  v: ",,x...x,x...x,.x.x.,.x.x.,..x..",
  w: ",,x...x,x.x.x,x.x.x,x.x.x,.x.x.",
  x: ",,x..x,x..x,.xx.,x..x,x..x",
  y: ",,x..x,x..x,x..x,x..x,.xxx,...x,.xx.",
  z: ",,xxxx,...x,.xx.,x...,xxxx",
  0: ".xx.,x..x,x..x,x..x,x..x,x..x,.xx.",
  1: ".x,xx,.x,.x,.x,.x,.x",
  2: ".xx.,x..x,...x,..x.,.x..,x...,xxxx",
  3: "xxx.,...x,...x,.xx.,...x,...x,xxx.",
  4: "x..x,x..x,x..x,xxxx,...x,...x,...x",
  5: "xxxx,x...,x...,xxx.,...x,...x,xxx.",
  6: ".xx.,x...,x...,xxx.,x..x,x..x,.xx.",
  7: "xxxx,...x,...x,..x.,..x.,.x..,.x..",
  8: ".xx.,x..x,x..x,.xx.,x..x,x..x,.xx.",
  9: ".xx.,x..x,x..x,.xxx,...x,...x,.xx.",
  " ": "...",
  ".": ",,,,,,x",
  ",": ",,,,,.x,.x,x.",
  ":": ",,x,,,x",
  ";": ",,.x,,,.x,x.",
  "!": "x,x,x,x,x,,x",
  "?": ".xx.,x..x,...x,..x.,.x..,,.x..",
  "'": "x,x",
  '"': "x.x,x.x",
  "-": ",,,xxx",
  "+": ",,.x.,xxx,.x.",
  "/": "..x,..x,.x.,.x.,.x.,x..,x..",
  "(": ".x,x.,x.,x.,x.,x.,.x",
  ")": "x.,.x,.x,.x,.x,.x,x.",
  "×": ",,x.x,.x.,x.x",
  "·": ",,,x",
};
const ROWS = 9;

const glyph = (letter) =>
  (GLYPHS[letter] ?? GLYPHS[letter.toUpperCase()] ?? GLYPHS["?"]).split(",");
const widthOf = (text, gap = 1) =>
  [...text].reduce(
    (sum, letter) => sum + Math.max(...glyph(letter).map((row) => row.length)) + gap,
    -gap,
  );

/** Lines of at most so many pixels. */
function wrapped(text, most) {
  const lines = [""];
  for (const word of text.split(" ")) {
    const line = lines.at(-1) === "" ? word : `${lines.at(-1)} ${word}`;
    if (lines.at(-1) !== "" && widthOf(line) > most) lines.push(word);
    else lines[lines.length - 1] = line;
  }
  return lines;
}

/**
 * A canvas that shows a text, and says it to those who do not see it.
 * @param scale pixels of the page for one of the font
 * @param most pixels of the font that a line may have
 * @param gap pixels between letters
 */
export function written(
  text,
  { colour = "#fff4e0", shadow, scale = 2, most = Infinity, gap = 1 } = {},
) {
  const lines = wrapped(text, most);
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, ...lines.map((line) => widthOf(line, gap))) + 1;
  canvas.height = lines.length * (ROWS + 2) - 1;
  canvas.className = "written";
  canvas.style.width = `${canvas.width * scale}px`;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", text);
  const context = canvas.getContext("2d");
  for (const [i, line] of lines.entries()) {
    const left = Math.round((canvas.width - 1 - widthOf(line, gap)) / 2);
    if (shadow) paint(context, line, left + 1, i * (ROWS + 2) + 1, gap, shadow);
    paint(context, line, left, i * (ROWS + 2), gap, colour);
  }
  return canvas;
}

function paint(context, line, left, top, gap, colour) {
  context.fillStyle = colour;
  let x = left;
  for (const letter of line) {
    const rows = glyph(letter);
    for (const [y, row] of rows.entries()) {
      for (const [i, pixel] of [...row].entries()) {
        if (pixel === "x") context.fillRect(x + i, top + y, 1, 1);
      }
    }
    x += Math.max(...rows.map((row) => row.length)) + gap;
  }
}
