// A player that is a program: it looks for inputs that bring it along the checker's way to the flag, in the game itself, by
// best-first search. It plays behind the title, and tests that what the checker calls possible is possible here.

import { TILE, tile } from "./tiles.js";
import { copyWorld, DOWN, JUMP, LEFT, RIGHT, step, TALL, WIDE } from "./world.js";

/** Steps that an input is held. */
const HELD = 5;
const CHOICES = [RIGHT, RIGHT | JUMP, LEFT, LEFT | JUMP, 0, JUMP, RIGHT | DOWN];
/** Steps that a column takes at best, and how much they count against steps that were taken. */
const COLUMN = TILE / 2.4;
const EAGER = 2.5;

/**
 * @param path the checker's, cells `[column, row]` from start to flag
 * @param most states to look at
 * @returns inputs, one a step; or nothing, where it finds none
 */
export function botRun(world, path, most = 30_000) {
  const search = botSearch(world, path, most);
  for (;;) {
    const { value, done } = search.next();
    if (done) return value;
  }
}

/** The same in pieces, between which a page can do something else. */
export function* botSearch(world, path, most = 30_000) {
  const toCome = stepsToCome(world, path);
  const open = new Heap();
  const known = new Set();
  const add = (state, input, before) => {
    const key = keyOf(state);
    if (known.has(key)) return;
    known.add(key);
    open.push(state.tick + EAGER * toCome(state.player), { state, input, before });
  };
  add(copyWorld(world), 0, undefined);
  for (let states = 0; states < most; states++) {
    const node = open.pop();
    if (!node) return undefined;
    if (states % 20 === 19) yield;
    for (const input of CHOICES) {
      const state = copyWorld(node.state);
      for (let i = 0; i < HELD && !state.won; i++) step(state, input);
      const next = { state, input, before: node };
      if (state.won) return inputsOf(next);
      // It does not let itself be hurt.
      if (state.hearts === world.hearts) add(state, input, node);
    }
  }
  return undefined;
}

/** How many steps from a place to the flag, at least: along the way, from its cell that is nearest. */
function stepsToCome({ width, height }, path) {
  const distances = new Float64Array(width * (height + 2)).fill(1e6);
  for (let row = -1; row <= height; row++) {
    for (let column = 0; column < width; column++) {
      let least = 1e6;
      for (const [i, [x, y]] of path.entries()) {
        // The game's jumps are higher than the checker's; below the way one is about to fall.
        const away = Math.abs(x - column) + (row < y ? 0.3 * (y - row) : 1.5 * (row - y));
        least = Math.min(least, path.length - i + away);
      }
      distances[(row + 1) * width + column] = least * COLUMN;
    }
  }
  return ({ x, y }) => {
    const column = Math.max(0, Math.min(width - 1, tile(x + WIDE / 2)));
    const row = Math.max(-1, Math.min(height, tile(y + TALL / 2)));
    // Within the cell, a little further is a little better.
    return distances[(row + 1) * width + column] - (x + WIDE / 2 - column * TILE) / 4;
  };
}

/** States that are so much alike are taken for one. */
function keyOf({ player, tick, enemies, input }) {
  const near = enemies.some(
    (one) => one.alive && one.awake && Math.abs(one.x - player.x) < 7 * TILE,
  );
  const parts = [
    Math.round(player.x / 4),
    Math.round(player.y / 6),
    Math.round(player.vx * 1.25),
    Math.round(player.vy / 2),
    player.ground ? 1 : 0,
    input & JUMP ? 1 : 0,
    enemies.reduce((sum, one) => sum + (one.alive ? 1 : 0), 0),
    // Where enemies are about, time matters.
    near ? Math.floor(tick / 12) : -1,
  ];
  return parts.join();
}

function inputsOf(last) {
  const inputs = [];
  for (let node = last; node.before; node = node.before) {
    for (let i = 0; i < HELD; i++) inputs.push(node.input);
  }
  return inputs.reverse();
}

/** The least first; equal ones as they came. */
class Heap {
  #items = [];
  #count = 0;

  push(cost, value) {
    const items = this.#items;
    let i = items.length;
    items.push({ cost, order: this.#count++, value });
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!before(items[i], items[parent])) break;
      [items[i], items[parent]] = [items[parent], items[i]];
      i = parent;
    }
  }

  pop() {
    const items = this.#items;
    if (items.length === 0) return undefined;
    const { value } = items[0];
    const last = items.pop();
    if (items.length === 0) return value;
    items[0] = last;
    for (let i = 0; ; ) {
      const [left, right] = [2 * i + 1, 2 * i + 2];
      let least = i;
      if (left < items.length && before(items[left], items[least])) least = left;
      if (right < items.length && before(items[right], items[least])) least = right;
      if (least === i) return value;
      [items[i], items[least]] = [items[least], items[i]];
      i = least;
    }
  }
}

const before = (a, b) => a.cost < b.cost || (a.cost === b.cost && a.order < b.order);
