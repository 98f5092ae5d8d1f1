// The colours of each theme, and what lies behind the level: layers that move the slower the farther they are.

import { canvas } from "./art.js";

export const themes = {
  meadow: {
    sky: ["#6cc5f0", "#8fd8f5", "#b5e8f7", "#dff6f3"],
    far: "#a9dcc9",
    middle: "#7cc79a",
    near: "#55a97c",
    earth: "#9a6344",
    dark: "#7a4a38",
    light: "#b87f55",
    top: "#6fce58",
    shine: "#b4ec6d",
    platform: ["#c98a4b", "#8f5b34", "#eab672"],
    thorns: ["#dfe7f2", "#98a6c4"],
    leaf: "#ffffff",
  },
  cave: {
    sky: ["#2b2553", "#332c61", "#3c346f", "#463d7e"],
    far: "#4b4288",
    middle: "#40387a",
    near: "#362f6b",
    earth: "#61518d",
    dark: "#4a3c70",
    light: "#7a69a8",
    top: "#41b8a6",
    shine: "#8ff0cf",
    platform: ["#8a6bbd", "#5c4591", "#bfa2ec"],
    thorns: ["#8fe9ff", "#3e9fd0"],
    leaf: "#7df0d8",
  },
  night: {
    sky: ["#1b2156", "#252c6b", "#323b82", "#46509b"],
    far: "#3b4490",
    middle: "#313980",
    near: "#282f6e",
    earth: "#45578f",
    dark: "#33416f",
    light: "#5b70ad",
    top: "#b9d3ff",
    shine: "#f2f8ff",
    platform: ["#d6deff", "#8d9ad6", "#ffffff"],
    thorns: ["#ffd0e6", "#c86a9f"],
    leaf: "#cfe0ff",
  },
};

/** A number from 0 to 1 that belongs to a place. */
export function chanceAt(x, y = 0) {
  let bits = Math.imul(x + 11, 0x27d4eb2d) ^ Math.imul(y + 7, 0x165667b1);
  bits = Math.imul(bits ^ (bits >>> 15), 0x2c1b3c6d);
  return ((bits ^ (bits >>> 12)) >>> 0) / 2 ** 32;
}

/** Layers repeat after so many pixels. */
const AROUND = 512;

/** @returns layers, the farthest first: a picture, how fast it moves, and whether it is seen once or all around */
export function backdrop(name, height) {
  const theme = themes[name];
  const sky = skyOf(theme, height);
  if (name === "cave") {
    return [
      { picture: sky, speed: 0 },
      { picture: rocks(theme.far, height, 3, 60, 1), speed: 0.15 },
      { picture: rocks(theme.middle, height, 9, 34, 2), speed: 0.3 },
      { picture: crystals(theme, height), speed: 0.45 },
    ];
  }
  if (name === "night") stars(sky);
  return [
    { picture: sky, speed: 0 },
    { picture: name === "night" ? moon() : sun(), speed: 0, once: true },
    { picture: clouds(name, height), speed: 0.12 },
    { picture: ridge(theme.far, height, 92, 46, 3), speed: 0.2 },
    { picture: ridge(theme.middle, height, 62, 30, 5), speed: 0.35 },
    { picture: trees(name, theme, height), speed: 0.5 },
  ];
}

/** Bands, with a row or two of a pattern between them. */
function skyOf({ sky }, height) {
  const [element, context] = canvas(AROUND, height);
  const band = height / sky.length;
  for (const [i, colour] of sky.entries()) {
    context.fillStyle = colour;
    context.fillRect(0, Math.floor(i * band), AROUND, Math.ceil(band) + 1);
    if (i === 0) continue;
    for (let row = -4; row < 0; row += 2) {
      for (let x = row === -4 ? 0 : 1; x < AROUND; x += row === -4 ? 4 : 2) {
        context.fillRect(x, Math.floor(i * band) + row, row === -4 ? 1 : 1, 1);
      }
    }
  }
  return element;
}

function disc(context, x, y, radius, colour) {
  context.fillStyle = colour;
  for (let row = -radius; row <= radius; row++) {
    const half = Math.round(Math.sqrt(radius * radius + radius * 0.8 - row * row));
    context.fillRect(x - half, y + row, 2 * half, 1);
  }
}

function sun() {
  const [element, context] = canvas(60, 90);
  disc(context, 30, 58, 22, "#fff3c4");
  disc(context, 30, 58, 17, "#fffbe8");
  return element;
}

function moon() {
  const [element, context] = canvas(60, 90);
  disc(context, 30, 58, 20, "#fdf0c0");
  context.globalCompositeOperation = "destination-out";
  disc(context, 38, 52, 16, "#000");
  return element;
}

