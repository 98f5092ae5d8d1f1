// Levels to learn from, drawn column by column by a program: an idea is introduced where it is harmless, varied, and combined
// with another; between them there is rest. What there is depends on the theme, how hard it is on the difficulty.

import { AFTER_FLAG, DIFFICULTIES, HEIGHT, THEMES } from "./rules.js";

const AIR = "-";

/** Whole numbers by a seed, the same everywhere (xorshift, Marsaglia 2003). */
function randomness(seed) {
  let state = (Math.imul(seed + 1, 0x9e3779b1) ^ 0x5bd1e995) | 0 || 1;
  const next = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  for (let i = 0; i < 8; i++) next();
  const int = (from, to) => from + (next() % (to - from + 1));
  return {
    int,
    pick: (list) => list[int(0, list.length - 1)],
    chance: (percent) => int(1, 100) <= percent,
  };
}

/** A level as it grows, column by column. */
class Drawing {
  constructor(random, theme, difficulty) {
    Object.assign(this, { ...random, theme, difficulty });
    this.columns = [];
    /** Rows of ground, and in caves of ceiling. */
    this.ground = random.int(2, 4);
    this.ceiling = 2;
  }

  get length() {
    return this.columns.length;
  }

  /** A column of ground, by default as high as the last one. @returns it */
  column(ground = this.ground, sign = "X") {
    const roof = this.theme === "cave" ? this.#roof() : 0;
    const column = Array.from({ length: HEIGHT }, (_, row) =>
      row < roof ? "X" : row >= HEIGHT - ground ? sign : AIR,
    );
    this.columns.push(column);
    return column;
  }

  /** The ceiling of a cave wanders, and leaves six rows of air. */
  #roof() {
    if (this.chance(30)) this.ceiling += this.pick([-1, 1]);
    this.ceiling = Math.max(1, Math.min(4, this.ceiling, HEIGHT - this.ground - 6));
    return this.ceiling;
  }

  /** Signs `up` rows above the ground, in columns from `from` on; only where there is air. */
  put(from, up, signs, ground = this.ground) {
    for (const [i, sign] of Array.from(signs).entries()) {
      const row = HEIGHT - 1 - ground - up;
      const column = this.columns[from + i];
      if (column && row >= 0 && sign !== AIR && column[row] === AIR) column[row] = sign;
    }
  }

  flat(count) {
    const from = this.length;
    for (let i = 0; i < count; i++) this.column();
    return from;
  }

  /** Coins along a jump's bow over columns. */
  bow(from, count, base = this.ground) {
    for (let i = 0; i < count; i++) {
      const up = Math.min(i, count - 1 - i, 2);
      this.put(from + i, 1 + up, "o", base);
    }
  }

  rise(by) {
    const most = this.theme === "cave" ? 5 : 7;
    this.ground = Math.max(2, Math.min(most, this.ground + by));
  }
}

// Ideas. `level` is 0 where it is introduced, 1 where it is varied, 2 where it is at its hardest.

function hills(draw, level) {
  for (let i = 0; i < 2 + level; i++) {
    draw.rise(draw.pick([-2, -1, 1, 1, 2, draw.difficulty > 2 ? 3 : 2]));
    const from = draw.flat(draw.int(3, 6));
    if (draw.chance(45)) draw.put(from + 1, 0, "oo");
  }
}

/** First a ditch that one climbs out of, then gaps. */
function gaps(draw, level) {
  for (let i = 0; i <= Math.min(level, 1); i++) {
    const wide = Math.min(
      5,
      draw.int(2, 2 + Math.ceil(draw.difficulty / 2)) + level - (level === 0 ? 1 : 0),
    );
    const from = draw.length;
    for (let at = 0; at < wide; at++)
      draw.column(level === 0 && draw.difficulty < 3 ? Math.max(1, draw.ground - 2) : 0);
    draw.bow(from, wide);
    if (level === 2 && wide > 3 && draw.chance(40)) draw.put(from + 1, 4, "f");
    if (draw.chance(40) && wide < 5) draw.rise(draw.pick([-1, 1]));
    draw.flat(draw.int(3, 5) + (draw.difficulty < 3 ? 2 : 0));
  }
}

