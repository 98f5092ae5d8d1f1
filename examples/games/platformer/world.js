// What happens: a level, a player and enemies, sixty steps a second. Nothing but sums, products and comparisons of numbers:
// the same inputs give the same run on every machine. Lengths are in pixels, of which a tile has 16; speeds in pixels a step.

import { meet, moveEnemy, newEnemy } from "./enemies.js";
import { ENEMIES, flagOf, startOf } from "./rules.js";
import { BLOCK, COIN, cellsOf, codeAt, isFloor, isWall, THORNS, TILE, tile } from "./tiles.js";

export const STEPS_A_SECOND = 60;

/** Bits of an input. */
export const [LEFT, RIGHT, JUMP, DOWN] = [1, 2, 4, 8];

/** The player's box. */
export const [WIDE, TALL] = [10, 14];

/** How it moves. A full jump rises 4 tiles; with a run it is 8 tiles long. */
const RUN = 2.4;
const ON_GROUND = { faster: 0.16, turning: 0.34, slower: 0.22 };
const IN_AIR = { faster: 0.15, turning: 0.26, slower: 0.08 };
const JUMP_SPEED = 5.1;
const GRAVITY = { held: 0.196, released: 0.6, falling: 0.27 };
const FALL = 2.6;
const FAST_FALL = 4.6;
/** Steps after leaving the ground in which one may still jump, and before reaching it in which one may already ask. */
const COYOTE = 6;
const BUFFER = 7;
/** Pixels that a head or a foot may be wrong by at a corner. */
const CORNER = 4;
const STEP_UP = 3;
/** Steps in which nothing hurts after something did. */
const UNHURT = 90;

/** @param level rows of text */
export function newWorld(level, { hearts = 3 } = {}) {
  const rows = level.split("\n");
  const [height, width] = [rows.length, rows[0].length];
  const cells = cellsOf(rows);
  const enemies = [];
  for (const [row, line] of rows.entries()) {
    for (const [column, sign] of Array.from(line).entries()) {
      if (ENEMIES[sign]) enemies.push(newEnemy(ENEMIES[sign], column * TILE, row * TILE));
    }
  }
  const [column, row] = startOf(level) ?? [0, 0];
  const [goal, flagRow] = flagOf(level) ?? [width, 0];
  const at = { x: column * TILE + 3, y: row * TILE + TILE - TALL };
  return {
    ...{ level, rows, width, height, cells, enemies, goal, flagRow },
    /** Coins and blocks that have been emptied. */
    taken: new Uint8Array(cells.length),
    player: {
      ...at,
      vx: 0,
      vy: 0,
      ground: true,
      coyote: 0,
      buffer: 0,
      rising: false,
      facing: 1,
      unhurt: 0,
    },
    safe: { ...at },
    ...{ tick: 0, input: 0, hearts, coins: 0, score: 0, chain: 0, won: false, lost: false },
    /** What happened in the last step, for eyes and ears. */
    events: [],
  };
}

/** A copy that goes its own way; what was taken is shared, for it changes nobody's way. */
export function copyWorld(world) {
  return {
    ...world,
    player: { ...world.player },
    enemies: world.enemies.map((one) => (one.alive ? { ...one } : one)),
    events: [],
  };
}

/** One step. */
export function step(world, input) {
  world.events.length = 0;
  if (world.won || world.lost) return;
  const { player } = world;
  const pressed = input & ~world.input;
  world.input = input;
  world.tick++;
  if (player.unhurt > 0) player.unhurt--;
  run(player, input);
  jump(world, player, input, pressed);
  moveAcross(world, player);
  moveDown(world, player);
  for (const one of world.enemies) if (one.alive) moveEnemy(world, one);
  touch(world, player);
  if (!world.lost && player.x + WIDE / 2 >= world.goal * TILE + 6) {
    world.won = true;
    world.score += 100;
    world.events.push({ name: "won", x: world.goal * TILE, y: player.y });
  }
}

function run(player, input) {
  const to = (input & RIGHT ? 1 : 0) - (input & LEFT ? 1 : 0);
  const { faster, turning, slower } = player.ground ? ON_GROUND : IN_AIR;
  if (to === 0) {
    player.vx = player.vx > 0 ? Math.max(0, player.vx - slower) : Math.min(0, player.vx + slower);
    return;
  }
  player.facing = to;
  const by = player.vx * to < 0 ? turning : faster;
  player.vx = Math.max(-RUN, Math.min(RUN, player.vx + by * to));
}

function jump(world, player, input, pressed) {
  if (pressed & JUMP) player.buffer = BUFFER;
  else if (player.buffer > 0) player.buffer--;
  if (player.ground) player.coyote = COYOTE;
  else if (player.coyote > 0) player.coyote--;
  if (player.buffer > 0 && player.coyote > 0) {
    player.vy = -JUMP_SPEED;
    player.rising = true;
    player.ground = false;
    player.buffer = 0;
    player.coyote = 0;
    world.events.push({ name: "jumped", x: player.x + WIDE / 2, y: player.y + TALL });
  }
  if (player.ground) return;
  if (player.vy >= 0) player.rising = false;
  const { held, released, falling } = GRAVITY;
  const holds = player.rising && input & JUMP;
  player.vy += player.vy < 0 ? (holds ? held : released) : falling;
  const most = input & DOWN ? FAST_FALL : FALL;
  if (input & DOWN && player.vy > 0) player.vy += falling;
  if (player.vy > most) player.vy = most;
}

/** Whether a box is in a wall. */
function blocked(world, x, y, wide = WIDE, tall = TALL) {
  for (let row = tile(y); row <= tile(y + tall - 0.001); row++) {
    for (let column = tile(x); column <= tile(x + wide - 0.001); column++) {
      if (isWall(world, column, row)) return true;
    }
  }
  return false;
}

