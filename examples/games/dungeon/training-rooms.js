// Rooms from which the model learns. A shape is drawn at random, plates are put into it, and crates that stand on them are
// pulled away, as far as all positions that can be reached allow: so every room can be solved, and with how many pushes is known.
// Rooms are of five grades, from one crate in a small chamber to four behind corners.

import { GRADES, SIZE } from "./grades.js";

/** Positions of a layer from which pulls are tried, and layers, at most. */
const [WIDEST, DEEPEST] = [50, 40];

/** Numbers in [0, 1), the same for the same seed: a multiply-with-carry by integers alone. */
function numbers(seed) {
  let [high, low] = [362436069 ^ seed, 521288629 + seed];
  const next = () => {
    high = (36969 * (high & 65535) + (high >>> 16)) >>> 0;
    low = (18000 * (low & 65535) + (low >>> 16)) >>> 0;
    return (((high << 16) + (low & 65535)) >>> 0) / 4294967296;
  };
  for (let i = 0; i < 20; i++) next();
  return next;
}

/** What is drawn at random. */
function drawing(seed) {
  const number = numbers(seed);
  const below = (n) => Math.floor(number() * n);
  return {
    below,
    between: (from, to) => from + below(to - from + 1),
    chance: (p) => number() < p,
    of: (list) => list[below(list.length)],
    shuffled(list) {
      const all = [...list];
      for (let i = all.length - 1; i > 0; i--) {
        const j = below(i + 1);
        [all[i], all[j]] = [all[j], all[i]];
      }
      return all;
    },
  };
}

const at = (x, y) => y * SIZE + x;
const STEPS = [-1, -SIZE, 1, SIZE];

// ---- Shapes: each opens floor (0) in walls (1)

const fill = (wall, x0, y0, x1, y1, value) => {
  for (let y = y0; y <= y1; y++) for (let x = x0; x <= x1; x++) wall[at(x, y)] = value;
};

const SHAPES = {
  /** One chamber with pillars. */
  hall(draw, wall, { w, h, x, y }) {
    fill(wall, x, y, x + w - 1, y + h - 1, 0);
    const pillars = draw.between(1, Math.floor((w * h) / 6));
    for (let i = 0; i < pillars; i++) {
      wall[at(draw.between(x, x + w - 1), draw.between(y, y + h - 1))] = 1;
    }
  },
  /** Two or three chambers that lie over one another. */
  chambers(draw, wall, { w, h, x, y }) {
    for (let i = draw.between(2, 3); i > 0; i--) {
      const [cw, ch] = [draw.between(2, Math.max(2, w - 2)), draw.between(2, Math.max(2, h - 2))];
      const [cx, cy] = [draw.between(x, x + w - cw), draw.between(y, y + h - ch)];
      fill(wall, cx, cy, cx + cw - 1, cy + ch - 1, 0);
    }
  },
  /** A chamber with a wall across it, and one or two gaps. */
  gate(draw, wall, { w, h, x, y }) {
    fill(wall, x, y, x + w - 1, y + h - 1, 0);
    const upright = draw.chance(0.5);
    const across = upright ? w : h;
    const along = upright ? h : w;
    if (across < 4) return;
    const line = draw.between(2, across - 2);
    const gaps = new Set([draw.below(along), draw.below(along)]);
    const niche = draw.chance(0.5) ? at(x + draw.below(w), y + draw.below(h)) : 0;
    if (niche) wall[niche] = 1;
    for (let i = 0; i < along; i++) {
      if (gaps.has(i)) continue;
      wall[upright ? at(x + line - 1, y + i) : at(x + i, y + line - 1)] = 1;
    }
  },
  /** The same to the left and to the right. */
  mirror(draw, wall, { w, h, x, y }) {
    fill(wall, x, y, x + w - 1, y + h - 1, 0);
    for (let i = draw.between(1, Math.max(1, Math.floor((w * h) / 10))); i > 0; i--) {
      const [px, py] = [draw.below(w), draw.below(h)];
      wall[at(x + px, y + py)] = 1;
      wall[at(x + w - 1 - px, y + py)] = 1;
    }
  },
  /** Where someone dug: two cells wide now and then. */
  cave(draw, wall, { w, h, x, y }) {
    let [cx, cy] = [x + draw.below(w), y + draw.below(h)];
    for (let i = draw.between(w * h, 2 * w * h); i > 0; i--) {
      wall[at(cx, cy)] = 0;
      if (draw.chance(0.35) && cx + 1 < x + w) wall[at(cx + 1, cy)] = 0;
      if (draw.chance(0.5)) cx = Math.min(x + w - 1, Math.max(x, cx + draw.of([-1, 1])));
      else cy = Math.min(y + h - 1, Math.max(y, cy + draw.of([-1, 1])));
    }
  },
};