/** Blocks to bump and to run upon. */
function blocks(draw, level) {
  const shape = draw.pick(["?", "B?B", "?B?", "BB?BB", "??"]);
  const from = draw.flat(shape.length + 4);
  draw.put(from + 2, 3, shape);
  if (level > 0 && draw.theme !== "cave") draw.put(from + 2, 4, "o".repeat(shape.length));
  if (level === 2) draw.put(from + 2 + shape.length, 0, draw.difficulty > 3 ? "k" : "w");
}

function walkers(draw, level) {
  const count = 1 + Math.min(2, level + (draw.difficulty > 3 ? 1 : 0));
  const from = draw.flat(5 + 3 * count);
  for (let i = 0; i < count; i++) draw.put(from + 4 + 3 * i, 0, "w");
  if (level === 1) draw.put(from + 3, 3, "ooo");
  if (draw.chance(50)) draw.rise(draw.pick([1, 2]));
}

function spikies(draw, level) {
  const from = draw.flat(7 + 2 * level);
  draw.put(from + 5, 0, "k");
  if (level > 0) draw.put(from + 3, 3, draw.pick(["===", "====", "B?B"]));
  if (level === 2) draw.put(from + 8, 0, "k");
}

function hoppers(draw, level) {
  const from = draw.flat(7 + 3 * level);
  draw.put(from + 4, 0, "h");
  if (level > 0) draw.put(from + 8, 0, "h");
  if (level === 2) draw.put(from + 6, 0, "^");
  else if (draw.chance(50)) draw.put(from + 3, 2, "ooo");
}

function thorns(draw, level) {
  for (let i = 0; i <= Math.min(1, level); i++) {
    const wide = Math.min(
      4,
      draw.int(1, 1 + Math.ceil(draw.difficulty / 2)) + (level === 2 ? 1 : 0),
    );
    const from = draw.flat(wide + 5);
    draw.put(from + 3, 0, "^".repeat(wide));
    draw.bow(from + 2, wide + 2, draw.ground + 1);
  }
}

/** A pit of thorns with platforms over it, or none, and steps out of it. */
function pit(draw, level) {
  const deep = 2;
  if (draw.ground < 4) draw.rise(2);
  const base = draw.ground;
  draw.flat(2);
  const wide = 4 + draw.difficulty + 2 * level;
  const from = draw.length;
  for (let i = 0; i < wide; i++) draw.column(base - deep);
  draw.put(from, 0, "^".repeat(wide), base - deep);
  for (
    let at = 2;
    at < wide - 1;
    at += draw.int(4, 3 + Math.min(3, 1 + Math.ceil(draw.difficulty / 2)))
  ) {
    draw.put(from + at, 0, draw.pick(["==", "===", "BB"]), base - (draw.chance(50) ? 1 : 0));
  }
  draw.flat(4);
}

/** Platforms over an abyss. */
function platforms(draw, level) {
  const count = 2 + level;
  let up = 0;
  let from = draw.length;
  for (let i = 0; i < count; i++) {
    const apart = draw.int(2, 2 + Math.ceil(draw.difficulty / 2));
    const long = Math.max(2, 5 - Math.ceil(draw.difficulty / 2) + draw.int(-1, 1));
    for (let at = 0; at < apart + long; at++) draw.column(0);
    const change = draw.pick([-1, 0, 0, 1, draw.difficulty > 2 ? 2 : 1]);
    up = Math.max(-1, Math.min(4, up + change));
    draw.put(from + apart, up, "=".repeat(long), draw.ground - 1);
    draw.put(from + apart, up + 1, draw.chance(50) ? "oo" : "-", draw.ground - 1);
    if (level === 2 && draw.difficulty > 2 && i === 1)
      draw.put(from + 1, up + 3, "f", draw.ground - 1);
    from = draw.length;
  }
  for (let at = 0; at < 2; at++) draw.column(0);
  draw.ground = Math.max(2, Math.min(6, draw.ground + Math.min(up, 1)));
  draw.flat(4);
}