function stars(element) {
  const context = element.getContext("2d");
  for (let i = 0; i < 90; i++) {
    const [x, y] = [chanceAt(i, 1) * AROUND, chanceAt(i, 2) * element.height * 0.7];
    context.fillStyle = ["#ffffff", "#aab4ff", "#ffe9b8"][i % 3];
    const size = chanceAt(i, 3) > 0.85 ? 2 : 1;
    context.fillRect(Math.floor(x), Math.floor(y), size, size);
  }
}

/** Heights of a soft line that closes after AROUND pixels. */
function line(base, swing, seed) {
  const waves = [1, 2, 3, 5].map((count, i) => [count, swing / (i + 1), 7 * chanceAt(seed, i)]);
  return Array.from({ length: AROUND }, (_, x) =>
    waves.reduce(
      (sum, [count, size, phase]) =>
        sum + (size / 2) * Math.sin((x / AROUND) * 2 * Math.PI * count + phase),
      base,
    ),
  );
}

function ridge(colour, height, base, swing, seed) {
  const [element, context] = canvas(AROUND, height);
  context.fillStyle = colour;
  for (const [x, up] of line(base, swing, seed).entries()) {
    context.fillRect(x, height - Math.round(up), 1, height);
  }
  return element;
}

function clouds(name, height) {
  const [element, context] = canvas(AROUND, height);
  context.globalAlpha = name === "night" ? 0.12 : 0.85;
  for (let i = 0; i < 6; i++) {
    const x = Math.floor(i * 85 + 20 * chanceAt(i, 5));
    const y = Math.floor(24 + chanceAt(i, 6) * height * 0.35);
    const long = 20 + Math.floor(24 * chanceAt(i, 7));
    context.fillStyle = "#ffffff";
    context.fillRect(x, y, long, 5);
    context.fillRect(x + 4, y - 4, long * 0.5, 4);
    context.fillRect(x + 9, y - 7, long * 0.25, 3);
    context.fillRect(x + 3, y + 5, long - 8, 2);
  }
  return element;
}

/** Round trees in the meadow, firs at night, on a ridge. */
function trees(name, theme, height) {
  const element = ridge(theme.near, height, 36, 18, 8);
  const context = element.getContext("2d");
  const heights = line(36, 18, 8);
  for (let i = 0; i < 15; i++) {
    const x = Math.floor(i * 34 + 18 * chanceAt(i, 9));
    if (x > AROUND - 18 || x < 16) continue;
    const y = height - Math.round(heights[x]);
    const size = 7 + Math.floor(6 * chanceAt(i, 10));
    context.fillStyle = theme.near;
    if (name === "night") {
      for (let row = 0; row < size * 3; row++) {
        const half = Math.ceil((row % size) / 2 + row / 6) + 1;
        context.fillRect(x - half, y - size * 3 + row + 2, 2 * half, 1);
      }
    } else {
      context.fillRect(x - 1, y - size, 3, size + 4);
      disc(context, x, y - size - 4, size, theme.near);
      disc(context, x + 3, y - size - 7, size - 4, "#66b98a");
    }
  }
  return element;
}

/** Rock from above and from below, with teeth. */
function rocks(colour, height, seed, base, sharp) {
  const [element, context] = canvas(AROUND, height);
  context.fillStyle = colour;
  const [below, above] = [line(base, base * 0.7, seed), line(base * 0.8, base * 0.7, seed + 1)];
  for (let x = 0; x < AROUND; x++) {
    const tooth = Math.abs((x % 32) - 16) * sharp;
    context.fillRect(x, height - Math.round(below[x] + 8 - tooth / 3), 1, height);
    context.fillRect(x, 0, 1, Math.round(above[x] + 24 - tooth / 1.5));
  }
  return element;
}

function crystals(theme, height) {
  const element = rocks(theme.near, height, 15, 14, 2);
  const context = element.getContext("2d");
  for (let i = 0; i < 12; i++) {
    const x = Math.floor(i * 42 + 20 * chanceAt(i, 21));
    const y = Math.floor(height * (0.3 + 0.55 * chanceAt(i, 22)));
    context.globalAlpha = 0.5;
    context.fillStyle = i % 2 ? "#5fd0e8" : "#a98bf0";
    for (let row = 0; row < 9; row++) {
      const half = Math.max(1, Math.min(row, 9 - row) / 1.6);
      context.fillRect(Math.round(x - half), y + row, Math.round(2 * half), 1);
    }
  }
  return element;
}