/** Walls of a room whose floor is in one piece, or undefined. */
function shape(draw, grade) {
  const wall = new Uint8Array(SIZE * SIZE).fill(1);
  const [least, most] = GRADES[grade - 1].side;
  const [w, h] = [draw.between(least, most), draw.between(least, most)];
  const place = { w, h, x: draw.between(1, SIZE - 1 - w), y: draw.between(1, SIZE - 1 - h) };
  SHAPES[draw.of(Object.keys(SHAPES))](draw, wall, place);
  const floor = [...wall.keys()].filter((cell) => !wall[cell]);
  if (floor.length < 8) return undefined;
  const seen = new Uint8Array(SIZE * SIZE);
  flood(seen, wall, floor[0], []);
  // Pieces that cannot be reached are walls.
  const reached = floor.filter((cell) => seen[cell]);
  if (reached.length < 0.8 * floor.length || reached.length < 8) return undefined;
  for (const cell of floor) if (!seen[cell]) wall[cell] = 1;
  return wall;
}

const queue = new Uint8Array(SIZE * SIZE);

/** Marks in `seen` where the player comes to from a cell. @returns the least of these cells */
function flood(seen, wall, from, crates) {
  seen.fill(0);
  for (const cell of crates) seen[cell] = 2;
  let [least, length] = [from, 1];
  queue[0] = from;
  seen[from] = 1;
  for (let i = 0; i < length; i++) {
    if (queue[i] < least) least = queue[i];
    for (const step of STEPS) {
      const next = queue[i] + step;
      if (wall[next] || seen[next]) continue;
      seen[next] = 1;
      queue[length++] = next;
    }
  }
  return least;
}

/** Plates: side by side, on a line, or anywhere. */
function plates(draw, wall, count) {
  const floor = [...wall.keys()].filter((cell) => !wall[cell]);
  // A plate from which no crate can be pulled is of no use.
  const good = floor.filter((cell) => STEPS.some((s) => !wall[cell + s] && !wall[cell + 2 * s]));
  if (good.length < count + 2) return undefined;
  const style = draw.of(["heap", "heap", "line", "anywhere", "anywhere"]);
  if (style === "anywhere") return draw.shuffled(good).slice(0, count);
  const chosen = [draw.of(good)];
  const line = draw.of([1, SIZE]);
  while (chosen.length < count) {
    const steps = style === "line" ? [line, -line] : STEPS;
    const beside = chosen
      .flatMap((cell) => steps.map((step) => cell + step))
      .filter((cell) => good.includes(cell) && !chosen.includes(cell));
    chosen.push(beside.length > 0 ? draw.of(beside) : draw.of(good));
    if (new Set(chosen).size < chosen.length) chosen.pop();
  }
  return chosen;
}

/**
 * Positions that pulls lead to, layer after layer: all of a small room, and of each layer of a large one some at random.
 * `interest` counts pulls, and twice each time that another crate is pulled, or another way.
 */
