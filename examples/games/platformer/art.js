// Small pictures: each a few lines of signs, each sign a colour. "." is nothing.

export const INK = "#2a1e3a";

const colours = {
  k: INK,
  o: "#ffb05c",
  O: "#e07b3c",
  w: "#fff4dc",
  p: "#ff8b94",
  g: "#7fd858",
  G: "#3f9a4b",
  v: "#a779e0",
  V: "#7148b3",
  b: "#58b7ef",
  B: "#2f7fc4",
  r: "#ef5d60",
  R: "#b8364e",
  y: "#ffd84d",
  Y: "#e8a02c",
  s: "#cfd8e8",
  S: "#8e9cba",
};

/** The hero's leaves, which lean back when it runs; its body as it is, as it jumps, and as it lands. */
const leaves = {
  up: [".kk....kk.", "kggk..kggk", "kgggkkgggk", ".kgGGGGgk.", "..kkGGkk.."],
  back: ["kkkk......", "kgggkkkk..", ".kggggggk.", "..kGGGGgk.", "...kkGGk.."],
};
const bodies = {
  usual: [
    "....kkkkkk....",
    "..kkoooooOkk..",
    ".koooooooooOk.",
    ".koooooooooOk.",
    "koooooooooooOk",
    "koooooooooooOk",
    "koooooooooooOk",
    ".koooooooooOk.",
    ".kOooooooOOOk.",
    "..kkkkkkkkkk..",
  ],
  tall: [
    "....kkkkk.....",
    "...koooooOk...",
    "..koooooooOk..",
    "..koooooooOk..",
    "..koooooooOk..",
    ".koooooooooOk.",
    ".koooooooooOk.",
    ".koooooooooOk.",
    "..koooooooOk..",
    "..kOoooooOOk..",
    "...kkkkkkkk...",
  ],
  wide: [
    "...kkkkkkkk...",
    ".kkooooooookk.",
    "kooooooooooook",
    "koooooooooooOk",
    "koooooooooooOk",
    "kOooooooooOOOk",
    ".kkkkkkkkkkkk.",
  ],
};

