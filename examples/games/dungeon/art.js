// All that is drawn, in few colours, by rectangles and small maps of pixels.

export const TILE = 16;

export const COLOURS = {
  void: "#0e0c16",
  ink: "#17131f",
  white: "#fff4e0",
  gold: "#ffcf5c",
  amber: "#f08a3c",
  red: "#e4524f",
  teal: "#2c8c8a",
  mint: "#7df0cf",
  bark: "#4a2a22",
  wood: "#a3663a",
  plank: "#c98a4d",
  straw: "#efbf78",
};

/** Stone of the rooms, from the first to the last: top of walls, their edge, bricks and joints, floor, its light and its dark. */
const STONES = [
  ["#222b38", "#4d6470", "#8fa8b0", "#647f8a", "#3b4a55", "#45596a", "#526878", "#3d5060"],
  ["#1f2b2a", "#4a6b55", "#93b38c", "#64825f", "#40573f", "#42584c", "#50695a", "#3a4f45"],
  ["#221f3a", "#55528a", "#9a93c8", "#6d66a0", "#443f70", "#4a466f", "#595480", "#423e65"],
  ["#2c1b26", "#74455a", "#c28798", "#92596c", "#603849", "#61404f", "#734e5e", "#573947"],
  ["#2c231a", "#7d6338", "#d0ad6c", "#9c7b48", "#654b30", "#64503a", "#776046", "#5a4733"],
].map(([top, edge, lit, brick, joint, floor, light, dark]) => {
  return { top, edge, lit, brick, joint, floor, light, dark };
});
export const stone = (room) => STONES[room % STONES.length];

/** A number of 0 to 15 that belongs to a place. */
export const grain = (x, y) => ((x * 73 + y * 151 + x * y * 19) >>> 1) % 16;

export function picture(width, height, paint) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d");
  paint((colour, x, y, w = 1, h = 1) => {
    context.fillStyle = colour;
    context.fillRect(x, y, w, h);
  }, context);
  return canvas;
}

/** A picture of rows of letters, each a colour. */
function mapped(rows, colours) {
  return picture(rows[0].length, rows.length, (box) => {
    for (const [y, row] of rows.entries()) {
      for (const [x, letter] of [...row].entries()) if (colours[letter]) box(colours[letter], x, y);
    }
  });
}

export const crate = (done) =>
  picture(TILE, TILE, (box) => {
    const { bark, wood, plank, straw, gold, mint, teal } = COLOURS;
    const [light, middle, dark, nail] = done
      ? ["#f6dd9a", "#d9a860", "#b27a44", mint]
      : [straw, plank, wood, gold];
    box(bark, 1, 0, 14, 16);
    box(middle, 2, 1, 12, 10);
    box(light, 2, 1, 12, 1);
    box(light, 2, 2, 1, 8);
    box(dark, 13, 2, 1, 9);
    box(dark, 3, 10, 11, 1);
    box(bark, 4, 3, 8, 6);
    box(dark, 5, 4, 6, 4);
    for (let i = 0; i < 4; i++) box(middle, 5 + i, 4 + i, 3, 1);
    box(done ? "#9a6a3c" : "#7f4c30", 2, 11, 12, 4);
    box(dark, 2, 11, 12, 1);
    for (const x of [5, 10]) box(bark, x, 12, 1, 3);
    for (const [x, y] of [
      [3, 2],
      [12, 2],
      [3, 9],
      [12, 9],
    ]) {
      box(nail, x, y);
    }
    if (done) {
      box(teal, 6, 4, 4, 4);
      box(mint, 7, 4, 2, 4);
      box(mint, 6, 5, 4, 2);
      box(COLOURS.white, 7, 5, 1, 1);
    }
  });

