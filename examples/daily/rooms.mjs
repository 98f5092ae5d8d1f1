// Sokoban levels to learn from: caves dug at random, in which boxes that stand on their goals are pulled away. What was
// pulled can be pushed back, so every level can be solved.

const SIZE = 8;
const STEPS = [-1, -SIZE, 1, SIZE];

/** Random whole numbers below `n`, by a seed (mulberry32). */
function dice(seed) {
  let state = seed >>> 0;
  return (n) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t ^= t + Math.imul(t ^ (t >>> 7), 61 | t);
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}

/** A level of 8×8 with two boxes, or nothing where the boxes could not be pulled far enough. */
function room(seed) {
  const roll = dice(seed);
  const wall = new Set(Array(SIZE * SIZE).keys());
  const inside = (cell) =>
    cell % SIZE > 0 && cell % SIZE < SIZE - 1 && cell > SIZE && cell < SIZE * (SIZE - 1);
  // Two cells wide, so that there is room to walk around a box.
  let at = SIZE * 3 + 3;
  for (let dug = 0; dug < 40; dug++) {
    for (const cell of [at, at + 1, at + SIZE]) if (inside(cell)) wall.delete(cell);
    const next = at + STEPS[roll(4)];
    if (inside(next)) at = next;
  }
  const floor = [...Array(SIZE * SIZE).keys()].filter((cell) => !wall.has(cell));
  const goals = [floor[roll(floor.length)], floor[roll(floor.length)]];
  if (goals[0] === goals[1]) return undefined;
  const boxes = goals.slice();
  let player = floor.find((cell) => !boxes.includes(cell));
  const free = (cell) => !wall.has(cell) && !boxes.includes(cell);
  for (let pull = 0; pull < 200; pull++) {
    const step = STEPS[roll(4)];
    if (!free(player + step)) continue;
    const box = boxes.indexOf(player - step);
    if (box >= 0 && roll(3) > 0) boxes[box] = player;
    player += step;
  }
  if (boxes.some((cell) => goals.includes(cell)) || goals.includes(player)) return undefined;
  const symbol = (cell) =>
    wall.has(cell)
      ? "#"
      : cell === player
        ? "@"
        : boxes.includes(cell)
          ? "$"
          : goals.includes(cell)
            ? "."
            : " ";
  const cells = Array.from({ length: SIZE * SIZE }, (_, cell) => symbol(cell));
  return Array.from({ length: SIZE }, (_, y) =>
    cells.slice(y * SIZE, (y + 1) * SIZE).join(""),
  ).join("\n");
}

/** So many levels, no two the same. */
export function rooms(count) {
  const made = new Set();
  for (let seed = 1; made.size < count; seed++) {
    const level = room(seed);
    if (level) made.add(level);
  }
  return [...made];
}