const enemies = {
  walker: [
    [
      "................",
      "................",
      "................",
      "................",
      "................",
      "....kkkkkkkk....",
      "...kvvvvvvvVk...",
      "..kvvvvvvvvVVk..",
      ".kvwwvvwwvvvVVk.",
      ".kvwkvvwkvvvVVk.",
      ".kvvvvvvvvvVVVk.",
      ".kvvvkkkvvvVVVk.",
      "..kVVVVVVVVVVk..",
      "...kkkkkkkkkk...",
      "...kyk....kyk...",
      "...kkk....kkk...",
    ],
    [
      "................",
      "................",
      "................",
      "................",
      "................",
      "................",
      "....kkkkkkkk....",
      "..kkvvvvvvvVkk..",
      ".kvwwvvwwvvvVVk.",
      ".kvwkvvwkvvvVVk.",
      ".kvvvvvvvvvVVVk.",
      ".kvvvkkkvvvVVVk.",
      "..kVVVVVVVVVVk..",
      "...kkkkkkkkkk...",
      "....kyk..kyk....",
      "....kkk..kkk....",
    ],
  ],
  hopper: [
    [
      "................",
      "................",
      "................",
      "................",
      "..kkk......kkk..",
      ".kwwwk....kwwwk.",
      ".kwkwkkkkkkwkwk.",
      ".kbbbbbbbbbbbBk.",
      ".kbbbbbbbbbbBBk.",
      ".kbkkkkkkkkkbBk.",
      ".kbbbbbbbbbbBBk.",
      "..kbwwwwwwbBBk..",
      ".kkbbwwwwbbBBkk.",
      "kbbkkbbbbkkBBBk.",
      "kbbbkkkkkkbBBBBk",
      "kkkkk....kkkkkk.",
    ],
    [
      "..kkk......kkk..",
      ".kwwwk....kwwwk.",
      ".kwkwkkkkkkwkwk.",
      ".kbbbbbbbbbbbBk.",
      ".kbbbbbbbbbbBBk.",
      ".kbkkkkkkkkkbBk.",
      ".kbkrrrrrrrkbBk.",
      ".kbbkkkkkkkbBBk.",
      "..kbwwwwwwbBBk..",
      "..kbbwwwwbbBBk..",
      "...kkbbbbbBkk...",
      "..kbk.kkkk.kBk..",
      "..kbk......kBk..",
      "..kbk......kBk..",
      ".kbbk......kBBk.",
      ".kkkk......kkkk.",
    ],
  ],
  flyer: [
    [
      "................",
      ".kk..........kk.",
      "kssk........kssk",
      "ksssk......ksssk",
      ".ksssk....ksssk.",
      "..ksskkkkkkssk..",
      "...kkyyyyyykk...",
      "...kyyyyyyyYk...",
      "..kywwyywwyyYk..",
      "..kywkyywkyyYk..",
      "..kyyyyyyyyYYk..",
      "..kkyykkkyyYkk..",
      "...kyyyyyyYYk...",
      "....kkYYYYkk....",
      "......kkkk......",
      "................",
    ],
    [
      "................",
      "................",
      "................",
      "................",
      "................",
      "....kkkkkkkk....",
      "...kyyyyyyyyk...",
      ".kkkyyyyyyyYkkk.",
      "kskywwyywwyyYksk",
      "kskywkyywkyyYksk",
      "ksskyyyyyyyYkssk",
      ".kskkykkkyyYksk.",
      "..kkyyyyyyYYkk..",
      "....kkYYYYkk....",
      "......kkkk......",
      "................",
    ],
  ],
  spiky: [
    [
      "................",
      "................",
      "................",
      ".......w........",
      "...w...w...w....",
      "...wk.kwk.kw....",
      "..kwwkwwwkwwk...",
      "w.krwrrwrrwrk.w.",
      "wwrrrrrrrrrrrww.",
      ".krrrrrrrrrrRRk.",
      ".krwwrrwwrrrRRk.",
      "wrrwkrrwkrrrRRRw",
      ".krrrrrrrrrRRRk.",
      ".kkRRRRRRRRRRkk.",
      "...kyk....kyk...",
      "...kkk....kkk...",
    ],
    [
      "................",
      "................",
      "................",
      ".......w........",
      "...w...w...w....",
      "...wk.kwk.kw....",
      "..kwwkwwwkwwk...",
      "w.krwrrwrrwrk.w.",
      "wwrrrrrrrrrrrww.",
      ".krrrrrrrrrrRRk.",
      ".krwwrrwwrrrRRk.",
      "wrrwkrrwkrrrRRRw",
      ".krrrrrrrrrRRRk.",
      ".kkRRRRRRRRRRkk.",
      "....kyk..kyk....",
      "....kkk..kkk....",
    ],
  ],
};

const coin = [
  [
    "..kkkk..",
    ".kyyyyk.",
    "kyywwyYk",
    "kywyyyYk",
    "kywyyyYk",
    "kyyyyyYk",
    "kyyyyYYk",
    "kyyyYYYk",
    ".kYYYYk.",
    "..kkkk..",
  ],
  [
    "...kk...",
    "..kyyk..",
    ".kywyYk.",
    ".kywyYk.",
    ".kywyYk.",
    ".kyyyYk.",
    ".kyyyYk.",
    ".kyyYYk.",
    "..kYYk..",
    "...kk...",
  ],
  [
    "...kk...",
    "...kk...",
    "..kyYk..",
    "..kyYk..",
    "..kyYk..",
    "..kyYk..",
    "..kyYk..",
    "..kyYk..",
    "...kk...",
    "...kk...",
  ],
];
const heart = [
  ".kkk.kkk.",
  "krrrkrrrk",
  "krwrrrrRk",
  "krrrrrrRk",
  "krrrrrrRk",
  ".krrrrRk.",
  "..krrRk..",
  "...kRk...",
  "....k....",
];
const noHeart = heart.map((row) => row.replace(/[rRw]/g, "K"));
const flag = [
  "kk...........",
  "krkkk........",
  "krrrrkkk.....",
  "krrwrrrrkkk..",
  "krwwwrrrrrrk.",
  "krrwrrrrrRRk.",
  "krrrrrRRRkk..",
  "krRRRRkkk....",
  "kRkkkk.......",
  "kk...........",
];