/** A plate in the floor: dim, or lit by the crate that is on it. */
export const plate = (lit) =>
  picture(TILE, TILE, (box) => {
    const ring = lit ? COLOURS.mint : COLOURS.teal;
    box("#00000055", 2, 2, 12, 13);
    box(lit ? "#2a5a5c" : "#24323f", 3, 3, 10, 10);
    box(ring, 4, 3, 8, 1);
    box(ring, 4, 12, 8, 1);
    box(ring, 3, 4, 1, 8);
    box(ring, 12, 4, 1, 8);
    for (const [x, y, w, h] of [
      [7, 5, 2, 6],
      [5, 7, 6, 2],
    ]) {
      box(ring, x, y, w, h);
    }
    box(lit ? COLOURS.white : "#24323f", 7, 7, 2, 2);
  });

/** A door in a wall's face, with how far it is open, 0 to 1. */
export const door = (open, { edge, lit }) =>
  picture(TILE, TILE, (box) => {
    box(lit, 2, 1, 12, 1);
    box(lit, 1, 2, 14, 14);
    box(edge, 2, 2, 12, 14);
    box(COLOURS.void, 3, 3, 10, 13);
    // Light behind, then stairs.
    if (open > 0) {
      box("#6b4a2a", 4, 9, 8, 7);
      box("#a8743a", 4, 11, 8, 5);
      box(COLOURS.gold, 4, 13, 8, 3);
      box("#fff4e088", 5, 15, 6, 1);
    }
    const height = Math.round(13 * (1 - open));
    if (height > 0) {
      box(COLOURS.bark, 3, 3, 10, height);
      for (const x of [4, 7, 10]) box(COLOURS.wood, x, 3, 2, height);
      if (height > 4) box(COLOURS.ink, 3, 3 + height - 4, 10, 1);
      if (height > 9) {
        box(COLOURS.ink, 3, 5, 10, 1);
        box(COLOURS.red, 7, 8, 2, 2);
        box(COLOURS.gold, 7, 10, 2, 2);
      }
    }
  });

export const torch = (frame) =>
  mapped(
    [
      [
        "..r...",
        "..rr..",
        ".roor.",
        ".ryor.",
        ".oyyo.",
        "..wy..",
        ".bbbb.",
        "..bb..",
        "..bb..",
        "..b...",
      ],
      [
        "...r..",
        "..rr..",
        "..ror.",
        ".royr.",
        ".oyyo.",
        "..yw..",
        ".bbbb.",
        "..bb..",
        "..bb..",
        "..b...",
      ],
      [
        ".r....",
        "..r...",
        ".rro..",
        ".royr.",
        ".oyyo.",
        "..wy..",
        ".bbbb.",
        "..bb..",
        "..bb..",
        "..b...",
      ],
    ][frame],
    { r: COLOURS.red, o: COLOURS.amber, y: COLOURS.gold, w: COLOURS.white, b: COLOURS.bark },
  );