function pulled(draw, wall, goals) {
  const known = new Set();
  const seen = new Uint8Array(SIZE * SIZE);
  const position = (crates, player, interest, last) => {
    const least = flood(seen, wall, player, crates);
    const key = crates.reduce((sum, cell) => sum * 100 + cell, least);
    if (known.has(key)) return [];
    known.add(key);
    return [{ crates, least, interest, last }];
  };
  const sorted = [...goals].sort((a, b) => a - b);
  let layer = [...wall.keys()].flatMap((cell) =>
    wall[cell] || goals.includes(cell) ? [] : position(sorted, cell, 0, ""),
  );
  const all = [];
  for (let pulls = 1; pulls <= DEEPEST && layer.length > 0; pulls++) {
    const next = [];
    for (const { crates, least, interest, last } of draw.shuffled(layer).slice(0, WIDEST)) {
      flood(seen, wall, least, crates);
      const from = seen.slice();
      for (const crate of crates) {
        for (const step of STEPS) {
          const [to, behind] = [crate + step, crate + 2 * step];
          if (from[to] !== 1 || wall[behind] || from[behind] === 2) continue;
          const other = crates.map((cell) => (cell === crate ? to : cell)).sort((a, b) => a - b);
          const more = last === `${crate},${step}` ? 1 : 3;
          next.push(...position(other, behind, interest + more, `${to},${step}`));
        }
      }
    }
    all.push(...next);
    layer = next;
  }
  return all;
}

/** A room of a grade, or undefined where this try gives none. */
function room(draw, grade) {
  const { crates: counts } = GRADES[grade - 1];
  const wall = shape(draw, grade);
  if (!wall) return undefined;
  const goals = plates(draw, wall, draw.of(counts));
  if (!goals) return undefined;
  const open = pulled(draw, wall, goals).filter(({ crates }) => {
    const done = crates.filter((cell) => goals.includes(cell)).length;
    return done <= (crates.length > 2 ? 1 : 0);
  });
  if (open.length === 0) return undefined;
  const best = open.reduce((most, { interest }) => Math.max(most, interest), 0);
  const { crates, least } = draw.of(open.filter(({ interest }) => interest >= 0.7 * best));
  const seen = new Uint8Array(SIZE * SIZE);
  flood(seen, wall, least, crates);
  const player = draw.of([...seen.keys()].filter((cell) => seen[cell] === 1));
  const symbol = (cell) => {
    const goal = goals.includes(cell);
    if (wall[cell]) return "#";
    if (crates.includes(cell)) return goal ? "*" : "$";
    if (cell === player) return goal ? "+" : "@";
    return goal ? "." : " ";
  };
  const cells = Array.from(wall, (_, cell) => symbol(cell)).join("");
  return cells.match(new RegExp(`.{${SIZE}}`, "g")).join("\n");
}

/** The least of the eight forms that a room has when it is turned and mirrored. */
export function form(text) {
  const rows = text.split("\n").map((row) => [...row]);
  const forms = [];
  for (let grid = rows, i = 0; i < 4; i++) {
    forms.push(
      grid,
      grid.map((row) => row.toReversed()),
    );
    grid = grid[0].map((_, x) => grid.map((row) => row[x]).reverse());
  }
  return forms.map((grid) => grid.map((row) => row.join("")).join("\n")).sort()[0];
}

/**
 * @param grade what the solver makes of a room: `gradeOf(text) → 1 to 5, or 0`
 * @returns `{ text, grade }[]`, as many of each grade, none twice under the eight symmetries
 */
export function trainingRooms(count, seed, gradeOf) {
  const draw = drawing(seed);
  const rooms = [];
  const known = new Set();
  const wanted = GRADES.map(() => Math.ceil(count / GRADES.length));
  for (let tries = 0; rooms.length < count && tries < 200 * count; tries++) {
    const open = wanted.flatMap((left, i) => (left > 0 ? [i + 1] : []));
    const text = room(draw, draw.of(open));
    if (!text) continue;
    const same = form(text);
    if (known.has(same)) continue;
    known.add(same);
    const grade = gradeOf(text);
    if (grade === 0 || wanted[grade - 1] === 0) continue;
    wanted[grade - 1]--;
    rooms.push({ text, grade });
  }
  return rooms;
}

/** Stands in for the model. */
export function drawn(seed, grade, playable) {
  const draw = drawing(seed);
  for (;;) {
    const text = room(draw, grade);
    if (text && playable(text)) return text;
  }
}