/** Figures of three by five. */
const glyphs = {
  0: ["111", "101", "101", "101", "111"],
  1: ["010", "110", "010", "010", "111"],
  2: ["111", "001", "111", "100", "111"],
  3: ["111", "001", "011", "001", "111"],
  4: ["101", "101", "111", "001", "001"],
  5: ["111", "100", "111", "001", "111"],
  6: ["111", "100", "111", "101", "111"],
  7: ["111", "001", "010", "010", "010"],
  8: ["111", "101", "111", "101", "111"],
  9: ["111", "101", "111", "001", "111"],
  "+": ["000", "010", "111", "010", "000"],
  "-": ["000", "000", "111", "000", "000"],
};

/** A canvas of a size, and its context. */
export function canvas(width, height) {
  const element = document.createElement("canvas");
  Object.assign(element, { width, height });
  return [element, element.getContext("2d")];
}

function picture(rows, others = {}) {
  const [element, context] = canvas(rows[0].length, rows.length);
  for (const [y, row] of rows.entries()) {
    for (const [x, sign] of Array.from(row).entries()) {
      if (sign === ".") continue;
      context.fillStyle = others[sign] ?? colours[sign];
      context.fillRect(x, y, 1, 1);
    }
  }
  return element;
}

/** The same, seen in a mirror. */
function mirrored(source) {
  const [element, context] = canvas(source.width, source.height);
  context.scale(-1, 1);
  context.drawImage(source, -source.width, 0);
  return element;
}

/** The same, white all over. */
function white(source) {
  const [element, context] = canvas(source.width, source.height);
  context.drawImage(source, 0, 0);
  context.globalCompositeOperation = "source-in";
  context.fillStyle = "#fff";
  context.fillRect(0, 0, source.width, source.height);
  return element;
}

const each = (object, made) =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, made(value)]));
/** Both ways: `[to the left, to the right]`, from one that looks to the right. */
const bothWays = (rows) => {
  const right = picture(rows);
  return [mirrored(right), right];
};

/** All pictures, made once. */
export function makePictures() {
  return {
    leaves: each(leaves, bothWays),
    bodies: each(bodies, bothWays),
    enemies: each(enemies, (frames) => frames.map((rows) => picture(rows))),
    ghosts: each(enemies, (frames) => frames.map((rows) => white(picture(rows)))),
    coin: coin.map((rows) => picture(rows)),
    heart: picture(heart),
    noHeart: picture(noHeart, { K: "#5b4d70" }),
    flag: picture(flag),
  };
}

/** Draws figures. @returns how wide they are */
export function drawFigures(context, text, x, y, { size = 1, colour = "#fff", ink = INK } = {}) {
  const place = (by, fill) => {
    context.fillStyle = fill;
    for (const [i, sign] of Array.from(text).entries()) {
      for (const [row, line] of (glyphs[sign] ?? []).entries()) {
        for (const [column, bit] of Array.from(line).entries()) {
          if (bit === "1") {
            for (const [dx, dy] of by) {
              context.fillRect(x + (4 * i + column) * size + dx, y + row * size + dy, size, size);
            }
          }
        }
      }
    }
  };
  const around = [-1, 0, 1].flatMap((dx) => [-1, 0, 1].map((dy) => [dx, dy]));
  place(around, ink);
  place([[0, 0]], colour);
  return 4 * text.length * size;
}