const ICONS = {
  play: [
    "xx......",
    "xxxx....",
    "xxxxxx..",
    "xxxxxxxx",
    "xxxxxxxx",
    "xxxxxx..",
    "xxxx....",
    "xx......",
  ],
  undo: [
    "..x......",
    ".xx......",
    "xxxxxxx..",
    ".xx...xx.",
    "..x....x.",
    ".......x.",
    "......xx.",
    "..xxxxx..",
  ],
  again: [
    "...xxxx.x",
    "..x....xx",
    ".x....xxx",
    ".x.......",
    ".x......x",
    ".x......x",
    "..x....x.",
    "...xxxx..",
  ],
  hint: [
    "..xxxx..",
    ".xxxxxx.",
    "xxxxxxxx",
    "xxxx..xx",
    "xxxx..xx",
    ".xxxxxx.",
    "..xxxx..",
    "........",
    "..xxxx..",
    "...xx...",
  ],
  sound: [
    "...x....",
    "..xx..x.",
    "xxxx.x.x",
    "xxxx.x.x",
    "xxxx.x.x",
    "xxxx.x.x",
    "..xx..x.",
    "...x....",
  ],
  mute: [
    "...x....",
    "..xx....",
    "xxxxx..x",
    "xxxx.xx.",
    "xxxx.xx.",
    "xxxxx..x",
    "..xx....",
    "...x....",
  ],
  days: [
    ".x....x.",
    "xxxxxxxx",
    "xxxxxxxx",
    "x......x",
    "x.x.xx.x",
    "x......x",
    "x.xx.x.x",
    "xxxxxxxx",
  ],
  home: [
    "...xx...",
    "..xxxx..",
    ".xxxxxx.",
    "xxxxxxxx",
    ".xxxxxx.",
    ".xx..xx.",
    ".xx..xx.",
    ".xx..xx.",
  ],
  share: [
    ".....xx.",
    "....xxxx",
    "..xx.xx.",
    "xxx.....",
    "xxx.....",
    "..xx.xx.",
    "....xxxx",
    ".....xx.",
  ],
  done: [
    "........",
    ".......x",
    "......xx",
    "x....xx.",
    "xx..xx..",
    ".xxxx...",
    "..xx....",
    "........",
  ],
  left: ["....xx", "..xxxx", "xxxxxx", "xxxxxx", "..xxxx", "....xx"],
  right: ["xx....", "xxxx..", "xxxxxx", "xxxxxx", "xxxx..", "xx...."],
  up: ["..xx..", "..xx..", ".xxxx.", ".xxxx.", "xxxxxx", "xxxxxx"],
  down: ["xxxxxx", "xxxxxx", ".xxxx.", ".xxxx.", "..xx..", "..xx.."],
  steps: [".xx....", ".xx.xx.", ".xx.xx.", "....xx.", ".xx....", "....xx."],
  crown: ["x..x..x", "xx.x.xx", "xxxxxxx", "xxxxxxx", ".......", "xxxxxxx"],
  door: [".xxxx.", "xxxxxx", "xx..xx", "xx..xx", "xx..xx", "xx..xx"],
  closed: [".xxxx.", "xxxxxx", "xxxxxx", "xxxx.x", "xxxxxx", "xxxxxx"],
  might: [
    "......xx",
    ".....xxx",
    "....xxx.",
    "...xxx..",
    "x.xxx...",
    "xxxx....",
    ".xxx....",
    "x..x....",
  ],
  wit: [
    "..xxxx..",
    ".x....x.",
    "x..xx..x",
    "x.xxxx.x",
    "x.xxxx.x",
    "x..xx..x",
    ".x....x.",
    "..xxxx..",
  ],
  speed: [
    "....xx..",
    "...xx...",
    "..xx....",
    ".xxxxx..",
    "...xx...",
    "..xx....",
    ".xx.....",
    "xx......",
  ],
};

/** A small picture in one colour. @param scale pixels of the page for one of it */
export function icon(name, { colour = COLOURS.white, scale = 3 } = {}) {
  const canvas = mapped(ICONS[name], { x: colour });
  canvas.className = "icon";
  canvas.style.width = `${canvas.width * scale}px`;
  return canvas;
}

/**
 * The hero on foot: the face, which has shoulders, on two legs, with a dark outline; a pixel larger on all sides.
 * @param face RGBA, 16×16
 * @returns frames: standing, left foot up, right foot up
 */
export function heroFrames(face) {
  const bust = picture(16, 16, (_, context) => {
    context.putImageData(new ImageData(new Uint8ClampedArray(face), 16, 16), 0, 0);
  });
  return [
    [0, 0],
    [1, 0],
    [0, 1],
  ].map(([left, right]) => {
    const body = picture(16, 20, (box, context) => {
      box("#3a3050", 4, 15, 3, 4 - left);
      box("#3a3050", 9, 15, 3, 4 - right);
      box("#6b3f2e", 3, 18 - left, 4, 2);
      box("#6b3f2e", 9, 18 - right, 4, 2);
      context.drawImage(bust, 0, 0);
    });
    const outline = picture(16, 20, (box, context) => {
      context.drawImage(body, 0, 0);
      context.globalCompositeOperation = "source-in";
      box(COLOURS.ink, 0, 0, 16, 20);
    });
    return picture(18, 22, (_, context) => {
      for (const [x, y] of [
        [0, 1],
        [2, 1],
        [1, 0],
        [1, 2],
      ]) {
        context.drawImage(outline, x, y);
      }
      context.drawImage(body, 1, 1);
    });
  });
}