function moveAcross(world, player) {
  if (player.vx === 0) return;
  const to = player.x + player.vx;
  if (!blocked(world, to, player.y)) {
    player.x = to;
    return;
  }
  // A foot that is a little too low comes up.
  const top = tile(player.y + TALL - 0.001) * TILE - TALL;
  if (player.vy >= 0 && player.y - top <= STEP_UP && !blocked(world, to, top)) {
    player.x = to;
    player.y = top;
    player.vy = 0;
    return;
  }
  player.x = player.vx > 0 ? tile(to + WIDE - 0.001) * TILE - WIDE : (tile(to) + 1) * TILE;
  player.vx = 0;
}

function moveDown(world, player) {
  const was = player.ground;
  player.ground = false;
  if (player.vy < 0) return moveUp(world, player);
  const feet = player.y + TALL;
  const to = was ? feet + 0.5 : feet + player.vy;
  for (let row = Math.ceil(feet / TILE); row * TILE <= to; row++) {
    const stands = [player.x, player.x + WIDE - 0.001].some((x) => isFloor(world, tile(x), row));
    if (!stands) continue;
    player.y = row * TILE - TALL;
    if (!was)
      world.events.push({ name: "landed", x: player.x + WIDE / 2, y: row * TILE, hard: player.vy });
    player.vy = 0;
    player.ground = true;
    world.chain = 0;
    keepSafe(world, player);
    return;
  }
  if (!was) player.y += player.vy;
  else player.vy = 0;
}

function moveUp(world, player) {
  const to = player.y + player.vy;
  if (!blocked(world, player.x, to)) {
    player.y = to;
    return;
  }
  // A head that is a little too far to one side goes past.
  for (let by = 1; by <= CORNER; by++) {
    for (const x of [player.x - by, player.x + by]) {
      if (!blocked(world, x, to)) {
        player.x = x;
        player.y = to;
        return;
      }
    }
  }
  const row = tile(to);
  player.y = (row + 1) * TILE;
  player.vy = 0;
  bump(world, tile(player.x + WIDE / 2), row);
}

function bump(world, column, row) {
  const cell = row * world.width + column;
  const name = codeAt(world, column, row) === BLOCK && !world.taken[cell] ? "block" : "bumped";
  world.events.push({ name, x: column * TILE, y: row * TILE });
  if (name !== "block") return;
  world.taken[cell] = 1;
  world.coins++;
  world.score += 10;
}

/** Where one may come back to: ground to both sides, and nobody about. */
function keepSafe(world, player) {
  const row = tile(player.y + TALL);
  const column = tile(player.x + WIDE / 2);
  if (!isFloor(world, column - 1, row) || !isFloor(world, column + 1, row)) return;
  for (const one of world.enemies) {
    if (one.alive && Math.abs(one.x - player.x) < 3 * TILE && Math.abs(one.y - player.y) < 3 * TILE)
      return;
  }
  world.safe.x = player.x;
  world.safe.y = player.y;
}

/** Coins, thorns, enemies, the abyss. */
function touch(world, player) {
  for (let row = tile(player.y); row <= tile(player.y + TALL - 0.001); row++) {
    for (let column = tile(player.x); column <= tile(player.x + WIDE - 0.001); column++) {
      const code = codeAt(world, column, row);
      const cell = row * world.width + column;
      if (code === COIN && !world.taken[cell]) {
        world.taken[cell] = 1;
        world.coins++;
        world.score += 10;
        world.events.push({ name: "coin", x: column * TILE + 8, y: row * TILE + 8 });
      } else if (code === THORNS && pricked(player, column * TILE, row * TILE)) {
        hurt(world, player);
      }
    }
  }
  for (const one of world.enemies) {
    if (!one.alive || !meet(one, player, WIDE, TALL)) continue;
    const above = player.vy > 0 && player.y + TALL - player.vy <= one.y + 8;
    if (above && one.kind !== "spiky") stomp(world, player, one);
    else hurt(world, player);
  }
  if (player.y > world.height * TILE + 8) fallen(world, player);
}

/** Thorns are smaller than their tile. */
function pricked(player, x, y) {
  return player.x + WIDE > x + 4 && player.x < x + 12 && player.y + TALL > y + 7;
}

function stomp(world, player, one) {
  one.alive = false;
  world.chain++;
  world.score += 20 * world.chain;
  player.vy = world.input & JUMP ? -JUMP_SPEED : -3.2;
  player.rising = true;
  world.events.push({
    name: "stomped",
    x: one.x + 8,
    y: one.y + 8,
    kind: one.kind,
    chain: world.chain,
  });
}

function lose(world, player) {
  world.hearts--;
  world.events.push({ name: "hurt", x: player.x + WIDE / 2, y: player.y + TALL / 2 });
  if (world.hearts > 0) return false;
  world.lost = true;
  world.events.push({ name: "lost", x: player.x, y: player.y });
  return true;
}

function hurt(world, player) {
  if (player.unhurt > 0 || lose(world, player)) return;
  player.unhurt = UNHURT;
  player.vy = -3.4;
  player.rising = false;
  player.ground = false;
  player.vx = -player.facing * 1.6;
}

function fallen(world, player) {
  if (lose(world, player)) return;
  Object.assign(player, {
    ...world.safe,
    vx: 0,
    vy: 0,
    ground: true,
    rising: false,
    unhurt: UNHURT,
    buffer: 0,
  });
  world.events.push({ name: "back", x: player.x + WIDE / 2, y: player.y });
}