/** Ground in pieces. */
function islands(draw, level) {
  for (let i = 0; i < 2 + level; i++) {
    const wide = Math.min(5, draw.int(2, 2 + Math.ceil(draw.difficulty / 2)));
    const from = draw.length;
    for (let at = 0; at < wide; at++) draw.column(0);
    if (draw.chance(50)) draw.bow(from, wide);
    draw.rise(draw.pick([-2, -1, 0, 1, wide > 4 ? 1 : 2]));
    const island = draw.flat(Math.max(3, 7 - draw.difficulty + draw.int(-1, 2)));
    if (level > 0 && draw.length - island > 4 && draw.chance(30 + 8 * draw.difficulty)) {
      draw.put(island + 2, 0, draw.pick(draw.difficulty > 3 ? ["w", "h", "k"] : ["w", "w", "h"]));
    }
  }
  draw.flat(2);
}

/** Somebody in the air, over ground and then over gaps. */
function flyers(draw, level) {
  const from = draw.flat(4);
  if (level === 0) {
    draw.flat(5);
    draw.put(from + 5, 3, "f");
    draw.put(from + 4, 0, "ooo");
    return;
  }
  const wide = Math.min(5, 2 + Math.ceil(draw.difficulty / 2));
  for (let i = 0; i < level; i++) {
    const gap = draw.length;
    for (let at = 0; at < wide; at++) draw.column(0);
    draw.put(gap + Math.floor(wide / 2), 3, "f");
    draw.flat(5);
  }
}

/** Stairs up and down again, or into a gap. */
function stairs(draw, level) {
  const high = Math.min(2 + level, (draw.theme === "cave" ? 5 : 7) - draw.ground);
  const base = draw.ground;
  for (let i = 1; i <= high; i++) {
    draw.column(base + i);
    if (draw.chance(50)) draw.column(base + i);
  }
  const top = draw.length;
  draw.column(base + high);
  draw.column(base + high);
  draw.put(top, 1, "oo", base + high);
  if (level > 0 && high > 0) {
    const wide = Math.min(5, 1 + Math.ceil(draw.difficulty / 2) + (level - 1));
    for (let at = 0; at < wide; at++) draw.column(0);
  } else {
    for (let i = high - 1; i > 0; i--) draw.column(base + i);
  }
  draw.flat(4);
}

/** A way above with coins, a way below with somebody on it. */
function fork(draw, level) {
  const long = 6 + 2 * level;
  const from = draw.flat(long + 5);
  draw.put(from + 2, 2, "==");
  draw.put(from + 5, 3, "=".repeat(long - 2));
  draw.put(from + 5, 4, "o".repeat(long - 2));
  const who = draw.difficulty > 3 ? "k" : draw.difficulty > 1 ? "h" : "w";
  draw.put(from + 7, 0, who);
  if (level > 0) draw.put(from + long + 1, 0, "w");
}

/** A passage that is low. */
function tunnel(draw, level) {
  const long = 6 + 2 * level;
  const from = draw.flat(long + 3);
  for (let i = 2; i < long; i++) {
    const column = draw.columns[from + i];
    for (let row = 0; row < HEIGHT - draw.ground - 3; row++) column[row] = "X";
  }
  if (level === 0) draw.put(from + 3, 1, "ooo");
  else
    draw.put(from + 3 + draw.int(0, 1), 0, "^".repeat(level === 2 && draw.difficulty > 2 ? 2 : 1));
  if (level === 2) draw.put(from + long - 2, 0, "w");
}

/** A wall with something to step on before it. */
function wall(draw, level) {
  const high = Math.min(3 + level, 9 - draw.ground, draw.theme === "cave" ? 6 - draw.ground : 9);
  const from = draw.flat(5);
  if (high > 3) draw.put(from + 2, 1, "==");
  const base = draw.ground;
  for (let i = 0; i < 2 + level; i++) draw.column(Math.max(base, base + high));
  draw.put(from + 5, 1, "oo", base + high);
  draw.flat(4);
  if (level > 0) draw.put(draw.length - 2, 0, "w");
}

/** Peace, and coins. */
function rest(draw) {
  const long = draw.int(4, 7);
  const from = draw.flat(long);
  const shape = draw.int(0, 2);
  if (shape === 0) draw.put(from + 1, 0, "o".repeat(long - 2));
  if (shape === 1) draw.bow(from + 1, Math.min(5, long - 1), draw.ground);
}

/** Ideas of a theme, the first ones from the first difficulty on. */
const ideas = {
  meadow: [hills, blocks, gaps, walkers, stairs, fork, platforms, thorns, flyers, wall, spikies],
  cave: [blocks, hoppers, thorns, tunnel, gaps, stairs, walkers, wall, pit, spikies, platforms],
  night: [islands, platforms, gaps, flyers, blocks, walkers, fork, islands, pit, hoppers, thorns],
};

/**
 * A level.
 * @param wide columns, at least 60
 * @returns rows of text
 */
export function drawLevel({ seed, theme, difficulty, wide }) {
  const draw = new Drawing(randomness(seed), theme, difficulty);
  draw.flat(6);
  const known = ideas[theme].slice(0, 4 + difficulty + (difficulty > 3 ? 2 : 0));
  const end = wide - AFTER_FLAG - 7;
  let last;
  while (draw.length < end - 6) {
    const one = draw.pick(known.filter((idea) => idea !== last));
    const other = draw.pick(known.filter((idea) => idea !== one));
    const [introduced, varied, hardest] =
      difficulty < 3 ? [0, 1, 1] : difficulty < 5 ? [0, 1, 2] : [1, 2, 2];
    for (const [idea, level] of [
      [one, introduced],
      [one, varied],
      [rest],
      [other, introduced],
      [one, difficulty < 2 ? 1 : hardest],
      [other, varied],
      [rest],
    ]) {
      if (draw.length >= end - 6) break;
      idea(draw, level);
      if (draw.chance(60)) draw.rise(draw.pick([-2, -1, 1, 2]));
    }
    last = other;
  }
  draw.columns.length = Math.min(draw.length, end);
  finish(draw, wide);
  return Array.from({ length: HEIGHT }, (_, row) =>
    draw.columns.map((one) => one[row]).join(""),
  ).join("\n");
}

/** Level ground to the flag, as high as what was left can be left from. */
function finish(draw, wide) {
  const ground = draw.columns.at(-1).lastIndexOf(AIR);
  draw.ground =
    ground === HEIGHT - 1
      ? Math.min(3, draw.ground)
      : Math.max(2, Math.min(5, HEIGHT - 1 - ground));
  draw.flat(wide - draw.length);
  draw.put(wide - 1 - AFTER_FLAG, 0, "F");
}

/**
 * Levels of all themes and difficulties, each of which the checker has found possible.
 * @param possible whether a level is
 * @returns `{ text, theme, difficulty }`
 */
export function drawLevels(count, seed, possible) {
  const kinds = THEMES.flatMap((theme) =>
    DIFFICULTIES.map((difficulty) => ({ theme, difficulty })),
  );
  const { int } = randomness(seed);
  return Array.from({ length: count }, (_, i) => {
    const kind = kinds[i % kinds.length];
    for (;;) {
      const text = drawLevel({ ...kind, seed: int(0, 2 ** 31 - 1), wide: int(100, 160) });
      if (possible(text)) return { text, ...kind };
    }
  });
}
